//! Operations on lifecycle rules.

use crate::command::s3api::model::{
    Kind, On, Operation, Shape, document, flag, header, list, moment, number, structure, text, told,
};

/// Sets the rules by which objects expire and uploads are given up.
pub(in crate::command::s3api) const PUT_BUCKET_LIFECYCLE_CONFIGURATION: Operation = Operation {
    name: "PutBucketLifecycleConfiguration",
    command: "put-bucket-lifecycle-configuration",
    about: "Sets the rules by which objects expire and uploads are given up.",
    method: "PUT",
    on: On::Bucket,
    query: Some(("lifecycle", "")),
    input: &[&[
        header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
        document(
            "lifecycle-configuration",
            "LifecycleConfiguration",
            "LifecycleConfiguration",
            SHAPE_BUCKET_LIFECYCLE_CONFIGURATION,
        ),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header(
            "transition-default-minimum-object-size",
            "TransitionDefaultMinimumObjectSize",
            "x-amz-transition-default-minimum-object-size",
        ),
    ]],
    headers: &[&[told("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")]],
    protects_document: true,
    ..Operation::PLAIN
};

/// Shows the rules by which objects expire and uploads are given up.
pub(in crate::command::s3api) const GET_BUCKET_LIFECYCLE_CONFIGURATION: Operation = Operation {
    name: "GetBucketLifecycleConfiguration",
    command: "get-bucket-lifecycle-configuration",
    about: "Shows the rules by which objects expire and uploads are given up.",
    method: "GET",
    on: On::Bucket,
    query: Some(("lifecycle", "")),
    input: &[&[header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner")]],
    headers: &[&[told("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")]],
    document: &[&[list("Rules", &Kind::Structure(SHAPE_LIFECYCLE_RULE)).tag("Rule")]],
    ..Operation::PLAIN
};

/// Removes the rules by which objects expire and uploads are given up.
pub(in crate::command::s3api) const DELETE_BUCKET_LIFECYCLE: Operation = Operation {
    name: "DeleteBucketLifecycle",
    command: "delete-bucket-lifecycle",
    about: "Removes the rules by which objects expire and uploads are given up.",
    method: "DELETE",
    on: On::Bucket,
    query: Some(("lifecycle", "")),
    input: &[&[header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner")]],
    ..Operation::PLAIN
};

const SHAPE_LIFECYCLE_EXPIRATION: Shape =
    &[&[moment("Date"), number("Days"), flag("ExpiredObjectDeleteMarker")]];
const SHAPE_TAG: Shape = &[&[text("Key"), text("Value")]];
const SHAPE_LIFECYCLE_RULE_AND_OPERATOR: Shape = &[&[
    text("Prefix"),
    list("Tags", &Kind::Structure(SHAPE_TAG)).tag("Tag"),
    number("ObjectSizeGreaterThan"),
    number("ObjectSizeLessThan"),
]];
const SHAPE_LIFECYCLE_RULE_FILTER: Shape = &[&[
    text("Prefix"),
    structure("Tag", SHAPE_TAG),
    number("ObjectSizeGreaterThan"),
    number("ObjectSizeLessThan"),
    structure("And", SHAPE_LIFECYCLE_RULE_AND_OPERATOR),
]];
const SHAPE_TRANSITION: Shape = &[&[moment("Date"), number("Days"), text("StorageClass")]];
const SHAPE_NONCURRENT_VERSION_TRANSITION: Shape =
    &[&[number("NoncurrentDays"), text("StorageClass"), number("NewerNoncurrentVersions")]];
const SHAPE_NONCURRENT_VERSION_EXPIRATION: Shape =
    &[&[number("NoncurrentDays"), number("NewerNoncurrentVersions")]];
const SHAPE_ABORT_INCOMPLETE_MULTIPART_UPLOAD: Shape = &[&[number("DaysAfterInitiation")]];
const SHAPE_LIFECYCLE_RULE: Shape = &[&[
    structure("Expiration", SHAPE_LIFECYCLE_EXPIRATION),
    text("ID"),
    text("Prefix"),
    structure("Filter", SHAPE_LIFECYCLE_RULE_FILTER),
    text("Status"),
    list("Transitions", &Kind::Structure(SHAPE_TRANSITION)).tag("Transition"),
    list("NoncurrentVersionTransitions", &Kind::Structure(SHAPE_NONCURRENT_VERSION_TRANSITION))
        .tag("NoncurrentVersionTransition"),
    structure("NoncurrentVersionExpiration", SHAPE_NONCURRENT_VERSION_EXPIRATION),
    structure("AbortIncompleteMultipartUpload", SHAPE_ABORT_INCOMPLETE_MULTIPART_UPLOAD),
]];
const SHAPE_BUCKET_LIFECYCLE_CONFIGURATION: Shape =
    &[&[list("Rules", &Kind::Structure(SHAPE_LIFECYCLE_RULE)).tag("Rule")]];
