//! DeleteBucket: only an empty one; open uploads go with it (b166).

use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    context.store.delete_bucket(context.bucket()).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}
