//! CreateMultipartUpload: what the object will carry is said here, once (b16-b36).

use drystone_store::upload::create::{AbortDue, CreateUploadRequest};
use drystone_wire::S3Error;
use drystone_wire::headers::declared_checksum;
use drystone_wire::xml::response::upload::InitiateMultipartUploadResult;

use crate::context::Context;
use crate::encryption;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let checksum = declared_checksum(context.headers)?;
    let encryption = context.new_encryption().await?; // in force now, and for the whole upload (b34)
    let request = CreateUploadRequest {
        bucket: context.bucket().clone(),
        key: context.key().clone(),
        initiator: context.initiator().expect("nobody initiates uploads anonymously: b35"),
        properties: super::object_properties::sent(context)?,
        encryption,
        checksum,
    };
    let (upload, due) = context.store.create_upload(request).await.map_err(|error| context.refusal(error))?;
    let result = InitiateMultipartUploadResult {
        bucket: context.bucket().clone(),
        key: context.key().clone(),
        upload_id: upload.id,
    };
    let mut response = respond::xml(200, result.to_xml());
    if let Some((algorithm, kind)) = checksum {
        respond::set(&mut response, "x-amz-checksum-algorithm", algorithm.name()); // b19
        respond::set(&mut response, "x-amz-checksum-type", kind.name());
    }
    set_abort_due(&mut response, due.as_ref());
    encryption::show_written(&mut response, upload.properties.sse());
    Ok(response)
}

/// x-amz-abort-date and -rule-id, when a rule covers the upload (b32, b88).
pub(super) fn set_abort_due(response: &mut HttpResponse, due: Option<&AbortDue>) {
    if let Some(due) = due {
        respond::set(response, "x-amz-abort-date", &due.at.http_date());
        respond::set(response, "x-amz-abort-rule-id", &due.rule_id);
    }
}
