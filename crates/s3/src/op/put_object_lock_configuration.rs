//! PutObjectLockConfiguration: enables object lock for good, and sets the default retention of what is written from now on.

use drystone_store::StoreError;
use drystone_store::bucket::BucketChange;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::object_lock;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read_vouched(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let change = BucketChange::ObjectLock(object_lock::configuration(&document)?);
    context.store.change_bucket(context.bucket(), change).await.map_err(|error| match error {
        StoreError::InvalidBucketState(_) => S3Error::lock_needs_versioning(),
        other => context.refusal(other),
    })?;
    Ok(respond::empty(200))
}
