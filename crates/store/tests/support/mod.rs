//! A store over an in-memory file system that can be recorded, broken and crashed; and short ways to use it.
#![allow(dead_code, reason = "each test file uses its own part of this")]
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "shared by test files only")]

use bytes::Bytes;
use drystone_blobstore::fs::{FsBlobStore, FsOptions};
use drystone_disk::{FaultyFs, Fs, MemoryFs, Recorder};
use drystone_metastore::MetaStore;
use drystone_metastore::record::PartRecord;
use drystone_metastore::redb::RedbMetaStore;
use drystone_store::body::body_of;
use drystone_store::bucket::CreateBucketRequest;
use drystone_store::encryption::{Keyring, MasterKeys};
use drystone_store::ingest::SentChecksum;
use drystone_store::invariants::{CheckReport, check};
use drystone_store::object::delete::{DeleteRequest, Deleted};
use drystone_store::object::get::ObjectBytes;
use drystone_store::object::put::PutRequest;
use drystone_store::sweep::SweepReport;
use drystone_store::upload::UploadName;
use drystone_store::upload::assemble::{CompleteClaims, RequestedPart};
use drystone_store::upload::complete::CompleteRequest;
use drystone_store::upload::create::CreateUploadRequest;
use drystone_store::upload::part::{FinishedPart, UploadPartRequest};
use drystone_store::{ManualClock, Store, StoreError, StoreOptions, SystemEntropy};
use drystone_types::{
    AccountId, BucketName, ByteRange, ETag, Key, ObjectProperties, Owner, PartNumber, Timestamp,
    WritePrecondition,
};
use futures_util::StreamExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// 2026-11-22 10:00 UTC.
pub const NOW: Timestamp = Timestamp(1_795_341_600_000);

/// A store and all that it stands on.
pub struct World {
    pub memory: MemoryFs,
    pub recorder: Arc<Recorder>,
    pub faults: FaultyFs,
    pub clock: Arc<ManualClock>,
    pub meta: Arc<RedbMetaStore>,
    pub blobs: Arc<FsBlobStore>,
    pub store: Arc<Store>,
    pub keyring: Keyring,
}

const META: &str = "/meta.redb";
const BLOBS: &str = "/blobs";

impl World {
    /// A new, empty store.
    pub async fn new() -> Self {
        Self::start(MemoryFs::new(), keyring(), true).await
    }

    /// Power is cut: all that was not synced is gone. The store is opened again on what is left.
    pub async fn crash_and_reopen(self) -> Self {
        let memory = self.memory.clone();
        memory.crash();
        let keyring = self.keyring.clone();
        drop(self);
        Self::start(memory, keyring, false).await
    }

    async fn start(memory: MemoryFs, keyring: Keyring, is_new: bool) -> Self {
        let faults = FaultyFs::new(Arc::new(memory.clone()));
        let recorder = Arc::new(Recorder::new(Arc::new(faults.clone())));
        let fs: Arc<dyn Fs> = Arc::<Recorder>::clone(&recorder);
        let options = FsOptions { reserve_bytes: MIB as u64, ..FsOptions::default() };
        let (meta, blobs) = if is_new {
            let blobs = FsBlobStore::create_store(Arc::clone(&fs), Path::new(BLOBS), options).unwrap();
            (RedbMetaStore::create(&fs, Path::new(META)).unwrap(), blobs)
        } else {
            let blobs = FsBlobStore::open_store(Arc::clone(&fs), Path::new(BLOBS), options).unwrap();
            (RedbMetaStore::open(&fs, Path::new(META)).unwrap(), blobs)
        };
        let (meta, blobs) = (Arc::new(meta), Arc::new(blobs));
        let clock = Arc::new(ManualClock::new(NOW));
        let store = open(&meta, &blobs, &clock, &keyring).await;
        Self { memory, recorder, faults, clock, meta, blobs, store, keyring }
    }

    /// Every byte of every file, as a thief would see them.
    pub fn disk_image(&self) -> Vec<u8> {
        let mut image = Vec::new();
        let mut dirs = vec![PathBuf::from("/")];
        while let Some(dir) = dirs.pop() {
            for entry in self.memory.read_dir(&dir).unwrap() {
                let path = dir.join(&entry.name);
                if entry.is_dir {
                    dirs.push(path);
                    continue;
                }
                let file = self.memory.open(&path).unwrap();
                let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
                file.read_exact_at(&mut bytes, 0).unwrap();
                image.extend_from_slice(&bytes);
            }
        }
        image
    }

    /// Checks all invariants, data included, and asserts that they hold.
    pub async fn assert_sound(&self) -> CheckReport {
        let report = check(self.meta.as_ref(), self.blobs.as_ref(), true, Some(&self.keyring)).await.unwrap();
        assert_eq!(report.violations, [], "{report:?}");
        report
    }

    /// Sweeps until nothing is left to do, and asserts that only what is referred to remains.
    pub async fn assert_no_leak(&self) -> CheckReport {
        while self.store.sweep().await.unwrap() != SweepReport::default() {}
        let report = self.assert_sound().await;
        assert_eq!(report.garbage, 0);
        report
    }
}

