//! ACLs: canned ones become grants; which permission gives which action; who is granted it.

use drystone_types::acl::{Grant, Grantee, Permission};
use drystone_types::{AccountId, Acl};

use crate::action::Action;
use crate::policy::Fit;
use crate::principal::Principal;

/// An ACL by name, as `x-amz-acl` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "AWS's names, as `name` spells them")]
pub enum CannedAcl {
    Private,
    PublicRead,
    PublicReadWrite,
    AuthenticatedRead,
    AwsExecRead,
    BucketOwnerRead,
    BucketOwnerFullControl,
    LogDeliveryWrite,
}

impl CannedAcl {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::AwsExecRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
        Self::LogDeliveryWrite,
    ];

    /// As the header spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::AwsExecRead => "aws-exec-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
            Self::LogDeliveryWrite => "log-delivery-write",
        }
    }

    /// Reads a name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|acl| acl.name() == name)
    }

    /// Its grants on something that `owner` owns in a bucket of `bucket_owner`; for a bucket both are the same. There is no
    /// EC2 here, so `aws-exec-read` is private.
    pub fn grants(self, owner: &AccountId, bucket_owner: &AccountId) -> Acl {
        use Permission::{FullControl, Read, ReadAcp, Write};
        let further: &[(Grantee, Permission)] = match self {
            Self::Private | Self::AwsExecRead => &[],
            Self::PublicRead => &[(Grantee::AllUsers, Read)],
            Self::PublicReadWrite => &[(Grantee::AllUsers, Read), (Grantee::AllUsers, Write)],
            Self::AuthenticatedRead => &[(Grantee::AuthenticatedUsers, Read)],
            Self::BucketOwnerRead | Self::BucketOwnerFullControl if owner == bucket_owner => &[],
            Self::BucketOwnerRead => &[(Grantee::Account(bucket_owner.clone()), Read)],
            Self::BucketOwnerFullControl => &[(Grantee::Account(bucket_owner.clone()), FullControl)],
            Self::LogDeliveryWrite => &[(Grantee::LogDelivery, Write), (Grantee::LogDelivery, ReadAcp)],
        };
        let mut acl = Acl::private(owner);
        let grant = |(grantee, permission): &(Grantee, Permission)| Grant {
            grantee: grantee.clone(),
            permission: *permission,
        };
        acl.grants.extend(further.iter().map(grant));
        acl
    }
}

/// Whose ACL has to grant an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The bucket's, this permission.
    Bucket(Permission),
    /// The object's, this permission.
    Object(Permission),
}

/// The permission that gives `action`; `None` when no ACL can. From "Mapping of ACL permissions and access policy
/// permissions" in the S3 User Guide; Write includes DeleteObject, as S3 does it for buckets of old.
pub fn asked_for(action: Action) -> Option<Asked> {
    use Permission::{Read, ReadAcp, Write, WriteAcp};
    Some(match action {
        Action::ListBucket | Action::ListBucketVersions | Action::ListBucketMultipartUploads => {
            Asked::Bucket(Read)
        }
        Action::PutObject | Action::DeleteObject | Action::DeleteObjectVersion => Asked::Bucket(Write),
        Action::GetBucketAcl => Asked::Bucket(ReadAcp),
        Action::PutBucketAcl => Asked::Bucket(WriteAcp),
        Action::GetObject
        | Action::GetObjectVersion
        | Action::GetObjectTorrent
        | Action::GetObjectVersionTorrent => Asked::Object(Read),
        Action::GetObjectAcl | Action::GetObjectVersionAcl => Asked::Object(ReadAcp),
        Action::PutObjectAcl | Action::PutObjectVersionAcl => Asked::Object(WriteAcp),
        _ => return None,
    })
}

/// How well do the grants of `acl`, on something that `owner` owns, fit `principal` for `permission`? Owners always may read
/// and write the ACL. With `ignore_public`, grants to everyone do not count.
pub fn granted(
    acl: &Acl,
    owner: &AccountId,
    principal: &Principal,
    permission: Permission,
    ignore_public: bool,
) -> Fit {
    let is_acl_permission = matches!(permission, Permission::ReadAcp | Permission::WriteAcp);
    let as_owner = if is_acl_permission { account_fit(principal, owner) } else { Fit::No };
    let grants = acl.grants.iter().filter(|grant| {
        (grant.permission == permission || grant.permission == Permission::FullControl)
            && !(ignore_public && is_public(&grant.grantee))
    });
    grants.map(|grant| grantee_fit(&grant.grantee, principal)).max().unwrap_or(Fit::No).max(as_owner)
}

fn grantee_fit(grantee: &Grantee, principal: &Principal) -> Fit {
    match grantee {
        Grantee::Account(id) => account_fit(principal, id),
        Grantee::AuthenticatedUsers if principal.is_anonymous() => Fit::No,
        Grantee::AllUsers | Grantee::AuthenticatedUsers => Fit::Itself,
        Grantee::LogDelivery => Fit::No,
    }
}

fn account_fit(principal: &Principal, id: &AccountId) -> Fit {
    match principal.account() {
        Some(account) if account.id == *id && principal.is_root() => Fit::Itself,
        Some(account) if account.id == *id => Fit::Account,
        _ => Fit::No,
    }
}

/// Is it everyone, or everyone who signs?
pub(crate) fn is_public(grantee: &Grantee) -> bool {
    matches!(grantee, Grantee::AllUsers | Grantee::AuthenticatedUsers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AccountId {
        AccountId::parse(text).unwrap()
    }

    #[test]
    fn canned_acls_give_the_documented_grants() {
        let (owner, bucket_owner) = (id("owner"), id("bucketowner"));
        for (name, further) in [
            ("private", vec![]),
            ("public-read", vec![(Grantee::AllUsers, Permission::Read)]),
            (
                "public-read-write",
                vec![(Grantee::AllUsers, Permission::Read), (Grantee::AllUsers, Permission::Write)],
            ),
            ("authenticated-read", vec![(Grantee::AuthenticatedUsers, Permission::Read)]),
            ("aws-exec-read", vec![]),
            ("bucket-owner-read", vec![(Grantee::Account(id("bucketowner")), Permission::Read)]),
            (
                "bucket-owner-full-control",
                vec![(Grantee::Account(id("bucketowner")), Permission::FullControl)],
            ),
            (
                "log-delivery-write",
                vec![(Grantee::LogDelivery, Permission::Write), (Grantee::LogDelivery, Permission::ReadAcp)],
            ),
        ] {
            let acl = CannedAcl::parse(name).unwrap().grants(&owner, &bucket_owner);
            let found: Vec<_> =
                acl.grants.into_iter().map(|grant| (grant.grantee, grant.permission)).collect();
            let first = (Grantee::Account(owner.clone()), Permission::FullControl);
            assert_eq!(found, [vec![first], further].concat(), "{name}");
        }
        assert_eq!(CannedAcl::BucketOwnerRead.grants(&owner, &owner), Acl::private(&owner));
        assert_eq!(CannedAcl::parse("Private"), None);
    }

    #[test]
    fn permissions_give_their_actions() {
        assert_eq!(asked_for(Action::ListBucketVersions), Some(Asked::Bucket(Permission::Read)));
        assert_eq!(asked_for(Action::GetObjectVersionAcl), Some(Asked::Object(Permission::ReadAcp)));
        for action in [Action::GetBucketPolicy, Action::GetObjectTagging, Action::PutBucketVersioning] {
            assert_eq!(asked_for(action), None);
        }
    }
}
