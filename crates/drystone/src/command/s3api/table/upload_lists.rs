//! Lists of uploads and of their parts.

use super::shared::{CHECKSUM_FIELDS, CUSTOMER_KEY};
use crate::command::s3api::model::{
    Kind, On, Operation, Pages, Shape, flag, header, list, moment, number, query, structure, text, told,
};

/// Lists the parts that an upload has.
pub(in crate::command::s3api) const LIST_PARTS: Operation = Operation {
    name: "ListParts",
    command: "list-parts",
    about: "Lists the parts that an upload has.",
    method: "GET",
    on: On::Object,
    input: &[
        &[
            query("max-parts", "MaxParts", "max-parts").number(),
            query("part-number-marker", "PartNumberMarker", "part-number-marker").number(),
            query("upload-id", "UploadId", "uploadId").required(),
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        ],
        CUSTOMER_KEY,
    ],
    headers: &[&[
        told("AbortDate", "x-amz-abort-date").moment(),
        told("AbortRuleId", "x-amz-abort-rule-id"),
        told("RequestCharged", "x-amz-request-charged"),
        told("VersionId", "x-amz-version-id"),
    ]],
    document: &[&[
        text("Bucket"),
        text("Key"),
        text("UploadId"),
        number("PartNumberMarker"),
        number("NextPartNumberMarker"),
        number("MaxParts"),
        flag("IsTruncated"),
        list("Parts", &Kind::Structure(SHAPE_PART)).tag("Part"),
        structure("Initiator", SHAPE_INITIATOR),
        structure("Owner", SHAPE_OWNER),
        text("StorageClass"),
        text("ChecksumAlgorithm"),
        text("ChecksumType"),
    ]],
    pages: Some(Pages {
        limit: "MaxParts",
        input: &["PartNumberMarker"],
        output: &["NextPartNumberMarker"],
        is_flagged: true,
        lists: &["Parts"],
        others: &["ChecksumAlgorithm", "Initiator", "Owner", "StorageClass", "ChecksumType"],
    }),
    ..Operation::PLAIN
};

/// Lists open uploads.
pub(in crate::command::s3api) const LIST_MULTIPART_UPLOADS: Operation = Operation {
    name: "ListMultipartUploads",
    command: "list-multipart-uploads",
    about: "Lists open uploads.",
    method: "GET",
    on: On::Bucket,
    query: Some(("uploads", "")),
    input: &[&[
        query("delimiter", "Delimiter", "delimiter"),
        query("encoding-type", "EncodingType", "encoding-type"),
        query("key-marker", "KeyMarker", "key-marker"),
        query("max-uploads", "MaxUploads", "max-uploads").number(),
        query("prefix", "Prefix", "prefix"),
        query("upload-id-marker", "UploadIdMarker", "upload-id-marker"),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header("request-payer", "RequestPayer", "x-amz-request-payer"),
    ]],
    headers: &[&[told("RequestCharged", "x-amz-request-charged")]],
    document: &[&[
        text("Bucket"),
        text("KeyMarker"),
        text("UploadIdMarker"),
        text("NextKeyMarker"),
        text("Prefix"),
        text("Delimiter"),
        text("NextUploadIdMarker"),
        number("MaxUploads"),
        flag("IsTruncated"),
        list("Uploads", &Kind::Structure(SHAPE_MULTIPART_UPLOAD)).tag("Upload"),
        list("CommonPrefixes", &Kind::Structure(SHAPE_COMMON_PREFIX)),
        text("EncodingType"),
    ]],
    pages: Some(Pages {
        limit: "MaxUploads",
        input: &["KeyMarker", "UploadIdMarker"],
        output: &["NextKeyMarker", "NextUploadIdMarker"],
        is_flagged: true,
        lists: &["Uploads", "CommonPrefixes"],
        others: &["RequestCharged", "Prefix"],
    }),
    ..Operation::PLAIN
};

const SHAPE_PART: Shape =
    &[&[number("PartNumber"), moment("LastModified"), text("ETag"), number("Size")], CHECKSUM_FIELDS];
const SHAPE_INITIATOR: Shape = &[&[text("ID"), text("DisplayName")]];
const SHAPE_OWNER: Shape = &[&[text("DisplayName"), text("ID")]];
const SHAPE_MULTIPART_UPLOAD: Shape = &[&[
    text("UploadId"),
    text("Key"),
    moment("Initiated"),
    text("StorageClass"),
    structure("Owner", SHAPE_OWNER),
    structure("Initiator", SHAPE_INITIATOR),
    text("ChecksumAlgorithm"),
    text("ChecksumType"),
    text("VersionId"),
]];
const SHAPE_COMMON_PREFIX: Shape = &[&[text("Prefix")]];
