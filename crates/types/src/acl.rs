//! Acl: owner and grants of a bucket or an object. Who is granted what is judged by `access`.

use crate::AccountId;

/// Who a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// An account.
    Account(AccountId),
    /// Everyone.
    AllUsers,
    /// Everyone who signs.
    AuthenticatedUsers,
    /// The log delivery group.
    LogDelivery,
}

/// What a grant gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// All four.
    FullControl,
    /// List a bucket; read an object.
    Read,
    /// Write to a bucket.
    Write,
    /// Read the ACL.
    ReadAcp,
    /// Write the ACL.
    WriteAcp,
}

impl Permission {
    /// All of them, in the order of their stored numbers.
    pub const ALL: [Self; 5] = [Self::FullControl, Self::Read, Self::Write, Self::ReadAcp, Self::WriteAcp];

    /// As headers and XML spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FullControl => "FULL_CONTROL",
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
        }
    }

    /// Reads a name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.name() == name)
    }
}

/// One line of an ACL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// Who.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// The grants of a bucket or object; its owner is kept beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl {
    /// In the order given.
    pub grants: Vec<Grant>,
}

impl Acl {
    /// Only the owner, and all.
    pub fn private(owner: &AccountId) -> Self {
        let grantee = Grantee::Account(owner.clone());
        Self { grants: vec![Grant { grantee, permission: Permission::FullControl }] }
    }
}
