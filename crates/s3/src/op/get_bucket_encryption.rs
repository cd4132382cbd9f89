//! GetBucketEncryption: the default of a bucket; what S3 gives every bucket when none was put.

use drystone_wire::S3Error;
use drystone_wire::xml::response::encryption::encryption_configuration;

use crate::context::Context;
use crate::encryption::shown_configuration;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    match shown_configuration(context.store, &bucket) {
        Some(configuration) => Ok(respond::xml(200, encryption_configuration(&configuration))),
        None => Err(S3Error::no_encryption_configuration(context.bucket().as_str())),
    }
}
