//! Groups of members that many operations share.

use crate::command::s3api::model::{Field, Member, Told, header, text, told};

/// Checksums of what is sent.
pub(super) const CHECKSUM_INPUTS: &[Member] = &[
    header("checksum-crc32", "ChecksumCRC32", "x-amz-checksum-crc32"),
    header("checksum-crc32-c", "ChecksumCRC32C", "x-amz-checksum-crc32c"),
    header("checksum-crc64-nvme", "ChecksumCRC64NVME", "x-amz-checksum-crc64nvme"),
    header("checksum-sha1", "ChecksumSHA1", "x-amz-checksum-sha1"),
    header("checksum-sha256", "ChecksumSHA256", "x-amz-checksum-sha256"),
    header("checksum-sha512", "ChecksumSHA512", "x-amz-checksum-sha512"),
    header("checksum-md5", "ChecksumMD5", "x-amz-checksum-md5"),
    header("checksum-xxhash64", "ChecksumXXHASH64", "x-amz-checksum-xxhash64"),
    header("checksum-xxhash3", "ChecksumXXHASH3", "x-amz-checksum-xxhash3"),
    header("checksum-xxhash128", "ChecksumXXHASH128", "x-amz-checksum-xxhash128"),
];

/// Checksums in the headers of an answer.
pub(super) const CHECKSUM_HEADERS: &[Told] = &[
    told("ChecksumCRC32", "x-amz-checksum-crc32"),
    told("ChecksumCRC32C", "x-amz-checksum-crc32c"),
    told("ChecksumCRC64NVME", "x-amz-checksum-crc64nvme"),
    told("ChecksumSHA1", "x-amz-checksum-sha1"),
    told("ChecksumSHA256", "x-amz-checksum-sha256"),
    told("ChecksumSHA512", "x-amz-checksum-sha512"),
    told("ChecksumMD5", "x-amz-checksum-md5"),
    told("ChecksumXXHASH64", "x-amz-checksum-xxhash64"),
    told("ChecksumXXHASH3", "x-amz-checksum-xxhash3"),
    told("ChecksumXXHASH128", "x-amz-checksum-xxhash128"),
];

/// Checksums in documents.
pub(super) const CHECKSUM_FIELDS: &[Field] = &[
    text("ChecksumCRC32"),
    text("ChecksumCRC32C"),
    text("ChecksumCRC64NVME"),
    text("ChecksumSHA1"),
    text("ChecksumSHA256"),
    text("ChecksumSHA512"),
    text("ChecksumMD5"),
    text("ChecksumXXHASH64"),
    text("ChecksumXXHASH3"),
    text("ChecksumXXHASH128"),
];

/// The key with which the store encrypts, brought by the client (SSE-C).
pub(super) const CUSTOMER_KEY: &[Member] = &[
    header(
        "sse-customer-algorithm",
        "SSECustomerAlgorithm",
        "x-amz-server-side-encryption-customer-algorithm",
    ),
    header("sse-customer-key", "SSECustomerKey", "x-amz-server-side-encryption-customer-key").secret(),
    header("sse-customer-key-md5", "SSECustomerKeyMD5", "x-amz-server-side-encryption-customer-key-md5"),
];
