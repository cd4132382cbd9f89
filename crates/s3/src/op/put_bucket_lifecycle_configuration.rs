//! PutBucketLifecycleConfiguration: rules, in force at once, for uploads and objects old and new (b167, b168).

use drystone_store::bucket::BucketChange;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::lifecycle;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// What S3 answers for the transition default; we have no transitions.
pub(super) const TRANSITION_HEADER: &str = "x-amz-transition-default-minimum-object-size";
pub(super) const TRANSITION_DEFAULT: &str = "all_storage_classes_128K";

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let bucket = context.bucket();
    context.store.get_bucket(bucket).await.map_err(|error| context.refusal(error))?;
    check_transition_default(context)?;
    let configuration = lifecycle::parse(&document)?;
    let change = BucketChange::Lifecycle(Some(configuration));
    context.store.change_bucket(bucket, change).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::empty(200);
    respond::set(&mut response, TRANSITION_HEADER, TRANSITION_DEFAULT);
    Ok(response)
}

fn check_transition_default(context: &Context<'_>) -> Result<(), S3Error> {
    let Some(sent) = context.headers.get(TRANSITION_HEADER) else { return Ok(()) };
    let sent = String::from_utf8_lossy(sent.as_bytes());
    if [TRANSITION_DEFAULT, "varies_by_storage_class"].contains(&&*sent) {
        return Ok(());
    }
    Err(S3Error::invalid_request(format!("Invalid TransitionDefaultMinimumObjectSize found: {sent}")))
}
