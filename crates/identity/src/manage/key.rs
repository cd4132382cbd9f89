//! Access keys: made or brought along, listed without their secrets, disabled, expired, deleted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_types::{AccountId, Timestamp, limits};
use drystone_wire::auth::Secret;

use super::{check_account, user_document};
use crate::document::{DocumentName, KeyDocument, write};
use crate::snapshot::{Snapshot, secret_context};
use crate::{Identities, IdentityError, names};

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The account.
    pub account: AccountId,
    /// Its user; `None` for its root.
    pub user: Option<String>,
}

/// A key to be made. What is not given is made up.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// Access key id.
    pub access_key_id: Option<String>,
    /// Secret.
    pub secret: Option<Secret>,
    /// Works until then.
    pub expires: Option<Timestamp>,
}

/// A change of a key.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyChange {
    /// Enables or disables it.
    pub enabled: Option<bool>,
    /// Sets (`Some(Some)`) or removes (`Some(None)`) the moment when it expires.
    pub expires: Option<Option<Timestamp>>,
}

/// A key as administrators see it: never with its secret (S19).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyView {
    /// Access key id.
    pub access_key_id: String,
    /// Whose.
    pub holder: KeyHolder,
    /// Works only when true.
    pub enabled: bool,
    /// Works until then.
    pub expires: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

impl Snapshot {
    /// The keys of an account, or of one of its users, by id.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub fn list_keys(&self, account: &AccountId, user: Option<&str>) -> Result<Vec<KeyView>, IdentityError> {
        check_account(self, account)?;
        if let Some(user) = user {
            user_document(self, account, user)?;
        }
        let keys = self.state.keys.iter().filter(|(_, key)| {
            key.account == account.as_str() && (user.is_none() || key.user.as_deref() == user)
        });
        Ok(keys.map(|(id, key)| view(id, key, account)).collect())
    }

    /// A key.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub fn get_key(&self, access_key_id: &str) -> Result<KeyView, IdentityError> {
        let key = key_document(self, access_key_id)?;
        let account = AccountId::parse(&key.account);
        let account =
            account.ok_or_else(|| IdentityError::broken(&format!("key/{access_key_id}"), "its account"))?;
        Ok(view(access_key_id, &key, &account))
    }
}

impl Identities {
    /// Makes a key. Its secret is told here and never again.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`]; [`IdentityError::Exists`], also for the id of the root key (S28);
    /// [`IdentityError::NotFound`]; [`IdentityError::TooMany`].
    pub async fn create_key(
        &self,
        holder: &KeyHolder,
        new: NewKey,
    ) -> Result<(KeyView, Secret), IdentityError> {
        new.access_key_id.as_deref().map_or(Ok(()), names::check_key_id)?;
        new.secret.as_ref().map_or(Ok(()), |secret| names::check_secret(secret.expose()))?;
        let created = self.chance.now();
        self.change(|held, random| {
            check_account(held, &holder.account)?;
            if let Some(user) = &holder.user {
                user_document(held, &holder.account, user)?;
            }
            let same = |key: &&KeyDocument| key.account == holder.account.as_str() && key.user == holder.user;
            if held.state.keys.values().filter(same).count() >= limits::KEYS_PER_HOLDER_MAX {
                let max = limits::KEYS_PER_HOLDER_MAX;
                return Err(IdentityError::TooMany { what: "access keys of one holder", max });
            }
            let id = new.access_key_id.clone().unwrap_or_else(|| format!("DRYK{}", random(16)));
            if held.state.keys.contains_key(&id) || held.root.access_key_id == id {
                return Err(IdentityError::Exists(format!("access key {id}")));
            }
            let secret = new.secret.clone().unwrap_or_else(|| Secret::new(random(40)));
            let sealed = self.master.seal_secret(&secret_context(&id), secret.expose().as_bytes());
            let document = KeyDocument {
                account: holder.account.as_str().to_owned(),
                user: holder.user.clone(),
                secret: STANDARD.encode(sealed),
                enabled: true,
                expires: new.expires.map(|at| at.0),
                created: created.0,
            };
            let made = view(&id, &document, &holder.account);
            Ok((vec![(DocumentName::Key(id), Some(write(&document)))], (made, secret)))
        })
        .await
    }

    /// Changes a key.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn change_key(&self, access_key_id: &str, change: KeyChange) -> Result<KeyView, IdentityError> {
        self.change(|held, _| {
            let mut document = key_document(held, access_key_id)?;
            document.enabled = change.enabled.unwrap_or(document.enabled);
            if let Some(expires) = change.expires {
                document.expires = expires.map(|at| at.0);
            }
            Ok((vec![(DocumentName::Key(access_key_id.to_owned()), Some(write(&document)))], ()))
        })
        .await?;
        self.snapshot().get_key(access_key_id)
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn delete_key(&self, access_key_id: &str) -> Result<(), IdentityError> {
        self.change(|held, _| {
            key_document(held, access_key_id)?;
            Ok((vec![(DocumentName::Key(access_key_id.to_owned()), None)], ()))
        })
        .await
    }
}

fn key_document(held: &Snapshot, id: &str) -> Result<KeyDocument, IdentityError> {
    if held.root.access_key_id == id {
        let what =
            "the root credentials are kept outside the identities: in the environment or in root-credentials";
        return Err(IdentityError::InUse(what.into()));
    }
    held.state.keys.get(id).cloned().ok_or_else(|| IdentityError::NotFound(format!("access key {id}")))
}

fn view(id: &str, key: &KeyDocument, account: &AccountId) -> KeyView {
    KeyView {
        access_key_id: id.to_owned(),
        holder: KeyHolder { account: account.clone(), user: key.user.clone() },
        enabled: key.enabled,
        expires: key.expires.map(Timestamp),
        created: Timestamp(key.created),
    }
}
