//! Managing identities: every change that an administrator can make, one file per kind of thing.

mod account;
mod group;
mod key;
mod policy;
mod user;

pub use account::{AccountView, NewAccount};
pub use group::GroupView;
pub use key::{KeyChange, KeyHolder, KeyView, NewKey};
pub use policy::{Attached, PolicyView};
pub use user::UserView;

use drystone_types::AccountId;

use crate::snapshot::Snapshot;
use crate::state::Member;
use crate::{IdentityError, Snapshot as Held};

/// The key of a member's maps.
fn member(account: &AccountId, name: &str) -> Member {
    (account.clone(), name.to_owned())
}

/// The account must exist.
fn check_account(held: &Held, account: &AccountId) -> Result<(), IdentityError> {
    match held.account(account) {
        Some(_) => Ok(()),
        None => Err(IdentityError::NotFound(format!("account {account}"))),
    }
}

/// The user's document.
fn user_document(
    held: &Snapshot,
    account: &AccountId,
    name: &str,
) -> Result<crate::document::UserDocument, IdentityError> {
    let document = held.state.users.get(&member(account, name)).cloned();
    document.ok_or_else(|| IdentityError::NotFound(format!("user {name}")))
}

/// The group's document.
fn group_document(
    held: &Snapshot,
    account: &AccountId,
    name: &str,
) -> Result<crate::document::GroupDocument, IdentityError> {
    let document = held.state.groups.get(&member(account, name)).cloned();
    document.ok_or_else(|| IdentityError::NotFound(format!("group {name}")))
}
