//! CreateBucket: a name, and where S3 clients believe it is.

use drystone_store::StoreError;
use drystone_store::bucket::{CreateBucketRequest, DocumentKind};
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::headers::bucket_object_lock_enabled;
use drystone_wire::xml::request::create_bucket;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// The region where making one's own bucket again succeeds, as it does on AWS for historical reasons.
const FORGIVING_REGION: &str = "us-east-1";

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let asked = create_bucket::parse(&document)?;
    let tags = super::put_bucket_tagging::kept(&asked.tags);
    let is_forgiven = context.service.options.region == FORGIVING_REGION && tags.is_none();
    let request = CreateBucketRequest {
        location: asked.location.unwrap_or_default(),
        object_lock: bucket_object_lock_enabled(context.headers)?,
        documents: tags.map(|tags| (DocumentKind::Tagging, tags)).into_iter().collect(),
        ..CreateBucketRequest::of(context.bucket().clone(), context.account().clone())
    };
    match context.store.create_bucket(request).await {
        Ok(_) => {}
        Err(StoreError::BucketAlreadyExists) if is_forgiven => {}
        Err(error) => return Err(context.refusal(error)),
    }
    let mut response = respond::empty(200);
    respond::set(&mut response, "location", &format!("/{}", context.bucket()));
    Ok(response)
}
