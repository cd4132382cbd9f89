//! CompleteMultipartUpload: the listed parts become the object, at once and whole (b107-b157).

use drystone_store::upload::assemble::{CompleteClaims, RequestedPart};
use drystone_store::upload::complete::{CompleteRequest, CompletedRecord, CompletedUpload};
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::headers::write_precondition;
use drystone_wire::headers::{checksum_type, final_checksum, mp_object_size};
use drystone_wire::xml::request::complete;
use drystone_wire::xml::response::upload::CompleteMultipartUploadResult;
use std::sync::Arc;

use super::keepalive;
use super::location::location;
use crate::body::RequestBody;
use crate::context::Context;
use crate::encryption;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let precondition = write_precondition(context.headers)?;
    let upload = context.upload().await?;
    context.store.find_upload(&upload).await.map_err(|error| context.refusal(error))?; // b119: before the body
    let claims = CompleteClaims {
        checksum: final_checksum(context.headers)?.map(|sent| (sent.checksum, sent.part_count)),
        checksum_type: checksum_type(context.headers)?,
        object_size: mp_object_size(context.headers)?,
    };
    let (document, _) = body.read_all(limits::XML_COMPLETE_MAX_BYTES).await?;
    let requested: Vec<_> = complete::parse(&document)?
        .into_iter()
        .map(|part| RequestedPart { part_number: part.part_number, etag: part.etag, checksum: part.checksum })
        .collect();
    drop(document);
    let store = Arc::clone(context.store);
    let (location, bucket, key) = (location(context), upload.bucket.clone(), upload.key.clone());
    let event = context.event("s3:ObjectCreated:CompleteMultipartUpload").await?; // b131
    let request = CompleteRequest { upload, requested, claims, precondition, event };
    let completed = async move { store.complete_upload(request).await };
    keepalive::answer(context, Vec::new(), completed, move |completed| {
        let CompletedUpload { completed, sse, expiration } = completed;
        let CompletedRecord { etag, checksum, version, .. } = completed;
        let checksum = checksum.filter(|checksum| encryption::complete_shows(checksum, sse.as_ref()));
        let result = CompleteMultipartUploadResult { location, bucket, key, etag, checksum };
        let expiration = expiration.as_ref().map(super::expiration::header);
        let headers = keepalive::new_version(version).into_iter().chain(expiration);
        let headers = headers.chain(encryption::shown(sse.as_ref()));
        (result, headers.collect())
    })
    .await
}
