//! Uploads: create, part, complete, abort, list. Open until exactly one of Complete and Abort ends it.

pub mod abort;
pub mod assemble;
pub mod complete;
pub mod create;
pub mod list;
pub mod part;
pub mod part_copy;

pub use drystone_metastore::record::UploadName;
