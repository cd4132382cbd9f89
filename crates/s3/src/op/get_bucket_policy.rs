//! GetBucketPolicy: the policy, byte for byte as it was put.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;
use http::header::{CONTENT_TYPE, HeaderValue};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let policy = context.document(DocumentKind::Policy).await?;
    let policy = policy.ok_or_else(|| S3Error::no_such_bucket_policy(context.bucket().as_str()))?;
    let mut response = respond::with_body(200, policy);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
