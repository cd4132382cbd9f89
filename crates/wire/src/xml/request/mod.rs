//! Every XML request, one file per document: bytes in, a plain value or an S3 error out.

pub mod acl;
pub mod complete;
pub mod create_bucket;
pub mod delete;
pub mod encryption;
pub mod lifecycle;
pub mod object_lock;
pub mod ownership;
pub mod public_access_block;
pub mod restore;
pub mod tagging;
pub mod versioning;

mod lifecycle_actions;
mod lifecycle_filter;
