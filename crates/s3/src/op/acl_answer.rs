//! What GetBucketAcl and GetObjectAcl answer, and what PutBucketAcl and PutObjectAcl read.

use bytes::Bytes;
use drystone_types::acl::Grantee;
use drystone_types::{AccountId, Acl, limits};
use drystone_wire::headers::acl::{SentAcl, sent_acl};
use drystone_wire::xml::request::acl::{ID_ARGUMENT, parse};
use drystone_wire::xml::response::acl::access_control_policy;
use drystone_wire::{ErrorCode, S3Error};

use crate::authorise::{Blocked, check_grantees, sets_acl};
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// The document. What is open to many stands first; otherwise grants keep their order.
pub(super) fn answer(context: &Context<'_>, owner: &AccountId, acl: &Acl) -> HttpResponse {
    let mut shown = acl.clone();
    shown.grants.sort_by_key(|grant| matches!(grant.grantee, Grantee::Account(_)));
    let name = |id: &AccountId| Some(context.owner_of(id).display_name).filter(|name| !name.is_empty());
    respond::xml(200, access_control_policy(owner, &shown, name))
}

/// The new ACL of something that `owner` owns: from the headers or the body, not both.
pub(super) async fn read(
    context: &Context<'_>,
    owner: &AccountId,
    body: RequestBody,
) -> Result<Acl, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let has_body = !document.trim_ascii().is_empty();
    if has_body && sets_acl(context.headers) {
        return Err(S3Error::new(ErrorCode::UnexpectedContent)); // whatever both of them say
    }
    match (sent_acl(context.headers)?, has_body) {
        (SentAcl::None, false) => {
            Err(S3Error::new(ErrorCode::MissingSecurityHeader).field("MissingHeaderName", "x-amz-acl"))
        }
        (SentAcl::None, true) => of_document(context, owner, &document),
        (SentAcl::Canned(_) | SentAcl::Grants(_), _) => {
            Ok(context.acl_of_headers(owner)?.expect("the headers name one"))
        }
    }
}

fn of_document(context: &Context<'_>, owner: &AccountId, document: &Bytes) -> Result<Acl, S3Error> {
    let policy = parse(document)?;
    if policy.owner != *owner {
        return Err(match context.snapshot.account(&policy.owner) {
            Some(_) => S3Error::access_denied(), // ownership cannot be given away
            None => S3Error::invalid_grantee_id(ID_ARGUMENT, policy.owner.as_str()),
        });
    }
    check_grantees(context, &policy.acl, ID_ARGUMENT)?;
    Ok(policy.acl)
}

/// ACLs must count, and a public one must not be blocked.
pub(super) fn check_allowed(context: &Context<'_>, acl: &Acl) -> Result<(), S3Error> {
    if context.rules().public_access_block.refuses_acl(acl) {
        return Err(context.blocked(Blocked::Acl));
    }
    Ok(())
}

/// 400 where ACLs do not count.
pub(super) fn require_acls(context: &Context<'_>) -> Result<(), S3Error> {
    if context.rules().ownership.acls_count() {
        Ok(())
    } else {
        Err(S3Error::new(ErrorCode::AccessControlListNotSupported))
    }
}
