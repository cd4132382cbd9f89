//! BucketName: a name that S3's rules accept.

use std::fmt;
use thiserror::Error;

/// A valid general-purpose bucket name: 3 to 63 bytes of `a-z 0-9 . -`.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>, read 2026-11.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(Box<str>);

/// The text is not a legal bucket name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("bucket name is not valid: {0}")]
pub struct InvalidBucketName(pub &'static str);

const RESERVED_PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

impl BucketName {
    /// Checks `name` against S3's naming rules.
    ///
    /// # Errors
    /// [`InvalidBucketName`] naming the first rule that `name` breaks.
    pub fn parse(name: &str) -> Result<Self, InvalidBucketName> {
        let fail = |why| Err(InvalidBucketName(why));
        if !(3..=63).contains(&name.len()) {
            return fail("it must be 3 to 63 characters long");
        }
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        if !name.bytes().all(legal) {
            return fail("it may hold only a-z, 0-9, dots and hyphens");
        }
        let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !edge(name.as_bytes().first()) || !edge(name.as_bytes().last()) {
            return fail("it must begin and end with a letter or digit");
        }
        if name.contains("..") {
            return fail("it must not hold two dots in a row");
        }
        if is_ipv4(name) {
            return fail("it must not look like an IP address");
        }
        if RESERVED_PREFIXES.iter().any(|p| name.starts_with(p)) {
            return fail("it begins with a prefix that S3 reserves");
        }
        if RESERVED_SUFFIXES.iter().any(|s| name.ends_with(s)) {
            return fail("it ends with a suffix that S3 reserves");
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_ipv4(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok()
        || (name.split('.').count() == 4 && name.split('.').all(|p| p.bytes().all(|b| b.is_ascii_digit())))
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::BucketName;

    #[test]
    fn bucket_names_follow_the_naming_rules() {
        for good in ["abc", "my-bucket", "a.b.c", "0ab", "a-b.c-d", &"x".repeat(63)] {
            assert!(BucketName::parse(good).is_ok(), "{good}");
        }
        let long = "x".repeat(64);
        for bad in [
            "",
            "ab",
            &long,
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "192.168.0.1",
            "300.1.1.1",
            "xn--abc",
            "sthree-x",
            "abc-s3alias",
            "abc--ol-s3",
            "a/b",
            "a b",
            "ünï",
            "-",
            "a\0b",
        ] {
            assert!(BucketName::parse(bad).is_err(), "{bad}");
        }
    }
}
