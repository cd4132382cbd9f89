//! GetBucketCors: the rules as they were put.

use drystone_store::bucket::DocumentKind;
use drystone_wire::{ErrorCode, S3Error};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    match bucket.documents.get(&DocumentKind::Cors) {
        Some(document) => Ok(respond::xml(200, document.clone())),
        None => {
            Err(S3Error::new(ErrorCode::NoSuchCORSConfiguration)
                .field("BucketName", context.bucket().as_str()))
        }
    }
}
