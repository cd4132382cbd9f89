//! Encryption over real engines: nothing readable reaches the disk, ranges are exact, and a wrong key never gives a byte.

#![allow(clippy::unwrap_used, reason = "a test file")]

mod support;

use bytes::Bytes;
use drystone_seal::layout::{HEAD_LEN, SEGMENT_PLAIN};
use drystone_store::body::body_of;
use drystone_store::encryption::{EncryptWith, EncryptionError};
use drystone_store::object::copy::CopyRequest;
use drystone_store::object::put::PutRequest;
use drystone_store::upload::UploadName;
use drystone_store::upload::create::CreateUploadRequest;
use drystone_store::upload::part::{FinishedPart, UploadPartRequest};
use drystone_store::{Store, StoreError};
use drystone_types::encryption::{CustomerKey, RequestedSse, Sse};
use drystone_types::{ByteRange, ETag, PartNumber, WritePrecondition};
use futures_util::StreamExt as _;
use support::{
    MIB, PART, World, bucket, complete, complete_request, content, key, listed, properties, put_request,
    world,
};

fn customer(byte: u8) -> CustomerKey {
    CustomerKey::new([byte; 32], [byte; 16])
}

/// Every way to encrypt, and the key that the client must bring.
fn ways() -> [(RequestedSse, Option<CustomerKey>); 3] {
    let kms = RequestedSse::Kms { key_id: Some("testkey-1".into()), context: None, bucket_key: None };
    [(RequestedSse::S3, None), (kms, None), (RequestedSse::Customer(customer(1)), Some(customer(1)))]
}

fn with(store: &Store, sse: RequestedSse) -> Option<EncryptWith> {
    store.choose_encryption(Some(sse), None).unwrap()
}

async fn put(store: &Store, name: &str, sse: RequestedSse, data: &Bytes) -> ETag {
    let request = PutRequest { encryption: with(store, sse), ..put_request(name) };
    store.put_object(request, body_of(data.clone())).await.unwrap().etag
}

async fn read(
    store: &Store,
    name: &str,
    customer_key: Option<&CustomerKey>,
    range: Option<ByteRange>,
) -> Result<Vec<u8>, StoreError> {
    let mut object = store.find_object(&bucket(), &key(name), None).await?;
    store.unlock(&mut object, customer_key)?;
    let range = range.unwrap_or(ByteRange::whole(object.record.size));
    let mut bytes = store.read_object(object, range).await?;
    let mut all = Vec::new();
    while let Some(frame) = bytes.next().await {
        all.extend_from_slice(&frame?);
    }
    Ok(all)
}

async fn create(store: &Store, name: &str, sse: RequestedSse) -> UploadName {
    let request = CreateUploadRequest {
        bucket: bucket(),
        key: key(name),
        initiator: "key".into(),
        properties: properties(),
        encryption: with(store, sse),
        checksum: None,
    };
    let (upload, _) = store.create_upload(request).await.unwrap();
    UploadName { bucket: bucket(), key: key(name), id: upload.id }
}

async fn part(
    store: &Store,
    upload: &UploadName,
    number: u64,
    data: &Bytes,
    customer_key: Option<CustomerKey>,
) -> Result<FinishedPart, StoreError> {
    let request = UploadPartRequest {
        upload: upload.clone(),
        part_number: PartNumber::new(number).unwrap(),
        declared_len: Some(data.len() as u64),
        content_md5: None,
        sent: drystone_store::ingest::SentChecksum::None,
        customer_key,
    };
    store.upload_part(request, body_of(data.clone())).await
}

fn refused(error: StoreError) -> EncryptionError {
    match error {
        StoreError::Encryption(error) => error,
        other => panic!("{other}"),
    }
}

fn md5_of(data: &Bytes) -> ETag {
    let mut digest = drystone_digest::BodyDigest::new(None);
    digest.update(data);
    ETag::single(digest.finish().md5)
}

/// Is any of `data` in `image`? Looks for 24 bytes from up to 8 places.
fn leaks(image: &[u8], data: &[u8]) -> bool {
    let step = (data.len() / 8).max(24);
    data.chunks(step)
        .filter(|chunk| chunk.len() >= 24)
        .any(|chunk| memchr::memmem::find(image, &chunk[..24]).is_some())
}

