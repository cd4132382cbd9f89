//! RequestConditions: what a request says to the condition keys of policies.

use drystone_access::{ConditionKey, Conditions, Values};
use drystone_types::{Tags, Timestamp};
use drystone_wire::auth::Via;
use drystone_wire::encoding::decode;
use drystone_wire::headers::text::text;
use drystone_wire::{Operation, Query};
use http::HeaderMap;
use std::borrow::Cow;

use crate::peer::Peer;

/// A request, as conditions ask about it.
pub(crate) struct RequestConditions<'a> {
    pub(crate) operation: Operation,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a Query,
    pub(crate) peer: Peer,
    pub(crate) via: Via,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
    /// Twelve digits of the account that owns the bucket.
    pub(crate) resource_account: Option<&'a str>,
    /// Tags of the object that is there.
    pub(crate) existing_tags: Option<&'a Tags>,
    /// Tags that the body sets, once it is read.
    pub(crate) sent_tags: Option<&'a Tags>,
    /// The version that is meant, of a key in a body.
    pub(crate) version_id: Option<&'a str>,
}

impl<'a> RequestConditions<'a> {
    fn header(&self, name: &str) -> Values<'a> {
        Values::option(text(self.headers, name))
    }

    /// A header, or something that the body says: then it is not known here.
    fn header_or_body(&self, name: &str, in_body_of: Operation) -> Values<'a> {
        if self.operation == in_body_of { Values::Unknown } else { self.header(name) }
    }

    fn parameter(&self, name: &str) -> Values<'a> {
        Values::option(self.query.get(name))
    }

    /// `bucket/key`, without a slash in front and decoded, so that one object has one name.
    fn copy_source(&self) -> Values<'a> {
        let Some(source) = text(self.headers, "x-amz-copy-source") else { return Values::Absent };
        let path = source.split("?versionId=").next().unwrap_or_default();
        match decode(path) {
            Ok(path) => Values::one(path.strip_prefix('/').unwrap_or(&path).to_owned()),
            Err(_) => Values::Unknown,
        }
    }

    /// How long ago a presigned request was signed, in milliseconds.
    fn signature_age(&self) -> Values<'a> {
        if self.via != Via::Presigned {
            return Values::Absent;
        }
        match self.query.get("X-Amz-Date").and_then(Timestamp::parse_amz_date) {
            Some(date) => Values::one(self.now.since(date).as_millis().to_string()),
            None => Values::Unknown,
        }
    }

    /// `1.3`. A proxy does not tell.
    fn tls_version(&self) -> Values<'a> {
        match self.peer.tls_version {
            Some(version) => Values::one(version.trim_start_matches("TLSv")),
            None if self.peer.is_tls => Values::Unknown,
            None => Values::Absent,
        }
    }

    fn request_tags(&self) -> Option<Tags> {
        if let Some(tags) = self.sent_tags {
            return Some(tags.clone());
        }
        match self.operation {
            Operation::PutObjectTagging => None,
            _ => drystone_wire::headers::tagging(self.headers).ok(),
        }
    }

    fn request_tag(&self, name: &str) -> Values<'a> {
        match self.request_tags() {
            Some(tags) => Values::option(tags.get(name).map(str::to_owned)),
            None => Values::Unknown,
        }
    }

    fn request_tag_keys(&self) -> Values<'a> {
        match self.request_tags() {
            Some(tags) => Values::Many(tags.0.into_iter().map(|(key, _)| Cow::Owned(key)).collect()),
            None => Values::Unknown,
        }
    }

    fn remaining_retention_days(&self) -> Values<'a> {
        if self.operation == Operation::PutObjectRetention {
            return Values::Unknown;
        }
        let Some(until) = text(self.headers, "x-amz-object-lock-retain-until-date") else {
            return Values::Absent;
        };
        match Timestamp::parse_iso8601(&until) {
            Some(until) => Values::one(until.since(self.now).as_secs().div_ceil(86_400).to_string()),
            None => Values::Unknown,
        }
    }
}

