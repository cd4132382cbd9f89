//! Prints what the redb engine costs: `cargo run --release -p drystone-metastore --example measure -- DIR`.
//!
//! DIR must be an empty directory on the disk to be measured. Loading children are killed with SIGKILL, so that
//! reopening is measured after a crash, with quick-repair and without.

#![expect(clippy::print_stdout, reason = "a measurement prints")]
#![expect(clippy::disallowed_methods, reason = "a measurement needs the real clock")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use drystone_disk::{Fs, RealFs};
use drystone_metastore::record::{
    BucketChange, CommitUpload, CreateBucket, CreateUpload, Digests, NewBlob, ObjectQuery, PutObject,
    PutPart, SessionId, UploadName, VersionQuery,
};
use drystone_metastore::redb::Options;
use drystone_metastore::{MetaStore, RedbMetaStore};
use drystone_types::{
    AccountId, BlobHome, BlobId, BlobRef, BucketName, ETag, Key, ObjectHeaders, ObjectProperties, PartNumber,
    Timestamp, UploadId, VersionId, Versioning, WritePrecondition,
};

const OBJECTS: usize = 100_000;
const PARTS: u64 = 10_000;
const VERSIONS: u64 = 50_000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [dir] => measure(&PathBuf::from(dir)).await,
        ["load", path, quick, inline] => load(Path::new(path), *quick == "true", inline.parse()?).await,
        _ => Err("usage: measure DIR".into()),
    }
}

async fn measure(dir: &Path) -> Result<(), Failure> {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    for quick in [true, false] {
        println!("quick_repair {quick}");
        let options = Options { quick_repair: quick, ..Options::default() };
        commits(&fs, &dir.join(format!("commits-{quick}")), &options).await?;
        complete(&fs, &dir.join(format!("complete-{quick}")), &options).await?;
        versions(&fs, &dir.join(format!("versions-{quick}")), &options).await?;
        for (inline_bytes, what) in [(0, "rows only"), (4096, "4 KiB inline each")] {
            let path = dir.join(format!("load-{quick}-{inline_bytes}"));
            crash(&path, quick, inline_bytes)?;
            let file_bytes = fs.open(&path)?.len()?;
            let start = Instant::now();
            let store = RedbMetaStore::open_with(&fs, &path, options.clone())?;
            let opened = start.elapsed();
            let bucket = bucket();
            let page =
                store.list_objects(&bucket, ObjectQuery { max: 1000, ..ObjectQuery::default() }).await?;
            println!(
                "  reopen after kill -9, {OBJECTS} objects ({what}, {} MB): {:.1} ms; first list {:.1} ms, {}",
                file_bytes >> 20,
                ms(opened),
                ms(start.elapsed()) - ms(opened),
                page.entries.len(),
            );
            let (start, cpu) = (Instant::now(), cpu());
            for _ in 0..50 {
                let query = ObjectQuery { max: 1000, ..ObjectQuery::default() };
                store.list_objects(&bucket, query).await?;
            }
            println!(
                "  a list page of 1000: {:.2} ms cpu, {:.2} ms",
                ms(cpu_since(cpu)) / 50.0,
                ms(start.elapsed()) / 50.0
            );
        }
        println!("  resident: {} MiB", resident_mib());
    }
    Ok(())
}

