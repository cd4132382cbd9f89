//! S3's answers as a client reads them: ours and those of other stores, which leave out what is optional, order elements as they
//! like, and have upload ids and ETags of their own making.

mod common;
pub mod copy;
pub mod delete;
pub mod list_buckets;
pub mod list_objects;
pub mod list_parts;
pub mod list_uploads;
pub mod list_versions;
pub mod object_attributes;
pub mod tagging;
pub mod upload;

pub use common::{Account, NotUnderstood, bare_etag, object_checksum_of, quoted_etag};
pub use copy::{CopyResult, copy_result};
pub use delete::{DeleteFailure, DeleteResult, DeletedObject, delete_result};
pub use list_buckets::{BucketEntry, ListBucketsPage, list_buckets};
pub use list_objects::{ListObjectsPage, ObjectEntry, list_objects};
pub use list_parts::{ListPartsPage, PartEntry, list_parts};
pub use list_uploads::{ListUploadsPage, UploadEntry, list_uploads};
pub use list_versions::{ListVersionsPage, VersionEntry, list_versions};
pub use object_attributes::{ObjectAttributes, ObjectPart, ObjectParts, object_attributes};
pub use tagging::tagging;
pub use upload::{CompletedUpload, CreatedUpload, completed_upload, created_upload};
