//! Golden bytes of every row, and what happens to damaged ones.

use bytes::Bytes;
use drystone_types::lifecycle::{Expiration, Filter, FilterForm, LifecycleConfiguration, Rule};
use drystone_types::{
    BlobHome, BlobId, BlobRef, BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Manifest,
    ManifestPart, ObjectChecksum, ObjectHeaders, PartNumber, StorageClass, Timestamp, UploadId,
};
use proptest::prelude::*;

use super::*;
use crate::record::{BucketId, CompletedRecord, ObjectRecord, PartRecord};

const PLACE: Place<'static> = Place { table: 9, first: 1 << 100, text: "key", second: 7 };

fn part(number: u64, algorithm: Option<ChecksumAlgorithm>) -> ManifestPart {
    ManifestPart {
        part_number: PartNumber::new(number).unwrap(),
        blob: BlobRef { id: BlobId(0x0102_0304), len: 5 << 30, home: BlobHome::Store },
        md5: *b"0123456789abcdef",
        crc64nvme: 0x1122_3344_5566_7788,
        checksum: algorithm.map(|a| Checksum::new(a, &vec![0xcc; a.digest_len()]).unwrap()),
    }
}

fn headers() -> ObjectHeaders {
    ObjectHeaders {
        content_type: Some("text/plain".to_owned()),
        expires: Some(String::new()),
        user_metadata: vec![("name".to_owned(), "wärme".to_owned())],
        storage_class: StorageClass::DeepArchive,
        ..ObjectHeaders::default()
    }
}

fn object_checksum() -> ObjectChecksum {
    let checksum = Checksum::new(ChecksumAlgorithm::Crc32c, &[1, 2, 3, 4]).unwrap();
    ObjectChecksum { checksum, kind: ChecksumType::Composite, part_count: Some(2) }
}

fn lifecycle() -> LifecycleConfiguration {
    let filter = Filter {
        form: FilterForm::And,
        prefix: "p/".to_owned(),
        object_size_greater_than: Some(3),
        object_size_less_than: None,
    };
    let rule = |id: &str, expiration| Rule {
        id: id.to_owned(),
        enabled: true,
        filter: filter.clone(),
        abort_incomplete_days: Some(7),
        expiration,
    };
    let rules = vec![
        rule("a", None),
        rule("b", Some(Expiration::Days(9))),
        rule("c", Some(Expiration::Date(Timestamp(8)))),
        rule("d", Some(Expiration::ExpiredObjectDeleteMarker(true))),
    ];
    LifecycleConfiguration { rules }
}

fn counters() -> Counters {
    Counters {
        commit: 1,
        bucket: 2,
        session: 3,
        blob: 4,
        manifest: 5,
        garbage: 6,
        change: 7,
        latest: Timestamp(8),
        upload: Some(UploadId(9)),
    }
}

fn bucket() -> StoredBucket {
    StoredBucket {
        id: BucketId(1),
        created: Timestamp(2),
        location: "eu".to_owned(),
        lifecycle: Some(lifecycle()),
    }
}

fn object(content: Content) -> StoredObject {
    let record = ObjectRecord {
        etag: ETag { digest: [0xee; 16], part_count: Some(2) },
        size: 10,
        last_modified: Timestamp(11),
        headers: headers(),
        checksum: Some(object_checksum()),
    };
    StoredObject { record, content }
}

fn upload() -> StoredUpload {
    StoredUpload {
        initiated: Timestamp(1),
        created_at_change: 2,
        initiator: "AKIA".to_owned(),
        headers: headers(),
        checksum: Some((ChecksumAlgorithm::Sha1, ChecksumType::FullObject)),
    }
}

fn ended(completed: bool) -> Ended {
    let answer =
        CompletedRecord { etag: ETag::single([1; 16]), checksum: None, size: 3, completed: Timestamp(4) };
    let answer = completed.then_some(answer);
    Ended { bucket: BucketId(5), key: "k".to_owned(), at: Timestamp(6), answer }
}

