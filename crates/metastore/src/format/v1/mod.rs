//! Version 1 of every stored row, as drawn in docs/FORMATS.md. Frozen.
//!
//! A value is a version byte, the fields, and a CRC-32C over the row's place (table and key) and all bytes before it, so
//! that a flipped bit, also in the key, or a row in the wrong place is met as [`Malformed`], never as data.

mod codec;
mod fields;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use codec::{Malformed, Place};
pub(crate) use rows::{
    Content, Counters, Discarded, Ended, StoredBucket, StoredObject, StoredUpload, decode_inline,
    decode_manifest, decode_mark, decode_name, decode_number, decode_part, encode_inline, encode_manifest,
    encode_mark, encode_name, encode_number, encode_part,
};

/// The first byte of every value.
pub(crate) const VERSION: u8 = 1;
