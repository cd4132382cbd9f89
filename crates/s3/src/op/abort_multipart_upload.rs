//! AbortMultipartUpload: nothing of the upload remains (b160-b165).

use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let upload = context.upload().await?;
    context.store.abort_upload(&upload).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
