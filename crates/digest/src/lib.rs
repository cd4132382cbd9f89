//! Digests of uploaded bytes: one pass over each buffer yields everything S3 wants to know of it.
//!
//! The only crate that hashes object data. CRCs of parts combine into the CRC of the object without reading a byte again.

pub mod body;
pub mod combine;

pub use body::{BodyDigest, BodySummary, ChecksumDigest};
pub use combine::{composite_checksum, etag_of_parts, full_object_crc};
