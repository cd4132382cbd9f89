//! RequestConditions: what a request says to the condition keys of policies.

use drystone_access::{ConditionKey, Conditions, Values};
use drystone_types::{Retention, Tags, Timestamp};
use drystone_wire::auth::Via;
use drystone_wire::encoding::decode;
use drystone_wire::headers::text::text;
use drystone_wire::{Operation, Query};
use http::HeaderMap;
use std::borrow::Cow;

use crate::peer::Peer;

/// What a body says to condition keys, once it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent<'a> {
    /// The tags that it sets.
    Tags(&'a Tags),
    /// The retention that it sets; `None` lifts what is there.
    Retention(Option<Retention>),
    /// Does it hold?
    LegalHold(bool),
}

/// Does the body of `operation` answer `key`? As long as it is not read, nobody does.
pub(crate) fn is_in_body(operation: Operation, key: &ConditionKey) -> bool {
    use ConditionKey as K;
    use Operation as O;
    matches!(
        (operation, key),
        (O::PutObjectTagging, K::RequestObjectTag(_) | K::RequestObjectTagKeys)
            | (
                O::PutObjectRetention,
                K::ObjectLockMode | K::ObjectLockRetainUntilDate | K::ObjectLockRemainingRetentionDays
            )
            | (O::PutObjectLegalHold, K::ObjectLockLegalHold)
            | (O::CreateBucket | O::PutBucketTagging, K::TagKeys | K::RequestTag(_))
            | (O::PutBucketOwnershipControls, K::ObjectOwnership)
    )
}

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
    /// What the body says, once it is read.
    pub(crate) sent: Option<Sent<'a>>,
    /// The version that is meant, of a key in a body.
    pub(crate) version_id: Option<&'a str>,
    /// What a listing would have to begin with, where the request is none.
    pub(crate) prefix: Option<&'a str>,
}

impl<'a> RequestConditions<'a> {
    fn header(&self, name: &str) -> Values<'a> {
        Values::option(text(self.headers, name))
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
        match self.sent {
            Some(Sent::Tags(tags)) => Some(tags.clone()),
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

    /// Parts and the start of an upload make no object yet.
    fn creates_object(&self) -> bool {
        use Operation as O;
        matches!(self.operation, O::PutObject | O::PostObject | O::CopyObject | O::CompleteMultipartUpload)
    }

    fn legal_hold(&self) -> Values<'a> {
        match self.sent {
            Some(Sent::LegalHold(is_on)) => Values::one(if is_on { "ON" } else { "OFF" }),
            _ => self.header("x-amz-object-lock-legal-hold"),
        }
    }

    fn lock_mode(&self) -> Values<'a> {
        match self.sent {
            Some(Sent::Retention(retention)) => {
                Values::option(retention.map(|retention| retention.mode.name()))
            }
            _ => self.header("x-amz-object-lock-mode"),
        }
    }

    fn retain_until_date(&self) -> Values<'a> {
        match self.sent {
            Some(Sent::Retention(retention)) => {
                Values::option(retention.map(|retention| retention.until.iso8601()))
            }
            _ => self.header("x-amz-object-lock-retain-until-date"),
        }
    }

    /// Whole days, rounded up.
    fn remaining_retention_days(&self) -> Values<'a> {
        match self.retain_until_date() {
            Values::One(until) => match Timestamp::parse_iso8601(&until) {
                Some(until) => Values::one(until.since(self.now).as_secs().div_ceil(86_400).to_string()),
                None => Values::Unknown,
            },
            other => other,
        }
    }
}

impl Conditions for RequestConditions<'_> {
    fn values(&self, key: &ConditionKey) -> Values<'_> {
        use ConditionKey as K;
        if self.sent.is_none() && is_in_body(self.operation, key) {
            return Values::Unknown;
        }
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
            K::Prefix => self.prefix.map_or_else(|| self.parameter("prefix"), Values::one),
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
            K::ObjectLockLegalHold => self.legal_hold(),
            K::ObjectLockMode => self.lock_mode(),
            K::ObjectLockRetainUntilDate => self.retain_until_date(),
            K::ObjectLockRemainingRetentionDays => self.remaining_retention_days(),
            K::IfMatch => self.header("if-match"),
            K::IfNoneMatch => self.header("if-none-match"),
            K::ObjectOwnership => self.header("x-amz-object-ownership"),
            K::ObjectCreationOperation => Values::one(if self.creates_object() { "true" } else { "false" }),
            K::TagKeys | K::RequestTag(_) => Values::Absent,
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
