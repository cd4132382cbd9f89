//! PutBucketOwnershipControls: from BucketOwnerEnforced on, ACLs do not count; so the bucket's must grant nothing to others.

use drystone_store::bucket::DocumentKind;
use drystone_types::acl::Grantee;
use drystone_types::limits;
use drystone_wire::xml::request::ownership;
use drystone_wire::xml::response::ownership::ownership_controls;
use drystone_wire::{ErrorCode, S3Error};

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let name = ownership::parse(&document)?;
    let rules = context.rules();
    let is_owner = |grantee: &Grantee| *grantee == Grantee::Account(rules.owner.clone());
    if name == "BucketOwnerEnforced" && !rules.acl.grants.iter().all(|grant| is_owner(&grant.grantee)) {
        return Err(S3Error::new(ErrorCode::InvalidBucketAclWithObjectOwnership));
    }
    context.set_document(DocumentKind::OwnershipControls, Some(ownership_controls(&name))).await?;
    Ok(respond::empty(200))
}
