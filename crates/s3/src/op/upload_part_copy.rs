//! UploadPartCopy: a part whose bytes come from an object here (b57-b76).

use drystone_store::encryption::check_customer_key;
use drystone_wire::S3Error;
use drystone_wire::headers::copy_range;
use drystone_wire::headers::text::text;
use drystone_wire::xml::response::copy::CopyPartResult;

use super::keepalive;
use crate::context::Context;
use crate::encryption;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let part_number = super::upload_part::part_number(context)?;
    let range = copy_range(context.headers)?;
    let upload = context.upload().await?;
    let customer_key = context.customer_key()?;
    let target = context.store.open_upload(&upload).await.map_err(|error| context.refusal(error))?;
    let encryption = target.properties.encryption;
    let right_key = check_customer_key(encryption.as_ref(), customer_key.as_ref());
    right_key.map_err(|error| context.part_refusal(error.into()))?; // b198
    let source = super::source::find(context).await?;
    let sse = encryption.map(|encryption| encryption.sse);
    let mut early = source.version_header();
    early.extend(encryption::shown(sse.as_ref()));
    let object = source.object;
    let size = object.record.size;
    let resolved = range.map(|range| range.resolve(size)).transpose();
    let range = resolved.map_err(|error| as_sent(error, context))?;
    let store = std::sync::Arc::clone(context.store);
    let copied =
        async move { store.upload_part_copy(upload, part_number, object, range, customer_key).await };
    keepalive::answer(context, early, copied, |part| {
        let result = CopyPartResult {
            etag: drystone_types::ETag::single(part.record.part.md5),
            last_modified: part.record.last_modified,
            checksum: part.record.part.checksum,
        };
        (result, Vec::new())
    })
    .await
}

/// The error with the range as the client wrote it.
fn as_sent(mut error: S3Error, context: &Context<'_>) -> S3Error {
    let sent = text(context.headers, "x-amz-copy-source-range").unwrap_or_default();
    for (name, value) in &mut error.fields {
        if *name == "ArgumentValue" {
            value.clone_from(&sent);
        }
    }
    error
}
