//! Context: one parsed and authenticated request, and what its action needs to know of it.

use drystone_identity::{Caller, Snapshot};
use drystone_store::bucket::{BucketChange, BucketRecord, DocumentKind};
use drystone_store::{Store, StoreError};
use drystone_types::{AccountId, BucketName, Key, Owner, Timestamp, UploadId, Version};
use drystone_wire::auth::Via;
use drystone_wire::post::PostForm;
use drystone_wire::{Query, Route, S3Error};
use http::{HeaderMap, Method};
use std::sync::Arc;

use crate::authorise::Granted;
use crate::dispatch::S3Service;
use crate::op;
use crate::peer::Peer;
use crate::respond::{self, Names};

/// A request that was parsed and authenticated.
pub(crate) struct Context<'a> {
    pub(crate) service: &'a S3Service,
    pub(crate) method: &'a Method,
    pub(crate) store: &'a Arc<Store>,
    pub(crate) route: &'a Route,
    pub(crate) query: &'a Query,
    pub(crate) headers: &'a HeaderMap,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// The identities that the request is judged by.
    pub(crate) snapshot: &'a Snapshot,
    /// How the caller signed.
    pub(crate) via: Via,
    /// Whom the request is from.
    pub(crate) peer: Peer,
    /// What authorising it found out.
    pub(crate) granted: Granted,
    pub(crate) host: &'a str,
    pub(crate) request_id: &'a str,
    /// The fields of a POST form.
    pub(crate) form: Option<&'a PostForm>,
}

impl Context<'_> {
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
        match self.caller.principal.account() {
            Some(account) => &account.id,
            None => &self.rules().owner, // what nobody makes is the bucket owner's
        }
    }

    /// An account as answers show it.
    pub(crate) fn owner_of(&self, account: &AccountId) -> Owner {
        self.snapshot.owner(account)
    }

    /// The caller as the initiator of an upload: a user's ARN, or the canonical id of an account. `None` for nobody.
    pub(crate) fn initiator(&self) -> Option<String> {
        match self.caller.principal.user() {
            Some(user) => Some(user.arn()),
            None => self.caller.principal.account().map(|account| account.id.as_str().to_owned()),
        }
    }

    /// The initiator of an upload as answers show it.
    pub(crate) fn initiator_of(&self, initiator: &str) -> Owner {
        match (AccountId::parse(initiator), initiator.rsplit_once('/')) {
            (Some(account), _) => self.owner_of(&account),
            (None, name) => Owner {
                id: initiator.to_owned(),
                account_id: String::new(),
                display_name: name.map_or("", |(_, name)| name).to_owned(),
            },
        }
    }

    /// The bucket that the route names.
    pub(crate) fn bucket(&self) -> &BucketName {
        self.route.bucket.as_ref().expect("operations on buckets and objects are routed with a bucket")
    }

    /// The bucket, as it is now.
    pub(crate) async fn bucket_record(&self) -> Result<Arc<BucketRecord>, S3Error> {
        self.store.get_bucket(self.bucket()).await.map_err(|error| self.refusal(error))
    }

    /// Where clients are told that a bucket is: what it was created with, or else the region of this server.
    pub(crate) fn region_of<'a>(&'a self, bucket: &'a BucketRecord) -> &'a str {
        if bucket.location.is_empty() { &self.service.options.region } else { &bucket.location }
    }

    /// A setting of the bucket, as it was put.
    pub(crate) async fn document(&self, kind: DocumentKind) -> Result<Option<String>, S3Error> {
        Ok(self.bucket_record().await?.documents.get(&kind).cloned())
    }

    /// Sets or removes a setting of the bucket.
    pub(crate) async fn set_document(
        &self,
        kind: DocumentKind,
        document: Option<String>,
    ) -> Result<(), S3Error> {
        let change = BucketChange::Document(kind, document);
        self.store.change_bucket(self.bucket(), change).await.map(drop).map_err(|error| self.refusal(error))
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