/// Latency of a step that commits alone, and the rate of many that share commits.
async fn commits(fs: &Arc<dyn Fs>, path: &Path, options: &Options) -> Result<(), Failure> {
    drop(RedbMetaStore::create(fs, path)?);
    let store = Arc::new(RedbMetaStore::open_with(fs, path, options.clone())?);
    let session = begin(&store).await?;
    let mut waits = Vec::new();
    let cpu_before = cpu();
    for number in 0..500 {
        let put = put(&store, session, number, 0).await?;
        let start = Instant::now();
        store.put_object(put).await?;
        waits.push(start.elapsed());
    }
    waits.sort();
    println!(
        "  one step a commit: p50 {:.2} ms, p99 {:.2} ms, {:.0} us cpu for lease and put",
        ms(waits[250]),
        ms(waits[495]),
        ms(cpu_since(cpu_before)) * 1000.0 / 500.0
    );
    let (start, cpu_before) = (Instant::now(), cpu());
    let writers = (0..64).map(|writer| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0..50 {
                let blob = inline(1024);
                store.put_object(object(1000 + writer * 1000 + number, blob)).await?;
            }
            Ok::<_, Failure>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    println!(
        "  64 writers of 1 KiB objects: {:.0}/s, {:.0} us cpu each",
        3200.0 / start.elapsed().as_secs_f64(),
        ms(cpu_since(cpu_before)) * 1000.0 / 3200.0
    );
    Ok(())
}

/// The cost of a Complete of 10,000 parts.
async fn complete(fs: &Arc<dyn Fs>, path: &Path, options: &Options) -> Result<(), Failure> {
    drop(RedbMetaStore::create(fs, path)?);
    let store = Arc::new(RedbMetaStore::open_with(fs, path, options.clone())?);
    let session = begin(&store).await?;
    for round in 0..3_u128 {
        let upload = UploadName { bucket: bucket(), key: key(7), id: UploadId(round + 1) };
        let create = CreateUpload {
            bucket: bucket(),
            key: key(7),
            id: upload.id,
            initiated: Timestamp(1),
            initiator: String::new(),
            properties: ObjectProperties::of(owner()),
            checksum: None,
        };
        store.create_upload(create).await?;
        let mut ids = store.grant_leases(session, u32::try_from(PARTS)?).await?.into_iter();
        for batch in 0..PARTS / 250 {
            let steps: Vec<_> = ids
                .by_ref()
                .take(250)
                .enumerate()
                .map(|(index, id)| {
                    let part = part(&upload, batch * 250 + index as u64 + 1, id);
                    let store = Arc::clone(&store);
                    tokio::spawn(async move { store.put_part(part).await })
                })
                .collect();
            for step in steps {
                step.await??;
            }
        }
        let page = store.list_parts(&upload, 0, usize::MAX).await?;
        let chosen: Vec<_> = page.parts.iter().map(|part| part.part).collect();
        let etag = ETag { digest: [1; 16], part_count: Some(10_000) };
        let precondition = WritePrecondition::None;
        let version = VersionId(round + 1);
        let now = Timestamp(9);
        let commit =
            CommitUpload { upload, chosen, etag, checksum: None, precondition, version, now, event: None };
        let (start, cpu_before) = (Instant::now(), cpu());
        store.commit_upload(commit).await?;
        println!(
            "  complete of 10,000 parts: {:.1} ms cpu, {:.1} ms",
            ms(cpu_since(cpu_before)),
            ms(start.elapsed())
        );
        let (start, cpu_before) = (Instant::now(), cpu());
        let view = store.get_object(&bucket(), &key(7), None).await?;
        println!(
            "  get its {} parts: {:.1} ms cpu, {:.1} ms",
            view.manifest.parts.len(),
            ms(cpu_since(cpu_before)),
            ms(start.elapsed())
        );
        let (start, cpu_before, mut worst) = (Instant::now(), cpu(), Duration::ZERO);
        loop {
            let step = Instant::now();
            let rows = store.sweep_ended(Timestamp(0), 500).await?;
            worst = worst.max(step.elapsed());
            if rows == 0 {
                break;
            }
        }
        println!(
            "  sweep of its part rows, 500 a step: {:.1} ms cpu, {:.1} ms, longest step {:.1} ms",
            ms(cpu_since(cpu_before)),
            ms(start.elapsed()),
            ms(worst)
        );
    }
    Ok(())
}

/// The cost of lists above many versions of one key.
async fn versions(fs: &Arc<dyn Fs>, path: &Path, options: &Options) -> Result<(), Failure> {
    drop(RedbMetaStore::create(fs, path)?);
    let store = Arc::new(RedbMetaStore::open_with(fs, path, options.clone())?);
    begin(&store).await?;
    store.change_bucket(&bucket(), BucketChange::Versioning(Versioning::Enabled)).await?;
    let (start, cpu_before) = (Instant::now(), cpu());
    for batch in 0..VERSIONS / 250 {
        let put = |index| {
            let version = VersionId(u128::from(batch * 250 + index + 1));
            let (put, store) = (PutObject { version, ..object(7, inline(1)) }, Arc::clone(&store));
            tokio::spawn(async move { store.put_object(put).await })
        };
        let steps: Vec<_> = (0..250).map(put).collect();
        for step in steps {
            step.await??;
        }
    }
    let took = (ms(cpu_since(cpu_before)), ms(start.elapsed()));
    println!("  {VERSIONS} versions of one key: {:.1} ms cpu, {:.1} ms", took.0, took.1);
    let start = Instant::now();
    store.list_objects(&bucket(), ObjectQuery { max: 1000, ..ObjectQuery::default() }).await?;
    let objects = start.elapsed();
    let query = VersionQuery { delimiter: "/".to_owned(), max: 1000, ..VersionQuery::default() };
    let start = Instant::now();
    store.list_versions(&bucket(), query).await?;
    let rolled_up = start.elapsed();
    let start = Instant::now();
    store.list_versions(&bucket(), VersionQuery { max: 1000, ..VersionQuery::default() }).await?;
    println!(
        "  list its objects: {:.2} ms; its versions rolled up: {:.2} ms; 1,000 versions: {:.2} ms",
        ms(objects),
        ms(rolled_up),
        ms(start.elapsed())
    );
    Ok(())
}

/// Lets a child load objects, and kills it while it still writes.
fn crash(path: &Path, quick: bool, inline_bytes: usize) -> Result<(), Failure> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["load", path.to_str().ok_or("a plain path")?, &quick.to_string(), &inline_bytes.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let output = child.stdout.take().ok_or("no output")?;
    for line in BufReader::new(output).lines() {
        if line? == "loaded" {
            break;
        }
    }
    std::thread::sleep(Duration::from_millis(50));
    child.kill()?;
    child.wait()?;
    Ok(())
}

async fn load(path: &Path, quick: bool, inline_bytes: usize) -> Result<(), Failure> {
    let fs: Arc<dyn Fs> = Arc::new(RealFs);
    drop(RedbMetaStore::create(&fs, path)?);
    let options = Options { quick_repair: quick, ..Options::default() };
    let store = Arc::new(RedbMetaStore::open_with(&fs, path, options)?);
    let session = begin(&store).await?;
    for batch in 0..OBJECTS / 250 {
        let leases = store.grant_leases(session, if inline_bytes == 0 { 250 } else { 0 }).await?;
        let mut leases = leases.into_iter();
        let steps: Vec<_> = (0..250)
            .map(|index| {
                let content = leases.next().map_or_else(|| inline(inline_bytes), leased);
                let put = object(batch * 250 + index, content);
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.put_object(put).await })
            })
            .collect();
        for step in steps {
            step.await??;
        }
    }
    println!("loaded");
    for number in 0.. {
        store.put_object(object(number % OBJECTS, inline(inline_bytes))).await?;
    }
    Ok(())
}

