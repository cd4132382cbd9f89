//! S3Uri, Location: what a user types for the place of something. Pure.

use crate::outcome::ObjectRef;
use drystone_types::limits::KEY_LEN_MAX;
use std::fmt;
use std::path::PathBuf;

/// Longest name of a bucket: old ones on AWS and those of other stores have up to 255 characters.
const BUCKET_LEN_MAX: usize = 255;
const SCHEME: &str = "s3://";

/// `s3://bucket`, `s3://bucket/prefix/` or `s3://bucket/key`. What stands after the bucket is the key as it is: nothing in it is
/// encoded, and `?`, `#`, `%` and further slashes are characters like others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Uri {
    /// Bucket.
    pub bucket: String,
    /// Key or prefix; empty for the whole bucket.
    pub key: String,
}

/// Where something is or is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `-`: standard input or output.
    Stdio,
    /// A file or folder.
    Local(PathBuf),
    /// A bucket, a prefix, an object.
    S3(S3Uri),
}

/// What was typed names no place in S3.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// No `s3://` at its beginning.
    #[error("{0:?} is no address in S3, as s3://bucket/key is")]
    NotS3(String),
    /// `s3://` and no more.
    #[error("{0:?} names no bucket, as s3://bucket/key does")]
    NoBucket(String),
    /// An ARN.
    #[error(
        "{0:?}: ARNs of access points and outposts are not supported; name the bucket, as s3://bucket/key does"
    )]
    Arn(String),
    /// Characters that no bucket has.
    #[error("{0:?} is no name of a bucket: those have letters, digits, dots, hyphens and underscores")]
    Bucket(String),
    /// A key that is too long.
    #[error("the key has {0} bytes, and S3 holds at most {KEY_LEN_MAX}")]
    KeyTooLong(usize),
    /// A bucket or prefix where an object is wanted.
    #[error("{0} names no object: a key is missing")]
    NoKey(S3Uri),
}

impl S3Uri {
    /// Reads `s3://bucket[/key]`.
    ///
    /// # Errors
    /// [`UriError`].
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let rest = after_scheme(text).ok_or_else(|| UriError::NotS3(text.to_owned()))?;
        if rest.starts_with("arn:") {
            return Err(UriError::Arn(text.to_owned()));
        }
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(UriError::NoBucket(text.to_owned()));
        }
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_path = matches!(bucket, "." | "..");
        if bucket.len() > BUCKET_LEN_MAX || is_path || !bucket.chars().all(is_legal) {
            return Err(UriError::Bucket(bucket.to_owned()));
        }
        if key.len() > KEY_LEN_MAX {
            return Err(UriError::KeyTooLong(key.len()));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The object; its key must not be empty.
    ///
    /// # Errors
    /// [`UriError::NoKey`].
    pub fn object(&self) -> Result<ObjectRef, UriError> {
        if self.key.is_empty() {
            return Err(UriError::NoKey(self.clone()));
        }
        Ok(ObjectRef::new(&self.bucket, &self.key))
    }

    /// The object, whether its key is empty or not: for those who know that it is not.
    pub fn object_ref(&self) -> ObjectRef {
        ObjectRef::new(&self.bucket, &self.key)
    }

    /// Does it name what is below it: a bucket, or a key that ends with a slash?
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The prefix of all that is below it, with a slash at its end unless it is the whole bucket.
    pub fn as_folder(&self) -> String {
        if self.is_folder() { self.key.clone() } else { format!("{}/", self.key) }
    }
}

impl fmt::Display for S3Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.bucket)?;
        if self.key.is_empty() { Ok(()) } else { write!(f, "/{}", self.key) }
    }
}

impl std::str::FromStr for S3Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl Location {
    /// Reads what was typed: `s3://...`, `-`, else a path.
    ///
    /// # Errors
    /// [`UriError`] of an `s3://` that names no place.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        match text {
            "-" => Ok(Self::Stdio),
            _ if after_scheme(text).is_some() => S3Uri::parse(text).map(Self::S3),
            _ => Ok(Self::Local(PathBuf::from(text))),
        }
    }

    /// The place in S3, if it is one.
    pub fn s3(&self) -> Option<&S3Uri> {
        match self {
            Self::S3(uri) => Some(uri),
            _ => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio => f.write_str("-"),
            Self::Local(path) => write!(f, "{}", path.display()),
            Self::S3(uri) => write!(f, "{uri}"),
        }
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    let scheme = text.get(..SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then(|| &text[SCHEME.len()..])
}

#[cfg(test)]
mod tests {
    use super::{Location, S3Uri, UriError};

    #[test]
    fn addresses_in_s3() {
        for (text, bucket, key) in [
            ("s3://b", "b", ""),
            ("s3://b/", "b", ""),
            ("S3://b/k", "b", "k"),
            ("s3://b/k/", "b", "k/"),
            ("s3://b//k", "b", "/k"),
            ("s3://b/a?b#c%20d+e", "b", "a?b#c%20d+e"),
            ("s3://b/ /../é", "b", " /../é"),
            ("s3://My_Old.Bucket/s3://x", "My_Old.Bucket", "s3://x"),
        ] {
            let uri = S3Uri::parse(text).unwrap();
            assert_eq!((uri.bucket.as_str(), uri.key.as_str()), (bucket, key), "{text}");
        }
        assert_eq!(S3Uri::parse("s3://b/").unwrap().to_string(), "s3://b");
        assert_eq!(S3Uri::parse("s3://b/k/").unwrap().to_string(), "s3://b/k/");
    }

    #[test]
    fn what_is_none_is_refused_with_the_reason() {
        for (text, why) in [
            ("b/k", "is no address in S3"),
            ("", "is no address in S3"),
            ("s3:/b", "is no address in S3"),
            ("s3://", "names no bucket"),
            ("s3:///k", "names no bucket"),
            ("s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/k", "access points"),
            ("s3://../k", "no name of a bucket"),
            ("s3://a b/k", "no name of a bucket"),
            ("s3://ü/k", "no name of a bucket"),
        ] {
            let error = S3Uri::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        let long = format!("s3://b/{}", "k".repeat(1025));
        assert_eq!(S3Uri::parse(&long), Err(UriError::KeyTooLong(1025)));
        assert!(S3Uri::parse(&long[..long.len() - 1]).is_ok());
        assert!(S3Uri::parse("s3://b").unwrap().object().is_err());
    }

    #[test]
    fn places_are_told_apart() {
        assert_eq!(Location::parse("-").unwrap(), Location::Stdio);
        assert!(matches!(Location::parse("./-").unwrap(), Location::Local(_)));
        assert!(matches!(Location::parse("s3:").unwrap(), Location::Local(_)));
        assert!(matches!(Location::parse("s3://b/k").unwrap(), Location::S3(_)));
        assert!(Location::parse("s3://").is_err());
        assert!(matches!(Location::parse("é3://b").unwrap(), Location::Local(_)));
    }

    #[test]
    fn folders_end_with_a_slash() {
        let uri = |text: &str| S3Uri::parse(text).unwrap();
        for (text, prefix) in [("s3://b", ""), ("s3://b/p", "p/"), ("s3://b/p/", "p/")] {
            assert_eq!(uri(text).as_folder(), prefix);
        }
        assert!(uri("s3://b").is_folder() && uri("s3://b/p/").is_folder() && !uri("s3://b/p").is_folder());
    }
}
