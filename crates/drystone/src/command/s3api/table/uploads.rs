//! Operations on uploads.

use super::shared::{CHECKSUM_FIELDS, CHECKSUM_HEADERS, CHECKSUM_INPUTS, CUSTOMER_KEY};
use crate::command::s3api::model::{
    Kind, On, Operation, Shape, body, document, header, list, map, moment, number, query, text, told,
};

/// Begins an upload.
pub(in crate::command::s3api) const CREATE_MULTIPART_UPLOAD: Operation = Operation {
    name: "CreateMultipartUpload",
    command: "create-multipart-upload",
    about: "Begins an upload.",
    method: "POST",
    on: On::Object,
    query: Some(("uploads", "")),
    input: &[
        &[
            header("acl", "ACL", "x-amz-acl"),
            header("cache-control", "CacheControl", "cache-control"),
            header("content-disposition", "ContentDisposition", "content-disposition"),
            header("content-encoding", "ContentEncoding", "content-encoding"),
            header("content-language", "ContentLanguage", "content-language"),
            header("content-type", "ContentType", "content-type"),
            header("expires", "Expires", "expires").moment(),
            header("grant-full-control", "GrantFullControl", "x-amz-grant-full-control"),
            header("grant-read", "GrantRead", "x-amz-grant-read"),
            header("grant-read-acp", "GrantReadACP", "x-amz-grant-read-acp"),
            header("grant-write-acp", "GrantWriteACP", "x-amz-grant-write-acp"),
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
            header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-checksum-algorithm"),
            header("checksum-type", "ChecksumType", "x-amz-checksum-type"),
        ],
    ],
    headers: &[&[
        told("AbortDate", "x-amz-abort-date").moment(),
        told("AbortRuleId", "x-amz-abort-rule-id"),
        told("ServerSideEncryption", "x-amz-server-side-encryption"),
        told("SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"),
        told("SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
        told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
        told("SSEKMSEncryptionContext", "x-amz-server-side-encryption-context"),
        told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
        told("RequestCharged", "x-amz-request-charged"),
        told("ChecksumAlgorithm", "x-amz-checksum-algorithm"),
        told("ChecksumType", "x-amz-checksum-type"),
        told("VersionId", "x-amz-version-id"),
    ]],
    document: &[&[text("Bucket"), text("Key"), text("UploadId")]],
    ..Operation::PLAIN
};

/// Sends one part of an upload.
pub(in crate::command::s3api) const UPLOAD_PART: Operation = Operation {
    name: "UploadPart",
    command: "upload-part",
    about: "Sends one part of an upload.",
    method: "PUT",
    on: On::Object,
    input: &[
        &[
            body("body", "Body"),
            header("content-length", "ContentLength", "content-length").number(),
            header("content-md5", "ContentMD5", "content-md5"),
            header("checksum-algorithm", "ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
        ],
        CHECKSUM_INPUTS,
        &[
            query("part-number", "PartNumber", "partNumber").number().required(),
            query("upload-id", "UploadId", "uploadId").required(),
        ],
        CUSTOMER_KEY,
        &[
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        ],
    ],
    headers: &[
        &[told("ServerSideEncryption", "x-amz-server-side-encryption"), told("ETag", "etag")],
        CHECKSUM_HEADERS,
        &[
            told("SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"),
            told("SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
            told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
            told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
            told("RequestCharged", "x-amz-request-charged"),
            told("VersionId", "x-amz-version-id"),
        ],
    ],
    ..Operation::PLAIN
};

/// Makes a part of bytes that the store has.
pub(in crate::command::s3api) const UPLOAD_PART_COPY: Operation = Operation {
    name: "UploadPartCopy",
    command: "upload-part-copy",
    about: "Makes a part of bytes that the store has.",
    method: "PUT",
    on: On::Object,
    input: &[
        &[
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
            header("copy-source-range", "CopySourceRange", "x-amz-copy-source-range"),
            query("part-number", "PartNumber", "partNumber").number().required(),
            query("upload-id", "UploadId", "uploadId").required(),
        ],
        CUSTOMER_KEY,
        &[
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
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
            header(
                "expected-source-bucket-owner",
                "ExpectedSourceBucketOwner",
                "x-amz-source-expected-bucket-owner",
            ),
        ],
    ],
    headers: &[&[
        told("CopySourceVersionId", "x-amz-copy-source-version-id"),
        told("ServerSideEncryption", "x-amz-server-side-encryption"),
        told("SSECustomerAlgorithm", "x-amz-server-side-encryption-customer-algorithm"),
        told("SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
        told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
        told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
        told("RequestCharged", "x-amz-request-charged"),
        told("VersionId", "x-amz-version-id"),
    ]],
    payload: Some(("CopyPartResult", SHAPE_COPY_PART_RESULT)),
    ..Operation::PLAIN
};

/// Makes an object of the parts of an upload.
pub(in crate::command::s3api) const COMPLETE_MULTIPART_UPLOAD: Operation = Operation {
    name: "CompleteMultipartUpload",
    command: "complete-multipart-upload",
    about: "Makes an object of the parts of an upload.",
    method: "POST",
    on: On::Object,
    input: &[
        &[
            document(
                "multipart-upload",
                "MultipartUpload",
                "CompleteMultipartUpload",
                SHAPE_COMPLETED_MULTIPART_UPLOAD,
            ),
            query("upload-id", "UploadId", "uploadId").required(),
        ],
        CHECKSUM_INPUTS,
        &[
            header("checksum-type", "ChecksumType", "x-amz-checksum-type"),
            header("mpu-object-size", "MpuObjectSize", "x-amz-mp-object-size").number(),
            header("request-payer", "RequestPayer", "x-amz-request-payer"),
            header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
            header("if-match", "IfMatch", "if-match"),
            header("if-none-match", "IfNoneMatch", "if-none-match"),
        ],
        CUSTOMER_KEY,
    ],
    headers: &[&[
        told("Expiration", "x-amz-expiration"),
        told("ServerSideEncryption", "x-amz-server-side-encryption"),
        told("VersionId", "x-amz-version-id"),
        told("SSEKMSKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
        told("BucketKeyEnabled", "x-amz-server-side-encryption-bucket-key-enabled").flag(),
        told("RequestCharged", "x-amz-request-charged"),
    ]],
    document: &[
        &[text("Location"), text("Bucket"), text("Key"), text("ETag")],
        CHECKSUM_FIELDS,
        &[text("ChecksumType")],
    ],
    ..Operation::PLAIN
};

/// Gives an upload up and frees its parts.
pub(in crate::command::s3api) const ABORT_MULTIPART_UPLOAD: Operation = Operation {
    name: "AbortMultipartUpload",
    command: "abort-multipart-upload",
    about: "Gives an upload up and frees its parts.",
    method: "DELETE",
    on: On::Object,
    input: &[&[
        query("upload-id", "UploadId", "uploadId").required(),
        header("request-payer", "RequestPayer", "x-amz-request-payer"),
        header("expected-bucket-owner", "ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        header("if-match-initiated-time", "IfMatchInitiatedTime", "x-amz-if-match-initiated-time").moment(),
    ]],
    headers: &[&[told("RequestCharged", "x-amz-request-charged"), told("VersionId", "x-amz-version-id")]],
    ..Operation::PLAIN
};

const SHAPE_COPY_PART_RESULT: Shape = &[&[text("ETag"), moment("LastModified")], CHECKSUM_FIELDS];
const SHAPE_COMPLETED_PART: Shape = &[&[text("ETag")], CHECKSUM_FIELDS, &[number("PartNumber")]];
const SHAPE_COMPLETED_MULTIPART_UPLOAD: Shape =
    &[&[list("Parts", &Kind::Structure(SHAPE_COMPLETED_PART)).tag("Part")]];
