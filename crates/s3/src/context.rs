//! Context: one parsed and authenticated request, and what its action needs to know of it.

use drystone_store::bucket::BucketRecord;
use drystone_store::{Store, StoreError};
use drystone_types::{AccountId, BucketName, Key, ObjectProperties, Owner, Timestamp, UploadId, Version};
use drystone_wire::headers::{expected_bucket_owner, source_expected_bucket_owner};
use drystone_wire::post::PostForm;
use drystone_wire::{ErrorCode, Query, Route, S3Error};
use http::{HeaderMap, Method};
use std::net::IpAddr;
use std::sync::Arc;

use crate::dispatch::S3Service;
use crate::op;
use crate::respond::{self, Names};

/// A request that was parsed and authenticated.
pub(crate) struct Context<'a> {
    pub(crate) service: &'a S3Service,
    pub(crate) method: &'a Method,
    pub(crate) store: &'a Arc<Store>,
    pub(crate) route: &'a Route,
    pub(crate) query: &'a Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: &'a str,
    pub(crate) host: &'a str,
    pub(crate) request_id: &'a str,
    /// The fields of a POST form.
    pub(crate) form: Option<&'a PostForm>,
    /// Where it comes from.
    pub(crate) source_ip: IpAddr,
}

impl Context<'_> {
    /// b13: every operation on a bucket of another owner than the expected one is refused.
    pub(crate) fn check_expected_owner(&self) -> Result<(), S3Error> {
        let expected = [expected_bucket_owner(self.headers), source_expected_bucket_owner(self.headers)];
        if expected.iter().flatten().all(|expected| self.store.owner().is(expected)) {
            return Ok(());
        }
        Err(S3Error::new(ErrorCode::AccessDenied))
    }

    /// b12: the bucket exists.
    pub(crate) async fn check_bucket(&self) -> Result<(), S3Error> {
        match &self.route.bucket {
            Some(bucket) => {
                self.store.get_bucket(bucket).await.map(drop).map_err(|error| self.refusal(error))
            }
            None => Ok(()),
        }
    }

    /// The account on whose behalf the request is made: it owns what the request creates.
    pub(crate) fn account(&self) -> &AccountId {
        self.store.account()
    }

    /// An account as answers show it.
    pub(crate) fn owner_of(&self, account: &AccountId) -> Owner {
        let root = self.store.owner();
        if account.as_str() == root.id {
            return root.clone();
        }
        Owner { id: account.as_str().to_owned(), account_id: String::new(), display_name: String::new() }
    }

    /// What a new object carries before any header is read: an owner.
    pub(crate) fn new_properties(&self) -> ObjectProperties {
        ObjectProperties::of(self.account().clone())
    }

    /// The bucket that the route names.
    pub(crate) fn bucket(&self) -> &BucketName {
        self.route.bucket.as_ref().expect("operations on buckets and objects are routed with a bucket")
    }

    /// The bucket, as it is now.
    pub(crate) async fn bucket_record(&self) -> Result<Arc<BucketRecord>, S3Error> {
        self.store.get_bucket(self.bucket()).await.map_err(|error| self.refusal(error))
    }

    /// The key that the route names.
    pub(crate) fn key(&self) -> &Key {
        self.route.key.as_ref().expect("operations on objects are routed with a key")
    }

    /// The upload that the query names. An id that we never gave out names no upload (b41); but first of all, the bucket
    /// must exist (b12).
    pub(crate) async fn upload(&self) -> Result<op::UploadName, S3Error> {
        let text = self.query.get("uploadId").unwrap_or("");
        let Some(id) = UploadId::parse(text) else {
            self.check_bucket().await?;
            return Err(S3Error::no_such_upload(text));
        };
        Ok(op::UploadName { bucket: self.bucket().clone(), key: self.key().clone(), id })
    }

    /// What a failed rule answers, with this request's names.
    pub(crate) fn refusal(&self, error: StoreError) -> S3Error {
        match error {
            StoreError::DeleteMarker { version, last_modified } => self.met_marker(version, last_modified),
            error => respond::refusal(error, &self.names()),
        }
    }

    /// Who reads a key whose current version is a delete marker finds nothing; who names the marker, or would change it,
    /// is told what it is. GetObjectTagging counts as the latter.
    fn met_marker(&self, version: Version, last_modified: Timestamp) -> S3Error {
        let reads = matches!(*self.method, Method::GET | Method::HEAD);
        let is_hidden = self.route.version.is_none() && reads;
        let error = if is_hidden && self.route.operation.name() != "GetObjectTagging" {
            S3Error::no_such_key(self.key().as_str())
        } else {
            S3Error::is_delete_marker(self.method.as_str()).header("last-modified", last_modified.http_date())
        };
        error.header("x-amz-delete-marker", "true").header("x-amz-version-id", version.to_string())
    }

    /// The names that this request used.
    pub(crate) fn names(&self) -> Names {
        let text = |value: Option<&str>| value.unwrap_or("").to_owned();
        let upload_id = self.query.get("uploadId").or_else(|| self.query.get("upload-id-marker"));
        Names {
            bucket: text(self.route.bucket.as_ref().map(BucketName::as_str)),
            key: text(self.route.key.as_ref().map(Key::as_str)),
            upload_id: text(upload_id),
            version_id: text(self.query.get("versionId")),
        }
    }

    /// Host id, for an error inside a 200.
    pub(crate) fn host_id(&self) -> &str {
        &self.service.host_id
    }
}