async fn begin(store: &RedbMetaStore) -> Result<SessionId, Failure> {
    let create = CreateBucket {
        name: bucket(),
        location: String::new(),
        owner: owner(),
        object_lock: false,
        documents: BTreeMap::new(),
        now: Timestamp(1),
    };
    store.create_bucket(create).await?;
    Ok(store.open_session().await?)
}

async fn put(
    store: &RedbMetaStore,
    session: SessionId,
    number: usize,
    inline_bytes: usize,
) -> Result<PutObject, Failure> {
    let content = if inline_bytes > 0 {
        inline(inline_bytes)
    } else {
        leased(store.grant_leases(session, 1).await?[0])
    };
    Ok(object(number, content))
}

fn object(number: usize, content: NewBlob) -> PutObject {
    let content_type = Some("application/octet-stream".to_owned());
    let headers = ObjectHeaders { content_type, ..ObjectHeaders::default() };
    PutObject {
        bucket: bucket(),
        key: key(number),
        size: size(&content),
        etag: None,
        content,
        digests: Digests { md5: [7; 16], crc64nvme: 7, checksum: None },
        properties: ObjectProperties { headers, ..ObjectProperties::of(owner()) },
        precondition: WritePrecondition::None,
        version: VersionId(number as u128 + 1),
        now: Timestamp(2),
        event: None,
    }
}

fn size(content: &NewBlob) -> u64 {
    match content {
        NewBlob::Inline(bytes) => bytes.len() as u64,
        NewBlob::Leased(blob) => blob.len,
    }
}

fn part(upload: &UploadName, number: u64, id: BlobId) -> PutPart {
    PutPart {
        upload: upload.clone(),
        part_number: PartNumber::new(number).expect("1 to 10,000"),
        content: leased(id),
        size: 5 << 20,
        digests: Digests { md5: [7; 16], crc64nvme: 7, checksum: None },
        now: Timestamp(2),
    }
}

fn leased(id: BlobId) -> NewBlob {
    NewBlob::Leased(BlobRef { id, len: 5 << 20, home: BlobHome::Store })
}

fn inline(len: usize) -> NewBlob {
    NewBlob::Inline(vec![42; len].into())
}

fn owner() -> AccountId {
    AccountId::parse("owner").expect("a legal id")
}

fn bucket() -> BucketName {
    BucketName::parse("bucket").expect("a legal name")
}

/// Keys in an order that is not theirs.
fn key(number: usize) -> Key {
    let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    Key::parse(&format!("photos/{:03}/{:03}/object-{number:08}.jpg", mixed % 1000, mixed / 1000 % 1000))
        .expect("a legal key")
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// CPU time of all threads so far.
fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn cpu_since(before: Duration) -> Duration {
    cpu().saturating_sub(before)
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
