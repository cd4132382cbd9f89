//! DeleteBucketLifecycle: no rules any more; succeeds also when there were none.

use drystone_wire::S3Error;

use crate::dispatch::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    context.store.set_lifecycle(context.bucket(), None).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
