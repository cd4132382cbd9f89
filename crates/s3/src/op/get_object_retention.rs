//! GetObjectRetention: mode and date, also when the date is past.

use drystone_wire::xml::response::object_lock::retention;
use drystone_wire::{ErrorCode, S3Error};

use super::changed;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let found = changed::find_lockable(context).await?.properties.lock.retention;
    let found = found.ok_or(ErrorCode::NoSuchObjectLockConfiguration)?;
    Ok(respond::xml(200, retention(&found)))
}
