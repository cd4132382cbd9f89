//! Tag rules: what S3 accepts as the tags of an object or a bucket, from a header and from XML alike (b28).

use std::collections::HashSet;

use drystone_types::Tags;
use drystone_types::limits::{BUCKET_TAGS_MAX, OBJECT_TAGS_MAX, TAG_KEY_LEN_MAX, TAG_VALUE_LEN_MAX};

use crate::error::S3Error;

/// What the tags are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// An object: at most 10.
    Object,
    /// A bucket: at most 50.
    Bucket,
    /// A bucket that is being created: the same.
    NewBucket,
}

/// Checks tags in the order given: characters and lengths, reserved keys, distinct keys, number.
///
/// # Errors
/// InvalidTag naming the tag; BadRequest when there are too many (b28).
pub fn checked(pairs: Vec<(String, String)>, of: Tagged) -> Result<Tags, S3Error> {
    for (key, value) in &pairs {
        if key.is_empty() || !is_legal(key, TAG_KEY_LEN_MAX) {
            return Err(S3Error::invalid_tag_key(key));
        }
        if key.starts_with("aws:") {
            return Err(match of {
                Tagged::Object => S3Error::reserved_object_tag(key),
                Tagged::Bucket => S3Error::reserved_bucket_tag(key),
                Tagged::NewBucket => S3Error::reserved_tag_of_new_bucket(),
            });
        }
        if !is_legal(value, TAG_VALUE_LEN_MAX) {
            return Err(S3Error::invalid_tag_value(key, value));
        }
    }
    let mut keys = HashSet::new();
    if let Some((key, _)) = pairs.iter().find(|(key, _)| !keys.insert(key.as_str())) {
        return Err(S3Error::duplicate_tag_key(key));
    }
    match of {
        Tagged::Object if pairs.len() > OBJECT_TAGS_MAX => Err(S3Error::too_many_object_tags()),
        Tagged::Bucket | Tagged::NewBucket if pairs.len() > BUCKET_TAGS_MAX => {
            Err(S3Error::too_many_bucket_tags())
        }
        _ => Ok(Tags(pairs)),
    }
}

/// Letters, digits, separators and `_ . : / = + - @`, in any script.
fn is_legal(text: &str, len_max: usize) -> bool {
    let legal =
        |c: char| c.is_alphanumeric() || "_.:/=+-@".contains(c) || (c.is_whitespace() && !c.is_control());
    text.encode_utf16().count() <= len_max && text.chars().all(legal)
}

#[cfg(test)]
mod tests {
    use super::{Tagged, checked};
    use proptest::prelude::*;

    fn code(pairs: &[(&str, &str)], of: Tagged) -> Result<usize, (&'static str, String)> {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let tags = checked(pairs, of).map_err(|e| (e.code.as_str(), e.message.into_owned()))?;
        Ok(tags.0.len())
    }

    #[test]
    fn b28_tags_have_legal_characters_and_lengths() {
        let (long_key, longest_key) = ("k".repeat(129), "k".repeat(128));
        let (long_value, longest_value) = ("v".repeat(257), "v".repeat(256));
        for key in ["k", "a b", "é", "日本", "a_.:/=+-@1", &longest_key] {
            assert_eq!(code(&[(key, "")], Tagged::Object), Ok(1), "{key}");
        }
        for key in ["", "a,b", "a!", "a#b", "data%20", "a*b", "a(", "a$", "a?", "a\tb", "a\nb", &long_key] {
            let invalid = Err(("InvalidTag", "The TagKey you have provided is invalid".to_owned()));
            assert_eq!(code(&[("ok", "v"), (key, "v")], Tagged::Object), invalid, "{key}");
            assert_eq!(code(&[(key, "v")], Tagged::Bucket), invalid, "{key}");
        }
        assert_eq!(code(&[("k", &longest_value)], Tagged::Object), Ok(1));
        for value in ["a,b", "`p", "a;b", "(a)", "a?", "🚀", &long_value] {
            let invalid = Err(("InvalidTag", "The TagValue you have provided is invalid".to_owned()));
            assert_eq!(code(&[("k", value)], Tagged::Object), invalid, "{value}");
        }
        assert_eq!(
            code(&[("k", &"𝒳".repeat(129))], Tagged::Object).map_err(|(code, _)| code),
            Err("InvalidTag")
        );
        assert_eq!(code(&[("k", &"𝒳".repeat(128))], Tagged::Object), Ok(1), "two code units each");
    }

    #[test]
    fn b28_keys_are_distinct_not_reserved_and_not_too_many() {
        let message = |pairs, of| code(pairs, of).expect_err("refused").1;
        assert_eq!(
            message(&[("a", "1"), ("b", "1"), ("a", "2")], Tagged::Object),
            "Cannot provide multiple Tags with the same key"
        );
        let reserved = &[("aws:x", "1")];
        assert_eq!(message(reserved, Tagged::Object), "Your TagKey cannot be prefixed with aws:");
        assert_eq!(message(reserved, Tagged::Bucket), "System tags cannot be added/updated by requester");
        let of_new = message(reserved, Tagged::NewBucket);
        assert!(of_new.starts_with("User-defined tag keys can't start with \"aws:\"."), "{of_new}");
        let keys: Vec<_> = (0..51).map(|n| format!("k{n}")).collect();
        let tags = |count: usize| keys.iter().take(count).map(|key| (key.as_str(), "")).collect::<Vec<_>>();
        assert_eq!(code(&tags(10), Tagged::Object), Ok(10));
        assert_eq!(code(&tags(50), Tagged::Bucket), Ok(50));
        let too_many = |text: &str| Err(("BadRequest", text.to_owned()));
        assert_eq!(code(&tags(11), Tagged::Object), too_many("Object tags cannot be greater than 10"));
        assert_eq!(code(&tags(51), Tagged::Bucket), too_many("Bucket tag count cannot be greater than 50"));
    }

    proptest! {
        #[test]
        fn arbitrary_tags_never_panic(pairs in proptest::collection::vec(any::<(String, String)>(), 0..4)) {
            let _ = checked(pairs, Tagged::Object);
        }
    }
}
