//! GetBucketTagging: the tags as they were put.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    let document = bucket.documents.get(&DocumentKind::Tagging);
    let document = document.ok_or_else(|| S3Error::no_such_tag_set(bucket.name.as_str()))?;
    Ok(respond::xml(200, document.clone()))
}
