//! BlobOpener: any range of a sealed blob, opened from the segments that hold it and no others.

use aws_lc_rs::aead::{Aad, LessSafeKey};
use bytes::Bytes;
use drystone_types::{ByteRange, PartNumber};

use crate::layout::{
    HEAD_LEN, MAGIC, SALT_AT, SEGMENT_SEALED, TAG_LEN, VERSION, plain_of, plain_start, sealed_range,
    segment_count, segment_of,
};
use crate::sealer::segment_nonce;
use crate::{DataKey, SealError};

/// Opens one sealed blob.
pub struct BlobOpener {
    key: LessSafeKey,
    plain_len: u64,
}

impl BlobOpener {
    /// Reads the head: the first [`HEAD_LEN`] bytes of the blob that holds part `part_number` of the object of `data_key`.
    /// `plain_len` is the length of the part in bytes; with another one, the last segment does not open.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::TooNew`]. Another key is noticed by [`BlobOpener::open`].
    pub fn new(
        data_key: &DataKey,
        part_number: PartNumber,
        head: &[u8],
        plain_len: u64,
    ) -> Result<Self, SealError> {
        match head.first() {
            Some(&VERSION) if head.len() == HEAD_LEN && head[1..SALT_AT] == *MAGIC => {}
            Some(&version) if version > VERSION && head[1..].starts_with(MAGIC) => {
                return Err(SealError::TooNew(version));
            }
            _ => return Err(SealError::Malformed("blob")),
        }
        let salt = head[SALT_AT..].try_into().expect("the rest of the head is the salt");
        Ok(Self { key: data_key.blob_key(part_number, salt), plain_len })
    }

    /// The plain bytes `range`, from `sealed`, which is what [`sealed_range`] names. Each segment is verified before a byte
    /// of any leaves.
    ///
    /// # Errors
    /// [`SealError::DoesNotOpen`] when a segment is not what was sealed here, [`SealError::Malformed`] when `sealed` has
    /// another length.
    pub fn open(&self, range: ByteRange, sealed: &[u8]) -> Result<Bytes, SealError> {
        let place = sealed_range(range, self.plain_len);
        if sealed.len() as u64 != place.len() {
            return Err(SealError::Malformed("range"));
        }
        if place.len() == 0 {
            return Ok(Bytes::new());
        }
        let (first, offset) = segment_of(range.start);
        let (last, _) = segment_of(range.end.saturating_sub(1));
        let last_of_blob = segment_count(self.plain_len) - 1;
        let mut plain = vec![0; small(plain_of(first, last, self.plain_len).len())];
        let mut plain_rest = plain.as_mut_slice();
        let mut sealed_rest = sealed;
        for segment in first..=last {
            let head_len = if segment == 0 { HEAD_LEN } else { 0 };
            let len = (SEGMENT_SEALED - head_len).min(sealed_rest.len());
            let (body, tag) = sealed_rest[..len].split_at(len - TAG_LEN);
            let (out, rest) = plain_rest.split_at_mut(body.len());
            self.key
                .open_separate_gather(
                    segment_nonce(segment, segment == last_of_blob),
                    Aad::empty(),
                    body,
                    tag,
                    out,
                )
                .map_err(|_| SealError::DoesNotOpen)?;
            plain_rest = rest;
            sealed_rest = &sealed_rest[len..];
        }
        assert!(plain_rest.is_empty() && sealed_rest.is_empty(), "layout and lengths agree");
        debug_assert_eq!(plain_start(first) + offset, range.start);
        let offset = small(offset);
        Ok(Bytes::from(plain).slice(offset..offset + small(range.len())))
    }
}

impl std::fmt::Debug for BlobOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobOpener").field("plain_len", &self.plain_len).finish_non_exhaustive()
    }
}

fn small(len: u64) -> usize {
    usize::try_from(len).expect("of bytes that are in memory")
}
