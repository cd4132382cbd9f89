//! XML bodies: read whole within a cap, and found to be what their digests say.

use bytes::Bytes;
use drystone_wire::S3Error;
use drystone_wire::headers::{SentChecksum, content_md5, sent_checksum};

use crate::body::RequestBody;
use crate::context::Context;

/// The body of a request that carries a document.
pub(crate) async fn read(context: &Context<'_>, body: RequestBody, max: usize) -> Result<Bytes, S3Error> {
    refuse_chunks(&body)?;
    let md5 = content_md5(context.headers)?;
    let sent = super::put_object::sent(sent_checksum(context.headers)?);
    let (data, trailer) = body.read_all(max).await?;
    drystone_store::ingest::check_small_body(&data, md5, sent, trailer)
        .map_err(|error| context.refusal(error))?;
    Ok(data)
}

/// The body of a request that S3 believes only when it vouches for itself: it deletes, or decides about locks.
pub(crate) async fn read_vouched(
    context: &Context<'_>,
    body: RequestBody,
    max: usize,
) -> Result<Bytes, S3Error> {
    refuse_chunks(&body)?;
    if !is_vouched(context)? {
        let message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";
        return Err(S3Error::invalid_request(message));
    }
    read(context, body, max).await
}

/// b209: chunks are for the bytes of objects.
fn refuse_chunks(body: &RequestBody) -> Result<(), S3Error> {
    if body.is_chunked() {
        return Err(S3Error::invalid_request("The value of x-amz-content-sha256 header is invalid."));
    }
    Ok(())
}

/// Does a digest beside the body say what is in it?
pub(crate) fn is_vouched(context: &Context<'_>) -> Result<bool, S3Error> {
    let headers = context.headers;
    Ok(headers.contains_key("content-md5") || sent_checksum(headers)? != SentChecksum::None)
}
