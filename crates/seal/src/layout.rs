//! Layout of a sealed blob: which sealed bytes hold which plain ones. Pure arithmetic.
//!
//! ```text
//! offset     bytes          what
//! 0             32          head: version 1 (1)   magic "DRYSEAL" (7)   salt, random (24)
//! 32        65,488 or less  plaintext of segment 0, encrypted
//!               16          its AES-GCM tag
//! 65,536 i  65,520 or less  plaintext of segment i, encrypted
//!               16          its tag
//! ```
//!
//! Every segment but the last ends at a multiple of 64 KiB, which is the block size of the blob store: a segment that is read
//! costs one block, and no block is read for two segments. The head takes room of segment 0, so with the head counted as if it
//! were plaintext, every segment holds 65,520 bytes.

use drystone_types::ByteRange;

/// First byte of a sealed blob.
pub const VERSION: u8 = 1;
pub(crate) const MAGIC: &[u8; 7] = b"DRYSEAL";
pub(crate) const SALT_AT: usize = 8;
pub(crate) const SALT_LEN: usize = 24;
/// Length of the head in bytes.
pub const HEAD_LEN: usize = SALT_AT + SALT_LEN;
/// Length of the tag that ends a segment.
pub const TAG_LEN: usize = 16;
/// Distance of segments in the sealed blob, in bytes.
pub const SEGMENT_SEALED: usize = 64 << 10;
/// Most plaintext in one segment, in bytes; the head counts as plaintext of the first.
pub const SEGMENT_PLAIN: usize = SEGMENT_SEALED - TAG_LEN;

const HEAD: u64 = HEAD_LEN as u64;
const TAG: u64 = TAG_LEN as u64;
const SEALED: u64 = SEGMENT_SEALED as u64;
const PLAIN: u64 = SEGMENT_PLAIN as u64;

/// Length of the sealed blob of `plain_len` bytes.
pub fn sealed_len(plain_len: u64) -> u64 {
    HEAD + plain_len + segment_count(plain_len) * TAG
}

/// How many bytes a sealed blob of `sealed_len` bytes holds. `None` if no sealed blob has this length.
pub fn plain_len(sealed_len: u64) -> Option<u64> {
    let segments = sealed_len.div_ceil(SEALED);
    let plain = sealed_len.checked_sub(HEAD + segments * TAG)?;
    (self::sealed_len(plain) == sealed_len).then_some(plain)
}

/// Number of segments. An empty blob has one too: its tag says that it is empty.
pub fn segment_count(plain_len: u64) -> u64 {
    (plain_len + HEAD).div_ceil(PLAIN)
}

/// The segment that holds plain byte `at`, and the place of that byte among all the plain bytes of the segment.
pub(crate) fn segment_of(at: u64) -> (u64, u64) {
    let segment = (at + HEAD) / PLAIN;
    (segment, at - plain_start(segment))
}

/// The first plain byte of a segment.
pub(crate) fn plain_start(segment: u64) -> u64 {
    (segment * PLAIN).saturating_sub(HEAD)
}

/// The plain bytes of the segments `first..=last`.
pub(crate) fn plain_of(first: u64, last: u64, plain_len: u64) -> ByteRange {
    ByteRange { start: plain_start(first), end: plain_start(last + 1).min(plain_len) }
}

/// What to read of a sealed blob of `plain_len` bytes to open its plain bytes `range`: whole segments. The head is not in
/// it, also when the first segment is. Nothing for an empty range of a blob that is not empty.
pub fn sealed_range(range: ByteRange, plain_len: u64) -> ByteRange {
    assert!(range.start <= range.end && range.end <= plain_len, "the range lies within the blob");
    if range.start == range.end && plain_len > 0 {
        return ByteRange { start: 0, end: 0 };
    }
    let (first, _) = segment_of(range.start);
    let (last, _) = segment_of(range.end.saturating_sub(1));
    ByteRange { start: (first * SEALED).max(HEAD), end: ((last + 1) * SEALED).min(sealed_len(plain_len)) }
}

/// Where to cut a long read: the first plain byte of the first segment after `at` that begins at a multiple of `step`
/// sealed bytes. `step` is a multiple of the segment's length.
pub fn cut_after(at: u64, step: u64) -> u64 {
    assert!(step > 0 && step.is_multiple_of(SEALED), "steps are whole segments");
    let per_step = step / SEALED;
    let (segment, _) = segment_of(at);
    plain_start((segment / per_step + 1) * per_step)
}

#[cfg(test)]
mod tests {
    use super::{HEAD, PLAIN, SEALED, TAG, cut_after, plain_len, sealed_len, sealed_range, segment_of};
    use drystone_types::ByteRange;
    use proptest::prelude::*;

    #[test]
    fn lengths_around_the_borders_of_segments() {
        for (plain, sealed) in [
            (0, 48),
            (1, 49),
            (65_487, 65_535),
            (65_488, 65_536),
            (65_489, 65_536 + 17),
            (65_488 + 65_520, 131_072),
            (65_488 + 65_521, 131_072 + 17),
        ] {
            assert_eq!((sealed_len(plain), plain_len(sealed)), (sealed, Some(plain)));
        }
        for never in (0..48).chain(65_537..=65_552) {
            assert_eq!(plain_len(never), None, "{never}");
        }
    }

    #[test]
    fn ranges_cover_whole_segments() {
        let len = 200_000;
        let range = |start, end| sealed_range(ByteRange { start, end }, len);
        let sealed = |start, end| ByteRange { start, end };
        assert_eq!(range(0, 1), sealed(HEAD, SEALED));
        assert_eq!(range(65_487, 65_488), sealed(HEAD, SEALED));
        assert_eq!(range(65_488, 65_489), sealed(SEALED, 2 * SEALED));
        assert_eq!(range(65_487, 65_489), sealed(HEAD, 2 * SEALED));
        assert_eq!(range(199_999, 200_000), sealed(3 * SEALED, sealed_len(len)));
        assert_eq!(range(5, 5), sealed(0, 0));
        assert_eq!(sealed_range(ByteRange { start: 0, end: 0 }, 0), sealed(HEAD, 48));
    }

    proptest! {
        #[test]
        fn every_length_has_one_sealed_length(plain in 0..u64::MAX / 2) {
            prop_assert_eq!(plain_len(sealed_len(plain)), Some(plain));
        }

        #[test]
        fn no_two_lengths_share_a_sealed_length(sealed in 0..u64::MAX / 2) {
            if let Some(plain) = plain_len(sealed) {
                prop_assert_eq!(sealed_len(plain), sealed);
            } else {
                let into_last = sealed % SEALED;
                prop_assert!(sealed < HEAD + TAG || (1..=TAG).contains(&into_last));
            }
        }

        #[test]
        fn a_cut_is_the_border_of_a_segment(at in 0..1u64 << 40, segments in 1..64u64) {
            let cut = cut_after(at, segments * SEALED);
            prop_assert!(cut > at && cut - at <= segments * PLAIN);
            let (segment, within) = segment_of(cut);
            prop_assert!(within == 0 && segment % segments == 0);
        }
    }
}
