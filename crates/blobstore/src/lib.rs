//! Blob engines: immutable bytes under names that are never reused, durable when `finish` returns, verified on every read.
//!
//! An engine knows nothing of buckets, keys, uploads or HTTP. Its code is plain and blocking; the rules above call it on
//! blocking threads.

pub mod contract;
pub mod error;

pub use contract::{BlobReader, BlobStore, BlobWriter};
pub use error::BlobError;