/// Every kind of row: name, stored bytes, and whether they decode to what was encoded.
fn rows() -> Vec<(&'static str, Vec<u8>, bool)> {
    macro_rules! row {
        ($name:literal, $row:expr, $type:ty) => {{
            let row = $row;
            let bytes = row.encode(&PLACE);
            let same = <$type>::decode(&bytes, &PLACE).as_ref() == Ok(&row);
            ($name, bytes, same)
        }};
    }
    let blob = part(1, None).blob;
    let inline = BlobRef { home: BlobHome::Inline, ..blob };
    let part_row = PartRecord { part: part(3, Some(ChecksumAlgorithm::Sha256)), last_modified: Timestamp(2) };
    let part_bytes = encode_part(&part_row, &PLACE);
    let part_same = decode_part(&part_bytes, &PLACE) == Ok(part_row);
    let parts = vec![part(1, None), part(10_000, Some(ChecksumAlgorithm::Crc64Nvme))];
    let manifest_bytes = encode_manifest(&parts, &PLACE);
    let manifest_same = decode_manifest(&manifest_bytes, &PLACE) == Ok(Manifest { parts });
    let inline_bytes = encode_inline(b"bytes", &PLACE);
    let inline_same = decode_inline(&inline_bytes, &PLACE) == Ok(Bytes::from_static(b"bytes"));
    let number_bytes = encode_number(77, &PLACE);
    let number_same = decode_number(&number_bytes, &PLACE) == Ok(77);
    let name = BucketName::parse("bucket").unwrap();
    let name_bytes = encode_name(&name, &PLACE);
    let name_same = decode_name(&name_bytes, &PLACE) == Ok(name);
    let mark_bytes = encode_mark(&PLACE);
    let mark_same = decode_mark(&mark_bytes, &PLACE) == Ok(());
    vec![
        row!("counters", counters(), Counters),
        row!("bucket", bucket(), StoredBucket),
        row!("object with its part", object(Content::Part(part(1, None))), StoredObject),
        row!("object with a manifest", object(Content::Manifest(9)), StoredObject),
        row!("upload", upload(), StoredUpload),
        row!("ended, completed", ended(true), Ended),
        row!("ended, aborted", ended(false), Ended),
        row!("garbage, one blob", Discarded::Blob(blob), Discarded),
        row!("garbage, a manifest", Discarded::Manifest(4), Discarded),
        row!("garbage, blobs", Discarded::Blobs(vec![blob, inline]), Discarded),
        ("part", part_bytes, part_same),
        ("manifest", manifest_bytes, manifest_same),
        ("inline", inline_bytes, inline_same),
        ("number", number_bytes, number_same),
        ("name", name_bytes, name_same),
        ("mark", mark_bytes, mark_same),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn stored_bytes_are_the_golden_ones_and_read_back() {
    let golden = include_str!("golden.txt");
    let mut found = String::new();
    for (name, bytes, same) in rows() {
        assert!(same, "{name} does not read back");
        found = found + name + ": " + &hex(&bytes) + "\n";
    }
    assert_eq!(found, golden, "version 1 is frozen: a change of the format is a new version");
}

#[test]
fn a_manifest_takes_at_most_90_bytes_a_part() {
    for algorithm in [None, Some(ChecksumAlgorithm::Crc32), Some(ChecksumAlgorithm::Sha256)] {
        let parts: Vec<_> = (1..=10_000).map(|number| part(number, algorithm)).collect();
        let bytes = encode_manifest(&parts, &PLACE).len();
        assert!(bytes <= 90 * 10_000, "{bytes}");
    }
}

#[test]
fn m17_every_flipped_byte_every_cut_and_every_wrong_place_is_met_as_malformed() {
    let all: [fn(&[u8], &Place<'_>) -> bool; 12] = [
        |v, p| Counters::decode(v, p).is_ok(),
        |v, p| StoredBucket::decode(v, p).is_ok(),
        |v, p| StoredObject::decode(v, p).is_ok(),
        |v, p| StoredUpload::decode(v, p).is_ok(),
        |v, p| Ended::decode(v, p).is_ok(),
        |v, p| Discarded::decode(v, p).is_ok(),
        |v, p| decode_part(v, p).is_ok(),
        |v, p| decode_manifest(v, p).is_ok(),
        |v, p| decode_inline(v, p).is_ok(),
        |v, p| decode_number(v, p).is_ok(),
        |v, p| decode_name(v, p).is_ok(),
        |v, p| decode_mark(v, p).is_ok(),
    ];
    let wrong = [
        Place { table: 8, ..PLACE },
        Place { first: 1, ..PLACE },
        Place { text: "kez", ..PLACE },
        Place { second: 6, ..PLACE },
    ];
    for (name, bytes, _) in rows() {
        for decodes in all {
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << bit;
                    assert!(!decodes(&flipped, &PLACE), "{name}, byte {at}");
                }
                assert!(!decodes(&bytes[..at], &PLACE), "{name}, cut at {at}");
            }
            for place in &wrong {
                assert!(!decodes(&bytes, place), "{name} at {place:?}");
            }
        }
    }
}

#[test]
fn an_unknown_version_is_refused() {
    let mut bytes = encode_number(1, &PLACE);
    bytes[0] = VERSION + 1;
    assert_eq!(decode_number(&bytes, &PLACE), Err(Malformed("the row has an unknown version")));
}

/// Seals any bytes, so that the decoders behind the seal are met too.
fn sealed(body: &[u8]) -> Vec<u8> {
    encode_inline(body, &PLACE)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_decoder_panic(body in prop::collection::vec(0_u8..12, 0..200), raw: Vec<u8>) {
        for value in [sealed(&body), sealed(&raw), raw, body] {
            let _ = Counters::decode(&value, &PLACE);
            let _ = StoredBucket::decode(&value, &PLACE);
            let _ = StoredObject::decode(&value, &PLACE);
            let _ = StoredUpload::decode(&value, &PLACE);
            let _ = Ended::decode(&value, &PLACE);
            let _ = Discarded::decode(&value, &PLACE);
            let _ = decode_part(&value, &PLACE);
            let _ = decode_manifest(&value, &PLACE);
            let _ = decode_inline(&value, &PLACE);
            let _ = decode_number(&value, &PLACE);
            let _ = decode_name(&value, &PLACE);
            let _ = decode_mark(&value, &PLACE);
        }
    }
}
