//! Operations on objects: attributes, lists, removal.

use super::shared::{CHECKSUM_FIELDS, CUSTOMER_KEY};
use crate::command::s3api::model::{
    Kind, On, Operation, Pages, Shape, document, flag, header, list, moment, number, query, structure, text,
    told,
};

/// Asks for checksums and parts of an object.
pub(in crate::command::s3api) const GET_OBJECT_ATTRIBUTES: Operation = Operation {
    name: "GetObjectAttributes",
    command: "get-object-attributes",
    about: "Asks for checksums and parts of an object.",
    method: "GET",
    on: On::Object,
    query: Some(("attributes", "")),
    input: &[
        &[
            query("version-id", "VersionId", "versionId"),
            header("max-parts", "MaxParts", "x-amz-max-parts").number(),
            header("part-number-marker", "PartNumberMarker", "x-amz-part-number-marker").number(),
        ],
        CUSTOMER_KEY,
        &[
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
            header("object-attributes", "ObjectAttributes", "x-amz-object-attributes").words().required(),
        ],
    ],
    headers: &[&[
        told("DeleteMarker", "x-amz-delete-marker").flag(),
        told("LastModified", "last-modified").moment(),
        told("VersionId", "x-amz-version-id"),
        told("RequestCharged", "x-amz-request-charged"),
    ]],
    document: &[&[
        text("ETag"),
        structure("Checksum", SHAPE_CHECKSUM),
        structure("ObjectParts", SHAPE_GET_OBJECT_ATTRIBUTES_PARTS),
        text("StorageClass"),
        number("ObjectSize"),
    ]],
    ..Operation::PLAIN
};

/// Lists objects.
pub(in crate::command::s3api) const LIST_OBJECTS_V2: Operation = Operation {
    name: "ListObjectsV2",
    command: "list-objects-v2",
    about: "Lists objects.",
    method: "GET",
    on: On::Bucket,
    query: Some(("list-type", "2")),
    input: &[&[
        query("delimiter", "Delimiter", "delimiter"),
        query("encoding-type", "EncodingType", "encoding-type"),
        query("max-keys", "MaxKeys", "max-keys").number(),
        query("prefix", "Prefix", "prefix"),
        query("continuation-token", "ContinuationToken", "continuation-token"),
        query("fetch-owner", "FetchOwner", "fetch-owner").flag(),
        query("start-after", "StartAfter", "start-after"),
        header("request-payer", "RequestPayer", "x-amz-request-payer"),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header("optional-object-attributes", "OptionalObjectAttributes", "x-amz-optional-object-attributes")
            .words(),
    ]],
    headers: &[&[told("RequestCharged", "x-amz-request-charged")]],
    document: &[&[
        flag("IsTruncated"),
        list("Contents", &Kind::Structure(SHAPE_OBJECT)),
        text("Name"),
        text("Prefix"),
        text("Delimiter"),
        number("MaxKeys"),
        list("CommonPrefixes", &Kind::Structure(SHAPE_COMMON_PREFIX)),
        text("EncodingType"),
        number("KeyCount"),
        text("ContinuationToken"),
        text("NextContinuationToken"),
        text("StartAfter"),
    ]],
    pages: Some(Pages {
        limit: "MaxKeys",
        input: &["ContinuationToken"],
        output: &["NextContinuationToken"],
        is_flagged: true,
        lists: &["Contents", "CommonPrefixes"],
        others: &["RequestCharged", "Prefix"],
    }),
    ..Operation::PLAIN
};

