//! GetObject: the whole, a range or a part, every byte verified before it leaves.

use drystone_wire::S3Error;

use super::object_answer::{Reading, read, set_headers};
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let (object, status, range, content_range, checksum) = match read(context).await? {
        Reading::NotModified(response) => return Ok(response),
        Reading::Bytes { object, status, range, content_range, checksum } => {
            (object, status, range, content_range, checksum)
        }
    };
    let mut headers = respond::empty(status);
    set_headers(context, &mut headers, &object, content_range.as_deref(), checksum.as_ref())?;
    if context.route.version.is_none() {
        super::expiration::set(context, &mut headers, &object.record).await?;
    }
    let bytes = context.store.read_object(*object, range).await.map_err(|error| context.refusal(error))?;
    let mut response = respond::stream(status, range.len(), bytes);
    for (name, value) in headers.headers() {
        response.headers_mut().append(name, value.clone());
    }
    Ok(response)
}
