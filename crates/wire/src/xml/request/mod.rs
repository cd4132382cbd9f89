//! Every XML request, one file per document: bytes in, a plain value or an S3 error out.

pub mod complete;
pub mod create_bucket;
pub mod delete;
pub mod lifecycle;
pub mod versioning;

mod lifecycle_filter;
