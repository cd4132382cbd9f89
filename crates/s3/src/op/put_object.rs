//! PutObject: one body, one object.

use drystone_store::ingest::SentChecksum;
use drystone_store::object::put::PutRequest;
use drystone_types::ObjectLock;
use drystone_wire::headers;
use drystone_wire::headers::write_precondition;
use drystone_wire::headers::{content_md5, sent_checksum};
use drystone_wire::{Operation, S3Error};

use crate::body::RequestBody;
use crate::context::Context;
use crate::encryption;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let headers = context.headers;
    let precondition = write_precondition(headers)?;
    let content_md5 = content_md5(headers)?;
    let sent = sent(sent_checksum(headers)?);
    let properties = super::object_properties::sent(context)?;
    let is_form = context.route.operation == Operation::PostObject;
    if !is_form && properties.lock != ObjectLock::default() && !super::xml_body::is_vouched(context)? {
        let message = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters";
        return Err(S3Error::invalid_request(message));
    }
    let encryption = context.new_encryption().await?;
    let event = if is_form { "s3:ObjectCreated:Post" } else { "s3:ObjectCreated:Put" };
    let (declared_len, body) = body.into_upload()?;
    let request = PutRequest {
        bucket: context.bucket().clone(),
        key: context.key().clone(),
        properties,
        encryption,
        declared_len,
        content_md5,
        sent,
        precondition,
        event: context.event(event).await?,
    };
    let record = context.store.put_object(request, body).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::empty(200);
    respond::set_etag(&mut response, &record.etag);
    respond::set_new_version(&mut response, record.version);
    super::expiration::set(context, &mut response, &record).await?;
    let sse = record.properties.sse();
    encryption::show_written(&mut response, sse);
    if let Some(checksum) = &record.checksum {
        respond::set_object_checksum(&mut response, checksum);
    }
    Ok(response)
}

/// The sent checksum in the store's words.
pub(super) fn sent(sent: headers::SentChecksum) -> SentChecksum {
    match sent {
        headers::SentChecksum::None => SentChecksum::None,
        headers::SentChecksum::Header(checksum) => SentChecksum::Value(checksum),
        headers::SentChecksum::Trailer(algorithm) => SentChecksum::Trailer(algorithm),
    }
}
