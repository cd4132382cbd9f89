//! A value of every kind of row, with all fields set.

use std::collections::BTreeMap;

use drystone_types::encryption::{Encryption, Sse};
use drystone_types::lifecycle::{
    Expiration, Filter, FilterForm, LifecycleConfiguration, NoncurrentExpiration, Rule,
};
use drystone_types::lock::{DefaultRetention, ObjectLockConfiguration, RetentionPeriod};
use drystone_types::{
    AccountId, BlobHome, BlobId, BlobRef, BucketName, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Key,
    ManifestPart, ObjectChecksum, ObjectHeaders, ObjectProperties, PartNumber, RetentionMode, StorageClass,
    Tags, Timestamp, Version, VersionId, Versioning,
};

use super::{Content, Counters, Ended, StoredObject, StoredUpload, owner};
use crate::conformance::objects::full_properties;
use crate::record::{
    BucketId, BucketRecord, BucketUsage, CompletedRecord, DeleteMarker, DocumentKind, Event, EventSeed,
    ObjectRecord, PartRecord,
};

pub(super) fn part(number: u64, algorithm: Option<ChecksumAlgorithm>) -> ManifestPart {
    ManifestPart {
        part_number: PartNumber::new(number).unwrap(),
        size: 5 << 30,
        blob: BlobRef { id: BlobId(0x0102_0304), len: 5 << 30, home: BlobHome::Store },
        md5: *b"0123456789abcdef",
        crc64nvme: 0x1122_3344_5566_7788,
        checksum: algorithm.map(|a| Checksum::new(a, &vec![0xcc; a.digest_len()]).unwrap()),
    }
}

pub(super) fn inline_blob() -> BlobRef {
    BlobRef { home: BlobHome::Inline, ..part(1, None).blob }
}

pub(super) fn part_row() -> PartRecord {
    PartRecord { part: part(3, Some(ChecksumAlgorithm::Sha256)), last_modified: Timestamp(2) }
}

pub(super) fn headers() -> ObjectHeaders {
    ObjectHeaders {
        content_type: Some("text/plain".to_owned()),
        expires: Some(String::new()),
        user_metadata: vec![("name".to_owned(), "wärme".to_owned())],
        storage_class: StorageClass::DeepArchive,
        ..ObjectHeaders::default()
    }
}

pub(super) fn plain() -> ObjectProperties {
    let headers = ObjectHeaders { content_type: Some("text/plain".to_owned()), ..ObjectHeaders::default() };
    ObjectProperties { headers, ..ObjectProperties::of(owner()) }
}

pub(super) fn all_set(sse: Sse) -> ObjectProperties {
    let encryption = Some(Encryption { sse, sealed_key: vec![1, 2, 3] });
    ObjectProperties { headers: headers(), encryption, ..full_properties() }
}

pub(super) fn sse_s3() -> Sse {
    Sse::S3
}

pub(super) fn kms() -> Sse {
    Sse::Kms { key_id: "key".to_owned(), context: Some("e30=".to_owned()), bucket_key: true }
}

pub(super) fn customer() -> Sse {
    Sse::Customer { key_md5: [5; 16] }
}

pub(super) fn object_checksum() -> ObjectChecksum {
    let checksum = Checksum::new(ChecksumAlgorithm::Crc32c, &[1, 2, 3, 4]).unwrap();
    ObjectChecksum { checksum, kind: ChecksumType::Composite, part_count: Some(2) }
}

pub(super) fn lifecycle() -> LifecycleConfiguration {
    let filter = Filter {
        form: FilterForm::And,
        prefix: "p/".to_owned(),
        object_size_greater_than: Some(3),
        object_size_less_than: None,
        tags: Tags::default(),
    };
    let rule = |id: &str, expiration| Rule {
        id: id.to_owned(),
        enabled: true,
        filter: filter.clone(),
        abort_incomplete_days: Some(7),
        expiration,
        noncurrent: None,
    };
    let rules = vec![
        rule("a", None),
        rule("b", Some(Expiration::Days(9))),
        rule("c", Some(Expiration::Date(Timestamp(8)))),
        rule("d", Some(Expiration::ExpiredObjectDeleteMarker(true))),
    ];
    LifecycleConfiguration { rules }
}

