//! Sealed blobs: what goes in comes out, range by range; whatever else was done to them stays closed.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small test data"
)]

use bytes::Bytes;
use drystone_seal::layout::{HEAD_LEN, SEGMENT_PLAIN, SEGMENT_SEALED, segment_count};
use drystone_seal::{
    BlobOpener, BlobSealer, DataKey, Keyring, MasterKeys, SealError, sealed_len, sealed_range,
};
use drystone_types::encryption::Sse;
use drystone_types::{ByteRange, PartNumber};
use proptest::prelude::*;

fn data_key() -> DataKey {
    Keyring::new(MasterKeys::generate()).new_data_key(&Sse::S3, None, b"").expect("SSE-S3 needs nothing").0
}

fn part(number: u64) -> PartNumber {
    PartNumber::new(number).expect("legal")
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

/// Seals in pieces of the given lengths, again and again.
fn seal(data_key: &DataKey, number: u64, data: &[u8], pieces: &[usize]) -> Vec<u8> {
    let mut sealer = BlobSealer::new(data_key, part(number));
    let mut sealed = Vec::new();
    let mut write = |bytes: &[u8]| {
        sealed.extend_from_slice(bytes);
        Ok::<(), ()>(())
    };
    let mut rest = data;
    for piece in pieces.iter().cycle() {
        let (head, tail) = rest.split_at(rest.len().min(*piece));
        sealer.update(head, &mut write).expect("it is sealed");
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    sealer.finish(&mut write).expect("it is sealed");
    sealed
}

fn open(
    data_key: &DataKey,
    number: u64,
    sealed: &[u8],
    plain_len: usize,
    range: ByteRange,
) -> Result<Bytes, SealError> {
    let opener = BlobOpener::new(data_key, part(number), &sealed[..HEAD_LEN], plain_len as u64)?;
    let place = sealed_range(range, plain_len as u64);
    let end = (place.end as usize).min(sealed.len());
    opener.open(range, sealed.get(place.start as usize..end).unwrap_or_default())
}

fn open_whole(data_key: &DataKey, sealed: &[u8], plain_len: usize) -> Result<Bytes, SealError> {
    open(data_key, 1, sealed, plain_len, ByteRange::whole(plain_len as u64))
}

/// Lengths at and around the borders of segments.
fn border_lens() -> Vec<usize> {
    let border = |segment| segment * SEGMENT_PLAIN - HEAD_LEN;
    let near = |at: usize| [at - 1, at, at + 1];
    [vec![0, 1, 2], near(border(1)).to_vec(), near(border(2)).to_vec(), near(border(5)).to_vec()].concat()
}

#[test]
fn every_length_near_a_border_comes_back_whole_from_any_pieces() {
    let key = data_key();
    for len in border_lens() {
        let data = plain(len);
        for pieces in
            [&[1 << 20][..], &[SEGMENT_PLAIN], &[SEGMENT_PLAIN - HEAD_LEN, SEGMENT_PLAIN], &[4099, 70_001]]
        {
            let sealed = seal(&key, 1, &data, pieces);
            assert_eq!(sealed.len() as u64, sealed_len(len as u64));
            assert_eq!(open_whole(&key, &sealed, len).unwrap(), data, "{len} bytes in pieces of {pieces:?}");
        }
    }
}

#[test]
fn equal_parts_look_different() {
    let key = data_key();
    let data = plain(100);
    assert_ne!(seal(&key, 1, &data, &[100])[HEAD_LEN..], seal(&key, 1, &data, &[100])[HEAD_LEN..]);
}

#[test]
fn no_sealed_byte_run_is_plaintext() {
    let data = vec![0x55; 200_000];
    let sealed = seal(&data_key(), 1, &data, &[10_000]);
    assert!(!sealed.windows(8).any(|window| window == &data[..8]));
}

#[test]
fn another_key_or_another_part_never_opens_a_byte() {
    let key = data_key();
    let data = plain(70_000);
    let sealed = seal(&key, 1, &data, &[1 << 20]);
    for at in [0, 65_488, 69_999] {
        let range = ByteRange { start: at, end: at + 1 };
        assert_eq!(open(&data_key(), 1, &sealed, data.len(), range).unwrap_err(), SealError::DoesNotOpen);
        assert_eq!(open(&key, 2, &sealed, data.len(), range).unwrap_err(), SealError::DoesNotOpen);
    }
}

#[test]
fn swapped_repeated_cut_and_appended_segments_do_not_open() {
    let key = data_key();
    let data = plain(4 * SEGMENT_PLAIN - HEAD_LEN);
    let sealed = seal(&key, 1, &data, &[1 << 20]);
    let segments: Vec<_> = sealed.chunks(SEGMENT_SEALED).collect();
    assert_eq!(segments.len() as u64, segment_count(data.len() as u64));
    for (what, order) in [
        ("swapped", &[0, 2, 1, 3][..]),
        ("repeated", &[0, 1, 1, 3]),
        ("last in the middle", &[0, 3, 2, 3]),
        ("last replaced", &[0, 1, 2, 2]),
        ("cut", &[0, 1, 2]),
        ("one left out", &[0, 1, 3]),
        ("one more", &[0, 1, 2, 3, 3]),
        ("one more before the last", &[0, 1, 2, 2, 3]),
    ] {
        let forged: Vec<u8> = order.iter().flat_map(|i| segments[*i]).copied().collect();
        let len = drystone_seal::plain_len(forged.len() as u64).expect("whole segments") as usize;
        assert!(open_whole(&key, &forged, len).is_err(), "{what}");
        if !forged.starts_with(&sealed) {
            assert!(open_whole(&key, &forged, data.len()).is_err(), "{what}, length as recorded");
        }
    }
    // Of another blob of the same object and the same part: its salt is another.
    let other = seal(&key, 1, &data, &[1 << 20]);
    let mixed = [&sealed[..SEGMENT_SEALED], &other[SEGMENT_SEALED..]].concat();
    assert!(open_whole(&key, &mixed, data.len()).is_err());
}

#[test]
fn every_flipped_bit_of_a_small_blob_closes_it() {
    let key = data_key();
    let data = plain(20);
    let sealed = seal(&key, 1, &data, &[20]);
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open_whole(&key, &flipped, data.len()).is_err(), "bit {bit}");
    }
}

