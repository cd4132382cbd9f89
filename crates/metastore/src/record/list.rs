//! What lists are asked, and their pages.

use drystone_types::{Key, UploadId, WhichVersion};

use super::bucket::BucketId;
use super::object::{DeleteMarker, ObjectRecord};
use super::upload::{PartRecord, UploadRecord};

/// A page of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    /// The upload.
    pub upload: UploadRecord,
    /// Ascending by number.
    pub parts: Vec<PartRecord>,
    /// Do more parts follow?
    pub is_truncated: bool,
}

/// Which objects to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// Rolls up keys that share the text up to the first delimiter after the prefix; empty for none.
    pub delimiter: String,
    /// Entries after this one: keys strictly greater; a common prefix that equals or begins it is skipped whole.
    pub after: Option<String>,
    /// Most entries (keys and common prefixes together).
    pub max: usize,
}

/// An entry of an object list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectEntry {
    /// An object.
    Object(Key, Box<ObjectRecord>),
    /// A common prefix.
    Prefix(String),
}

/// A page of objects, in byte order of keys and prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectPage {
    /// The entries.
    pub entries: Vec<ObjectEntry>,
    /// Do more entries follow?
    pub is_truncated: bool,
}

/// Which versions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// As in [`ObjectQuery`].
    pub delimiter: String,
    /// Versions of greater keys; a common prefix that equals or begins it is skipped whole.
    pub key_marker: Option<String>,
    /// And, with `key_marker`, older versions of that very key.
    pub version_marker: Option<WhichVersion>,
    /// Most entries (versions, delete markers and common prefixes together).
    pub max: usize,
}

/// An entry of a version list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionEntry {
    /// An object version.
    Version {
        /// Key.
        key: Key,
        /// The version.
        record: Box<ObjectRecord>,
        /// Is it current?
        is_latest: bool,
    },
    /// A delete marker.
    DeleteMarker {
        /// Key.
        key: Key,
        /// The marker.
        marker: DeleteMarker,
        /// Is it current?
        is_latest: bool,
    },
    /// A common prefix.
    Prefix(String),
}

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// The entries.
    pub entries: Vec<VersionEntry>,
    /// Do more entries follow?
    pub is_truncated: bool,
}

/// Which uploads to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadQuery {
    /// Keys that begin so.
    pub prefix: String,
    /// As in [`ObjectQuery`].
    pub delimiter: String,
    /// Uploads of greater keys; a common prefix that equals or begins it is skipped whole (b94, b99).
    pub key_marker: Option<String>,
    /// And, with `key_marker`, later uploads of that very key (b95).
    pub upload_id_marker: Option<UploadId>,
    /// Most entries (uploads and common prefixes together).
    pub max: usize,
}

/// An entry of an upload list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadEntry {
    /// An open upload.
    Upload(Box<UploadRecord>),
    /// A common prefix.
    Prefix(String),
}

/// A page of uploads: by key, then by initiation (b92).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// The entries.
    pub entries: Vec<UploadEntry>,
    /// Do more entries follow?
    pub is_truncated: bool,
}

/// Where a scan over all uploads goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadCursor {
    /// After the uploads of this bucket…
    pub bucket: BucketId,
    /// …and key…
    pub key: Key,
    /// …up to this one.
    pub id: UploadId,
}
