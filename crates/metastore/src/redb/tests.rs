//! Crashes, full disks, failing disks and foreign files, through the file systems of `disk`.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use drystone_disk::{Call, FaultyFs, Fs, MemoryFs};
use drystone_types::{BlobId, Key};

use super::*;
use crate::MetaStore;
use crate::conformance::tester::{bucket, inline, name};
use crate::conformance::{Tester, every_blob_accounted};
use crate::record::{ObjectQuery, UploadState};

mod audit;
mod migration;

const PATH: &str = "/meta.redb";

fn path() -> &'static Path {
    Path::new(PATH)
}

/// A tester whose store sits on a file system that can fail, on one that can lose power.
async fn on_faulty() -> (Tester, FaultyFs, MemoryFs) {
    let memory = MemoryFs::new();
    let faulty = FaultyFs::new(Arc::new(memory.clone()));
    let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
    let store = RedbMetaStore::create(&fs, path()).unwrap();
    (Tester::new(Arc::new(store)).await, faulty, memory)
}

async fn reopened(fs: &MemoryFs) -> RedbMetaStore {
    let fs: Arc<dyn Fs> = Arc::new(fs.clone());
    let store = RedbMetaStore::open(&fs, path()).unwrap();
    every_blob_accounted(&store).await;
    store
}

async fn keys(store: &dyn MetaStore) -> Vec<Key> {
    let query = ObjectQuery { max: 1000, ..ObjectQuery::default() };
    let page = store.list_objects(&bucket(), query).await.unwrap();
    let key = |entry| match entry {
        crate::record::ObjectEntry::Object(key, _) => key,
        crate::record::ObjectEntry::Prefix(_) => unreachable!(),
    };
    page.entries.into_iter().map(key).collect()
}

#[tokio::test]
async fn m18_a_power_cut_after_any_acknowledged_step_keeps_it() {
    for seed in 0..24 {
        let memory = MemoryFs::new();
        let fs: Arc<dyn Fs> = Arc::new(memory.clone());
        let t = Tester::new(Arc::new(RedbMetaStore::create(&fs, path()).unwrap())).await;
        let upload = t.upload("uploaded").await;
        t.part(&upload, 1, 5).await;
        let leases = t.store.grant_leases(t.session, 3).await.unwrap();
        t.put("put", "bytes").await;
        let answer = if seed % 2 == 0 { Some(t.complete(&upload).await.unwrap()) } else { None };
        let before = t.accounts().await;
        match seed {
            0 | 1 => memory.crash(),
            _ => memory.crash_torn(seed),
        }
        drop(t);
        let store = reopened(&memory).await;
        assert_eq!(every_blob_accounted(&store).await.owners, before.owners, "seed {seed}");
        match (store.get_upload(&upload).await.unwrap(), answer) {
            (UploadState::Completed(kept), Some(answer)) => assert_eq!(kept, answer),
            (UploadState::Open(_), None) => {}
            other => panic!("{other:?}"),
        }
        let session = store.open_session().await.unwrap();
        let fresh = store.grant_leases(session, 1).await.unwrap();
        assert!(fresh[0] > *leases.last().unwrap(), "names are never given twice");
    }
}

#[tokio::test]
async fn m3_a_power_cut_at_any_call_of_a_step_leaves_it_done_or_not_done() {
    for nth in 1..60 {
        let (t, faulty, memory) = on_faulty().await;
        t.put("old", "x").await;
        let upload = t.upload("new").await;
        t.part(&upload, 1, 5).await;
        t.part(&upload, 2, 5).await;
        let parts = t.parts(&upload).await;
        faulty.fail_from(None, nth, io::ErrorKind::Other);
        let commit = t.commit(&upload, parts[..1].to_vec(), drystone_types::WritePrecondition::None);
        let answered = t.store.commit_upload(commit).await.is_ok();
        memory.crash_torn(nth);
        drop(t);
        let store = reopened(&memory).await;
        match store.get_upload(&upload).await.unwrap() {
            UploadState::Completed(_) => assert_eq!(keys(&store).await, [name("new"), name("old")]),
            UploadState::Open(_) => {
                assert!(!answered, "call {nth}: an acknowledged Complete was lost");
                assert_eq!(keys(&store).await, [name("old")]);
                assert_eq!(store.list_parts(&upload, 0, 9).await.unwrap().parts.len(), 2);
            }
        }
        if answered {
            return; // the step makes fewer calls than this
        }
    }
    panic!("the step never came through");
}

#[tokio::test]
async fn a_power_cut_during_creation_leaves_nothing_or_a_whole_store() {
    for nth in 1..200 {
        let memory = MemoryFs::new();
        let faulty = FaultyFs::new(Arc::new(memory.clone()));
        let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
        faulty.fail_from(None, nth, io::ErrorKind::Other);
        let created = RedbMetaStore::create(&fs, path()).is_ok();
        memory.crash_torn(nth);
        let fs: Arc<dyn Fs> = Arc::new(memory.clone());
        if fs.exists(path()).unwrap() {
            RedbMetaStore::open(&fs, path()).unwrap();
        } else {
            assert!(!created);
            RedbMetaStore::create(&fs, path()).unwrap();
        }
        if created {
            return;
        }
    }
    panic!("creation never came through");
}

