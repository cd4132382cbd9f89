//! Golden bytes of every row, and what happens to damaged ones.

use drystone_types::{AccountId, ChecksumAlgorithm};
use proptest::prelude::*;

use super::*;

mod samples;
mod v1;

use samples::*;

const PLACE: Place<'static> = Place { table: 9, first: 1 << 100, text: "key", second: 7 };

fn owner() -> AccountId {
    AccountId::parse("owner").unwrap()
}

/// A row: how it is called, its bytes, and whether they decode to what was encoded.
type Row = (&'static str, Vec<u8>, bool);

/// A row whose encoder and decoder want nothing but the place.
fn row<T: PartialEq>(
    name: &'static str,
    value: &T,
    encode: impl Fn(&T, &Place<'_>) -> Vec<u8>,
    decode: impl Fn(&[u8], &Place<'_>) -> Result<T, Malformed>,
) -> Row {
    let bytes = encode(value, &PLACE);
    let same = decode(&bytes, &PLACE).as_ref() == Ok(value);
    (name, bytes, same)
}

/// A row of a bucket that belongs to [`owner`].
macro_rules! owned {
    ($name:literal, $value:expr, $type:ty) => {
        row($name, &$value, |row, p| row.encode(p, &owner()), |v, p| <$type>::decode(v, p, &owner()))
    };
}

/// Every kind of row.
fn rows() -> Vec<Row> {
    let blob = part(1, None).blob;
    let inline = inline_blob();
    let small = part(1, None);
    let sealed =
        drystone_types::ManifestPart { size: 10, ..part(10_000, Some(ChecksumAlgorithm::Crc64Nvme)) };
    let manifest = drystone_types::Manifest { parts: vec![small, sealed] };
    let name = bucket().name;
    vec![
        row("counters", &counters(), Counters::encode, Counters::decode),
        row("bucket", &bucket(), encode_bucket, |v, p| decode_bucket(v, p, &name)),
        row("bucket, plain", &plain_bucket(), encode_bucket, |v, p| decode_bucket(v, p, &name)),
        owned!("object, plain", object(plain(), Content::Part(small)), StoredObject),
        owned!("object with its part", object(all_set(sse_s3()), Content::Part(sealed)), StoredObject),
        owned!("object with a manifest", object(all_set(kms()), Content::Manifest(9)), StoredObject),
        owned!(
            "version",
            StoredVersion::Object(object(all_set(customer()), Content::Manifest(9))),
            StoredVersion
        ),
        owned!("delete marker", StoredVersion::Marker(marker("owner")), StoredVersion),
        owned!("delete marker of another", StoredVersion::Marker(marker("other")), StoredVersion),
        owned!("upload", upload(), StoredUpload),
        row("ended, completed", &ended(true), Ended::encode, Ended::decode),
        row("ended, aborted", &ended(false), Ended::encode, Ended::decode),
        row("garbage, one blob", &Discarded::Blob(blob), Discarded::encode, Discarded::decode),
        row("garbage, a manifest", &Discarded::Manifest(4), Discarded::encode, Discarded::decode),
        row("garbage, blobs", &Discarded::Blobs(vec![blob, inline]), Discarded::encode, Discarded::decode),
        row("part", &part_row(), encode_part, decode_part),
        row("manifest", &manifest, |manifest, p| encode_manifest(&manifest.parts, p), decode_manifest),
        row("bytes", &bytes::Bytes::from_static(b"bytes"), |b, p| encode_bytes(b, p), decode_bytes),
        row("number", &77, |number, p| encode_number(*number, p), decode_number),
        row("id", &drystone_types::VersionId(1 << 99), |id, p| encode_id(*id, p), decode_id),
        row("name", &name, encode_name, decode_name),
        row("mark", &(), |(), p| encode_mark(p), decode_mark),
        row("usage", &usage(), encode_usage, decode_usage),
        row("event", &event(), encode_event, |v, p| decode_event(v, p, 5)),
    ]
}

/// Runs every decoder; whether it takes the bytes.
const DECODERS: [fn(&[u8], &Place<'_>) -> bool; 17] = [
    |v, p| Counters::decode(v, p).is_ok(),
    |v, p| decode_bucket(v, p, &bucket().name).is_ok(),
    |v, p| BucketHead::decode(v, p).is_ok(),
    |v, p| StoredObject::decode(v, p, &owner()).is_ok(),
    |v, p| StoredVersion::decode(v, p, &owner()).is_ok(),
    |v, p| StoredUpload::decode(v, p, &owner()).is_ok(),
    |v, p| Ended::decode(v, p).is_ok(),
    |v, p| Discarded::decode(v, p).is_ok(),
    |v, p| decode_part(v, p).is_ok(),
    |v, p| decode_manifest(v, p).is_ok(),
    |v, p| decode_bytes(v, p).is_ok(),
    |v, p| decode_number(v, p).is_ok(),
    |v, p| decode_id(v, p).is_ok(),
    |v, p| decode_name(v, p).is_ok(),
    |v, p| decode_mark(v, p).is_ok(),
    |v, p| decode_usage(v, p).is_ok(),
    |v, p| decode_event(v, p, 5).is_ok(),
];

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
    assert_eq!(found, golden, "version 2 is frozen once it is released: a change is a new version");
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
    let wrong = [
        Place { table: 8, ..PLACE },
        Place { first: 1, ..PLACE },
        Place { text: "kez", ..PLACE },
        Place { second: 6, ..PLACE },
    ];
    for (name, bytes, _) in rows() {
        for decodes in DECODERS {
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
    for version in [0, VERSION + 1] {
        let mut bytes = encode_number(1, &PLACE);
        bytes[0] = version;
        assert_eq!(decode_number(&bytes, &PLACE), Err(Malformed("the row has an unknown version")));
    }
}

#[test]
fn a_plain_object_takes_few_bytes_more_than_in_version_1() {
    let object = object(plain(), Content::Part(part(1, None)));
    let len = object.encode(&PLACE, &owner()).len();
    let v1 = len - 17 - 1 - 1; // version, flags of properties, size of the part
    assert!(len <= v1 + 40, "{len}");
    assert!(len < 160, "{len}");
}

#[test]
fn a_bucket_s_head_is_what_stands_first_in_its_row() {
    for bucket in [bucket(), plain_bucket()] {
        let bytes = encode_bucket(&bucket, &PLACE);
        assert_eq!(BucketHead::decode(&bytes, &PLACE), Ok(BucketHead::from(&bucket)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_a_decoder_panic(body in prop::collection::vec(0_u8..12, 0..200), raw: Vec<u8>) {
        // Sealed, so that the decoders behind the seal are met too; by both versions.
        let mut sealed = vec![raw.clone(), body.clone()];
        for body in [&body, &raw] {
            sealed.push(encode_bytes(body, &PLACE));
            sealed.push(v1::seal(&[&[1], body.as_slice()].concat(), &PLACE));
        }
        for value in sealed {
            for decodes in DECODERS {
                decodes(&value, &PLACE);
            }
        }
    }
}
