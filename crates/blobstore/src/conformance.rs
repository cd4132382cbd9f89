//! What every blob engine must do, as cases to run against each of them.

use drystone_types::limits::BLOCK_SIZE_BYTES;
use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange};

use crate::{BlobError, BlobStore};

const BLOCK: u64 = BLOCK_SIZE_BYTES;
const MIB: u64 = 1024 * 1024;

/// A promise and the code that checks it on an empty store.
pub type Case = (&'static str, fn(&dyn BlobStore));

/// All cases.
pub const CASES: &[Case] = &[
    ("a_blob_comes_back_as_it_went_in_whatever_its_size_and_pieces", round_trips),
    ("any_range_at_a_block_edge_is_exact", ranges_at_block_edges),
    ("a_name_is_never_used_twice", names_are_used_once),
    ("delete_can_be_repeated_and_of_nothing_succeeds", delete_is_idempotent),
    ("an_open_reader_survives_the_delete", readers_survive_delete),
    ("an_unfinished_blob_cannot_be_opened_and_can_be_deleted", unfinished_blobs),
    ("a_blob_of_another_length_than_recorded_is_corrupt", wrong_length_is_corrupt),
    ("a_missing_blob_is_missing", missing_is_missing),
    ("list_names_every_blob_finished_or_not_once", list_is_complete),
    ("verify_reads_whole_blobs", verify_reads_all),
    ("room_is_refused_when_there_is_none", room_is_checked),
    ("blobs_written_at_the_same_time_do_not_mix", concurrent_blobs),
];

/// Runs every case on a fresh store each, and names the case that fails.
///
/// # Panics
/// When the engine breaks a promise.
#[expect(clippy::print_stderr, reason = "a panic alone does not name its case")]
pub fn run_all(mut make: impl FnMut() -> Box<dyn BlobStore>) {
    for (name, case) in CASES {
        eprintln!("conformance: {name}");
        case(&*make());
    }
}

/// Bytes that no two blobs or places share, for tests.
pub fn content(seed: u64, len: u64) -> Vec<u8> {
    let words = (0..len.div_ceil(8))
        .flat_map(|word| (seed << 40 | word).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    words.take(usize::try_from(len).expect("test blobs are small")).collect()
}

/// Writes `data` as blob `id` in pieces of `piece` bytes.
///
/// # Errors
/// As the writer's.
pub fn put(store: &dyn BlobStore, id: u64, data: &[u8], piece: usize) -> Result<BlobRef, BlobError> {
    let mut writer = store.create(BlobId(id))?;
    for piece in data.chunks(piece) {
        writer.write(piece)?;
    }
    writer.finish()
}

/// Reads the whole of `blob`.
///
/// # Errors
/// As the reader's.
pub fn get(store: &dyn BlobStore, blob: &BlobRef) -> Result<Vec<u8>, BlobError> {
    Ok(store.open(blob)?.read(ByteRange::whole(blob.len))?.to_vec())
}

fn must_put(store: &dyn BlobStore, id: u64, data: &[u8]) -> BlobRef {
    put(store, id, data, 1 << 20).expect("a healthy store takes a blob")
}

fn blob(id: u64, len: u64) -> BlobRef {
    BlobRef { id: BlobId(id), len, home: BlobHome::Store }
}

fn round_trips(store: &dyn BlobStore) {
    let mut id = 0;
    for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, MIB - 1, MIB, MIB + 1, 7 * MIB / 2] {
        for piece in [1 << 20, 1 << 16, 100_003, 4097] {
            id += 1;
            let data = content(id, len);
            let written = put(store, id, &data, piece).expect("a healthy store takes a blob");
            assert_eq!(written, blob(id, len));
            assert!(get(store, &written).expect("just written") == data, "{len} bytes in pieces of {piece}");
        }
    }
    let mut writer = store.create(BlobId(id + 1)).expect("a new name");
    for piece in [&b""[..], b"a", b"", b"bc"] {
        writer.write(piece).expect("a healthy store");
    }
    let written = writer.finish().expect("a healthy store");
    assert_eq!(get(store, &written).expect("just written"), b"abc", "empty writes change nothing");
}

fn ranges_at_block_edges(store: &dyn BlobStore) {
    let len = 3 * BLOCK + 100;
    let data = content(1, len);
    let written = must_put(store, 1, &data);
    let reader = store.open(&written).expect("just written");
    let edges: Vec<u64> = [0, BLOCK, 2 * BLOCK, 3 * BLOCK, len]
        .into_iter()
        .flat_map(|edge| [edge.saturating_sub(1), edge, edge + 1])
        .filter(|edge| *edge <= len)
        .collect();
    let index = |offset| usize::try_from(offset).expect("small");
    for start in &edges {
        for end in edges.iter().filter(|end| *end >= start) {
            let read = reader.read(ByteRange { start: *start, end: *end }).expect("just written");
            assert!(read == data[index(*start)..index(*end)], "bytes {start}..{end}");
        }
    }
}

fn names_are_used_once(store: &dyn BlobStore) {
    let exists = |id| matches!(store.create(BlobId(id)).map(drop), Err(BlobError::AlreadyExists(found)) if found.0 == id);
    let first = must_put(store, 1, b"first");
    assert!(exists(1), "a finished blob");
    assert_eq!(get(store, &first).expect("untouched"), b"first");
    let writer = store.create(BlobId(2)).expect("a new name");
    assert!(exists(2), "a blob being written");
    drop(writer);
    assert!(exists(2), "an unfinished blob");
}

fn delete_is_idempotent(store: &dyn BlobStore) {
    let (gone, stays) = (must_put(store, 0x101, b"gone"), must_put(store, 0x201, b"stays"));
    for _ in 0..2 {
        store.delete(gone.id).expect("delete");
        store.settle_deletes().expect("settle");
        assert!(matches!(store.open(&gone).map(drop), Err(BlobError::Missing(id)) if id == gone.id));
    }
    store.delete(BlobId(3)).expect("never existed");
    store.settle_deletes().expect("settle");
    store.settle_deletes().expect("settle nothing");
    assert_eq!(get(store, &stays).expect("untouched"), b"stays");
}

fn readers_survive_delete(store: &dyn BlobStore) {
    let data = content(1, 2 * MIB);
    let written = must_put(store, 1, &data);
    let reader = store.open(&written).expect("just written");
    store.delete(written.id).expect("delete");
    store.settle_deletes().expect("settle");
    assert!(reader.read(ByteRange::whole(written.len)).expect("still open") == data);
}

fn unfinished_blobs(store: &dyn BlobStore) {
    for (id, len) in [(1, 0), (2, 10), (3, BLOCK), (4, MIB)] {
        let data = content(id, len);
        let mut writer = store.create(BlobId(id)).expect("a new name");
        writer.write(&data).expect("a healthy store");
        let refused = |len| {
            matches!(
                store.open(&blob(id, len)).map(drop),
                Err(BlobError::Corrupt { .. } | BlobError::Missing(_))
            )
        };
        assert!(refused(len), "being written");
        drop(writer);
        assert!(refused(len) && refused(0), "given up");
        store.delete(BlobId(id)).expect("delete");
        assert!(matches!(store.open(&blob(id, len)).map(drop), Err(BlobError::Missing(_))));
    }
    let mut writer = store.create(BlobId(5)).expect("a new name");
    store.delete(BlobId(5)).expect("delete under the writer");
    let _either = writer.write(b"late").and_then(|()| writer.finish().map(drop));
    assert!(matches!(store.open(&blob(5, 4)).map(drop), Err(BlobError::Missing(_))), "stays deleted");
}

fn wrong_length_is_corrupt(store: &dyn BlobStore) {
    let written = must_put(store, 1, &content(1, BLOCK + 8));
    for len in [0, BLOCK, BLOCK + 7, BLOCK + 9, 2 * BLOCK, u64::MAX] {
        let opened = store.open(&BlobRef { len, ..written }).map(drop);
        assert!(matches!(opened, Err(BlobError::Corrupt { id, .. }) if id == written.id), "as {len} bytes");
    }
}

fn missing_is_missing(store: &dyn BlobStore) {
    assert!(matches!(store.open(&blob(9, 0)).map(drop), Err(BlobError::Missing(BlobId(9)))));
    assert!(matches!(store.verify(&blob(9, 0)), Err(BlobError::Missing(BlobId(9)))));
}

fn list_is_complete(store: &dyn BlobStore) {
    let listed = || {
        let mut ids = Vec::new();
        store.list(&mut |id| ids.push(id.0)).expect("list");
        ids.sort_unstable();
        ids
    };
    assert_eq!(listed(), []);
    must_put(store, 7, b"");
    must_put(store, 0x107, b"same shard");
    must_put(store, u64::MAX, b"last name");
    drop(store.create(BlobId(8)).expect("a new name"));
    assert_eq!(listed(), [7, 8, 0x107, u64::MAX]);
    store.delete(BlobId(7)).expect("delete");
    assert_eq!(listed(), [8, 0x107, u64::MAX]);
}

fn verify_reads_all(store: &dyn BlobStore) {
    for (id, len) in [(1, 0), (2, 1), (3, MIB), (4, 5 * MIB / 2 + 1)] {
        let written = must_put(store, id, &content(id, len));
        store.verify(&written).expect("whole");
        assert!(matches!(store.verify(&BlobRef { len: len + 1, ..written }), Err(BlobError::Corrupt { .. })));
    }
}

fn room_is_checked(store: &dyn BlobStore) {
    store.check_room(0).expect("some room");
    store.check_room(MIB).expect("some room");
    assert!(matches!(store.check_room(u64::MAX), Err(BlobError::Full)));
}

fn concurrent_blobs(store: &dyn BlobStore) {
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            scope.spawn(move || {
                for number in 0..8 {
                    let id = thread << 8 | number;
                    let data = content(id, MIB / 4 + id);
                    let written = put(store, id, &data, 50_000).expect("a healthy store takes a blob");
                    assert!(get(store, &written).expect("just written") == data);
                    if number % 2 == 1 {
                        store.delete(written.id).expect("delete");
                        store.settle_deletes().expect("settle");
                    }
                }
            });
        }
    });
    let mut count = 0;
    store.list(&mut |_| count += 1).expect("list");
    assert_eq!(count, 16);
}
