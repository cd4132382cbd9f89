//! Outcome, ObjectRef: what a transfer names and what it came to.

use std::fmt;

/// An object, perhaps in one version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectRef {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version; the current one when there is none.
    pub version_id: Option<String>,
}

impl ObjectRef {
    /// The current version of an object.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), version_id: None }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)?;
        match &self.version_id {
            Some(version_id) => write!(f, "?versionId={version_id}"),
            None => Ok(()),
        }
    }
}

/// What a transfer came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Bytes of the object.
    pub bytes: u64,
    /// Bytes that moved in this run; the others were there already.
    pub bytes_moved: u64,
    /// Parts in all; 0 when it was not in parts.
    pub part_count: u32,
    /// Parts that were there already.
    pub parts_kept: u32,
    /// ETag, without quotes.
    pub etag: String,
    /// Version, where the bucket has versions.
    pub version_id: Option<String>,
    /// `crc64nvme` and the like, and the value in base64, of the whole object, where it is known.
    pub checksum: Option<(String, String)>,
    /// What was proved: `CRC64NVME of the whole object`, `MD5 of 13 parts`.
    pub verified: String,
}
