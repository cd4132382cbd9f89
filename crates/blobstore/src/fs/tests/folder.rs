//! The blob folder: created whole, opened only when whole, and what else lies in it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use drystone_disk::{FaultyFs, Fs, MemoryFs, RealFs, Recorder};

use super::{DIR, SMALL, create, reopen};
use crate::conformance::{get, put};
use crate::{BlobStore, FsBlobStore, FsOptions, FsStoreError};

#[test]
fn a_new_folder_is_durable_and_needs_no_new_directory_ever() {
    let fs = Recorder::new(Arc::new(MemoryFs::new()));
    let mark = fs.mark();
    let store = create(fs.clone(), SMALL);
    fs.assert_durable(mark);
    let mark = fs.mark();
    for id in 0..600 {
        put(&store, id, b"x", 1).unwrap();
    }
    let made_dir = |event: &_| matches!(event, drystone_disk::Event::CreatedDir(_));
    assert!(!fs.events_since(mark).iter().any(made_dir));
}

/// Goal: an interrupted creation is either refused or whole, and can be repeated. Method: break and crash at each step.
#[test]
fn an_interrupted_creation_is_never_mistaken_for_a_folder() {
    for step in (1..).step_by(37) {
        let memory = MemoryFs::new();
        let fs = FaultyFs::new(Arc::new(memory.clone()));
        fs.fail_from(None, step, io::ErrorKind::Other);
        let done = FsBlobStore::create_store(Arc::new(fs), Path::new(DIR), SMALL).is_ok();
        memory.crash_torn(step);
        if let Ok(store) = FsBlobStore::open_store(Arc::new(memory.clone()), Path::new(DIR), SMALL) {
            let blob = put(&store, 5, b"bytes", 9).unwrap();
            memory.crash();
            assert_eq!(get(&reopen(memory, SMALL), &blob).unwrap(), b"bytes", "step {step}");
        } else {
            assert!(!done, "step {step}: reported created, and lost");
            create(memory, SMALL);
        }
        if done {
            return;
        }
    }
}

#[test]
fn an_empty_mount_point_is_refused_and_nothing_is_written_below_it() {
    let root = tempfile::tempdir().unwrap();
    let open = || FsBlobStore::open_store(Arc::new(RealFs), root.path(), FsOptions::default());
    assert!(matches!(open(), Err(FsStoreError::ShardMissing { .. })));
    assert!(RealFs.read_dir(root.path()).unwrap().is_empty());

    drop(FsBlobStore::create_store(Arc::new(RealFs), root.path(), FsOptions::default()).unwrap());
    open().expect("whole");
    std::fs::remove_dir(root.path().join("7f")).unwrap();
    let refused = open().unwrap_err();
    assert!(refused.to_string().contains("7f"), "{refused}");
}

#[test]
fn a_folder_with_blobs_is_never_started_anew() {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), SMALL);
    put(&store, 0x42, b"x", 1).unwrap();
    let again = FsBlobStore::create_store(Arc::new(memory), Path::new(DIR), SMALL);
    assert!(matches!(again, Err(FsStoreError::NotEmpty { .. })));
}

#[test]
fn foreign_files_are_reported_and_are_no_blobs() {
    let memory = MemoryFs::new();
    let store = create(memory.clone(), SMALL);
    put(&store, 0x42, b"x", 1).unwrap();
    assert!(store.foreign().unwrap().is_empty());
    let foreign = ["/blobs/lost+found", "/blobs/42/0000000000000043.blob", "/blobs/42/notes.txt"];
    for path in foreign {
        memory.create_new(Path::new(path)).unwrap();
    }
    let mut found = store.foreign().unwrap();
    found.sort();
    assert_eq!(found, {
        let mut foreign = foreign.map(Path::new);
        foreign.sort();
        foreign
    });
    let mut ids = Vec::new();
    store.list(&mut |id| ids.push(id.0)).unwrap();
    assert_eq!(ids, [0x42]);
}
