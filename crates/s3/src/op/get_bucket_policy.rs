//! GetBucketPolicy: the policy, byte for byte as it was put, as long as there are the users that it names.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;
use http::header::{CONTENT_TYPE, HeaderValue};
use std::borrow::Cow;

use crate::authorise::StoredPolicy;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let policy = context.document(DocumentKind::Policy).await?;
    let policy = policy.ok_or_else(|| S3Error::no_such_bucket_policy(context.bucket().as_str()))?;
    let stored = StoredPolicy::read(&policy);
    let shown =
        stored.as_ref().map_or(Cow::Borrowed(policy.as_str()), |stored| stored.shown(context.snapshot));
    let mut response = respond::with_body(200, shown.into_owned());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