/// Removes an object or a version of it.
pub(in crate::command::s3api) const DELETE_OBJECT: Operation = Operation {
    name: "DeleteObject",
    command: "delete-object",
    about: "Removes an object or a version of it.",
    method: "DELETE",
    on: On::Object,
    input: &[&[
        header("mfa", "MFA", "x-amz-mfa"),
        query("version-id", "VersionId", "versionId"),
        header("request-payer", "RequestPayer", "x-amz-request-payer"),
        header(
            "bypass-governance-retention",
            "BypassGovernanceRetention",
            "x-amz-bypass-governance-retention",
        )
        .flag(),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header("if-match", "IfMatch", "if-match"),
        header("if-match-last-modified-time", "IfMatchLastModifiedTime", "x-amz-if-match-last-modified-time")
            .moment(),
        header("if-match-size", "IfMatchSize", "x-amz-if-match-size").number(),
    ]],
    headers: &[&[
        told("DeleteMarker", "x-amz-delete-marker").flag(),
        told("VersionId", "x-amz-version-id"),
        told("RequestCharged", "x-amz-request-charged"),
    ]],
    ..Operation::PLAIN
};

/// Removes up to 1,000 objects at once.
pub(in crate::command::s3api) const DELETE_OBJECTS: Operation = Operation {
    name: "DeleteObjects",
    command: "delete-objects",
    about: "Removes up to 1,000 objects at once.",
    method: "POST",
    on: On::Bucket,
    query: Some(("delete", "")),
    input: &[&[
        document("delete", "Delete", "Delete", SHAPE_DELETE).required(),
        header("mfa", "MFA", "x-amz-mfa"),
        header("request-payer", "RequestPayer", "x-amz-request-payer"),
        header(
            "bypass-governance-retention",
            "BypassGovernanceRetention",
            "x-amz-bypass-governance-retention",
        )
        .flag(),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
    ]],
    headers: &[&[told("RequestCharged", "x-amz-request-charged")]],
    document: &[&[
        list("Deleted", &Kind::Structure(SHAPE_DELETED_OBJECT)),
        list("Errors", &Kind::Structure(SHAPE_ERROR)).tag("Error"),
    ]],
    protects_document: true,
    ..Operation::PLAIN
};

const SHAPE_CHECKSUM: Shape = &[CHECKSUM_FIELDS, &[text("ChecksumType")]];
const SHAPE_OBJECT_PART: Shape = &[&[number("PartNumber"), number("Size")], CHECKSUM_FIELDS];
const SHAPE_GET_OBJECT_ATTRIBUTES_PARTS: Shape = &[&[
    number("TotalPartsCount").tag("PartsCount"),
    number("PartNumberMarker"),
    number("NextPartNumberMarker"),
    number("MaxParts"),
    flag("IsTruncated"),
    list("Parts", &Kind::Structure(SHAPE_OBJECT_PART)).tag("Part"),
]];
const SHAPE_OWNER: Shape = &[&[text("DisplayName"), text("ID")]];
const SHAPE_RESTORE_STATUS: Shape = &[&[flag("IsRestoreInProgress"), moment("RestoreExpiryDate")]];
const SHAPE_OBJECT: Shape = &[&[
    text("Key"),
    moment("LastModified"),
    text("ETag"),
    list("ChecksumAlgorithm", &Kind::Text),
    text("ChecksumType"),
    number("Size"),
    text("StorageClass"),
    structure("Owner", SHAPE_OWNER),
    structure("RestoreStatus", SHAPE_RESTORE_STATUS),
]];
const SHAPE_COMMON_PREFIX: Shape = &[&[text("Prefix")]];
const SHAPE_DELETED_OBJECT: Shape =
    &[&[text("Key"), text("VersionId"), flag("DeleteMarker"), text("DeleteMarkerVersionId")]];
const SHAPE_ERROR: Shape = &[&[text("Key"), text("VersionId"), text("Code"), text("Message")]];
const SHAPE_OBJECT_IDENTIFIER: Shape =
    &[&[text("Key"), text("VersionId"), text("ETag"), moment("LastModifiedTime"), number("Size")]];
const SHAPE_DELETE: Shape =
    &[&[list("Objects", &Kind::Structure(SHAPE_OBJECT_IDENTIFIER)).tag("Object"), flag("Quiet")]];
