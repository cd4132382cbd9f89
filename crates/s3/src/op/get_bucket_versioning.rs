//! GetBucketVersioning: enabled, suspended, or neither ever.

use drystone_wire::S3Error;
use drystone_wire::xml::response::versioning::versioning_configuration;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    Ok(respond::xml(200, versioning_configuration(bucket.versioning)))
}
