//! Groups: users of an account that share policies.

use drystone_types::AccountId;

use super::{check_account, group_document, member, user_document};
use crate::document::{DocumentName, GroupDocument, write};
use crate::snapshot::Snapshot;
use crate::state::of;
use crate::{Identities, IdentityError, names};

/// A group as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    /// Name.
    pub name: String,
    /// The rest.
    pub document: GroupDocument,
}

impl Snapshot {
    /// The groups of an account, by name.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] without such an account.
    pub fn list_groups(&self, account: &AccountId) -> Result<Vec<GroupView>, IdentityError> {
        check_account(self, account)?;
        let groups = of(&self.state.groups, account);
        Ok(groups
            .map(|(name, document)| GroupView { name: name.to_owned(), document: document.clone() })
            .collect())
    }
}

impl Identities {
    /// Makes an empty group.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`], [`IdentityError::Exists`], [`IdentityError::NotFound`].
    pub async fn create_group(&self, account: &AccountId, name: &str) -> Result<(), IdentityError> {
        names::check_name("group", name)?;
        let created = self.chance.now().0;
        self.change(|held, _| {
            check_account(held, account)?;
            if held.state.groups.contains_key(&member(account, name)) {
                return Err(IdentityError::Exists(format!("group {name}")));
            }
            let document = GroupDocument { users: Vec::new(), policies: Vec::new(), created };
            Ok((vec![(DocumentName::Group(account.clone(), name.to_owned()), Some(write(&document)))], ()))
        })
        .await
    }

    /// Puts a user into a group, or takes it out. Done already is done.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn set_membership(
        &self,
        account: &AccountId,
        group: &str,
        user: &str,
        is_member: bool,
    ) -> Result<(), IdentityError> {
        self.change(|held, _| {
            let mut document = group_document(held, account, group)?;
            document.users.retain(|name| name != user);
            if is_member {
                user_document(held, account, user)?;
                document.users.push(user.to_owned());
                document.users.sort();
            }
            Ok((vec![(DocumentName::Group(account.clone(), group.to_owned()), Some(write(&document)))], ()))
        })
        .await
    }

    /// Deletes a group; its users stay.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn delete_group(&self, account: &AccountId, name: &str) -> Result<(), IdentityError> {
        self.change(|held, _| {
            group_document(held, account, name)?;
            Ok((vec![(DocumentName::Group(account.clone(), name.to_owned()), None)], ()))
        })
        .await
    }
}
