//! HeadBucket: is it there, and where.

use drystone_wire::S3Error;
use drystone_wire::xml::response::list_buckets::bucket_arn;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.store.get_bucket(context.bucket()).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::empty(200);
    respond::set(&mut response, "x-amz-bucket-arn", &bucket_arn(&bucket.name));
    respond::set(&mut response, "x-amz-bucket-region", context.region_of(&bucket));
    respond::set(&mut response, "x-amz-access-point-alias", "false");
    respond::set(&mut response, "content-type", "application/xml");
    Ok(response)
}