#[test]
fn a_newer_blob_is_told_from_a_broken_one() {
    let key = data_key();
    let mut sealed = seal(&key, 1, b"", &[1]);
    sealed[0] = 2;
    assert_eq!(open_whole(&key, &sealed, 0).unwrap_err(), SealError::TooNew(2));
    sealed[1] = b'X';
    assert_eq!(open_whole(&key, &sealed, 0).unwrap_err(), SealError::Malformed("blob"));
}

proptest! {
    #[test]
    fn b189_any_range_is_the_slice(
        len in 0..300_000usize,
        cuts in proptest::collection::vec((0.0..=1.0f64, 0.0..=1.0f64), 8),
        piece in 1000..200_000usize,
    ) {
        let key = data_key();
        let data = plain(len);
        let sealed = seal(&key, 1, &data, &[piece]);
        for (a, b) in cuts {
            let at = |share: f64| (share * len as f64) as usize;
            let (start, end) = (at(a.min(b)), at(a.max(b)));
            let range = ByteRange { start: start as u64, end: end as u64 };
            let opened = open(&key, 1, &sealed, len, range).expect("it is sealed");
            prop_assert_eq!(&opened[..], &data[start..end]);
        }
    }

    #[test]
    fn a_flipped_bit_closes_the_ranges_of_its_segment_and_no_others(len in 1..300_000usize, at in 0.0..1.0f64, bit in 0..8u32) {
        let key = data_key();
        let data = plain(len);
        let mut sealed = seal(&key, 1, &data, &[1 << 20]);
        let at = HEAD_LEN + ((sealed.len() - HEAD_LEN) as f64 * at) as usize;
        sealed[at] ^= 1 << bit;
        let mut start = 0;
        for segment in 0..segment_count(len as u64) as usize {
            let end = len.min((segment + 1) * SEGMENT_PLAIN - HEAD_LEN);
            let opened = open(&key, 1, &sealed, len, ByteRange { start: start as u64, end: end as u64 });
            prop_assert_eq!(opened.is_err(), segment == at / SEGMENT_SEALED);
            start = end;
        }
    }

    #[test]
    fn another_length_never_opens_the_end(len in 0..200_000usize, other in 0..200_000usize) {
        prop_assume!(len != other);
        let key = data_key();
        let sealed = seal(&key, 1, &plain(len), &[1 << 20]);
        let last = ByteRange { start: (other as u64).saturating_sub(1), end: other as u64 };
        prop_assert!(open(&key, 1, &sealed, other, last).is_err());
    }

    #[test]
    fn arbitrary_bytes_never_open_and_never_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), HEAD_LEN..HEAD_LEN + 200),
        with_head: bool,
        len in 0..400usize,
        start in 0..400u64,
    ) {
        if with_head {
            bytes[..8].copy_from_slice(b"\x01DRYSEAL");
        }
        let start = start.min(len as u64);
        let range = ByteRange { start, end: len as u64 };
        let opened = open(&data_key(), 1, &bytes, len, range);
        prop_assert!(opened.is_err() || (opened.unwrap().is_empty() && start == len as u64 && len > 0));
    }
}
