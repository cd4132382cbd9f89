//! What `finish` and `settle_deletes` promise, proved by the recorder and by power cuts.

use std::io;
use std::path::Path;
use std::sync::Arc;

use drystone_disk::{Event, FaultyFs, MemoryFs, Recorder};
use drystone_types::{BlobHome, BlobId, BlobRef};

use super::{SMALL, create, reopen};
use crate::conformance::{content, get, put};
use crate::{BlobError, BlobStore, FsOptions};

#[test]
fn finish_returns_only_after_bytes_then_name_are_synced() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    let store = create(fs.clone(), FsOptions::default());
    for (id, len) in [(1, 0), (2, 1), (3, 1 << 20), (4, 3_500_001)] {
        let mark = fs.mark();
        put(&store, id, &content(id, len), 1 << 20).unwrap();
        fs.assert_durable(mark);

        let path = store.path_of(BlobId(id));
        let events = fs.events_since(mark);
        let at = |wanted: &dyn Fn(&Event) -> bool| events.iter().rposition(wanted).unwrap();
        let wrote = at(&|event| matches!(event, Event::Wrote { .. }));
        let synced = at(&|event| matches!(event, Event::SyncedFile { .. }));
        let named =
            at(&|event| matches!(event, Event::SyncedDir { path: dir, .. } if Some(&**dir) == path.parent()));
        assert!(wrote < synced && synced < named, "{events:?}");
        let reads = fs.reads_since(mark);
        assert!(reads.is_empty(), "nothing is read back: {reads:?}");
    }
}

#[test]
fn a_blob_is_written_in_as_few_large_pieces_as_it_came() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    let store = create(fs.clone(), FsOptions::default());
    let mark = fs.mark();
    put(&store, 1, &content(1, 10 << 20), 1 << 20).unwrap();
    let writes = fs.events_since(mark).iter().filter(|event| matches!(event, Event::Wrote { .. })).count();
    assert_eq!(writes, 1 + 10 + 1, "header, data, table with footer");
}

#[test]
fn a_small_range_reads_its_blocks_and_their_checksums_only() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    let store = create(fs.clone(), FsOptions::default());
    let blob = put(&store, 1, &content(1, 10 << 20), 1 << 20).unwrap();
    let reader = store.open(&blob).unwrap();
    let mark = fs.mark();
    reader.read(drystone_types::ByteRange { start: 65_535, end: 65_537 }).unwrap();
    let reads = fs.reads_since(mark)[&store.path_of(blob.id)];
    assert_eq!((reads.calls, reads.bytes), (2, 2 * 65_536 + 2 * 8));
}

/// Goal: after Ok from finish no power cut takes a byte; before it, nothing wrong can be read and nothing stands in the
/// way of a delete. Method: the power fails from each call on, then the disk keeps what was synced, or a torn part more.
#[test]
fn a_power_cut_at_any_step_loses_no_finished_blob_and_forges_none() {
    let data = content(1, 4000);
    let options = FsOptions { block_size_bytes: 512, ..SMALL };
    let mut finished = false;
    for step in 1.. {
        for seed in 0..30 {
            let memory = MemoryFs::new();
            let fs = FaultyFs::new(Arc::new(memory.clone()));
            let store = create(fs.clone(), options);
            fs.fail_from(None, step, io::ErrorKind::Other);
            let written = put(&store, 1, &data, 1500);
            match seed {
                0 => memory.crash(),
                _ => memory.crash_torn(seed),
            }

            finished = written.is_ok();
            let store = reopen(memory, options);
            let blob = BlobRef { id: BlobId(1), len: 4000, home: BlobHome::Store };
            match get(&store, &blob) {
                Ok(read) => assert!(read == data, "step {step}, seed {seed}: wrong bytes"),
                Err(BlobError::Missing(_) | BlobError::Corrupt { .. }) => {
                    assert!(!finished, "step {step}, seed {seed}: acknowledged and lost");
                }
                Err(other) => panic!("step {step}, seed {seed}: {other}"),
            }
            store.delete(BlobId(1)).unwrap();
            store.settle_deletes().unwrap();
            assert!(matches!(get(&store, &blob), Err(BlobError::Missing(_))));
        }
        if finished {
            assert!(step > 7, "create, header, 3 writes, tail and 2 syncs were each cut: {step}");
            return;
        }
    }
}

#[test]
fn settled_deletes_stay_deleted_over_a_power_cut() {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), SMALL);
    let blobs: Vec<_> = (0..300).map(|id| put(&store, id, b"x", 1).unwrap()).collect();
    for blob in &blobs {
        store.delete(blob.id).unwrap();
    }
    store.settle_deletes().unwrap();
    memory.crash();
    let store = reopen(memory, SMALL);
    store.list(&mut |id| panic!("{id} is back")).unwrap();
}

#[test]
fn a_delete_repeated_after_the_process_died_settles_the_first() {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), SMALL);
    let blob = put(&store, 1, b"x", 1).unwrap();
    store.delete(blob.id).unwrap();
    drop(store); // killed before it settled; the machine runs on

    let store = reopen(memory.clone(), SMALL);
    store.delete(blob.id).expect("nothing is there, which is a success");
    store.settle_deletes().unwrap();
    memory.crash();
    assert!(matches!(get(&reopen(memory, SMALL), &blob), Err(BlobError::Missing(_))));
}

#[test]
fn one_settle_syncs_each_touched_directory_once() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    let store = create(fs.clone(), SMALL);
    for id in [0x101, 0x201, 0x301, 0x102] {
        store.delete(BlobId(id)).unwrap();
    }
    let mark = fs.mark();
    store.settle_deletes().unwrap();
    store.settle_deletes().unwrap();
    let synced: Vec<_> = fs.events_since(mark);
    let dir = |event: &Event| match event {
        Event::SyncedDir { path, .. } => path.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(synced.iter().map(dir).collect::<Vec<_>>(), [Path::new("/blobs/01"), Path::new("/blobs/02")]);
}
