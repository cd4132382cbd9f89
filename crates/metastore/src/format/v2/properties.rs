//! The properties of objects and uploads beside their headers. A byte of flags says which there are: mostly none.

use drystone_types::acl::{Grant, Grantee, Permission};
use drystone_types::encryption::Sse;
use drystone_types::{
    AccountId, Acl, Encryption, ObjectLock, ObjectProperties, Retention, Tags, Timestamp, Version, VersionId,
};

use super::codec::{Malformed, Reader, Writer};

const TAGS: u8 = 1;
const RETENTION: u8 = 2;
const HOLD_SET: u8 = 4;
const HOLD_ON: u8 = 8;
const ACL: u8 = 16;
const ENCRYPTION: u8 = 32;
/// The owner is not the bucket's.
const OWNER: u8 = 64;

impl Writer {
    pub(super) fn version(&mut self, version: Version) {
        self.u128(version.id.0);
        self.flag(version.is_null);
    }

    /// Headers and all that is set; the owner only if it is not the `bucket_owner`.
    pub(super) fn properties(&mut self, properties: &ObjectProperties, bucket_owner: &AccountId) {
        let ObjectProperties { headers, tags, lock, owner, acl, encryption } = properties;
        let flags = [
            (TAGS, !tags.is_empty()),
            (RETENTION, lock.retention.is_some()),
            (HOLD_SET, lock.legal_hold.is_some()),
            (HOLD_ON, lock.legal_hold == Some(true)),
            (ACL, acl.is_some()),
            (ENCRYPTION, encryption.is_some()),
            (OWNER, owner != bucket_owner),
        ];
        self.headers(headers);
        self.u8(flags.iter().map(|(bit, is)| if *is { *bit } else { 0 }).sum());
        if !tags.is_empty() {
            self.tags(tags);
        }
        if let Some(Retention { mode, until }) = lock.retention {
            self.retention_mode(mode);
            self.u64(until.0);
        }
        if let Some(acl) = acl {
            self.acl(acl);
        }
        if let Some(encryption) = encryption {
            self.encryption(encryption);
        }
        if owner != bucket_owner {
            self.text(owner.as_str());
        }
    }

    pub(super) fn tags(&mut self, tags: &Tags) {
        self.len(tags.0.len());
        for (key, value) in &tags.0 {
            self.text(key);
            self.text(value);
        }
    }

    fn acl(&mut self, acl: &Acl) {
        self.len(acl.grants.len());
        for Grant { grantee, permission } in &acl.grants {
            match grantee {
                Grantee::Account(account) => {
                    self.u8(1);
                    self.text(account.as_str());
                }
                Grantee::AllUsers => self.u8(2),
                Grantee::AuthenticatedUsers => self.u8(3),
                Grantee::LogDelivery => self.u8(4),
            }
            let number = Permission::ALL.iter().position(|other| other == permission);
            self.u8(number.and_then(|number| u8::try_from(number).ok()).expect("ALL holds all"));
        }
    }

    fn encryption(&mut self, encryption: &Encryption) {
        match &encryption.sse {
            Sse::S3 => self.u8(1),
            Sse::Kms { key_id, context, bucket_key } => {
                self.u8(2);
                self.text(key_id);
                self.option(context.as_deref(), Self::text);
                self.flag(*bucket_key);
            }
            Sse::Customer { key_md5 } => {
                self.u8(3);
                self.bytes(key_md5);
            }
        }
        self.len(encryption.sealed_key.len());
        self.bytes(&encryption.sealed_key);
    }
}

impl Reader<'_> {
    pub(super) fn version(&mut self) -> Result<Version, Malformed> {
        Ok(Version { id: VersionId(self.u128()?), is_null: self.flag()? })
    }

    pub(super) fn account(&mut self) -> Result<AccountId, Malformed> {
        AccountId::parse(self.text()?).ok_or(Malformed("the account id is not legal"))
    }

    /// Version 1 knew headers only.
    pub(super) fn properties(&mut self, bucket_owner: &AccountId) -> Result<ObjectProperties, Malformed> {
        let headers = self.headers()?;
        let flags = if self.is_v1() { 0 } else { self.u8()? };
        let has = |bit| flags & bit != 0;
        if flags & 128 != 0 || (has(HOLD_ON) && !has(HOLD_SET)) {
            return Err(Malformed("the properties' flags are unknown"));
        }
        Ok(ObjectProperties {
            headers,
            tags: if has(TAGS) { self.tags()? } else { Tags::default() },
            lock: ObjectLock {
                retention: has(RETENTION).then(|| self.retention()).transpose()?,
                legal_hold: has(HOLD_SET).then(|| has(HOLD_ON)),
            },
            acl: has(ACL).then(|| self.acl()).transpose()?,
            encryption: has(ENCRYPTION).then(|| self.encryption()).transpose()?,
            owner: if has(OWNER) { self.account()? } else { bucket_owner.clone() },
        })
    }

    pub(super) fn tags(&mut self) -> Result<Tags, Malformed> {
        self.list(|from| Ok((from.text()?.to_owned(), from.text()?.to_owned()))).map(Tags)
    }

    fn retention(&mut self) -> Result<Retention, Malformed> {
        Ok(Retention { mode: self.retention_mode()?, until: Timestamp(self.u64()?) })
    }

    fn acl(&mut self) -> Result<Acl, Malformed> {
        let grant = |from: &mut Self| {
            let grantee = match from.u8()? {
                1 => Grantee::Account(from.account()?),
                2 => Grantee::AllUsers,
                3 => Grantee::AuthenticatedUsers,
                4 => Grantee::LogDelivery,
                _ => return Err(Malformed("the grantee is unknown")),
            };
            let permission = Permission::ALL.get(usize::from(from.u8()?)).copied();
            Ok(Grant { grantee, permission: permission.ok_or(Malformed("the permission is unknown"))? })
        };
        Ok(Acl { grants: self.list(grant)? })
    }

    fn encryption(&mut self) -> Result<Encryption, Malformed> {
        let sse = match self.u8()? {
            1 => Sse::S3,
            2 => Sse::Kms {
                key_id: self.text()?.to_owned(),
                context: self.option(|from| from.text().map(str::to_owned))?,
                bucket_key: self.flag()?,
            },
            3 => Sse::Customer { key_md5: self.array()? },
            _ => return Err(Malformed("the kind of encryption is unknown")),
        };
        let len = usize::try_from(self.u32()?).map_err(|_| Malformed("the row is cut short"))?;
        Ok(Encryption { sse, sealed_key: self.slice(len)?.to_vec() })
    }
}
