//! GetObjectLockConfiguration: Enabled, and the default retention if there is one.

use drystone_wire::S3Error;
use drystone_wire::xml::response::object_lock::configuration;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    let lock = bucket.object_lock.ok_or_else(|| S3Error::no_lock_configuration(bucket.name.as_str()))?;
    Ok(respond::xml(200, configuration(&lock)))
}
