//! PostObject: an HTML form becomes an object; answered as the form asks (b219-b224).

use drystone_types::ETag;
use drystone_wire::S3Error;
use drystone_wire::post::{SuccessAction, post_response, success_action};
use http::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use hyper::StatusCode;

use super::location::location;
use super::put_object;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// Stores the file as PutObject would: the context has the headers that the form stands for.
pub(crate) async fn handle(context: &Context<'_>, file: RequestBody) -> Result<HttpResponse, S3Error> {
    let stored = put_object::handle(context, file).await?;
    let form = context.form.expect("forms are routed here, and nothing else");
    let etag = stored.headers().get(ETAG).and_then(|etag| ETag::parse(etag.to_str().ok()?));
    let etag = etag.expect("PutObject answers with an ETag");
    let (bucket, key, url) = (context.bucket(), context.key(), location(context));
    let (status, target, document) = match success_action(form, bucket, key, &etag) {
        SuccessAction::Redirect(target) => (303, target, None),
        SuccessAction::Status(201) => (201, url.clone(), Some(post_response(&url, bucket, key, &etag))),
        SuccessAction::Status(status) => (status, url, None),
    };
    let mut response = match document {
        Some(document) => respond::with_body(status, document),
        None => respond::empty(status),
    };
    debug_assert_eq!(stored.status(), StatusCode::OK);
    response.headers_mut().extend(stored.headers().clone());
    if status == 201 {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    }
    response
        .headers_mut()
        .insert(LOCATION, HeaderValue::from_str(&target).expect("percent-encoded or checked"));
    Ok(response)
}
