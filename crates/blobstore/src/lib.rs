//! Blob engines: immutable bytes under names that are never reused, durable when `finish` returns, verified on every read.
//!
//! An engine knows nothing of buckets, keys, uploads or HTTP. Its code is plain and blocking; the rules above call it on
//! blocking threads.

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod contract;
pub mod error;
pub mod fs;
pub mod memory;

pub use contract::{BlobReader, BlobStore, BlobWriter};
pub use error::BlobError;
pub use fs::{FsBlobStore, FsOptions, FsStoreError};
pub use memory::MemoryBlobStore;
