//! Downloads from a store that errs: the file is the object or there is none, and what was wrong is fetched again alone.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

mod fake;

use drystone_digest::body::checksum_of;
use drystone_digest::{composite_checksum, etag_of_parts};
use drystone_transfer::download::{DownloadRequest, Target};
use drystone_transfer::local::target::Place;
use drystone_transfer::pace::Pace;
use drystone_transfer::progress::Blind;
use drystone_transfer::{Engine, ObjectRef, OnFailure, Outcome, ResumeMode, Settings, TransferError};
use drystone_types::{Checksum, ChecksumAlgorithm as A, ETag};
use fake::{FakeS3, Fault, Object, Seen};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const MIB: usize = 1 << 20;
const PIECE: usize = 5 * MIB;

fn data(len: usize) -> Vec<u8> {
    (0..len).map(|n| u8::try_from((n * 31 % 251 + n / 65_536) % 256).unwrap()).collect()
}

/// An object with a CRC64NVME over all its bytes.
fn plain(len: usize) -> Object {
    let data = data(len);
    let sum = checksum_of(A::Crc64Nvme, &data).to_base64();
    let headers =
        vec![("x-amz-checksum-crc64nvme".into(), sum), ("x-amz-checksum-type".into(), "FULL_OBJECT".into())];
    Object { etag: "\"one\"".into(), headers, data, ..Object::default() }
}

/// An object of parts, with nothing but its ETag.
fn of_parts(lens: &[usize]) -> Object {
    let data = data(lens.iter().sum());
    let md5s = sums(&data, lens, A::Md5).into_iter().map(|sum| <[u8; 16]>::try_from(sum.as_bytes()).unwrap());
    let md5s: Vec<_> = md5s.collect();
    Object { etag: etag_of_parts(&md5s).quoted(), parts: lens.to_vec(), data, ..Object::default() }
}

fn sums(data: &[u8], lens: &[usize], algorithm: A) -> Vec<Checksum> {
    let mut from = 0;
    let sum = |len: &usize| {
        from += len;
        checksum_of(algorithm, &data[from - len..from])
    };
    lens.iter().map(sum).collect()
}

fn engine(fake: &FakeS3, state: Option<&Path>, settings: Settings) -> Engine {
    let journals = state.map(|state| state.join("transfers"));
    Engine::new(fake.client(), Pace::new(Some(2), None, 0), Arc::new(Blind), journals, settings)
}

fn in_pieces() -> Settings {
    Settings {
        part_size_bytes: Some(PIECE as u64),
        multipart_threshold_bytes: MIB as u64,
        ..Settings::default()
    }
}

async fn download(engine: &Engine, home: &TempDir) -> Result<Outcome, TransferError> {
    let request = DownloadRequest::new(ObjectRef::new("b", "k"));
    engine.download(&request, Target::File(Place::Path(home.path().join("file")))).await
}

#[tokio::test]
async fn a_pipe_is_written_to_and_not_replaced() {
    let object = plain(9 * MIB);
    let fake = FakeS3::start(object.clone(), |_| Fault::None).await;
    let home = tempfile::tempdir().unwrap();
    let pipe = home.path().join("file");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read(pipe).unwrap()
    });
    download(&engine(&fake, None, in_pieces()), &home).await.unwrap();
    assert!(reader.join().unwrap() == object.data);
    assert!(!pipe.metadata().unwrap().is_file());
    assert_eq!(names(&home), ["file"]);
}

/// Futures of downloads may run on any thread.
fn can_run_anywhere(
    engine: &Engine,
    request: &DownloadRequest,
    to: Target,
) -> impl Future<Output = ()> + Send {
    let engine = engine.clone();
    let request = request.clone();
    async move { drop(engine.download(&request, to).await) }
}

#[test]
fn downloads_can_run_on_any_thread() {
    let _ = can_run_anywhere;
}

fn file(home: &TempDir) -> Vec<u8> {
    std::fs::read(home.path().join("file")).unwrap()
}

