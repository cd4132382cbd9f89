//! GetObjectLegalHold: ON or OFF; what was never set is neither.

use drystone_wire::xml::response::object_lock::legal_hold;
use drystone_wire::{ErrorCode, S3Error};

use super::changed;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let found = changed::find_lockable(context).await?.properties.lock.legal_hold;
    let found = found.ok_or(ErrorCode::NoSuchObjectLockConfiguration)?;
    Ok(respond::xml(200, legal_hold(found)))
}
