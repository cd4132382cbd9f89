//! Damage on the medium: what is read is exact or refused, never wrong.

use drystone_disk::MemoryFs;
use drystone_types::{BlobId, BlobRef, ByteRange};
use proptest::prelude::*;

use super::{SMALL, create, slurp, spill};
use crate::conformance::{content, get, put};
use crate::{BlobError, BlobStore, FsBlobStore, FsOptions};

/// A store with one blob of 3 blocks, the last short.
fn setup() -> (MemoryFs, FsBlobStore, BlobRef, Vec<u8>) {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), SMALL);
    let data = content(1, 150);
    let blob = put(&store, 1, &data, 1000).unwrap();
    (memory, store, blob, data)
}

fn is_corrupt<T>(result: &Result<T, BlobError>) -> bool {
    matches!(result, Err(BlobError::Corrupt { .. }))
}

#[test]
fn every_single_flipped_bit_of_the_file_is_detected() {
    let (memory, store, blob, _) = setup();
    let path = store.path_of(blob.id);
    let whole = slurp(&memory, &path);
    assert_eq!(whole.len(), 4096 + 150 + 3 * 8 + 64);
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            spill(&memory, &path, &bytes);
            assert!(is_corrupt(&get(&store, &blob)), "bit {bit} of byte {at}");
            assert!(is_corrupt(&store.verify(&blob)), "bit {bit} of byte {at}");
        }
    }
    spill(&memory, &path, &whole);
    store.verify(&blob).expect("whole again");
}

#[test]
fn damage_in_one_block_leaves_the_others_readable() {
    let (memory, store, blob, data) = setup();
    let path = store.path_of(blob.id);
    let mut bytes = slurp(&memory, &path);
    bytes[4096 + 70] ^= 1;
    spill(&memory, &path, &bytes);
    let reader = store.open(&blob).unwrap();
    assert_eq!(reader.read(ByteRange { start: 0, end: 64 }).unwrap(), data[..64]);
    assert_eq!(reader.read(ByteRange { start: 128, end: 150 }).unwrap(), data[128..]);
    let Err(BlobError::Corrupt { what, .. }) = reader.read(ByteRange { start: 127, end: 129 }) else {
        panic!()
    };
    assert_eq!(what, "bytes 64 to 128 (block 1) fail their checksum");
}

#[test]
fn a_file_cut_or_grown_to_any_length_is_refused() {
    let (memory, store, blob, _) = setup();
    let path = store.path_of(blob.id);
    let whole = slurp(&memory, &path);
    for len in (0..4096).step_by(511).chain(4096..whole.len()) {
        spill(&memory, &path, &whole[..len]);
        assert!(is_corrupt(&get(&store, &blob)), "cut to {len}");
    }
    let mut grown = whole;
    grown.push(0);
    spill(&memory, &path, &grown);
    assert!(is_corrupt(&get(&store, &blob)));
}

#[test]
fn a_file_cut_under_an_open_reader_is_refused() {
    let (memory, store, blob, _) = setup();
    let reader = store.open(&blob).unwrap();
    let path = store.path_of(blob.id);
    let whole = slurp(&memory, &path);
    for len in [0, 4096, 4096 + 100, 4096 + 150, 4096 + 150 + 23] {
        spill(&memory, &path, &whole[..len]);
        assert!(is_corrupt(&reader.read(ByteRange::whole(150))), "cut to {len}");
    }
}

#[test]
fn the_file_of_another_blob_is_refused() {
    let (memory, store, blob, _) = setup();
    let other = put(&store, 0x101, &content(9, 150), 1000).unwrap();
    let (path, other_path) = (store.path_of(blob.id), store.path_of(other.id));
    let (bytes, other_bytes) = (slurp(&memory, &path), slurp(&memory, &other_path));
    spill(&memory, &path, &other_bytes);
    spill(&memory, &other_path, &bytes);
    assert!(is_corrupt(&get(&store, &blob)));
    assert!(is_corrupt(&get(&store, &other)));
}

/// A disk that wrote a block elsewhere, or not at all, leaves good bytes in the wrong place.
#[test]
fn a_good_block_in_the_wrong_place_is_refused() {
    let (memory, store, blob, _) = setup();
    let other = put(&store, 0x101, &content(9, 150), 1000).unwrap();
    let path = store.path_of(blob.id);
    let (whole, stranger) = (slurp(&memory, &path), slurp(&memory, &store.path_of(other.id)));
    let (data, table) = (4096, 4096 + 150);

    let mut swapped = whole.clone();
    swapped.copy_within(data..data + 64, data + 64);
    swapped[data..data + 64].copy_from_slice(&whole[data + 64..data + 128]);
    swapped.copy_within(table..table + 8, table + 8);
    swapped[table..table + 8].copy_from_slice(&whole[table + 8..table + 16]);
    let mut misdirected = whole.clone();
    misdirected[data..data + 64].copy_from_slice(&stranger[data..data + 64]);
    misdirected[table..table + 8].copy_from_slice(&stranger[table..table + 8]);
    let mut never_written = whole;
    never_written[data..data + 64].fill(0);
    never_written[table..table + 8].fill(0);

    for (case, bytes) in
        [("swapped", swapped), ("misdirected", misdirected), ("never written", never_written)]
    {
        spill(&memory, &path, &bytes);
        assert!(is_corrupt(&get(&store, &blob)), "{case}");
    }
}

#[test]
fn a_blob_is_read_with_the_block_size_it_was_written_with() {
    let (memory, _, blob, data) = setup();
    let store = super::reopen(memory, FsOptions { block_size_bytes: 4096, ..SMALL });
    assert_eq!(get(&store, &blob).unwrap(), data);
}

#[test]
fn an_unknown_blob_is_not_opened_by_its_neighbours_name() {
    let (_, store, blob, _) = setup();
    let id = BlobId(blob.id.0 + 256);
    assert!(
        matches!(store.open(&BlobRef { id, ..blob }).map(drop), Err(BlobError::Missing(found)) if found == id)
    );
}

proptest! {
    #[test]
    fn any_range_equals_the_slice_of_what_was_written(
        len in 0_usize..2000,
        block_size_bytes in 1_u32..300,
        piece in 1_usize..500,
        ranges in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..20),
    ) {
        let store = create(MemoryFs::new(), FsOptions { block_size_bytes, ..SMALL });
        let data = content(3, len as u64);
        let blob = put(&store, 1, &data, piece).unwrap();
        let reader = store.open(&blob).unwrap();
        for (one, other) in ranges {
            let (one, other) = (one.index(len + 1), other.index(len + 1));
            let (start, end) = (one.min(other), one.max(other));
            let read = reader.read(ByteRange { start: start as u64, end: end as u64 }).unwrap();
            prop_assert_eq!(&read[..], &data[start..end]);
        }
    }

    #[test]
    fn any_damage_is_refused_or_does_not_change_what_is_read(
        at in any::<prop::sample::Index>(),
        garbage in prop::collection::vec(any::<u8>(), 1..600),
    ) {
        let (memory, store, blob, data) = setup();
        let path = store.path_of(blob.id);
        let mut bytes = slurp(&memory, &path);
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + garbage.len());
        bytes[at..end].copy_from_slice(&garbage[..end - at]);
        spill(&memory, &path, &bytes);
        match get(&store, &blob) {
            Ok(read) => prop_assert_eq!(read, data),
            Err(BlobError::Corrupt { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
