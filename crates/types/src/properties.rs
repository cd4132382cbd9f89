//! ObjectProperties: all that a write sets on an object beside its bytes.

use crate::encryption::Sse;
use crate::{AccountId, Acl, Encryption, ObjectHeaders, ObjectLock, Tags};

/// Set at PutObject, CopyObject or CreateMultipartUpload (b26); tags, lock and ACL may change later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectProperties {
    /// What the client set and gets back with the object.
    pub headers: ObjectHeaders,
    /// Object tags (b28, b203).
    pub tags: Tags,
    /// Retention and legal hold (b31, b195).
    pub lock: ObjectLock,
    /// Who owns the object.
    pub owner: AccountId,
    /// Grants; `None` is private to the owner.
    pub acl: Option<Acl>,
    /// Encryption at rest; `None` for plain bytes.
    pub encryption: Option<Encryption>,
}

impl ObjectProperties {
    /// Nothing but an owner.
    pub fn of(owner: AccountId) -> Self {
        Self {
            headers: ObjectHeaders::default(),
            tags: Tags::default(),
            lock: ObjectLock::default(),
            owner,
            acl: None,
            encryption: None,
        }
    }
    /// How it is encrypted, as answers show it.
    pub fn sse(&self) -> Option<&Sse> {
        self.encryption.as_ref().map(|encryption| &encryption.sse)
    }
}