#[tokio::test]
async fn a_full_disk_fails_steps_and_spares_reads_and_passes() {
    for bytes in (0..200_000).step_by(9_001) {
        let (t, faulty, _) = on_faulty().await;
        t.put("kept", "x").await;
        faulty.fill_after(bytes);
        let mut acknowledged = vec![name("kept")];
        let mut full = 0;
        for number in 0..400 {
            let key = format!("new{number:03}");
            match try_put(&t, &key).await {
                Ok(()) => acknowledged.push(name(&key)),
                Err(MetaError::Full) => full += 1,
                Err(error) => panic!("{error:?}"),
            }
            assert_eq!(keys(t.store.as_ref()).await, acknowledged);
            if full == 3 {
                break;
            }
        }
        assert_eq!(full, 3, "the disk never filled");
        faulty.heal();
        try_put(&t, "later").await.unwrap();
        t.accounts().await;
        acknowledged.insert(1, name("later"));
        acknowledged.sort();
        assert_eq!(keys(t.store.as_ref()).await, acknowledged);
    }
}

/// Puts an object without the audit.
async fn try_put(t: &Tester, key: &str) -> Result<(), MetaError> {
    let content = inline("some bytes");
    let put = t.new_put(key, content);
    t.store.put_object(put).await.map(drop)
}

#[tokio::test]
async fn a_failed_sync_is_fatal_and_nothing_is_acknowledged_after_it() {
    for call in [Call::SyncData, Call::Write] {
        let memory = MemoryFs::new();
        let faulty = FaultyFs::new(Arc::new(memory.clone()));
        let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
        let store = Arc::new(RedbMetaStore::create(&fs, path()).unwrap());
        let t = Tester::new(Arc::clone(&store) as _).await;
        t.put("kept", "x").await;
        let fatal = store.fatal();
        faulty.fail_nth(Some(call), 1, io::ErrorKind::Other);
        for _ in 0..3 {
            let put = try_put(&t, "new").await;
            assert!(matches!(put, Err(MetaError::Engine { .. })), "{put:?}");
        }
        tokio::time::timeout(Duration::from_secs(5), fatal).await.unwrap();
        assert!(store.close(Duration::from_secs(5)).await.is_err());
        drop((t, store));
        memory.crash();
        assert_eq!(keys(&reopened(&memory).await).await, [name("kept")]);
    }
}

#[tokio::test]
async fn a_failed_read_fails_that_read_and_no_other() {
    let memory = MemoryFs::new();
    let faulty = FaultyFs::new(Arc::new(memory.clone()));
    let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
    let store = RedbMetaStore::create(&fs, path()).unwrap();
    let t = Tester::new(Arc::new(store)).await;
    t.put("k", "x").await;
    drop(t);
    // A fresh engine has nothing cached, so its first read must go to the disk.
    let store: Arc<RedbMetaStore> = Arc::new(RedbMetaStore::open(&fs, path()).unwrap());
    faulty.fail_nth(Some(Call::Read), 1, io::ErrorKind::Other);
    let first = store.get_object(&bucket(), &name("k"), None).await;
    assert!(first.is_ok(), "tried again on a fresh database: {first:?}");
    faulty.fail_from(Some(Call::Read), 1, io::ErrorKind::Other);
    drop(store.get_inline(BlobId(1)).await); // may be cached
    faulty.heal();
    store.get_object(&bucket(), &name("k"), None).await.unwrap();
    store.open_session().await.unwrap();
}

#[tokio::test]
async fn foreign_and_newer_files_are_refused_without_a_changed_byte() {
    let memory = MemoryFs::new();
    let fs: Arc<dyn Fs> = Arc::new(memory.clone());
    drop(RedbMetaStore::create(&fs, path()).unwrap());
    let file = fs.open_rw(path()).unwrap();
    let len = usize::try_from(file.len().unwrap()).unwrap();
    let mut whole = vec![0; len];
    file.read_exact_at(&mut whole, 0).unwrap();

    let mut newer = whole.clone();
    newer[8..12].copy_from_slice(&(FORMAT_VERSION + 1).to_le_bytes());
    let seal = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &newer[..12]);
    newer[12..16].copy_from_slice(&u32::try_from(seal).unwrap().to_le_bytes());
    let mut damaged = whole.clone();
    damaged[9] ^= 1;
    let cases = [
        ("newer", newer),
        ("damaged", damaged),
        ("foreign", b"something else entirely, and long enough".to_vec()),
        ("empty", vec![]),
        ("cut", whole[..4096].to_vec()),
    ];
    for (what, content) in cases {
        file.set_len(0).unwrap();
        file.write_all_at(&content, 0).unwrap();
        let opened = RedbMetaStore::open(&fs, path());
        match (what, &opened) {
            ("newer", Err(MetaError::TooNew { found: 3, supported: 2 })) => {}
            ("newer", _) | (_, Ok(_)) => panic!("{what}: {opened:?}"),
            (_, Err(error)) => assert!(matches!(error, MetaError::Corrupt(_)), "{what}: {error:?}"),
        }
        let mut found = vec![0; content.len()];
        file.read_exact_at(&mut found, 0).unwrap();
        assert_eq!((found, file.len().unwrap()), (content.clone(), content.len() as u64), "{what}");
    }
    assert!(RedbMetaStore::create(&fs, path()).is_err(), "something is there");
    assert!(RedbMetaStore::open(&fs, Path::new("/nothing")).is_err());
}

