//! NewObject: who will own what a request makes, and which ACL it gets (b29).

use drystone_access::CannedAcl;
use drystone_types::acl::Grantee;
use drystone_types::{AccountId, Acl, ObjectProperties};
use drystone_wire::headers::acl::{SentAcl, sent_acl};
use drystone_wire::{ErrorCode, Operation, S3Error};

use super::{Blocked, BucketRules};
use crate::context::Context;

/// Owner and ACL of an object that is about to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewObject {
    pub(crate) owner: AccountId,
    /// `None`: private.
    pub(crate) acl: Option<Acl>,
}

impl Context<'_> {
    /// Decides owner and ACL of what the request makes.
    ///
    /// # Errors
    /// Those of the ACL's headers; AccessControlListNotSupported; AccessDenied for a public ACL that is blocked.
    pub(super) fn settle_new_object(&self) -> Result<(), S3Error> {
        use Operation as O;
        let makes = matches!(
            self.route.operation,
            O::PutObject | O::PostObject | O::CopyObject | O::CreateMultipartUpload
        );
        if makes {
            let new_object = new_object(self, self.rules())?;
            self.granted.new_object.set(new_object).expect("a request is authorised once");
        }
        Ok(())
    }

    /// What a new object carries before any other header is read: an owner and an ACL.
    pub(crate) fn new_properties(&self) -> ObjectProperties {
        let NewObject { owner, acl } =
            self.granted.new_object.get().expect("only operations that make objects ask for this").clone();
        ObjectProperties { acl, ..ObjectProperties::of(owner) }
    }

    /// The ACL that PutObjectAcl's headers give to an object of `owner`, `None` if there are none.
    ///
    /// # Errors
    /// As for a new object.
    pub(crate) fn acl_of_headers(&self, owner: &AccountId) -> Result<Option<Acl>, S3Error> {
        let bucket_owner = &self.rules().owner;
        match sent_acl(self.headers)? {
            SentAcl::None => Ok(None),
            SentAcl::Canned(name) => Ok(Some(canned(&name)?.grants(owner, bucket_owner))),
            SentAcl::Grants(acl) => {
                check_grantees(self, &acl, "id")?;
                Ok(Some(acl))
            }
        }
    }
}

fn new_object(context: &Context<'_>, rules: &BucketRules) -> Result<NewObject, S3Error> {
    let sent = sent_acl(context.headers)?;
    let canned = match &sent {
        SentAcl::Canned(name) => Some(canned(name)?),
        SentAcl::None | SentAcl::Grants(_) => None,
    };
    let accepts = match &sent {
        SentAcl::None => true,
        SentAcl::Canned(_) => canned.is_some_and(|canned| rules.ownership.accepts_canned(canned)),
        SentAcl::Grants(acl) => rules.ownership.accepts_grants(acl, &rules.owner),
    };
    if !accepts {
        return Err(S3Error::new(ErrorCode::AccessControlListNotSupported));
    }
    let writer = context.caller.principal.account().map(|account| &account.id);
    let owner = rules.ownership.owner_of_new_object(&rules.owner, writer, canned);
    let counts = rules.ownership.acls_count();
    let acl = match (sent, canned) {
        (_, Some(canned)) if counts && canned != CannedAcl::Private => {
            Some(canned.grants(owner, &rules.owner))
        }
        (SentAcl::Grants(acl), None) if counts => {
            check_grantees(context, &acl, "id")?;
            Some(acl)
        }
        _ => None,
    };
    if acl.as_ref().is_some_and(|acl| rules.public_access_block.refuses_acl(acl)) {
        return Err(context.blocked(Blocked::Acl));
    }
    Ok(NewObject { owner: owner.clone(), acl })
}

/// The canned ACL of a name that the headers were read with.
fn canned(name: &str) -> Result<CannedAcl, S3Error> {
    CannedAcl::parse(name).ok_or_else(|| S3Error::invalid_argument("x-amz-acl", name, ""))
}

/// Every account that is granted something must exist. `argument` is what errors call it.
pub(crate) fn check_grantees(context: &Context<'_>, acl: &Acl, argument: &str) -> Result<(), S3Error> {
    for grant in &acl.grants {
        if let Grantee::Account(id) = &grant.grantee
            && context.snapshot.account(id).is_none()
        {
            return Err(S3Error::invalid_grantee_id(argument, id.as_str()));
        }
    }
    Ok(())
}
