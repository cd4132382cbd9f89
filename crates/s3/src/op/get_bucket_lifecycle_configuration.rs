//! GetBucketLifecycleConfiguration: the rules as they were put (b167).

use drystone_wire::S3Error;
use drystone_wire::xml::response::lifecycle::lifecycle_configuration;

use super::put_bucket_lifecycle_configuration::{TRANSITION_DEFAULT, TRANSITION_HEADER};
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let configuration =
        context.store.get_lifecycle(context.bucket()).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::xml(200, lifecycle_configuration(&configuration));
    respond::set(&mut response, TRANSITION_HEADER, TRANSITION_DEFAULT);
    Ok(response)
}
