//! BlobSealer: plain bytes in, as they come; sealed segments out, one pass over memory.

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use drystone_types::PartNumber;
use zeroize::Zeroize as _;

use crate::DataKey;
use crate::key::random;
use crate::layout::{HEAD_LEN, MAGIC, SALT_AT, SALT_LEN, SEGMENT_PLAIN, SEGMENT_SEALED, TAG_LEN, VERSION};

/// Segments that are sealed before they are given away: large enough for cheap writes, small enough to stay in the cache.
const BATCH_SEGMENTS: usize = 4;

/// Seals one blob. Between two calls it keeps no more than the bytes of a segment that is not yet whole.
pub struct BlobSealer {
    key: LessSafeKey,
    /// Segments sealed so far.
    segment: u64,
    /// Bytes of the segment in the making.
    pending: Vec<u8>,
    /// Of the head, which comes out with the first segment.
    salt: [u8; SALT_LEN],
}

impl BlobSealer {
    /// Most bytes that a sealer keeps between two calls.
    pub const KEPT_MAX_BYTES: u64 = SEGMENT_PLAIN as u64;

    /// Begins the blob that holds part `part_number` of the object of `data_key`.
    pub fn new(data_key: &DataKey, part_number: PartNumber) -> Self {
        Self::with_salt(data_key, part_number, random())
    }

    pub(crate) fn with_salt(data_key: &DataKey, part_number: PartNumber, salt: [u8; SALT_LEN]) -> Self {
        Self { key: data_key.blob_key(part_number, &salt), segment: 0, pending: Vec::new(), salt }
    }

    /// Takes in the next bytes and gives what is sealed to `write`, in order.
    ///
    /// # Errors
    /// The error of `write`; the blob can then only be given up.
    pub fn update<E>(
        &mut self,
        mut data: &[u8],
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let segments = (self.pending.len() + data.len()) / SEGMENT_PLAIN + 1;
        let mut batch = Batch::new(segments.min(BATCH_SEGMENTS));
        // A segment is sealed only when a byte follows it: until then it may be the last one.
        while self.pending.len() + data.len() > self.room() {
            let (head, rest) = data.split_at(self.room() - self.pending.len());
            data = rest;
            if self.pending.is_empty() {
                self.seal(head, false, &mut batch);
            } else {
                self.keep(head);
                self.seal_pending(false, &mut batch);
            }
            if batch.is_full() {
                batch.give(&mut write)?;
            }
        }
        self.keep(data);
        batch.give(&mut write)
    }

    /// The last bytes have come: gives the rest to `write`.
    ///
    /// # Errors
    /// The error of `write`.
    pub fn finish<E>(mut self, mut write: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut batch = Batch::new(1);
        self.seal_pending(true, &mut batch);
        batch.give(&mut write)
    }

    /// Most plaintext of the segment in the making.
    fn room(&self) -> usize {
        if self.segment == 0 { SEGMENT_PLAIN - HEAD_LEN } else { SEGMENT_PLAIN }
    }

    /// Keeps bytes of a segment that is not whole. The first ones get what they need: most blobs are small.
    fn keep(&mut self, data: &[u8]) {
        if self.pending.is_empty() && self.pending.capacity() < data.len() {
            self.pending = Vec::with_capacity(data.len());
        } else if self.pending.capacity() - self.pending.len() < data.len() {
            let mut grown = Vec::with_capacity(SEGMENT_PLAIN);
            grown.extend_from_slice(&self.pending);
            self.pending.zeroize();
            self.pending = grown;
        }
        self.pending.extend_from_slice(data);
    }

    fn seal_pending(&mut self, is_last: bool, batch: &mut Batch) {
        let mut pending = std::mem::take(&mut self.pending);
        self.seal(&pending, is_last, batch);
        pending.clear();
        self.pending = pending;
    }

    fn seal(&mut self, plain: &[u8], is_last: bool, batch: &mut Batch) {
        let head_len = if self.segment == 0 { HEAD_LEN } else { 0 };
        let (head, out) = batch.take(head_len + plain.len() + TAG_LEN).split_at_mut(head_len);
        if self.segment == 0 {
            head.copy_from_slice(&blob_head(&self.salt));
        }
        let (sealed, tag) = out.split_at_mut(plain.len());
        let nonce = segment_nonce(self.segment, is_last);
        self.key
            .seal_out_of_place_scatter(nonce, Aad::empty(), plain, sealed, &[], tag)
            .expect("a segment is shorter than what AES-GCM takes");
        self.segment += 1;
    }
}

