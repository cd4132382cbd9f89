//! Names, contents and digests that cases are made of.

use bytes::Bytes;
use drystone_types::{
    AccountId, BlobHome, BlobId, BlobRef, BucketName, Checksum, Key, ManifestPart, PartNumber, VersionId,
    WhichVersion,
};

use crate::record::{Digests, NewBlob};

/// The bucket of a [`Tester`](super::Tester).
pub fn bucket() -> BucketName {
    BucketName::parse("bucket").expect("a legal name")
}

/// Who owns all of it.
pub fn owner() -> AccountId {
    AccountId::parse("owner").expect("a legal id")
}

/// A key.
pub fn name(key: &str) -> Key {
    Key::parse(key).expect("a legal key")
}

/// A part number.
pub fn part_number(number: u64) -> PartNumber {
    PartNumber::new(number).expect("a legal number")
}

/// Small bytes.
pub fn inline(bytes: &'static str) -> NewBlob {
    NewBlob::Inline(Bytes::from_static(bytes.as_bytes()))
}

/// Bytes of a content that is not encrypted.
pub fn len(content: &NewBlob) -> u64 {
    match content {
        NewBlob::Inline(bytes) => bytes.len() as u64,
        NewBlob::Leased(blob) => blob.len,
    }
}

/// Names a version by its id.
pub fn by_id(id: VersionId) -> Option<WhichVersion> {
    Some(WhichVersion::Id(id))
}

/// Stand-ins for digests: equal for equal contents.
pub fn digests(content: &NewBlob) -> Digests {
    let number = match content {
        NewBlob::Inline(bytes) => {
            bytes.iter().fold(0, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
        }
        NewBlob::Leased(blob) => u64::MAX - blob.id.0,
    };
    let mut md5 = [0; 16];
    md5[..8].copy_from_slice(&number.to_le_bytes());
    Digests { md5, crc64nvme: number, checksum: Some(Checksum::crc64nvme(number)) }
}

/// A part that no upload has.
pub fn some_part() -> ManifestPart {
    let blob = BlobRef { id: BlobId(u64::MAX), len: 1, home: BlobHome::Store };
    ManifestPart { part_number: part_number(1), size: 1, blob, md5: [0; 16], crc64nvme: 0, checksum: None }
}
