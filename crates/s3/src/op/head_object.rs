//! HeadObject: what GetObject would answer, without the bytes.

use drystone_wire::S3Error;
use http::header::{CONTENT_LENGTH, HeaderValue};

use super::object_answer::{Reading, read, set_headers};
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    match read(context).await? {
        Reading::NotModified(response) => Ok(response),
        Reading::Bytes { object, status, range, content_range, checksum } => {
            let mut response = respond::empty(status);
            set_headers(context, &mut response, &object, content_range.as_deref(), checksum.as_ref())?;
            if context.route.version.is_none() {
                super::expiration::set(context, &mut response, &object.record).await?;
            }
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(range.len()));
            Ok(response)
        }
    }
}