impl Drop for BlobSealer {
    fn drop(&mut self) {
        self.pending.zeroize();
    }
}

impl std::fmt::Debug for BlobSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobSealer").field("segment", &self.segment).finish_non_exhaustive()
    }
}

/// Sealed bytes that nobody was given yet.
struct Batch {
    bytes: Vec<u8>,
    len: usize,
    segments: usize,
}

impl Batch {
    /// Room for so many segments, taken when the first one comes.
    fn new(segments: usize) -> Self {
        Self { bytes: Vec::new(), len: 0, segments }
    }

    /// The next `len` bytes, to be written over.
    fn take(&mut self, len: usize) -> &mut [u8] {
        if self.bytes.is_empty() {
            let room = if self.segments == 1 { len } else { self.segments * SEGMENT_SEALED };
            self.bytes = vec![0; room]; // once: what is written over later is not zeroed again
        }
        let start = self.len;
        self.len += len;
        &mut self.bytes[start..self.len]
    }

    fn is_full(&self) -> bool {
        self.len == self.segments * SEGMENT_SEALED
    }

    fn give<E>(&mut self, write: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let len = std::mem::take(&mut self.len);
        if len > 0 { write(&self.bytes[..len]) } else { Ok(()) }
    }
}

/// The first bytes of a sealed blob.
fn blob_head(salt: &[u8; SALT_LEN]) -> [u8; HEAD_LEN] {
    let mut head = [0; HEAD_LEN];
    head[0] = VERSION;
    head[1..SALT_AT].copy_from_slice(MAGIC);
    head[SALT_AT..].copy_from_slice(salt);
    head
}

/// The nonce of a segment: its number (8 bytes, little-endian), 1 if it is the last one (1), and three zeroes. So a segment
/// that is moved, left out or put at the end does not open.
pub(crate) fn segment_nonce(segment: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&segment.to_le_bytes());
    nonce[8] = u8::from(is_last);
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use super::BlobSealer;
    use crate::key::tests::{counting, hex};
    use crate::{DataKey, Key256};
    use aws_lc_rs::digest::{SHA256, digest};
    use drystone_types::PartNumber;

    fn golden(len: usize) -> Vec<u8> {
        let data_key = DataKey::new(Key256::new(counting(0)));
        let salt = counting(0x40);
        let plain: Vec<u8> = (0..251).cycle().take(len).collect();
        let mut sealer = BlobSealer::with_salt(&data_key, PartNumber::new(7).unwrap(), salt);
        let mut sealed = Vec::new();
        let mut write = |bytes: &[u8]| -> Result<(), ()> {
            sealed.extend_from_slice(bytes);
            Ok(())
        };
        sealer.update(&plain, &mut write).unwrap();
        sealer.finish(&mut write).unwrap();
        sealed
    }

    /// Made by another implementation (Python's `cryptography`), from the drawing in docs/FORMATS.md.
    #[test]
    fn golden_blobs() {
        assert_eq!(
            hex(&golden(0)),
            "014452595345414c404142434445464748494a4b4c4d4e4f5051525354555657cbf5e10ed5ef1bd6850d32d77aa83d44"
        );
        assert_eq!(
            hex(&golden(5)),
            "014452595345414c404142434445464748494a4b4c4d4e4f50515253545556573b7a5336be54642d30d7725cafd13eaf2223a1aa2a"
        );
        for (len, sha256) in [
            (65_488, "cf84c5b52626f39770d407fea0406fa7589840557486c22a91063c08cdcc3817"),
            (65_489, "3bb5fda97f8d63df1aa2c8eebfd69d11354bfc92a2aac4db14b39d7b926e8ec1"),
            (200_000, "8423eeffa927e4c2847fa47e279055be3257a71d448d9856306c8e6ad10877b2"),
        ] {
            assert_eq!(hex(digest(&SHA256, &golden(len)).as_ref()), sha256, "{len}");
        }
    }
}
