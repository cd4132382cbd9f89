//! GetBucketLocation: the LocationConstraint given at creation.

use drystone_wire::S3Error;
use drystone_wire::xml::response::list_buckets::location_constraint;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.store.get_bucket(context.bucket()).await.map_err(|error| context.refusal(error))?;
    let region = context.region_of(&bucket);
    Ok(respond::xml(200, location_constraint(region)))
}