/// M14: what is encrypted is not on the disk in any other form: small objects, large ones, every part, copies.
#[tokio::test]
async fn m14_no_plaintext_reaches_the_disk() {
    let world = world().await;
    let store = &world.store;
    let clear = content(99, 3 * MIB);
    store.put_object(put_request("clear"), body_of(clear.clone())).await.unwrap();
    assert!(leaks(&world.disk_image(), &clear), "the scan finds what is not encrypted");

    let mut secrets = Vec::new();
    for (number, (sse, customer_key)) in ways().into_iter().enumerate() {
        let seed = 10 * number as u64;
        for (at, len) in [(1, 40), (2, 5000), (3, 70_000), (4, 2 * MIB + 17)] {
            let data = content(seed + at, len);
            put(store, &format!("{number}-{at}"), sse.clone(), &data).await;
            secrets.push(data);
        }
        let upload = create(store, &format!("{number}-big"), sse.clone()).await;
        let data = [content(seed + 5, PART), content(seed + 6, 300)];
        let mut parts = Vec::new();
        for (at, data) in (1..).zip(&data) {
            parts.push(listed(&part(store, &upload, at, data, customer_key.clone()).await.unwrap()));
        }
        assert!(!leaks(&world.disk_image(), &data.concat()), "parts of an open upload");
        complete(store, &upload, &parts).await.unwrap();
        let mut source = store.find_object(&bucket(), &key(&format!("{number}-big")), None).await.unwrap();
        store.unlock(&mut source, customer_key.as_ref()).unwrap();
        let copy = CopyRequest {
            bucket: bucket(),
            key: key(&format!("{number}-copy")),
            properties: source.record.properties.clone(),
            encryption: with(store, RequestedSse::S3),
            checksum: None,
            precondition: WritePrecondition::None,
            event: None,
        };
        store.copy_object(source, copy).await.unwrap();
        assert_eq!(read(store, &format!("{number}-copy"), None, None).await.unwrap(), data.concat());
        secrets.extend(data);
    }
    let image = world.disk_image();
    for (at, data) in secrets.iter().enumerate() {
        assert!(!leaks(&image, data), "body {at}");
    }
    assert!(!leaks(&image, &[1; 64]), "the client's key");
    world.assert_no_leak().await;
}

/// b189: any range of an encrypted object is the slice, across segments, frames and parts.
#[tokio::test]
async fn b189_ranges_across_segments_and_parts_equal_slices() {
    let world = world().await;
    let store = &world.store;
    for (sse, customer_key) in ways() {
        let upload = create(store, "k", sse).await;
        let data = [content(1, PART), content(2, PART + 12_345), content(3, 1000)];
        let mut parts = Vec::new();
        for (number, data) in (1..).zip(&data) {
            parts.push(listed(&part(store, &upload, number, data, customer_key.clone()).await.unwrap()));
        }
        complete(store, &upload, &parts).await.unwrap();
        let all = data.concat();
        assert_eq!(read(store, "k", customer_key.as_ref(), None).await.unwrap(), all);
        let segment = SEGMENT_PLAIN as u64;
        let first = segment - HEAD_LEN as u64;
        let (one, two) = (PART as u64, 2 * PART as u64 + 12_345);
        let end = all.len() as u64;
        let borders =
            [0, 1, first - 1, first, first + 1, first + segment, 16 * segment, one - 1, one, one + 1]
                .into_iter()
                .chain([one + first, two - 1, two, two + 1, end - 1, end])
                .collect::<Vec<_>>();
        for (at, start) in borders.iter().enumerate() {
            for end in &borders[at..] {
                let range = ByteRange { start: *start, end: *end };
                let slice = usize::try_from(*start).unwrap()..usize::try_from(*end).unwrap();
                let bytes = read(store, "k", customer_key.as_ref(), Some(range)).await.unwrap();
                assert!(bytes == all[slice], "{range:?}");
            }
        }
    }
}

