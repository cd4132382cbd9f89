//! Key: the name of an object, 1 to 1,024 bytes of UTF-8. A key never becomes a file path.

use std::fmt;
use thiserror::Error;

use crate::limits::KEY_LEN_MAX;

/// A legal object key. Keys order by their UTF-8 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

/// The bytes are not a legal key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidKey {
    /// No bytes at all.
    #[error("the key is empty")]
    Empty,
    /// More than [`KEY_LEN_MAX`] bytes.
    #[error("the key is longer than {KEY_LEN_MAX} bytes")]
    TooLong,
    /// Not UTF-8.
    #[error("the key is not UTF-8")]
    NotUtf8,
}

impl Key {
    /// Takes already percent-decoded text as a key.
    ///
    /// # Errors
    /// [`InvalidKey::Empty`] and [`InvalidKey::TooLong`] (b8).
    pub fn parse(key: &str) -> Result<Self, InvalidKey> {
        if key.is_empty() {
            return Err(InvalidKey::Empty);
        }
        if key.len() > KEY_LEN_MAX {
            return Err(InvalidKey::TooLong);
        }
        Ok(Self(key.into()))
    }

    /// As [`Key::parse`], from bytes.
    ///
    /// # Errors
    /// Those of [`Key::parse`], and [`InvalidKey::NotUtf8`].
    pub fn from_bytes(key: &[u8]) -> Result<Self, InvalidKey> {
        Self::parse(std::str::from_utf8(key).map_err(|_| InvalidKey::NotUtf8)?)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidKey, Key};

    #[test]
    fn b8_a_key_is_1_to_1024_bytes_of_utf8() {
        assert_eq!(Key::parse(""), Err(InvalidKey::Empty));
        assert!(Key::parse(&"k".repeat(1024)).is_ok());
        assert_eq!(Key::parse(&"k".repeat(1025)), Err(InvalidKey::TooLong));
        assert_eq!(Key::parse(&"é".repeat(513)), Err(InvalidKey::TooLong));
        assert_eq!(Key::from_bytes(b"\xff\xfe"), Err(InvalidKey::NotUtf8));
        assert_eq!(Key::parse("../x//.\0").expect("legal").as_str(), "../x//.\0");
    }
}
