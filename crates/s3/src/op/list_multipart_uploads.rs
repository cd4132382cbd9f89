//! ListMultipartUploads: what is open, by key and then by initiation (b91-b106).

use drystone_store::upload::list::{UploadPage, UploadQuery};
use drystone_types::UploadId;
use drystone_wire::S3Error;
use drystone_wire::xml::response::list_uploads::{ListMultipartUploadsResult, UploadEntry};

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let query = context.query;
    let max_uploads = query.max_uploads()?;
    let encoding_url = query.encoding_type_url()?;
    let key_marker = query.get_non_empty("key-marker");
    // b96: without a key marker it is ignored
    let id_marker = key_marker.and_then(|_| query.get_non_empty("upload-id-marker"));
    let parse = |text: &str| UploadId::parse(text).ok_or_else(|| S3Error::invalid_upload_id_marker(text));
    let upload_query = UploadQuery {
        prefix: query.get("prefix").unwrap_or("").to_owned(),
        delimiter: query.get("delimiter").unwrap_or("").to_owned(),
        key_marker: key_marker.map(str::to_owned),
        upload_id_marker: id_marker.map(parse).transpose()?,
        max: max_uploads as usize,
    };
    let page = context.store.list_uploads(context.bucket(), upload_query).await;
    let page = page.map_err(|error| context.refusal(error))?;
    let (next_key_marker, next_upload_id_marker) = next_markers(&page);
    let mut result = ListMultipartUploadsResult {
        bucket: context.bucket().clone(),
        key_marker: key_marker.unwrap_or("").to_owned(),
        upload_id_marker: id_marker.unwrap_or("").to_owned(),
        next_key_marker,
        next_upload_id_marker,
        max_uploads,
        is_truncated: page.is_truncated && max_uploads > 0, // b101
        prefix: query.get("prefix").map(str::to_owned),
        delimiter: query.get("delimiter").map(str::to_owned),
        encoding_url,
        uploads: Vec::new(),
        common_prefixes: Vec::new(),
    };
    for entry in page.entries {
        match entry {
            drystone_store::upload::list::UploadEntry::Prefix(prefix) => result.common_prefixes.push(prefix),
            drystone_store::upload::list::UploadEntry::Upload(upload) => result.uploads.push(UploadEntry {
                key: upload.key,
                upload_id: upload.id,
                initiated: upload.initiated,
                storage_class: upload.properties.headers.storage_class,
                owner: context.owner_of(&upload.properties.owner),
                initiator: context.initiator_of(&upload.initiator),
                checksum: upload.checksum,
            }),
        }
    }
    Ok(respond::xml(200, result.to_xml()))
}

/// Where the next page begins: the last entry, also on a final page (b93); a common prefix only when more follows (b100).
fn next_markers(page: &UploadPage) -> (String, String) {
    use drystone_store::upload::list::UploadEntry;
    match page.entries.last() {
        Some(UploadEntry::Upload(upload)) => (upload.key.as_str().to_owned(), upload.id.to_string()),
        Some(UploadEntry::Prefix(prefix)) if page.is_truncated => (prefix.clone(), String::new()),
        _ => (String::new(), String::new()),
    }
}