/// Names in the folder of the file.
fn names(home: &TempDir) -> Vec<String> {
    let names = std::fs::read_dir(home.path()).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "transfers")
        .collect()
}

fn first_get_of(start: usize, seen: &Seen, is_first: &Mutex<bool>) -> bool {
    let is_it = seen.method == "GET" && seen.range.is_some_and(|(from, _)| from == start);
    is_it && std::mem::take(&mut *is_first.lock().unwrap())
}

#[tokio::test]
async fn small_ones_need_one_request_where_their_size_is_known() {
    let object = plain(300_000);
    let fake = FakeS3::start(object.clone(), |_| Fault::None).await;
    let home = tempfile::tempdir().unwrap();
    let engine = engine(&fake, None, Settings::default());
    let mut request = DownloadRequest::new(ObjectRef::new("b", "k"));
    request.known_size = Some(300_000);
    let outcome =
        engine.download(&request, Target::File(Place::Path(home.path().join("file")))).await.unwrap();
    assert_eq!((outcome.verified.as_str(), outcome.bytes), ("CRC64NVME of the whole object", 300_000));
    assert_eq!(fake.seen.lock().unwrap().len(), 1);
    assert_eq!(file(&home), object.data);
    let time = home.path().join("file").metadata().unwrap().modified().unwrap();
    assert_eq!(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1_795_343_400);
}

#[tokio::test]
async fn empty_objects_are_empty_files() {
    for known_size in [None, Some(0)] {
        let fake = FakeS3::start(plain(0), |_| Fault::None).await;
        let home = tempfile::tempdir().unwrap();
        let mut request = DownloadRequest::new(ObjectRef::new("b", "k"));
        request.known_size = known_size;
        let to = Target::File(Place::Path(home.path().join("file")));
        let outcome = engine(&fake, None, in_pieces()).download(&request, to).await.unwrap();
        assert_eq!(outcome.verified, "CRC64NVME of the whole object");
        assert!(file(&home).is_empty());
    }
}

#[tokio::test]
async fn a_piece_goes_on_where_it_broke_off() {
    let object = plain(12 * MIB);
    let is_first = Mutex::new(true);
    let cut = 3 * MIB + 7;
    let fake = FakeS3::start(object.clone(), move |seen| {
        if first_get_of(PIECE, seen, &is_first) { Fault::Truncate(cut) } else { Fault::None }
    });
    let fake = fake.await;
    let home = tempfile::tempdir().unwrap();
    let outcome = download(&engine(&fake, None, in_pieces()), &home).await.unwrap();
    assert_eq!((outcome.part_count, outcome.bytes_moved), (3, 12 * MIB as u64));
    assert_eq!(file(&home), object.data);
    let mut ranges: Vec<_> = fake.gets().iter().map(|seen| seen.range.unwrap()).collect();
    ranges.sort_unstable();
    assert_eq!(ranges, [(0, PIECE), (PIECE, 2 * PIECE), (PIECE + cut, 2 * PIECE), (2 * PIECE, 12 * MIB)]);
    assert!(fake.gets().iter().all(|seen| seen.if_match.as_deref() == Some("\"one\"")));
}

