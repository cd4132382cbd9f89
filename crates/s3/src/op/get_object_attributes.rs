//! GetObjectAttributes: what is known of an object, in one answer (b184-b187).

use drystone_store::object::get::FoundObject;
use drystone_types::ChecksumType;
use drystone_wire::S3Error;
use drystone_wire::headers::{ObjectAttributes, object_attributes};
use drystone_wire::xml::response::object_attributes::{
    GetObjectAttributesResponse, ObjectPart, ObjectParts, ObjectPartsPage,
};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let wanted = object_attributes(context.headers)?;
    let object = context.store.find_object(context.bucket(), context.key(), context.route.version).await;
    let mut object = object.map_err(|error| context.refusal(error))?;
    let customer_key = context.customer_key()?;
    context.store.unlock(&mut object, customer_key.as_ref()).map_err(|error| context.refusal(error))?;
    let record = &object.record;
    let result = GetObjectAttributesResponse {
        etag: wanted.etag.then_some(record.etag),
        checksum: record.checksum.filter(|_| wanted.checksum),
        object_parts: if wanted.object_parts { object_parts(&object, &wanted) } else { None },
        storage_class: wanted.storage_class.then_some(record.properties.headers.storage_class),
        object_size: wanted.object_size.then_some(record.size),
    };
    let mut response = respond::xml(200, result.to_xml());
    respond::set(&mut response, "last-modified", &record.last_modified.http_date());
    respond::set_version(&mut response, object.shown_version);
    Ok(response)
}

/// b185: only of multipart objects, and with a page of parts only where they have checksums of their own.
fn object_parts(object: &FoundObject, wanted: &ObjectAttributes) -> Option<ObjectParts> {
    object.record.etag.part_count?;
    let is_composite =
        object.record.checksum.is_some_and(|checksum| checksum.kind == ChecksumType::Composite);
    let page = is_composite.then(|| {
        let after = |number: u16| u32::from(number) > wanted.part_number_marker;
        let mut rest = object.manifest.parts.iter().filter(|part| after(part.part_number.get()));
        let parts: Vec<_> = rest
            .by_ref()
            .take(wanted.max_parts as usize)
            .map(|part| ObjectPart {
                part_number: part.part_number,
                size: part.size,
                checksum: part.checksum,
            })
            .collect();
        ObjectPartsPage {
            part_number_marker: wanted.part_number_marker,
            next_part_number_marker: parts.last().map_or(0, |part| part.part_number.get().into()),
            max_parts: wanted.max_parts,
            is_truncated: wanted.max_parts > 0 && rest.next().is_some(),
            parts,
        }
    });
    Some(ObjectParts { total: object.manifest.parts.len() as u64, page })
}
