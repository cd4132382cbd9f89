//! Operations on buckets.

use crate::command::s3api::model::{
    Kind, On, Operation, Pages, Shape, document, header, list, moment, query, structure, text, told,
};

/// Makes a bucket.
pub(in crate::command::s3api) const CREATE_BUCKET: Operation = Operation {
    name: "CreateBucket",
    command: "create-bucket",
    about: "Makes a bucket.",
    method: "PUT",
    on: On::Bucket,
    input: &[&[
        header("acl", "ACL", "x-amz-acl"),
        document(
            "create-bucket-configuration",
            "CreateBucketConfiguration",
            "CreateBucketConfiguration",
            SHAPE_CREATE_BUCKET_CONFIGURATION,
        ),
        header("grant-full-control", "GrantFullControl", "x-amz-grant-full-control"),
        header("grant-read", "GrantRead", "x-amz-grant-read"),
        header("grant-read-acp", "GrantReadACP", "x-amz-grant-read-acp"),
        header("grant-write", "GrantWrite", "x-amz-grant-write"),
        header("grant-write-acp", "GrantWriteACP", "x-amz-grant-write-acp"),
        header(
            "object-lock-enabled-for-bucket",
            "ObjectLockEnabledForBucket",
            "x-amz-bucket-object-lock-enabled",
        )
        .flag(),
        header("object-ownership", "ObjectOwnership", "x-amz-object-ownership"),
        header("bucket-namespace", "BucketNamespace", "x-amz-bucket-namespace"),
    ]],
    headers: &[&[told("Location", "location"), told("BucketArn", "x-amz-bucket-arn")]],
    ..Operation::PLAIN
};

/// Removes an empty bucket.
pub(in crate::command::s3api) const DELETE_BUCKET: Operation = Operation {
    name: "DeleteBucket",
    command: "delete-bucket",
    about: "Removes an empty bucket.",
    method: "DELETE",
    on: On::Bucket,
    input: &[&[header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner")]],
    ..Operation::PLAIN
};

/// Asks whether a bucket is there, and in which region.
pub(in crate::command::s3api) const HEAD_BUCKET: Operation = Operation {
    name: "HeadBucket",
    command: "head-bucket",
    about: "Asks whether a bucket is there, and in which region.",
    method: "HEAD",
    on: On::Bucket,
    input: &[&[header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner")]],
    headers: &[&[
        told("BucketArn", "x-amz-bucket-arn"),
        told("BucketLocationType", "x-amz-bucket-location-type"),
        told("BucketLocationName", "x-amz-bucket-location-name"),
        told("BucketRegion", "x-amz-bucket-region"),
        told("AccessPointAlias", "x-amz-access-point-alias").flag(),
    ]],
    ..Operation::PLAIN
};

/// Lists buckets.
pub(in crate::command::s3api) const LIST_BUCKETS: Operation = Operation {
    name: "ListBuckets",
    command: "list-buckets",
    about: "Lists buckets.",
    method: "GET",
    on: On::Nothing,
    input: &[&[
        query("max-buckets", "MaxBuckets", "max-buckets").number(),
        query("continuation-token", "ContinuationToken", "continuation-token"),
        query("prefix", "Prefix", "prefix"),
        query("bucket-region", "BucketRegion", "bucket-region"),
    ]],
    document: &[&[
        list("Buckets", &Kind::Structure(SHAPE_BUCKET)).wrapped("Bucket"),
        structure("Owner", SHAPE_OWNER),
        text("ContinuationToken"),
        text("Prefix"),
    ]],
    pages: Some(Pages {
        limit: "MaxBuckets",
        input: &["ContinuationToken"],
        output: &["ContinuationToken"],
        is_flagged: false,
        lists: &["Buckets"],
        others: &["Owner", "Prefix"],
    }),
    ..Operation::PLAIN
};

const SHAPE_LOCATION_INFO: Shape = &[&[text("Type"), text("Name")]];
const SHAPE_BUCKET_INFO: Shape = &[&[text("DataRedundancy"), text("Type")]];
const SHAPE_TAG: Shape = &[&[text("Key"), text("Value")]];
const SHAPE_CREATE_BUCKET_CONFIGURATION: Shape = &[&[
    text("LocationConstraint"),
    structure("Location", SHAPE_LOCATION_INFO),
    structure("Bucket", SHAPE_BUCKET_INFO),
    list("Tags", &Kind::Structure(SHAPE_TAG)).wrapped("Tag"),
]];
const SHAPE_BUCKET: Shape =
    &[&[text("Name"), moment("CreationDate"), text("BucketRegion"), text("BucketArn")]];
const SHAPE_OWNER: Shape = &[&[text("DisplayName"), text("ID")]];
