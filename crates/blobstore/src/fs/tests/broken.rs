//! Failing disks: what fails is reported, never acknowledged, and can be cleaned up.

use std::io;
use std::sync::Arc;

use drystone_disk::{Call, FaultyFs, MemoryFs};
use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange};

use super::{SMALL, create};
use crate::conformance::{content, get, put};
use crate::{BlobError, BlobStore, FsOptions};

fn setup(options: FsOptions) -> (FaultyFs, crate::FsBlobStore) {
    let fs = FaultyFs::new(Arc::new(MemoryFs::new()));
    let store = create(fs.clone(), options);
    (fs, store)
}

/// Goal: one failing call is never hidden. Method: fail the first, second, ... call of writing a blob, just once.
#[test]
fn a_single_failing_call_fails_the_write_and_leaves_a_deletable_name() {
    let data = content(1, 1000);
    for nth in 1.. {
        let (fs, store) = setup(SMALL);
        fs.fail_nth(None, nth, io::ErrorKind::Other);
        let before = fs.calls();
        let written = put(&store, 1, &data, 300);
        let calls = fs.calls() - before;
        if calls < nth {
            written.expect("no call failed");
            assert!(nth > 8, "every call was failed once: {nth}");
            return;
        }
        let Err(BlobError::Io { id: BlobId(1), .. }) = written else { panic!("call {nth}: {written:?}") };
        fs.heal();
        store.delete(BlobId(1)).unwrap();
        put(&store, 2, &data, 300).expect("the next blob is well");
    }
}

#[test]
fn a_writer_that_failed_once_never_succeeds_again() {
    let (fs, store) = setup(SMALL);
    let mut writer = store.create(BlobId(1)).unwrap();
    writer.write(b"abc").unwrap();
    fs.fail_nth(Some(Call::Write), 1, io::ErrorKind::Other);
    assert!(writer.write(b"def").is_err());
    assert!(writer.write(b"def").is_err(), "though the disk is well again");
    assert!(writer.finish().is_err());
}

#[test]
fn a_failed_sync_is_an_error_and_says_sync() {
    for call in [Call::SyncData, Call::SyncDir] {
        let (fs, store) = setup(SMALL);
        fs.fail_nth(Some(call), 1, io::ErrorKind::Other);
        assert!(matches!(put(&store, 1, b"abc", 3), Err(BlobError::Io { action: "sync", .. })), "{call:?}");
    }
}

#[test]
fn a_failed_settle_is_tried_again_in_full() {
    let (fs, store) = setup(SMALL);
    store.delete(BlobId(1)).unwrap();
    store.delete(BlobId(2)).unwrap();
    fs.fail_nth(Some(Call::SyncDir), 1, io::ErrorKind::Other);
    assert!(matches!(store.settle_deletes(), Err(BlobError::Io { action: "sync", .. })));
    let before = fs.calls();
    store.settle_deletes().unwrap();
    assert_eq!(fs.calls() - before, 2);
}

/// Goal: a full disk is `Full`, wherever it strikes. Method: leave room for one byte more each time.
#[test]
fn a_full_disk_is_full_at_every_byte() {
    let data = content(1, 300);
    let file_len = 4096 + 300 + 5 * 8 + 64;
    for room in (0..4096).step_by(1000).chain(4096..file_len) {
        let (fs, store) = setup(SMALL);
        fs.fill_after(room);
        assert!(matches!(put(&store, 1, &data, 100), Err(BlobError::Full)), "room for {room} bytes");
        store.delete(BlobId(1)).expect("a full disk can still delete");
    }
    let (fs, store) = setup(SMALL);
    fs.fill_after(file_len);
    put(&store, 1, &data, 100).expect("exactly enough");
}

#[test]
fn a_disk_that_finds_itself_full_while_syncing_is_full() {
    let (fs, store) = setup(SMALL);
    fs.fail_nth(Some(Call::SyncData), 1, io::ErrorKind::StorageFull);
    assert!(matches!(put(&store, 1, b"abc", 3), Err(BlobError::Full)));
}

#[test]
fn the_reserve_stays_free() {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), FsOptions { reserve_bytes: 100, ..SMALL });
    // free, asked, room
    for (free, asked, room) in
        [(150, 50, true), (150, 51, false), (99, 0, false), (100, 0, true), (10, 20, false)]
    {
        memory.set_free_bytes(free);
        assert_eq!(store.check_room(asked).is_ok(), room, "{asked} of {free}");
    }
    let (fs, store) = setup(SMALL);
    fs.fail_nth(Some(Call::FreeBytes), 1, io::ErrorKind::Other);
    assert!(matches!(store.check_room(1), Err(BlobError::Io { .. })), "not known is not enough");
}

#[test]
fn a_shard_that_vanished_is_a_broken_disk_and_not_a_missing_blob() {
    let (fs, store) = setup(SMALL);
    fs.fail_nth(Some(Call::CreateNew), 1, io::ErrorKind::NotFound);
    assert!(matches!(store.create(BlobId(1)).map(drop), Err(BlobError::Io { action: "create", .. })));
}

#[test]
fn a_read_error_is_no_corruption_and_passes() {
    let (fs, store) = setup(SMALL);
    let data = content(1, 1000);
    let blob = put(&store, 1, &data, 1000).unwrap();
    for nth in 1.. {
        fs.fail_nth(None, nth, io::ErrorKind::Other);
        let read = get(&store, &blob);
        fs.heal();
        match read {
            Ok(read) => {
                assert!(
                    read == data && nth > 5,
                    "open, header, length, footer, sums and data failed once each"
                );
                break;
            }
            Err(BlobError::Io { id: BlobId(1), .. }) => {}
            Err(other) => panic!("call {nth}: {other}"),
        }
    }
}

#[test]
#[should_panic(expected = "within its blob")]
fn a_range_past_the_end_is_our_bug() {
    let (_, store) = setup(SMALL);
    let blob = put(&store, 1, b"abc", 3).unwrap();
    assert_eq!(blob, BlobRef { id: BlobId(1), len: 3, home: BlobHome::Store });
    let _ = store.open(&blob).unwrap().read(ByteRange { start: 0, end: 4 });
}
