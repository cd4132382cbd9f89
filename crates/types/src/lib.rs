//! The vocabulary everything else speaks: names, limits, manifests. No I/O, no async, no clock.

pub mod blob;
pub mod bucket;
pub mod checksum;
pub mod etag;
pub mod key;
pub mod lifecycle;
pub mod limits;
pub mod manifest;
pub mod metadata;
pub mod owner;
pub mod part;
pub mod precondition;
pub mod range;
pub mod time;
pub mod upload;

pub use blob::{BlobHome, BlobId, BlobRef};
pub use bucket::BucketName;
pub use checksum::{Checksum, ChecksumAlgorithm, ChecksumType, ObjectChecksum};
pub use etag::ETag;
pub use key::Key;
pub use manifest::{Manifest, ManifestPart};
pub use metadata::{ObjectHeaders, StorageClass};
pub use owner::Owner;
pub use part::PartNumber;
pub use precondition::WritePrecondition;
pub use range::{ByteRange, RangeSpec};
pub use time::Timestamp;
pub use upload::UploadId;
