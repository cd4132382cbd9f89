//! x-amz-expiration: what a lifecycle rule will do to the object that a request wrote or met.

use drystone_store::object::expiration::ExpirationDue;
use drystone_store::object::put::ObjectRecord;
use drystone_wire::S3Error;
use drystone_wire::encoding::encode_path;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// Name and value of the header.
pub(crate) fn header(due: &ExpirationDue) -> (&'static str, String) {
    let (date, id) = (due.at.http_date(), encode_path(&due.rule_id));
    ("x-amz-expiration", format!("expiry-date=\"{date}\", rule-id=\"{id}\""))
}

/// Sets the header, if a rule covers the object under the request's key.
pub(crate) async fn set(
    context: &Context<'_>,
    response: &mut HttpResponse,
    record: &ObjectRecord,
) -> Result<(), S3Error> {
    let bucket = context.bucket_record().await?;
    if let Some(due) = context.store.expiration_of(&bucket, context.key(), record) {
        let (name, value) = header(&due);
        respond::set(response, name, &value);
    }
    Ok(())
}
