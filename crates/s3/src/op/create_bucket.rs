//! CreateBucket: a name, and where S3 clients believe it is.

use drystone_store::StoreError;
use drystone_store::bucket::CreateBucketRequest;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::create_bucket;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// The region where making one's own bucket again succeeds, as it does on AWS for historical reasons.
const FORGIVING_REGION: &str = "us-east-1";

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let location = create_bucket::parse(&document)?.unwrap_or_default();
    let request = CreateBucketRequest::of(context.bucket().clone(), context.account().clone());
    match context.store.create_bucket(CreateBucketRequest { location, ..request }).await {
        Ok(_) => {}
        Err(StoreError::BucketAlreadyExists) if context.service.options.region == FORGIVING_REGION => {}
        Err(error) => return Err(context.refusal(error)),
    }
    let mut response = respond::empty(200);
    respond::set(&mut response, "location", &format!("/{}", context.bucket()));
    Ok(response)
}
