//! PutObjectLegalHold: ON holds a version until it is OFF, whatever its retention says (b195).

use drystone_store::object::change::ObjectChange;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::object_lock;

use super::changed;
use crate::authorise::Sent;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read_vouched(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let is_on = object_lock::legal_hold_status(&document)?;
    context.require_with_body(Sent::LegalHold(is_on)).await?;
    changed::find_lockable(context).await?;
    changed::change(context, ObjectChange::LegalHold(is_on)).await?;
    Ok(respond::empty(200))
}
