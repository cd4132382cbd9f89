//! Versioning, VersionId, Version, WhichVersion: the versions of a key, and how requests name them (b190-b197).

use std::fmt;

use crate::UploadId;

/// State of a bucket's versioning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Versioning {
    /// Never configured: a write replaces what is there.
    #[default]
    Unversioned,
    /// Every write adds a version.
    Enabled,
    /// Writes replace the null version; others stay.
    Suspended,
}

impl Versioning {
    /// `Enabled`, `Suspended`; `None` when never configured.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Unversioned => None,
            Self::Enabled => Some("Enabled"),
            Self::Suspended => Some("Suspended"),
        }
    }
}

/// Identity of a version. Ids count up in the order in which writes began: that of an object completed from parts is its
/// upload's (b191). The greatest of a key is the current version.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId(pub u128);

impl VersionId {
    /// Reads the text form: exactly 32 lower-case hexadecimal digits. A ULID, which writes the same number in base 32, is
    /// read too: who moves here from a store that names versions so gets "no such version". `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        UploadId::parse(text).map(Self::from).or_else(|| parse_ulid(text).map(Self))
    }
}

/// 26 digits of Crockford's base 32, the first at most 7.
fn parse_ulid(text: &str) -> Option<u128> {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0, |number: u128, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        Some((number << 5) | digit as u128)
    })
}

impl From<UploadId> for VersionId {
    fn from(id: UploadId) -> Self {
        Self(id.0)
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionId({self})")
    }
}

/// A version as it stands in a key's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Its place in the history.
    pub id: VersionId,
    /// Written while versioning was not enabled: requests and answers call it `null`, and at most one exists per key.
    pub is_null: bool,
}

impl Version {
    /// Does a request that names `which` mean this version?
    pub fn is(&self, which: WhichVersion) -> bool {
        match which {
            WhichVersion::Null => self.is_null,
            WhichVersion::Id(id) => !self.is_null && id == self.id,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_null { f.write_str("null") } else { self.id.fmt(f) }
    }
}

/// What `versionId` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhichVersion {
    /// The null version.
    Null,
    /// The version of this id.
    Id(VersionId),
}

impl From<Version> for WhichVersion {
    fn from(version: Version) -> Self {
        if version.is_null { Self::Null } else { Self::Id(version.id) }
    }
}

impl WhichVersion {
    /// Reads `versionId`. `None` when it is malformed: 400 InvalidArgument "Invalid version id specified".
    pub fn parse(text: &str) -> Option<Self> {
        if text == "null" { Some(Self::Null) } else { VersionId::parse(text).map(Self::Id) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Version, VersionId, WhichVersion};

    #[test]
    fn the_null_version_is_named_null_and_only_so() {
        let id = VersionId(7);
        let (null, plain) = (Version { id, is_null: true }, Version { id, is_null: false });
        assert_eq!(null.to_string(), "null");
        assert_eq!(plain.to_string(), "00000000000000000000000000000007");
        assert_eq!(WhichVersion::parse("null"), Some(WhichVersion::Null));
        assert_eq!(WhichVersion::parse(&plain.to_string()), Some(WhichVersion::Id(id)));
        for bad in ["", "7", "Null", &"g".repeat(32), &"A".repeat(32), &"8".repeat(26), &"U".repeat(26)] {
            assert_eq!(WhichVersion::parse(bad), None, "{bad}");
        }
        assert_eq!(VersionId::parse("00000000000000000000000017"), Some(VersionId(39)));
        assert_eq!(VersionId::parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), Some(VersionId(u128::MAX)));
        assert!(null.is(WhichVersion::Null) && !null.is(WhichVersion::Id(id)));
        assert!(plain.is(WhichVersion::Id(id)) && !plain.is(WhichVersion::Null));
    }
}
