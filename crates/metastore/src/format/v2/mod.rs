//! Version 2 of every stored row, as drawn in docs/FORMATS.md; reads version 1, too.
//!
//! A value is a version byte, the fields, and a CRC-32C over the row's place (table and key) and all bytes before it, so
//! that a flipped bit, also in the key, or a row in the wrong place is met as [`Malformed`], never as data.

mod buckets;
mod codec;
mod events;
mod fields;
mod lifecycle;
mod properties;
mod rows;
#[cfg(test)]
mod tests;
mod uploads;
mod versions;

pub(crate) use buckets::{BucketHead, decode_bucket, encode_bucket};
pub(crate) use codec::{Malformed, Place};
pub(crate) use events::{decode_event, encode_event};
pub(crate) use rows::{
    Counters, Discarded, decode_bytes, decode_id, decode_mark, decode_name, decode_number, decode_usage,
    encode_bytes, encode_id, encode_mark, encode_name, encode_number, encode_usage, is_v1,
};
pub(crate) use uploads::{Ended, StoredUpload};
pub(crate) use versions::{
    Content, StoredObject, StoredVersion, decode_manifest, decode_part, encode_manifest, encode_part,
};

/// The first byte of every value that is written.
pub(crate) const VERSION: u8 = 2;
/// The oldest version that is read.
const VERSION_MIN: u8 = 1;
