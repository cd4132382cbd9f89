//! Metadata engines: buckets, objects, uploads, parts, leases and garbage, changed only by whole atomic steps.
//!
//! The traits sit below S3's rules, so an engine offers steps, not key-value calls. An engine knows nothing of HTTP or XML
//! and never looks into a blob's bytes; it keeps small blobs as opaque bytes beside the rows that own them.

pub mod conformance;
pub mod contract;
pub mod error;
mod format;
mod listing;
pub mod memory;
pub mod record;
pub mod redb;
mod rules;

pub use contract::MetaStore;
pub use error::MetaError;
pub use memory::MemoryMetaStore;
pub use redb::RedbMetaStore;
