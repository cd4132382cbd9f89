//! DeleteObjectTagging: a version without tags; 204 also when it had none.

use drystone_store::object::change::ObjectChange;
use drystone_types::Tags;
use drystone_wire::S3Error;

use super::changed;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    let record = changed::change(context, ObjectChange::Tags(Tags::default())).await?;
    let mut response = respond::empty(204);
    changed::set_version(&mut response, &bucket, &record);
    Ok(response)
}