#[tokio::test]
async fn passing_faults_of_every_kind_do_no_harm() {
    let faults = [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Truncate(0),
        Fault::Truncate(1),
        Fault::PromiseMore(9),
        Fault::OtherRange,
        Fault::Corrupt,
    ];
    for fault in faults {
        for size in [700_000, 12 * MIB] {
            let object = plain(size);
            let fake = FakeS3::start(object.clone(), move |seen| {
                if seen.method == "GET" && seen.number == 0 { fault } else { Fault::None }
            });
            let fake = fake.await;
            let home = tempfile::tempdir().unwrap();
            let outcome = download(&engine(&fake, None, in_pieces()), &home).await;
            outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
            assert!(file(&home) == object.data, "{fault:?}");
            assert_eq!(names(&home), ["file"], "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_is_always_corrupt_is_never_a_file() {
    for size in [700_000, 12 * MIB] {
        let fake = FakeS3::start(plain(size), |seen| {
            if seen.method == "GET" && seen.range.is_none_or(|(from, _)| from == 0) {
                Fault::Corrupt
            } else {
                Fault::None
            }
        });
        let fake = fake.await;
        let home = tempfile::tempdir().unwrap();
        let error = download(&engine(&fake, Some(home.path()), in_pieces()), &home).await.unwrap_err();
        assert!(matches!(error, TransferError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("copy is damaged"), "{error}");
        assert!(names(&home).is_empty());
        let journals = home.path().join("transfers");
        assert_eq!(std::fs::read_dir(journals).map_or(0, Iterator::count), 0);
    }
}

#[tokio::test]
async fn a_part_with_a_checksum_of_its_own_is_fetched_again_alone() {
    let lens = [PIECE, 6 * MIB, 100];
    let mut object = of_parts(&lens);
    let parts = sums(&object.data, &lens, A::Sha256);
    object.etag = "\"opaque\"".into();
    object.headers.push(("x-amz-checksum-sha256".into(), composite_checksum(A::Sha256, &parts).text()));
    let listed = parts.iter().zip(lens).enumerate().map(|(n, (sum, len))| {
        let sum = sum.to_base64();
        format!("<Part><PartNumber>{}</PartNumber><Size>{len}</Size><ChecksumSHA256>{sum}</ChecksumSHA256></Part>", n + 1)
    });
    let listed: String = listed.collect();
    object.attributes = Some(format!(
        "<GetObjectAttributesResponse><ObjectParts><IsTruncated>false</IsTruncated>{listed}</ObjectParts></GetObjectAttributesResponse>"
    ));
    let is_first = Mutex::new(true);
    let fake = FakeS3::start(object.clone(), move |seen| {
        if first_get_of(PIECE, seen, &is_first) { Fault::Corrupt } else { Fault::None }
    });
    let fake = fake.await;
    let home = tempfile::tempdir().unwrap();
    let outcome = download(&engine(&fake, None, in_pieces()), &home).await.unwrap();
    assert_eq!((outcome.verified.as_str(), outcome.part_count), ("SHA256 of 3 parts", 3));
    assert_eq!(file(&home), object.data);
    let mut ranges: Vec<_> = fake.gets().iter().filter_map(|seen| seen.range).collect();
    ranges.sort_unstable();
    let second = (PIECE, 11 * MIB);
    assert_eq!(ranges, [(0, PIECE), second, second, (11 * MIB, 11 * MIB + 100)]);
}

#[tokio::test]
async fn an_etag_proves_parts_of_equal_and_of_unequal_length() {
    for lens in [vec![PIECE, PIECE, 9], vec![PIECE, 6 * MIB, 4 * MIB], vec![PIECE, 2 * PIECE, 9]] {
        for threshold in [MIB as u64, u64::MAX] {
            let object = of_parts(&lens);
            let fake = FakeS3::start(object.clone(), |_| Fault::None).await;
            let home = tempfile::tempdir().unwrap();
            let settings = Settings { multipart_threshold_bytes: threshold, ..in_pieces() };
            let outcome = download(&engine(&fake, None, settings), &home).await.unwrap();
            assert_eq!(outcome.verified, "MD5 of 3 parts (ETag)", "{lens:?}");
            assert_eq!(ETag::parse(&outcome.etag), ETag::parse(&object.etag));
            assert!(file(&home) == object.data);
        }
    }
}

#[tokio::test]
async fn where_nothing_can_be_proved_that_is_what_is_told() {
    let object = Object { etag: "\"opaque\"".into(), headers: Vec::new(), ..plain(12 * MIB) };
    let fake = FakeS3::start(object.clone(), |_| Fault::None).await;
    let home = tempfile::tempdir().unwrap();
    let outcome = download(&engine(&fake, None, in_pieces()), &home).await.unwrap();
    assert!(outcome.verified.starts_with("the length only (its ETag is no MD5"), "{}", outcome.verified);
    assert_eq!(file(&home), object.data);
}

#[tokio::test]
async fn two_versions_never_mix() {
    let other = Object { etag: "\"two\"".into(), ..plain(12 * MIB) };
    let slot: Arc<Mutex<Option<Arc<Mutex<Object>>>>> = Arc::default();
    let shared = Arc::clone(&slot);
    let fake = FakeS3::start(plain(12 * MIB), move |seen| {
        // The first piece breaks off, and the object is replaced before it can go on.
        if seen.method == "GET" && seen.number == 0 {
            let (object, other) = (shared.lock().unwrap().clone().unwrap(), other.clone());
            std::thread::spawn(move || *object.lock().unwrap() = other).join().unwrap();
            return Fault::Truncate(MIB);
        }
        Fault::None
    });
    let fake = fake.await;
    *slot.lock().unwrap() = Some(Arc::clone(&fake.object));
    let home = tempfile::tempdir().unwrap();
    let error = download(&engine(&fake, Some(home.path()), in_pieces()), &home).await.unwrap_err();
    assert!(matches!(error, TransferError::ObjectChanged { .. }), "{error}");
    assert!(names(&home).is_empty());
}

#[tokio::test]
async fn a_store_without_ranges_is_read_in_one_piece() {
    for fault in [Fault::None, Fault::Truncate(7 * MIB), Fault::Corrupt] {
        let object = plain(12 * MIB);
        let is_first = Mutex::new(fault != Fault::None);
        let fake = FakeS3::start(object.clone(), move |seen| {
            let is_whole = seen.method == "GET" && seen.range.is_none();
            if is_whole && std::mem::take(&mut *is_first.lock().unwrap()) {
                fault
            } else {
                Fault::IgnoreRange
            }
        });
        let fake = fake.await;
        let home = tempfile::tempdir().unwrap();
        let outcome = download(&engine(&fake, Some(home.path()), in_pieces()), &home).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(outcome.verified, "CRC64NVME of the whole object");
        assert!(file(&home) == object.data, "{fault:?}");
        let mut out = Shared::default();
        let done = stream(&engine(&fake, None, in_pieces()), &mut out).await;
        done.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(*out.0.lock().unwrap() == object.data);
    }
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

async fn stream(engine: &Engine, out: &mut Shared) -> Result<Outcome, TransferError> {
    let request = DownloadRequest::new(ObjectRef::new("b", "k"));
    engine.download(&request, Target::Stream(Box::new(out.clone()))).await
}

#[tokio::test]
async fn a_stream_comes_in_order_and_is_proved_at_its_end() {
    for object in [plain(0), plain(1), plain(23 * MIB), of_parts(&[PIECE, PIECE, 9])] {
        let fake =
            FakeS3::start(
                object.clone(),
                |seen| if seen.number == 1 { Fault::Truncate(9) } else { Fault::None },
            );
        let fake = fake.await;
        let mut out = Shared::default();
        let outcome = stream(&engine(&fake, None, in_pieces()), &mut out).await.unwrap();
        assert!(*out.0.lock().unwrap() == object.data);
        assert!(outcome.verified.contains("whole object") || outcome.verified.contains("3 parts"));
    }
    let fake =
        FakeS3::start(plain(9 * MIB), |seen| if seen.number == 1 { Fault::Corrupt } else { Fault::None })
            .await;
    let error = stream(&engine(&fake, None, in_pieces()), &mut Shared::default()).await.unwrap_err();
    assert!(error.to_string().contains("do not use it"), "{error}");
}

#[tokio::test]
async fn a_download_goes_on_with_what_can_be_proved() {
    let object = plain(12 * MIB);
    let home = tempfile::tempdir().unwrap();
    let is_over = Arc::new(Mutex::new(false));
    let flag = Arc::clone(&is_over);
    let fake = FakeS3::start(object.clone(), move |seen| {
        let is_last = seen.range.is_some_and(|(from, _)| from == 2 * PIECE);
        if is_last && !*flag.lock().unwrap() { Fault::Status(403) } else { Fault::None }
    });
    let fake = fake.await;
    let engine = |settings| engine(&fake, Some(home.path()), settings);
    // One piece at a time, so that it is known which are there.
    let one = |settings| {
        Engine::new(
            fake.client(),
            Pace::new(Some(1), None, 0),
            Arc::new(Blind),
            Some(home.path().join("transfers")),
            settings,
        )
    };
    let error = download(&one(in_pieces()), &home).await.unwrap_err();
    assert!(error.to_string().contains("part 3 of 3"), "{error}");
    assert_eq!(names(&home).len(), 1);
    assert!(names(&home)[0].starts_with(".file.drystone-"));
    *is_over.lock().unwrap() = true;
    // The disk lost what was written to the second piece.
    let half = std::fs::OpenOptions::new().write(true).open(home.path().join(&names(&home)[0])).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&half, b"lost", (PIECE + MIB) as u64).unwrap();
    fake.seen.lock().unwrap().clear();
    let outcome = download(&engine(in_pieces()), &home).await.unwrap();
    assert_eq!((outcome.parts_kept, outcome.bytes_moved), (1, 7 * MIB as u64));
    assert_eq!(names(&home), ["file"]);
    assert_eq!(file(&home), object.data);
    let mut ranges: Vec<_> = fake.gets().iter().filter_map(|seen| seen.range).collect();
    ranges.sort_unstable();
    assert_eq!(ranges, [(PIECE, 2 * PIECE), (2 * PIECE, 12 * MIB)]);
    assert_eq!(std::fs::read_dir(home.path().join("transfers")).unwrap().count(), 0);
}

#[tokio::test]
async fn what_an_earlier_run_left_is_not_used_for_another_object_nor_against_the_users_wish() {
    for is_other in [true, false] {
        let object = plain(12 * MIB);
        let home = tempfile::tempdir().unwrap();
        let is_over = Arc::new(Mutex::new(false));
        let flag = Arc::clone(&is_over);
        let fake = FakeS3::start(object.clone(), move |seen| {
            let is_last = seen.range.is_some_and(|(from, _)| from == 2 * PIECE);
            if is_last && !*flag.lock().unwrap() { Fault::Status(403) } else { Fault::None }
        });
        let fake = fake.await;
        download(&engine(&fake, Some(home.path()), in_pieces()), &home).await.unwrap_err();
        *is_over.lock().unwrap() = true;
        let mut settings = in_pieces();
        if is_other {
            fake.object.lock().unwrap().etag = "\"two\"".into();
        } else {
            settings.resume = ResumeMode::Never;
        }
        let outcome = download(&engine(&fake, Some(home.path()), settings), &home).await.unwrap();
        assert_eq!((outcome.parts_kept, outcome.bytes_moved), (0, 12 * MIB as u64));
        assert_eq!(names(&home), ["file"]);
    }
}

#[tokio::test]
async fn who_wants_nothing_left_after_a_failure_has_nothing_left() {
    let fake = FakeS3::start(plain(12 * MIB), |seen| {
        if seen.range.is_some_and(|(from, _)| from == 2 * PIECE) { Fault::Status(403) } else { Fault::None }
    });
    let fake = fake.await;
    let home = tempfile::tempdir().unwrap();
    let settings = Settings { on_failure: OnFailure::Abort, ..in_pieces() };
    download(&engine(&fake, Some(home.path()), settings), &home).await.unwrap_err();
    assert!(names(&home).is_empty());
}

#[tokio::test]
async fn a_store_that_never_answers_well_is_told_with_part_and_attempt() {
    let fake = FakeS3::start(plain(12 * MIB), |seen| {
        if seen.range.is_some_and(|(from, _)| from == PIECE) { Fault::Status(500) } else { Fault::None }
    });
    let fake = fake.await;
    let home = tempfile::tempdir().unwrap();
    let error = download(&engine(&fake, None, in_pieces()), &home).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("part 2 of 3 of s3://b/k, attempt 4"), "{text}");
    assert!(names(&home).is_empty());
}
