//! The source of a copy: named in a header, found, and its conditions judged.

use drystone_store::StoreError;
use drystone_store::object::get::FoundObject;
use drystone_types::{BucketName, Key};
use drystone_wire::S3Error;
use drystone_wire::headers::{CopyConditions, CopySource, copy_source};

use super::keepalive::Headers;
use crate::context::Context;

/// A copy source that may be read.
pub(crate) struct Source {
    named: CopySource,
    pub(crate) object: FoundObject,
}

/// Finds the source (b65-b72).
pub(crate) async fn find(context: &Context<'_>) -> Result<Source, S3Error> {
    let named = copy_source(context.headers)?;
    let found = context.store.find_object(&named.bucket, &named.key, named.version).await;
    let mut object = found.map_err(|error| {
        context.hiding_source(refusal(context, &named, error), (&named.bucket, &named.key))
    })?;
    let key = context.source_customer_key()?;
    context.store.unlock(&mut object, key.as_ref()).map_err(|error| context.refusal(error))?;
    let record = &object.record;
    CopyConditions::parse(context.headers).judge(&record.etag, record.last_modified, context.store.now())?;
    Ok(Source { named, object })
}

fn refusal(context: &Context<'_>, named: &CopySource, error: StoreError) -> S3Error {
    let sent = || CopySource::version_id(context.headers);
    match error {
        StoreError::NoSuchBucket => S3Error::no_such_bucket(named.bucket.as_str()),
        StoreError::DeleteMarker { .. } if named.version.is_some() => S3Error::source_is_delete_marker(), // b69
        StoreError::NoSuchKey | StoreError::DeleteMarker { .. } => S3Error::no_such_key(named.key.as_str()),
        StoreError::NoSuchVersion => S3Error::no_such_version(named.key.as_str(), sent()),
        StoreError::InvalidVersion => S3Error::invalid_version_id(sent()),
        other => context.refusal(other),
    }
}

impl Source {
    /// x-amz-copy-source-version-id: of a version that has an id (b68).
    pub(crate) fn version_header(&self) -> Headers {
        let version = self.object.shown_version.filter(|version| !version.is_null);
        version.map(|version| ("x-amz-copy-source-version-id", version.to_string())).into_iter().collect()
    }

    /// Would a copy to there replace nothing but itself? A version named by its id is copied to bring it back.
    pub(crate) fn is(&self, bucket: &BucketName, key: &Key) -> bool {
        self.named.bucket == *bucket
            && self.named.key == *key
            && (self.named.version.is_none() || self.object.record.version.is_null)
    }
}