async fn open(
    meta: &Arc<RedbMetaStore>,
    blobs: &Arc<FsBlobStore>,
    clock: &Arc<ManualClock>,
    keyring: &Keyring,
) -> Arc<Store> {
    let owner = Owner { id: "0".repeat(64), account_id: "000000000000".into(), display_name: "root".into() };
    let meta: Arc<dyn MetaStore> = Arc::<RedbMetaStore>::clone(meta);
    let clock = Arc::<ManualClock>::clone(clock);
    let blobs = Arc::<FsBlobStore>::clone(blobs);
    let options = StoreOptions::new(owner, keyring.clone());
    Store::open(meta, blobs, clock, Arc::new(SystemEntropy), options).await.unwrap()
}

/// Master keys, and the named key `testkey-1`.
pub fn keyring() -> Keyring {
    let mut keyring = Keyring::new(MasterKeys::generate());
    assert!(keyring.add_named("testkey-1"));
    keyring
}

/// The root account.
pub fn account() -> AccountId {
    AccountId::parse(&"0".repeat(64)).unwrap()
}

/// Nothing but an owner.
pub fn properties() -> ObjectProperties {
    ObjectProperties::of(account())
}

pub fn bucket() -> BucketName {
    BucketName::parse("bucket").unwrap()
}

pub fn key(name: &str) -> Key {
    Key::parse(name).unwrap()
}

/// `len` bytes that tell where they came from.
pub fn content(seed: u64, len: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut data = Vec::with_capacity(len + 8);
    while data.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.extend_from_slice(&state.to_le_bytes());
    }
    data.truncate(len);
    data.into()
}

pub fn put_request(name: &str) -> PutRequest {
    PutRequest {
        bucket: bucket(),
        key: key(name),
        properties: properties(),
        encryption: None,
        declared_len: None,
        content_md5: None,
        sent: SentChecksum::None,
        precondition: WritePrecondition::None,
        event: None,
    }
}

pub async fn put(store: &Store, name: &str, data: &Bytes) -> Result<ETag, StoreError> {
    Ok(store.put_object(put_request(name), body_of(data.clone())).await?.etag)
}

pub async fn get(store: &Store, name: &str) -> Result<Bytes, StoreError> {
    let object = store.find_object(&bucket(), &key(name), None).await?;
    let size = object.record.size;
    collect(store.read_object(object, ByteRange::whole(size)).await?).await
}

/// All bytes of a read.
pub async fn collect(mut bytes: ObjectBytes) -> Result<Bytes, StoreError> {
    let mut all = Vec::new();
    while let Some(frame) = bytes.next().await {
        all.extend_from_slice(&frame?);
    }
    Ok(all.into())
}

pub async fn create(store: &Store, name: &str) -> Result<UploadName, StoreError> {
    let request = CreateUploadRequest {
        bucket: bucket(),
        key: key(name),
        initiator: "key".into(),
        properties: properties(),
        encryption: None,
        checksum: None,
    };
    let (upload, _) = store.create_upload(request).await?;
    Ok(UploadName { bucket: bucket(), key: key(name), id: upload.id })
}

pub async fn part(
    store: &Store,
    upload: &UploadName,
    number: u64,
    data: &Bytes,
) -> Result<FinishedPart, StoreError> {
    let request = UploadPartRequest {
        upload: upload.clone(),
        part_number: PartNumber::new(number).unwrap(),
        declared_len: Some(data.len() as u64),
        content_md5: None,
        sent: SentChecksum::None,
        customer_key: None,
    };
    store.upload_part(request, body_of(data.clone())).await
}

/// What Complete lists for a finished part.
pub fn listed(part: &FinishedPart) -> RequestedPart {
    listed_record(&part.record)
}

/// What Complete lists for a recorded part.
pub fn listed_record(part: &PartRecord) -> RequestedPart {
    let record = &part.part;
    RequestedPart {
        part_number: record.part_number.get().into(),
        etag: ETag::single(record.md5).quoted(),
        checksum: None,
    }
}

pub async fn complete(
    store: &Store,
    upload: &UploadName,
    parts: &[RequestedPart],
) -> Result<ETag, StoreError> {
    Ok(store.complete_upload(complete_request(upload, parts)).await?.completed.etag)
}

pub fn complete_request(upload: &UploadName, parts: &[RequestedPart]) -> CompleteRequest {
    CompleteRequest {
        upload: upload.clone(),
        requested: parts.to_vec(),
        claims: CompleteClaims::default(),
        precondition: WritePrecondition::None,
        event: None,
    }
}

pub async fn delete(store: &Store, name: &str) -> Result<Deleted, StoreError> {
    store.delete_object(DeleteRequest::of(bucket(), key(name), account())).await
}

/// A store with its bucket.
pub async fn world() -> World {
    let world = World::new().await;
    world.store.create_bucket(CreateBucketRequest::of(bucket(), account())).await.unwrap();
    world
}

pub const MIB: usize = 1 << 20;
pub const PART: usize = 5 * MIB;
pub const DAY: Duration = Duration::from_secs(86_400);
