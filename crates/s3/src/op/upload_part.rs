//! UploadPart: one numbered piece; the same number again replaces it (b37-b56).

use drystone_store::upload::part::UploadPartRequest;
use drystone_types::{ETag, PartNumber};
use drystone_wire::S3Error;
use drystone_wire::headers::{content_md5, sent_checksum};

use super::put_object::sent;
use crate::body::RequestBody;
use crate::context::Context;
use crate::encryption;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let part_number = part_number(context)?;
    let content_md5 = content_md5(context.headers)?;
    let sent = sent(sent_checksum(context.headers)?);
    let customer_key = context.customer_key()?;
    let upload = context.upload().await?;
    let (declared_len, body) = body.into_upload()?;
    let request = UploadPartRequest { upload, part_number, declared_len, content_md5, sent, customer_key };
    let part = context.store.upload_part(request, body).await.map_err(|error| context.part_refusal(error))?;
    let mut response = respond::empty(200);
    respond::set_etag(&mut response, &ETag::single(part.record.part.md5));
    encryption::show(&mut response, part.sse.as_ref());
    if let Some(checksum) = &part.checksum {
        respond::set_part_checksum(&mut response, checksum);
    }
    Ok(response)
}

/// The part number that the query names (b40).
pub(crate) fn part_number(context: &Context<'_>) -> Result<PartNumber, S3Error> {
    context.query.part_number()?.ok_or_else(|| S3Error::invalid_part_number_argument(""))
}
