//! GetObjectTagging: the tags of a version, in the order in which they were put.

use drystone_wire::S3Error;
use drystone_wire::xml::response::tagging::tagging;

use super::changed;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let (bucket, record) = changed::find(context).await?;
    let mut response = respond::xml(200, tagging(&record.properties.tags));
    changed::set_version(&mut response, &bucket, &record);
    Ok(response)
}