/// b200: a wrong key never gives a byte, no key gives none, and an object that needs none refuses one.
#[tokio::test]
async fn b200_a_wrong_key_never_gives_a_byte() {
    let world = world().await;
    let store = &world.store;
    for len in [0, 10, 3 * MIB] {
        put(store, "ssec", RequestedSse::Customer(customer(1)), &content(1, len)).await;
        let refusal =
            async |key: Option<&CustomerKey>| refused(read(store, "ssec", key, None).await.unwrap_err());
        assert_eq!(refusal(None).await, EncryptionError::KeyMissing);
        assert_eq!(refusal(Some(&customer(2))).await, EncryptionError::KeyWrong);
        let same_md5 = CustomerKey::new([2; 32], [1; 16]);
        assert_eq!(refusal(Some(&same_md5)).await, EncryptionError::KeyWrong);
        // Without asking to unlock it, too.
        let object = store.find_object(&bucket(), &key("ssec"), None).await.unwrap();
        let range = ByteRange::whole(object.record.size);
        let unread = store.read_object(object, range).await;
        assert_eq!(refused(unread.err().unwrap()), EncryptionError::KeyMissing);
        assert_eq!(read(store, "ssec", Some(&customer(1)), None).await.unwrap(), content(1, len));
    }
    put(store, "s3", RequestedSse::S3, &content(1, 10)).await;
    store.put_object(put_request("clear"), body_of(content(1, 10))).await.unwrap();
    for name in ["s3", "clear"] {
        let error = read(store, name, Some(&customer(1)), None).await.unwrap_err();
        assert_eq!(refused(error), EncryptionError::KeyNotApplicable, "{name}");
    }
}

/// b198: every part brings the key of its upload; what does not is refused and changes nothing.
#[tokio::test]
async fn b198_parts_bring_the_key_of_their_upload() {
    let world = world().await;
    let store = &world.store;
    let data = content(1, 100);
    let upload = create(store, "k", RequestedSse::Customer(customer(1))).await;
    let refusal = |result: Result<FinishedPart, StoreError>| refused(result.unwrap_err());
    assert_eq!(refusal(part(store, &upload, 1, &data, None).await), EncryptionError::KeyMissing);
    let other = part(store, &upload, 1, &data, Some(customer(2))).await;
    assert_eq!(refusal(other), EncryptionError::KeyWrong);
    let same_md5 = CustomerKey::new([2; 32], [1; 16]);
    assert_eq!(refusal(part(store, &upload, 1, &data, Some(same_md5)).await), EncryptionError::KeyWrong);
    let plain = create(store, "plain", RequestedSse::S3).await;
    let unasked = part(store, &plain, 1, &data, Some(customer(1))).await;
    assert_eq!(refusal(unasked), EncryptionError::KeyNotApplicable);

    // b199: equal parts have ETags of their own, which are no MD5.
    let first = part(store, &upload, 1, &data, Some(customer(1))).await.unwrap();
    let again = part(store, &upload, 1, &data, Some(customer(1))).await.unwrap();
    assert_ne!(first.record.part.md5, again.record.part.md5);
    assert_ne!(ETag::single(again.record.part.md5), md5_of(&data));
    assert_eq!(again.record.part.size, 100);
    // b202: the answer of Complete, and of its repeat, says how.
    let request = complete_request(&upload, &[listed(&again)]);
    for _ in 0..2 {
        let completed = store.complete_upload(request.clone()).await.unwrap();
        assert!(matches!(completed.sse, Some(Sse::Customer { key_md5 }) if key_md5 == [1; 16]));
    }
    assert_eq!(read(store, "k", Some(&customer(1)), None).await.unwrap(), data);
    world.store.abort_upload(&plain).await.unwrap();
    world.assert_no_leak().await;
}

/// b199: with SSE-S3 the ETag is the MD5; with a key that is not the store's alone it is not.
#[tokio::test]
async fn b199_etags_are_md5_with_sse_s3_only() {
    let world = world().await;
    let data = content(1, 1000);
    for (sse, is_md5) in ways().map(|way| way.0).into_iter().zip([true, false, false]) {
        let etags =
            [put(&world.store, "a", sse.clone(), &data).await, put(&world.store, "b", sse, &data).await];
        assert_eq!(etags.map(|etag| etag == md5_of(&data)), [is_md5; 2]);
        assert_eq!(etags[0] == etags[1], is_md5);
    }
}

