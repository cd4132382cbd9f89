//! The records that steps take and return. How they are stored is `format`'s business.

mod audit;
mod bucket;
mod event;
mod list;
mod object;
mod upload;

pub use audit::{AuditRow, Garbage};
pub use bucket::{BucketChange, BucketId, BucketRecord, BucketUsage, CreateBucket, DocumentKind};
pub use event::{Event, EventSeed};
pub use list::{
    ObjectEntry, ObjectPage, ObjectQuery, PartPage, UploadCursor, UploadEntry, UploadPage, UploadQuery,
    VersionEntry, VersionPage, VersionQuery,
};
pub use object::{
    ChangeObject, DeleteCondition, DeleteMarker, DeleteObject, Deleted, Digests, NewBlob, ObjectChange,
    ObjectRecord, ObjectView, PutObject,
};
pub use upload::{
    CommitUpload, CompletedRecord, CreateUpload, PartRecord, PutPart, SessionId, UploadName, UploadRecord,
    UploadState,
};
