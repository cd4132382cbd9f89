//! Users: made, listed, enabled and disabled, deleted with their keys.

use drystone_types::AccountId;

use super::{check_account, member, user_document};
use crate::document::{DocumentName, UserDocument, write};
use crate::snapshot::Snapshot;
use crate::state::of;
use crate::{Identities, IdentityError, names};

/// A user as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// Name.
    pub name: String,
    /// The rest.
    pub document: UserDocument,
    /// Its ARN.
    pub arn: String,
    /// Groups it is in.
    pub groups: Vec<String>,
    /// Ids of its access keys.
    pub keys: Vec<String>,
}

impl Snapshot {
    /// The users of an account, by name.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] without such an account.
    pub fn list_users(&self, account: &AccountId) -> Result<Vec<UserView>, IdentityError> {
        check_account(self, account)?;
        Ok(of(&self.state.users, account)
            .map(|(name, document)| self.view(account, name, document))
            .collect())
    }

    /// A user.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub fn get_user(&self, account: &AccountId, name: &str) -> Result<UserView, IdentityError> {
        Ok(self.view(account, name, &user_document(self, account, name)?))
    }

    fn view(&self, account: &AccountId, name: &str, document: &UserDocument) -> UserView {
        let is_its = |key: &&crate::document::KeyDocument| {
            key.account == account.as_str() && key.user.as_deref() == Some(name)
        };
        UserView {
            name: name.to_owned(),
            document: document.clone(),
            arn: self.user(account, name).map(|user| user.arn()).unwrap_or_default(),
            groups: self.state.groups_of(account, name).map(|(group, _)| group.to_owned()).collect(),
            keys: self.state.keys.iter().filter(|(_, key)| is_its(key)).map(|(id, _)| id.clone()).collect(),
        }
    }
}

impl Identities {
    /// Makes a user, enabled, with policies attached from the start.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`], [`IdentityError::Exists`], [`IdentityError::NotFound`] for account and policies.
    pub async fn create_user(
        &self,
        account: &AccountId,
        name: &str,
        policies: &[String],
    ) -> Result<UserView, IdentityError> {
        names::check_name("user", name)?;
        let created = self.chance.now().0;
        self.change(|held, random| {
            check_account(held, account)?;
            if held.state.users.contains_key(&member(account, name)) {
                return Err(IdentityError::Exists(format!("user {name}")));
            }
            super::policy::check_attachable(held, account, policies)?;
            let document = UserDocument {
                id: format!("AIDA{}", random(17)),
                enabled: true,
                policies: policies.to_vec(),
                created,
            };
            Ok((vec![(DocumentName::User(account.clone(), name.to_owned()), Some(write(&document)))], ()))
        })
        .await?;
        self.snapshot().get_user(account, name)
    }

    /// Enables or disables a user: the keys of a disabled one do not work, nor do their sessions.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn set_user_enabled(
        &self,
        account: &AccountId,
        name: &str,
        enabled: bool,
    ) -> Result<(), IdentityError> {
        self.change(|held, _| {
            let document = UserDocument { enabled, ..user_document(held, account, name)? };
            Ok((vec![(DocumentName::User(account.clone(), name.to_owned()), Some(write(&document)))], ()))
        })
        .await
    }

    /// Deletes a user, its keys, and its place in groups.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn delete_user(&self, account: &AccountId, name: &str) -> Result<(), IdentityError> {
        self.change(|held, _| {
            let view = held.get_user(account, name)?;
            let mut changes = vec![(DocumentName::User(account.clone(), name.to_owned()), None)];
            changes.extend(view.keys.into_iter().map(|id| (DocumentName::Key(id), None)));
            for group in view.groups {
                let mut document = super::group_document(held, account, &group)?;
                document.users.retain(|user| user != name);
                changes.push((DocumentName::Group(account.clone(), group), Some(write(&document))));
            }
            Ok((changes, ()))
        })
        .await
    }
}