impl Conditions for RequestConditions<'_> {
    fn values(&self, key: &ConditionKey) -> Values<'_> {
        use ConditionKey as K;
        match key {
            K::SourceIp => Values::one(self.peer.address.to_canonical().to_string()),
            K::SecureTransport => Values::one(if self.peer.is_tls { "true" } else { "false" }),
            K::TlsVersion => self.tls_version(),
            K::Referer => self.header("referer"),
            K::UserAgent => self.header("user-agent"),
            K::RequestedRegion => Values::one(self.region),
            K::ResourceAccount | K::S3ResourceAccount => Values::option(self.resource_account),
            K::AuthType => Values::option(auth_type(self.via)),
            K::SignatureVersion => Values::option(signature_version(self.via)),
            K::SignatureAge => self.signature_age(),
            K::ContentSha256 => self.header("x-amz-content-sha256"),
            K::Delimiter => self.parameter("delimiter"),
            K::MaxKeys => self.parameter("max-keys"),
            K::Prefix => self.parameter("prefix"),
            K::VersionId => Values::option(self.version_id.or_else(|| self.query.get("versionId"))),
            K::Acl => self.header("x-amz-acl"),
            K::GrantFullControl => self.header("x-amz-grant-full-control"),
            K::GrantRead => self.header("x-amz-grant-read"),
            K::GrantReadAcp => self.header("x-amz-grant-read-acp"),
            K::GrantWrite => self.header("x-amz-grant-write"),
            K::GrantWriteAcp => self.header("x-amz-grant-write-acp"),
            K::CopySource => self.copy_source(),
            K::MetadataDirective => self.header("x-amz-metadata-directive"),
            K::ServerSideEncryption => self.header("x-amz-server-side-encryption"),
            K::ServerSideEncryptionKmsKeyId => self.header("x-amz-server-side-encryption-aws-kms-key-id"),
            K::ServerSideEncryptionCustomerAlgorithm => {
                self.header("x-amz-server-side-encryption-customer-algorithm")
            }
            K::StorageClass => self.header("x-amz-storage-class"),
            K::WebsiteRedirectLocation => self.header("x-amz-website-redirect-location"),
            K::RequestObjectTag(name) => self.request_tag(name),
            K::RequestObjectTagKeys => self.request_tag_keys(),
            K::ExistingObjectTag(name) => Values::option(self.existing_tags.and_then(|tags| tags.get(name))),
            K::ObjectLockLegalHold => {
                self.header_or_body("x-amz-object-lock-legal-hold", Operation::PutObjectLegalHold)
            }
            K::ObjectLockMode => self.header_or_body("x-amz-object-lock-mode", Operation::PutObjectRetention),
            K::ObjectLockRetainUntilDate => {
                self.header_or_body("x-amz-object-lock-retain-until-date", Operation::PutObjectRetention)
            }
            K::ObjectLockRemainingRetentionDays => self.remaining_retention_days(),
            K::IfMatch => self.header("if-match"),
            K::IfNoneMatch => self.header("if-none-match"),
            K::ObjectOwnership => {
                self.header_or_body("x-amz-object-ownership", Operation::PutBucketOwnershipControls)
            }
            // In a body, or answered before this is asked, or never.
            _ => Values::Unknown,
        }
    }
}

fn auth_type(via: Via) -> Option<&'static str> {
    match via {
        Via::Header => Some("REST-HEADER"),
        Via::Presigned | Via::PresignedV2 => Some("REST-QUERY-STRING"),
        Via::PostForm => Some("POST"),
        Via::Anonymous => None,
    }
}

fn signature_version(via: Via) -> Option<&'static str> {
    match via {
        Via::Header | Via::Presigned | Via::PostForm => Some("AWS4-HMAC-SHA256"),
        Via::PresignedV2 => Some("AWS"),
        Via::Anonymous => None,
    }
}