/// b34: what the bucket said at Create holds for the whole upload; a key that is gone later is said by name.
#[tokio::test]
async fn a_key_that_is_not_configured_is_refused() {
    let world = world().await;
    let kms =
        |key_id: &str| RequestedSse::Kms { key_id: Some(key_id.into()), context: None, bucket_key: None };
    let error = world.store.choose_encryption(Some(kms("unknown")), None).unwrap_err();
    assert_eq!(refused(error), EncryptionError::NoSuchKmsKey("unknown".into()));
    put(&world.store, "k", kms("testkey-1"), &content(1, 10)).await;
    let mut without = world;
    without.keyring = drystone_store::encryption::Keyring::new(without.keyring.master().clone());
    let world = without.crash_and_reopen().await;
    let error = world.store.find_object(&bucket(), &key("k"), None).await.err().unwrap();
    assert_eq!(refused(error), EncryptionError::NoSuchKmsKey("testkey-1".into()));
}

/// A check with a key missing says so of each object once, however many blobs it has and wherever they are.
#[tokio::test]
async fn a_check_names_each_object_whose_key_is_missing_once() {
    let world = world().await;
    let kms = || RequestedSse::Kms { key_id: Some("testkey-1".into()), context: None, bucket_key: None };
    put(&world.store, "inline", kms(), &content(1, 10)).await;
    put(&world.store, "other", RequestedSse::S3, &content(1, MIB)).await;
    let upload = create(&world.store, "parts", kms()).await;
    let mut parts = Vec::new();
    for number in 1..=2 {
        let made = part(&world.store, &upload, number, &content(1, 5 * MIB), None).await.unwrap();
        parts.push(listed(&made));
    }
    world.store.complete_upload(complete_request(&upload, &parts)).await.unwrap();
    let keys = drystone_store::encryption::Keyring::new(world.keyring.master().clone());
    let report =
        drystone_store::invariants::check(&*world.meta, &*world.blobs, true, Some(&keys)).await.unwrap();
    let what: Vec<_> = report.violations.iter().map(|violation| violation.what.as_str()).collect();
    assert_eq!(what.len(), 2, "{what:?}");
    assert!(what[0].contains("\"inline\"") && what[1].contains("\"parts\""), "{what:?}");
    assert!(what.iter().all(|what| what.contains("testkey-1")), "{what:?}");
    assert_eq!(report.blobs_verified, 3, "by their checksums, at least");
}

/// What a crash leaves is readable by the same keys, and by no others.
#[tokio::test]
async fn encrypted_objects_survive_a_crash_and_open_with_rotated_keys_but_no_others() {
    let mut world = world().await;
    put(&world.store, "k", RequestedSse::S3, &content(1, MIB)).await;
    let rotated = drystone_store::encryption::Keyring::new(world.keyring.master().rotated());
    world.keyring = rotated;
    let mut world = world.crash_and_reopen().await;
    assert_eq!(read(&world.store, "k", None, None).await.unwrap(), content(1, MIB));
    world.keyring = support::keyring();
    let world = world.crash_and_reopen().await;
    let error = read(&world.store, "k", None, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Internal { .. }), "{error}");
}

/// A sealed blob in the place of another does not open: here the parts of one object are exchanged on disk.
#[tokio::test]
async fn exchanged_blobs_are_noticed() {
    let world: World = world().await;
    let store = &world.store;
    let upload = create(store, "k", RequestedSse::S3).await;
    let first = part(store, &upload, 1, &content(1, PART), None).await.unwrap();
    let second = part(store, &upload, 2, &content(2, PART), None).await.unwrap();
    complete(store, &upload, &[listed(&first), listed(&second)]).await.unwrap();
    let mut object = store.find_object(&bucket(), &key("k"), None).await.unwrap();
    let (a, b) = (object.manifest.parts[0].blob, object.manifest.parts[1].blob);
    (object.manifest.parts[0].blob, object.manifest.parts[1].blob) = (b, a);
    let range = ByteRange { start: 0, end: 10 };
    let error = store.read_object(object, range).await.err().unwrap();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
}
