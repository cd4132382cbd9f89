//! PutObjectRetention: sets, lengthens, and for who may bypass governance also shortens or lifts (b195).

use drystone_store::object::change::ObjectChange;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::headers::bypass_governance_retention;
use drystone_wire::xml::request::object_lock;

use super::changed;
use crate::authorise::Sent;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    bypass_governance_retention(context.headers)?;
    let document = super::xml_body::read_vouched(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let retention = object_lock::retention(&document, context.store.now())?;
    let sent = Sent::Retention(retention);
    context.require_with_body(sent).await?;
    let bypass_governance = context.bypasses_governance(context.key(), Some(sent));
    changed::find_lockable(context).await?;
    changed::change(context, ObjectChange::Retention { retention, bypass_governance }).await?;
    Ok(respond::empty(200))
}
