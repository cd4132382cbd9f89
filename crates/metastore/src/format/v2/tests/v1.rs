//! What version 1 wrote, and version 2 must read.

use drystone_types::{ManifestPart, ObjectProperties, Version, VersionId, Versioning};

use super::*;
use crate::record::BucketRecord;

/// Ends a value of any version with its checksum.
pub(super) fn seal(value: &[u8], place: &Place<'_>) -> Vec<u8> {
    [value, &place.checksum(value)].concat()
}

/// The stored bytes of this name.
fn golden(name: &str) -> Vec<u8> {
    let line = include_str!("golden_v1.txt").lines().find_map(|line| line.strip_prefix(name));
    let hex = line.unwrap().strip_prefix(": ").unwrap();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Asserts that golden bytes decode to this.
fn reads<T: PartialEq + std::fmt::Debug>(
    name: &str,
    decode: impl Fn(&[u8], &Place<'_>) -> Result<T, Malformed>,
    expected: T,
) {
    let bytes = golden(name);
    assert_eq!(decode(&bytes, &PLACE), Ok(expected), "{name}");
    assert_eq!(is_v1(&bytes, &PLACE), Ok(true), "{name}");
}

fn old_object(content: Content) -> StoredObject {
    let properties = ObjectProperties { headers: headers(), ..ObjectProperties::of(owner()) };
    let mut old = object(properties, content);
    old.record.version = Version { id: VersionId(0), is_null: true };
    old
}

#[test]
fn every_row_of_version_1_is_read_and_what_it_lacks_is_made_up() {
    let expected = Counters { event: 0, identities: 0, ..counters() };
    reads("counters", Counters::decode, expected);
    let nobody = AccountId::parse("nobody").unwrap();
    let expected =
        BucketRecord { owner: nobody, lifecycle: Some(lifecycle()), revision: 0, ..plain_bucket() };
    reads("bucket", |v, p| decode_bucket(v, p, &expected.name), expected.clone());
    let head = BucketHead::decode(&golden("bucket"), &PLACE).unwrap();
    assert_eq!((head.id, head.versioning, head.quota_bytes), (1, Versioning::Unversioned, None));
    let object = |v: &[u8], p: &Place<'_>| StoredObject::decode(v, p, &owner());
    reads("object with its part", object, old_object(Content::Part(part(1, None))));
    reads("object with a manifest", object, old_object(Content::Manifest(9)));
    let properties = ObjectProperties { headers: headers(), ..ObjectProperties::of(owner()) };
    let expected = StoredUpload { properties, ..upload() };
    reads("upload", |v, p| StoredUpload::decode(v, p, &owner()), expected);
    let mut expected = ended(true);
    expected.answer.as_mut().unwrap().version = None;
    reads("ended, completed", Ended::decode, expected);
    reads("ended, aborted", Ended::decode, ended(false));
}

#[test]
fn rows_that_did_not_change_are_read_too() {
    let (blob, inline) = (part(1, None).blob, inline_blob());
    reads("garbage, one blob", Discarded::decode, Discarded::Blob(blob));
    reads("garbage, a manifest", Discarded::decode, Discarded::Manifest(4));
    reads("garbage, blobs", Discarded::decode, Discarded::Blobs(vec![blob, inline]));
    reads("part", decode_part, part_row());
    let parts = vec![part(1, None), part(10_000, Some(ChecksumAlgorithm::Crc64Nvme))];
    reads("manifest", |v, p| decode_manifest(v, p).map(|manifest| manifest.parts), parts);
    reads("inline", decode_bytes, bytes::Bytes::from_static(b"bytes"));
    reads("number", decode_number, 77);
    reads("name", decode_name, bucket().name);
    reads("mark", decode_mark, ());
}

#[test]
fn a_part_of_version_1_is_as_long_as_its_blob() {
    let [small, _]: [ManifestPart; 2] =
        decode_manifest(&golden("manifest"), &PLACE).unwrap().parts.try_into().unwrap();
    assert_eq!(small.size, small.blob.len);
}