/// With what version 1 did not know.
pub(super) fn lifecycle_of_versions() -> LifecycleConfiguration {
    let mut lifecycle = lifecycle();
    lifecycle.rules[0].filter.tags = Tags(vec![("k".to_owned(), "v".to_owned())]);
    lifecycle.rules[1].noncurrent = Some(NoncurrentExpiration { days: 5, newer_kept: Some(6) });
    lifecycle.rules[2].noncurrent = Some(NoncurrentExpiration { days: 4, newer_kept: None });
    lifecycle
}

pub(super) fn counters() -> Counters {
    Counters {
        commit: 1,
        bucket: 2,
        session: 3,
        blob: 4,
        manifest: 5,
        garbage: 6,
        change: 7,
        latest: Timestamp(8),
        version: Some(VersionId(9)),
        event: 10,
        identities: 11,
    }
}

pub(super) fn plain_bucket() -> BucketRecord {
    BucketRecord {
        id: BucketId(1),
        name: BucketName::parse("bucket").unwrap(),
        created: Timestamp(2),
        location: "eu".to_owned(),
        owner: AccountId::parse("owner").unwrap(),
        versioning: Versioning::Unversioned,
        object_lock: None,
        lifecycle: None,
        quota_bytes: None,
        documents: BTreeMap::new(),
        revision: 3,
    }
}

pub(super) fn bucket() -> BucketRecord {
    let default = DefaultRetention { mode: RetentionMode::Compliance, period: RetentionPeriod::Years(4) };
    BucketRecord {
        versioning: Versioning::Enabled,
        object_lock: Some(ObjectLockConfiguration { default: Some(default) }),
        lifecycle: Some(lifecycle_of_versions()),
        quota_bytes: Some(1 << 40),
        documents: DocumentKind::ALL.into_iter().map(|kind| (kind, format!("{kind:?}"))).collect(),
        ..plain_bucket()
    }
}

pub(super) fn object(properties: ObjectProperties, content: Content) -> StoredObject {
    let record = ObjectRecord {
        version: Version { id: VersionId(12), is_null: true },
        etag: ETag { digest: [0xee; 16], part_count: Some(2) },
        size: 10,
        last_modified: Timestamp(11),
        properties,
        checksum: Some(object_checksum()),
    };
    StoredObject { record, content }
}

pub(super) fn marker(owner: &str) -> DeleteMarker {
    DeleteMarker {
        version: Version { id: VersionId(12), is_null: false },
        last_modified: Timestamp(11),
        owner: AccountId::parse(owner).unwrap(),
    }
}

pub(super) fn upload() -> StoredUpload {
    StoredUpload {
        initiated: Timestamp(1),
        created_at_change: 2,
        initiator: "AKIA".to_owned(),
        properties: all_set(customer()),
        checksum: Some((ChecksumAlgorithm::Sha1, ChecksumType::FullObject)),
    }
}

pub(super) fn ended(completed: bool) -> Ended {
    let answer = CompletedRecord {
        etag: ETag::single([1; 16]),
        checksum: None,
        size: 3,
        version: Some(Version { id: VersionId(8), is_null: false }),
        completed: Timestamp(4),
    };
    let answer = completed.then_some(answer);
    Ended { bucket: BucketId(5), key: "k".to_owned(), at: Timestamp(6), answer }
}

pub(super) fn usage() -> BucketUsage {
    BucketUsage { versions: 1, version_bytes: 2, parts: 3, part_bytes: 4 }
}

pub(super) fn event() -> Event {
    let seed = EventSeed {
        name: "s3:ObjectCreated:Put".to_owned(),
        targets: vec![("id".to_owned(), "http://example.com/".to_owned())],
        principal: "principal".to_owned(),
        source_ip: "::1".to_owned(),
        request_id: "request".to_owned(),
    };
    Event {
        row: 5,
        seed,
        bucket: BucketName::parse("bucket").unwrap(),
        key: Key::parse("k/é").unwrap(),
        version: Some(Version { id: VersionId(8), is_null: false }),
        object: Some((ETag::single([1; 16]), 7)),
        time: Timestamp(6),
    }
}
