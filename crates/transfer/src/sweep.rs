//! Sweep: deletes many objects, 1,000 per request where the store takes that.

use crate::error::TransferError;
use drystone_client::action::{DELETE_OBJECTS_MAX, DeleteObject, DeleteObjects, ObjectToDelete};
use drystone_client::{CallError, Client, ServiceError};
use drystone_wire::xml::answer::DeleteFailure;
use futures_util::{StreamExt as _, stream};
use std::collections::HashMap;

/// Single deletions at once, where a store does not take many in one request.
const SINGLE_AT_ONCE: usize = 16;

/// Deletes keys of a bucket; the outcomes in the same order. A key that is not there is no failure. Versions are not touched: where a
/// bucket has them, delete markers are made.
pub async fn delete_keys(client: &Client, bucket: &str, keys: Vec<String>) -> Vec<Result<(), TransferError>> {
    let mut outcomes = Vec::with_capacity(keys.len());
    for batch in keys.chunks(DELETE_OBJECTS_MAX) {
        outcomes.extend(delete_batch(client, bucket, batch).await);
    }
    outcomes
}

async fn delete_batch(client: &Client, bucket: &str, keys: &[String]) -> Vec<Result<(), TransferError>> {
    let object = |key: &String| ObjectToDelete { key: key.clone(), version_id: None };
    let objects = keys.iter().map(object).collect();
    let request = DeleteObjects { bucket: bucket.to_owned(), objects, quiet: true };
    match client.delete_objects(&request).await {
        Ok(result) => {
            let mut failures: HashMap<_, _> =
                result.errors.into_iter().map(|failure| (failure.key.clone(), failure)).collect();
            let outcome = |key: &String| match failures.remove(key) {
                None => Ok(()),
                Some(failure) => Err(failed(bucket, key, refused(failure))),
            };
            keys.iter().map(outcome).collect()
        }
        Err(error) if takes_single_ones_only(&error) => delete_singly(client, bucket, keys).await,
        Err(error) => {
            let told = error.to_string();
            let mut first = Some(error);
            let again = || CallError::Broken { action: "DeleteObjects", why: told.clone() };
            keys.iter().map(|key| Err(failed(bucket, key, first.take().unwrap_or_else(again)))).collect()
        }
    }
}

async fn delete_singly(client: &Client, bucket: &str, keys: &[String]) -> Vec<Result<(), TransferError>> {
    let delete = |key: String| {
        let request = DeleteObject { bucket: bucket.to_owned(), key, ..DeleteObject::default() };
        async move {
            let deleted = client.delete_object(&request).await;
            deleted.map(drop).map_err(|error| failed(&request.bucket, &request.key, error))
        }
    };
    stream::iter(keys.to_vec()).map(delete).buffered(SINGLE_AT_ONCE).collect().await
}

/// Some stores have no DeleteObjects, and no document can carry all keys.
fn takes_single_ones_only(error: &CallError) -> bool {
    matches!(error.code(), Some("NotImplemented" | "MethodNotAllowed" | "MalformedXML"))
        || matches!(error.status(), Some(405 | 501))
}

fn failed(bucket: &str, key: &str, error: CallError) -> TransferError {
    TransferError::call(format!("cannot delete s3://{bucket}/{key}"))(error)
}

fn refused(failure: DeleteFailure) -> CallError {
    let error = ServiceError {
        action: "DeleteObjects",
        status: 200,
        code: failure.code,
        message: failure.message,
        request_id: "-".to_owned(),
        retry_after: None,
        region: None,
        server_time: None,
    };
    error.into()
}

/// Deletes an object if it is still the one with this ETag, after it was moved. Stores that know no conditional deletion are asked
/// for the ETag first.
///
/// # Errors
/// [`TransferError::ObjectChanged`]: it stays. [`TransferError::Call`].
pub async fn delete_moved(
    client: &Client,
    bucket: &str,
    key: &str,
    etag: Option<&str>,
) -> Result<(), TransferError> {
    let changed = || TransferError::ObjectChanged { bucket: bucket.to_owned(), key: key.to_owned() };
    let request = |if_match: Option<&str>| DeleteObject {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: None,
        if_match: if_match.map(str::to_owned),
    };
    match client.delete_object(&request(etag)).await {
        Ok(_) => Ok(()),
        Err(error) if error.status() == Some(412) => Err(changed()),
        Err(error) if etag.is_some() && matches!(error.status(), Some(400 | 501)) => {
            let head = drystone_client::action::HeadObject::new(bucket, key);
            let head = client.head_object(&head).await.map_err(|error| failed(bucket, key, error))?;
            if head.etag.as_deref() != etag {
                return Err(changed());
            }
            client.delete_object(&request(None)).await.map(drop).map_err(|error| failed(bucket, key, error))
        }
        Err(error) => Err(failed(bucket, key, error)),
    }
}
