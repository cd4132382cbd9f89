//! PutObjectAcl: changes who may use an object; neither its bytes nor its Last-Modified.

use drystone_store::object::change::ObjectChange;
use drystone_wire::S3Error;

use super::acl_answer::{check_allowed, read, require_acls};
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let (bucket, key, version) = (context.bucket(), context.key(), context.route.version);
    let record = context.store.head_object(bucket, key, version).await;
    let owner = record.map_err(|error| context.refusal(error))?.properties.owner;
    let acl = read(context, &owner, body).await?; // as S3 does it: what is no ACL is told first
    require_acls(context)?;
    check_allowed(context, &acl)?;
    let change = ObjectChange::Acl(Some(acl));
    let changed = context.store.change_object(bucket, key, version, change, None).await;
    changed.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(200))
}
