//! Object ownership: whether ACLs count, and whose a new object is.

use drystone_types::acl::{Grantee, Permission};
use drystone_types::{AccountId, Acl};

use crate::acl::CannedAcl;

/// A bucket's setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ObjectOwnership {
    /// ACLs do not count; the bucket's owner owns every object. The default of new buckets.
    #[default]
    BucketOwnerEnforced,
    /// The writer owns an object, unless it is written with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// The writer owns an object.
    ObjectWriter,
}

impl ObjectOwnership {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::BucketOwnerEnforced, Self::BucketOwnerPreferred, Self::ObjectWriter];

    /// As headers and XML spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }

    /// Reads a name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ownership| ownership.name() == name)
    }

    /// Do ACLs count?
    pub fn acls_count(self) -> bool {
        self != Self::BucketOwnerEnforced
    }

    /// Who owns an object that `writer` writes; anonymous writers own nothing.
    pub fn owner_of_new_object<'a>(
        self,
        bucket_owner: &'a AccountId,
        writer: Option<&'a AccountId>,
        canned: Option<CannedAcl>,
    ) -> &'a AccountId {
        match self {
            Self::BucketOwnerEnforced => bucket_owner,
            Self::BucketOwnerPreferred if canned == Some(CannedAcl::BucketOwnerFullControl) => bucket_owner,
            Self::BucketOwnerPreferred | Self::ObjectWriter => writer.unwrap_or(bucket_owner),
        }
    }

    /// May a request that writes an object or an ACL carry this canned ACL? When not: AccessControlListNotSupported. Without
    /// ACLs not even `private` is accepted.
    pub fn accepts_canned(self, canned: CannedAcl) -> bool {
        self.acls_count() || canned == CannedAcl::BucketOwnerFullControl
    }

    /// May a request carry these grants? Without ACLs only full control for the bucket's owner may be given, and nothing else.
    /// When not: AccessControlListNotSupported. CreateBucket and PutBucketOwnershipControls ask the same of the bucket's ACL,
    /// and answer InvalidBucketAclWithObjectOwnership.
    pub fn accepts_grants(self, acl: &Acl, bucket_owner: &AccountId) -> bool {
        let to_owner = |grantee: &Grantee| *grantee == Grantee::Account(bucket_owner.clone());
        self.acls_count()
            || (!acl.grants.is_empty()
                && acl
                    .grants
                    .iter()
                    .all(|grant| grant.permission == Permission::FullControl && to_owner(&grant.grantee)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drystone_types::acl::Grant;

    #[test]
    fn new_objects_have_the_documented_owner() {
        let (bucket, writer) = (AccountId::parse("b").unwrap(), AccountId::parse("w").unwrap());
        let full = Some(CannedAcl::BucketOwnerFullControl);
        for (ownership, canned, owner) in [
            (ObjectOwnership::BucketOwnerEnforced, None, &bucket),
            (ObjectOwnership::BucketOwnerPreferred, None, &writer),
            (ObjectOwnership::BucketOwnerPreferred, full, &bucket),
            (ObjectOwnership::ObjectWriter, full, &writer),
        ] {
            assert_eq!(ownership.owner_of_new_object(&bucket, Some(&writer), canned), owner);
            assert_eq!(ownership.owner_of_new_object(&bucket, None, canned), &bucket);
        }
    }

    #[test]
    fn without_acls_only_full_control_of_the_bucket_owner_is_accepted() {
        let (owner, other) = (AccountId::parse("b").unwrap(), AccountId::parse("w").unwrap());
        let enforced = ObjectOwnership::default();
        assert!(enforced.accepts_canned(CannedAcl::BucketOwnerFullControl));
        assert!(
            !enforced.accepts_canned(CannedAcl::PublicRead) && !enforced.accepts_canned(CannedAcl::Private)
        );
        assert!(enforced.accepts_grants(&Acl::private(&owner), &owner));
        assert!(!enforced.accepts_grants(&Acl::private(&other), &owner));
        let read = Grant { grantee: Grantee::Account(owner.clone()), permission: Permission::Read };
        assert!(!enforced.accepts_grants(&Acl { grants: vec![read] }, &owner));
        assert!(ObjectOwnership::ObjectWriter.accepts_canned(CannedAcl::PublicRead));
        assert!(ObjectOwnership::ObjectWriter.accepts_grants(&Acl::private(&other), &owner));
    }
}
