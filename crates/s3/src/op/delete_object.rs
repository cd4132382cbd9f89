//! DeleteObject: 204, whether it was there or not.

use drystone_store::object::delete::{DeleteCondition, DeleteRequest};
use drystone_types::WritePrecondition;
use drystone_wire::S3Error;
use drystone_wire::headers::delete_precondition;

use crate::dispatch::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let condition = match delete_precondition(context.headers)? {
        WritePrecondition::IfMatch(etag) => DeleteCondition::IfMatch(etag),
        WritePrecondition::None | WritePrecondition::IfNoneMatchAny => DeleteCondition::None,
    };
    let (bucket, key) = (context.bucket().clone(), context.key().clone());
    let request = DeleteRequest { condition, ..DeleteRequest::of(bucket, key, context.account().clone()) };
    context.store.delete_object(request).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
