//! XML bodies: read whole within a cap, and found to be what their digests say.

use bytes::Bytes;
use drystone_wire::S3Error;
use drystone_wire::headers::{content_md5, sent_checksum};

use crate::body::RequestBody;
use crate::context::Context;

/// The body of a request that carries a document.
pub(crate) async fn read(context: &Context<'_>, body: RequestBody, max: usize) -> Result<Bytes, S3Error> {
    let md5 = content_md5(context.headers)?;
    let sent = super::put_object::sent(sent_checksum(context.headers)?);
    let (data, trailer) = body.read_all(max).await?;
    drystone_store::ingest::check_small_body(&data, md5, sent, trailer)
        .map_err(|error| context.refusal(error))?;
    Ok(data)
}
