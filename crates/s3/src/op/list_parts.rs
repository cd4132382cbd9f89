//! ListParts: what has arrived (b77-b90).

use drystone_types::ETag;
use drystone_wire::S3Error;
use drystone_wire::xml::response::list_parts::{ListPartsResult, PartEntry};

use super::create_multipart_upload::set_abort_due;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let max_parts = context.query.max_parts()?;
    let marker = context.query.part_number_marker()?;
    let upload = context.upload().await?;
    let after = u16::try_from(marker).unwrap_or(u16::MAX);
    let listed = context.store.list_parts(&upload, after, max_parts as usize).await;
    let (page, due) = listed.map_err(|error| context.refusal(error))?;
    let parts: Vec<_> = page
        .parts
        .iter()
        .map(|record| PartEntry {
            part_number: record.part.part_number,
            last_modified: record.last_modified,
            etag: ETag::single(record.part.md5),
            size: record.part.size,
            checksum: record.part.checksum,
        })
        .collect();
    let result = ListPartsResult {
        bucket: upload.bucket,
        key: upload.key,
        upload_id: upload.id,
        initiator: context.initiator_of(&page.upload.initiator),
        owner: context.owner_of(&page.upload.properties.owner),
        storage_class: page.upload.properties.headers.storage_class,
        part_number_marker: marker,
        next_part_number_marker: parts.last().map_or(0, |part| part.part_number.get().into()), // b79
        max_parts,
        is_truncated: page.is_truncated && max_parts > 0, // b82
        checksum: page.upload.checksum,
        parts,
    };
    let mut response = respond::xml(200, result.to_xml());
    set_abort_due(&mut response, due.as_ref());
    Ok(response)
}