#[tokio::test]
async fn m17_a_flipped_byte_of_a_stored_row_is_never_served_as_data() {
    let memory = MemoryFs::new();
    let fs: Arc<dyn Fs> = Arc::new(memory.clone());
    let t = Tester::new(Arc::new(RedbMetaStore::create(&fs, path()).unwrap())).await;
    t.put("k", "some text that can be found").await;
    drop(t);
    let file = fs.open_rw(path()).unwrap();
    let mut whole = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_exact_at(&mut whole, 0).unwrap();
    let text = b"some text that can be found";
    let at = whole.windows(text.len()).position(|window| window == text).unwrap() as u64;
    file.write_all_at(b"S", at).unwrap();
    let store = RedbMetaStore::open(&fs, path()).unwrap();
    let got = store.get_object(&bucket(), &name("k"), None).await;
    assert!(matches!(got, Err(MetaError::Corrupt(_))), "{got:?}");
    let mut broken = 0;
    store
        .audit(&mut |row| broken += usize::from(matches!(row, crate::record::AuditRow::Broken(_))))
        .await
        .unwrap();
    assert_eq!(broken, 1, "reported, and left alone");
}

#[tokio::test]
async fn a_closed_engine_has_everything_and_takes_nothing() {
    let memory = MemoryFs::new();
    let fs: Arc<dyn Fs> = Arc::new(memory.clone());
    let store = Arc::new(RedbMetaStore::create(&fs, path()).unwrap());
    let t = Tester::new(Arc::clone(&store) as _).await;
    t.put("k", "x").await;
    store.close(Duration::from_secs(5)).await.unwrap();
    store.close(Duration::from_secs(5)).await.unwrap();
    assert!(store.open_session().await.is_err());
    assert!(store.get_bucket(&bucket()).await.is_err());
    let file = fs.open(path()).unwrap();
    let len = file.len().unwrap();
    assert_eq!(keys(&reopened(&memory).await).await, [name("k")]);
    assert!(len < 4 << 20, "{len} bytes for one object");
}

#[tokio::test]
async fn steps_that_wait_together_share_a_commit() {
    let memory = MemoryFs::new();
    let faulty = FaultyFs::new(Arc::new(memory));
    let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
    let store: Arc<RedbMetaStore> = Arc::new(RedbMetaStore::create(&fs, path()).unwrap());
    let before = faulty.calls();
    store.open_session().await.unwrap();
    let one = faulty.calls() - before;

    let (open_gate, gate) = std::sync::mpsc::channel::<()>();
    let mut blocker = Box::pin(store.step(move |_| Ok(gate.recv().is_ok())));
    assert!(!poll_once(&mut blocker), "the writer waits at the gate");
    let mut waiting: Vec<_> = (0..100).map(|_| store.open_session()).collect();
    for step in &mut waiting {
        assert!(!poll_once(step), "sent, and behind the gate");
    }
    let before = faulty.calls();
    open_gate.send(()).unwrap();
    assert!(blocker.await.unwrap());
    for step in waiting {
        step.await.unwrap();
    }
    let shared = faulty.calls() - before;
    assert!(shared <= 2 * one, "{shared} calls for 100 steps, {one} for one");
}

#[tokio::test]
#[cfg_attr(debug_assertions, ignore = "redb's own debug assertions walk the file: run with --release")]
async fn opening_after_a_crash_does_not_read_the_whole_store() {
    let memory = MemoryFs::new();
    let fs: Arc<dyn Fs> = Arc::new(memory.clone());
    let store = Arc::new(RedbMetaStore::create(&fs, path()).unwrap());
    let t = Tester::new(store).await;
    for number in 0..300 {
        let content = crate::record::NewBlob::Inline(vec![7; 16 << 10].into());
        let put = t.new_put(&format!("{number:03}"), content);
        t.store.put_object(put).await.unwrap();
    }
    memory.crash();
    drop(t);
    let faulty = FaultyFs::new(Arc::new(memory));
    let fs: Arc<dyn Fs> = Arc::new(faulty.clone());
    let store = RedbMetaStore::open(&fs, path()).unwrap();
    let calls = faulty.calls();
    assert!(calls < 60, "{calls} calls to open a store of 300 large rows");
    assert_eq!(keys(&store).await.len(), 300);
}

/// Polls a future once.
fn poll_once<F: Future + Unpin>(future: &mut F) -> bool {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_ready()
}
