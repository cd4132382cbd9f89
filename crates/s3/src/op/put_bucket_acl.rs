//! PutBucketAcl: a canned ACL, grants in headers, or a document.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;
use drystone_wire::xml::response::acl::access_control_policy;

use super::acl_answer::{check_allowed, read, require_acls};
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let owner = context.rules().owner.clone();
    let acl = read(context, &owner, body).await?; // as S3 does it: what is no ACL is told first
    require_acls(context)?;
    check_allowed(context, &acl)?;
    let document = access_control_policy(&owner, &acl, |_| None);
    context.set_document(DocumentKind::Acl, Some(document)).await?;
    Ok(respond::empty(200))
}
