//! Operations that make objects: put, copy.

use super::shared::{CHECKSUM_FIELDS, CHECKSUM_HEADERS, CHECKSUM_INPUTS, CUSTOMER_KEY};
use crate::command::s3api::model::{On, Operation, Shape, body, header, map, moment, text, told};

/// Sends an object in one piece.
pub(in crate::command::s3api) const PUT_OBJECT: Operation = Operation {
    name: "PutObject",
    command: "put-object",
    about: "Sends an object in one piece.",
    method: "PUT",
    on: On::Object,
    input: &[
        &[
            header("acl", "ACL", "x-amz-acl"),
            body("body", "Body"),
            header("cache-control", "CacheControl", "cache-control"),
            header("content-disposition", "ContentDisposition", "content-disposition"),
            header("content-encoding", "ContentEncoding", "content-encoding"),
            header("content-language", "ContentLanguage", "content-language"),
            header("content-length", "ContentLength", "content-length").number(),
            header("content-md5", "ContentMD5", "content-md5"),
            header("content-type", "ContentType", "content-type"),
            header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
        ],
        CHECKSUM_INPUTS,
        &[
            header("expires", "Expires", "expires").moment(),
            header("if-match", "IfMatch", "if-match"),
            header("if-none-match", "IfNoneMatch", "if-none-match"),
            header("grant-full-control", "GrantFullControl", "x-amz-grant-full-control"),
            header("grant-read", "GrantRead", "x-amz-grant-read"),
            header("grant-read-acp", "GrantReadACP", "x-amz-grant-read-acp"),
            header("grant-write-acp", "GrantWriteACP", "x-amz-grant-write-acp"),
            header("write-offset-bytes", "WriteOffsetBytes", "x-amz-write-offset-bytes").number(),
            map("metadata", "Metadata", "x-amz-meta-"),
            header("server-side-encryption", "ServerSideEncryption", "x-amz-server-side-encryption"),
            header("storage-class", "StorageClass", "x-amz-storage-class"),
            header("website-redirect-location", "WebsiteRedirectLocation", "x-amz-website-redirect-location"),
        ],
        CUSTOMER_KEY,
        &[
            header("ssekms-key-id", "SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
            header(
                "ssekms-encryption-context",
                "SSEKMSEncryptionContext",
                "x-amz-server-side-encryption-context",
            ),
            header(
                "bucket-key-enabled",
                "BucketKeyEnabled",
                "x-amz-server-side-encryption-bucket-key-enabled",
            )
            .flag(),
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("tagging", "Tagging", "x-amz-tagging"),
            header("object-lock-mode", "ObjectLockMode", "x-amz-object-lock-mode"),
            header(
                "object-lock-retain-until-date",
                "ObjectLockRetainUntilDate",
                "x-amz-object-lock-retain-until-date",
            )
            .moment(),
            header(
                "object-lock-legal-hold-status",
                "ObjectLockLegalHoldStatus",
                "x-amz-object-lock-legal-hold",
            ),
            header("object-lock-event-hold", "ObjectLockEventHold", "x-amz-object-lock-event-hold"),
            header(
                "object-lock-event-hold-duration-days",
                "ObjectLockEventHoldDurationDays",
                "x-amz-object-lock-event-hold-duration-days",
            )
            .number(),
            header(
                "object-lock-event-hold-duration-years",
                "ObjectLockEventHoldDurationYears",
                "x-amz-object-lock-event-hold-duration-years",
            )
            .number(),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        ],
    ],
    headers: &[
        &[told("Expiration", "x-amz-expiration"), told("ETag", "etag")],
        CHECKSUM_HEADERS,
        &[
            told("ChecksumType", "x-amz-checksum-type"),
            told("ServerSideEncryption", "x-amz-server-side-encryption"),
            told("VersionId", "x-amz-version-id"),
            told("SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"),
            told("SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
            told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
            told("SSEKMSEncryptionContext", "x-amz-server-side-encryption-context"),
            told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
            told("Size", "x-amz-object-size").number(),
            told("RequestCharged", "x-amz-request-charged"),
        ],
    ],
    ..Operation::PLAIN
};

/// Copies an object of at most 5 GiB within the store.
pub(in crate::command::s3api) const COPY_OBJECT: Operation = Operation {
    name: "CopyObject",
    command: "copy-object",
    about: "Copies an object of at most 5 GiB within the store.",
    method: "PUT",
    on: On::Object,
    input: &[
        &[
            header("acl", "ACL", "x-amz-acl"),
            header("cache-control", "CacheControl", "cache-control"),
            header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-checksum-algorithm"),
            header("content-disposition", "ContentDisposition", "content-disposition"),
            header("content-encoding", "ContentEncoding", "content-encoding"),
            header("content-language", "ContentLanguage", "content-language"),
            header("content-type", "ContentType", "content-type"),
            header("copy-source", "CopySource", "x-amz-copy-source").required(),
            header("copy-source-if-match", "CopySourceIfMatch", "x-amz-copy-source-if-match"),
            header(
                "copy-source-if-modified-since",
                "CopySourceIfModifiedSince",
                "x-amz-copy-source-if-modified-since",
            )
            .moment(),
            header("copy-source-if-none-match", "CopySourceIfNoneMatch", "x-amz-copy-source-if-none-match"),
            header(
                "copy-source-if-unmodified-since",
                "CopySourceIfUnmodifiedSince",
                "x-amz-copy-source-if-unmodified-since",
            )
            .moment(),
            header("expires", "Expires", "expires").moment(),
            header("grant-full-control", "GrantFullControl", "x-amz-grant-full-control"),
            header("grant-read", "GrantRead", "x-amz-grant-read"),
            header("grant-read-acp", "GrantReadACP", "x-amz-grant-read-acp"),
            header("grant-write-acp", "GrantWriteACP", "x-amz-grant-write-acp"),
            header("if-match", "IfMatch", "if-match"),
            header("if-none-match", "IfNoneMatch", "if-none-match"),
            map("metadata", "Metadata", "x-amz-meta-"),
            header("metadata-directive", "MetadataDirective", "x-amz-metadata-directive"),
            header("tagging-directive", "TaggingDirective", "x-amz-tagging-directive"),
            header("annotation-directive", "AnnotationDirective", "x-amz-object-annotation-directive"),
            header("server-side-encryption", "ServerSideEncryption", "x-amz-server-side-encryption"),
            header("storage-class", "StorageClass", "x-amz-storage-class"),
            header("website-redirect-location", "WebsiteRedirectLocation", "x-amz-website-redirect-location"),
        ],
        CUSTOMER_KEY,
        &[
            header("ssekms-key-id", "SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
            header(
                "ssekms-encryption-context",
                "SSEKMSEncryptionContext",
                "x-amz-server-side-encryption-context",
            ),
            header(
                "bucket-key-enabled",
                "BucketKeyEnabled",
                "x-amz-server-side-encryption-bucket-key-enabled",
            )
            .flag(),
            header(
                "copy-source-sse-customer-algorithm",
                "CopySourceSSECustomerAlgorithm",
                "x-amz-copy-source-server-side-encryption-customer-algorithm",
            ),
            header(
                "copy-source-sse-customer-key",
                "CopySourceSSECustomerKey",
                "x-amz-copy-source-server-side-encryption-customer-key",
            )
            .secret(),
            header(
                "copy-source-sse-customer-key-md5",
                "CopySourceSSECustomerKeyMD5",
                "x-amz-copy-source-server-side-encryption-customer-key-md5",
            ),
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("tagging", "Tagging", "x-amz-tagging"),
            header("object-lock-mode", "ObjectLockMode", "x-amz-object-lock-mode"),
            header(
                "object-lock-retain-until-date",
                "ObjectLockRetainUntilDate",
                "x-amz-object-lock-retain-until-date",
            )
            .moment(),
            header(
                "object-lock-legal-hold-status",
                "ObjectLockLegalHoldStatus",
                "x-amz-object-lock-legal-hold",
            ),
            header("object-lock-event-hold", "ObjectLockEventHold", "x-amz-object-lock-event-hold"),
            header(
                "object-lock-event-hold-duration-days",
                "ObjectLockEventHoldDurationDays",
                "x-amz-object-lock-event-hold-duration-days",
            )
            .number(),
            header(
                "object-lock-event-hold-duration-years",
                "ObjectLockEventHoldDurationYears",
                "x-amz-object-lock-event-hold-duration-years",
            )
            .number(),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
            header(
                "expected-source-bucket-owner",
                "ExpectedSourceBucketOwner",
                "x-amz-source-expected-bucket-owner",
            ),
        ],
    ],
    headers: &[&[
        told("Expiration", "x-amz-expiration"),
        told("CopySourceVersionId", "x-amz-copy-source-version-id"),
        told("VersionId", "x-amz-version-id"),
        told("ServerSideEncryption", "x-amz-server-side-encryption"),
        told("SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"),
        told("SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
        told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
        told("SSEKMSEncryptionContext", "x-amz-server-side-encryption-context"),
        told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
        told("RequestCharged", "x-amz-request-charged"),
    ]],
    payload: Some(("CopyObjectResult", SHAPE_COPY_OBJECT_RESULT)),
    ..Operation::PLAIN
};

const SHAPE_COPY_OBJECT_RESULT: Shape =
    &[&[text("ETag"), moment("LastModified"), text("ChecksumType")], CHECKSUM_FIELDS];
