//! Accounts: made, listed, deleted.

use drystone_types::AccountId;

use crate::document::{AccountDocument, DocumentName, write};
use crate::snapshot::Snapshot;
use crate::state::of;
use crate::{Identities, IdentityError, names};

/// An account to be made. What is not given is made up.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// Canonical id.
    pub id: Option<String>,
    /// Twelve digits.
    pub number: Option<String>,
    /// Shown beside the id.
    pub display_name: String,
    /// For administrators.
    pub email: Option<String>,
    /// Further names by which policies may call it.
    pub aliases: Vec<String>,
}

/// An account as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountView {
    /// Canonical id.
    pub id: AccountId,
    /// The rest.
    pub document: AccountDocument,
    /// Is it that of the store's root credentials?
    pub is_root: bool,
}

/// Longest display name, e-mail address or alias, in characters.
const TEXT_MAX: usize = 256;
/// Most aliases.
const ALIASES_MAX: usize = 8;

impl Snapshot {
    /// All accounts: the store's own first, then by id.
    pub fn list_accounts(&self) -> Vec<AccountView> {
        let own = AccountView {
            id: self.root.account.clone(),
            document: AccountDocument {
                number: self.root.number.clone(),
                display_name: self.root.display_name.clone(),
                email: None,
                aliases: Vec::new(),
                created: 0,
            },
            is_root: true,
        };
        let others = self.state.accounts.iter().map(|(id, document)| AccountView {
            id: id.clone(),
            document: document.clone(),
            is_root: false,
        });
        std::iter::once(own).chain(others).collect()
    }
}

impl Identities {
    /// Makes an account.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`], [`IdentityError::Exists`] when id, number or an alias is another's.
    pub async fn create_account(&self, new: NewAccount) -> Result<AccountView, IdentityError> {
        check(&new)?;
        let created = self.chance.now().0;
        self.change(|held, random| {
            let id = new.id.clone().unwrap_or_else(|| canonical_id(random));
            let id = AccountId::parse(&id).ok_or_else(|| {
                IdentityError::invalid("a canonical id is 1 to 128 characters of A-Z, a-z, 0-9, _ and -")
            })?;
            let number = new.number.clone().unwrap_or_else(|| twelve_digits(held, random));
            let taken = [id.as_str(), &number].into_iter().chain(new.aliases.iter().map(String::as_str));
            for name in taken {
                if held.find_account(name).is_some() {
                    return Err(IdentityError::Exists(format!("an account called {name}")));
                }
            }
            let document = AccountDocument {
                number,
                display_name: new.display_name.clone(),
                email: new.email.clone(),
                aliases: new.aliases.clone(),
                created,
            };
            let change = (DocumentName::Account(id.clone()), Some(write(&document)));
            Ok((vec![change], AccountView { id, document, is_root: false }))
        })
        .await
    }

    /// Deletes an account that has no users, groups, policies and keys. Whether it owns buckets is for the caller to see.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], [`IdentityError::InUse`].
    pub async fn delete_account(&self, id: &AccountId) -> Result<(), IdentityError> {
        self.change(|held, _| {
            if !held.state.accounts.contains_key(id) {
                return Err(if *id == held.root.account {
                    IdentityError::InUse("the account of the root credentials cannot be deleted".into())
                } else {
                    IdentityError::NotFound(format!("account {id}"))
                });
            }
            let state = &held.state;
            let in_use = [
                ("users", of(&state.users, id).next().is_some()),
                ("groups", of(&state.groups, id).next().is_some()),
                ("policies", of(&state.policies, id).next().is_some()),
                ("access keys", state.keys.values().any(|key| key.account == id.as_str())),
            ];
            match in_use.into_iter().find(|(_, is_so)| *is_so) {
                Some((what, _)) => Err(IdentityError::InUse(format!("account {id} still has {what}"))),
                None => Ok((vec![(DocumentName::Account(id.clone()), None)], ())),
            }
        })
        .await
    }
}

fn check(new: &NewAccount) -> Result<(), IdentityError> {
    let fits = |text: &str| text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control);
    if new.display_name.is_empty() || !fits(&new.display_name) {
        return Err(IdentityError::invalid(format!("a display name has 1 to {TEXT_MAX} characters")));
    }
    if new.email.as_ref().is_some_and(|email| !email.contains('@') || !fits(email)) {
        return Err(IdentityError::invalid("this is no e-mail address"));
    }
    if new.aliases.len() > ALIASES_MAX {
        return Err(IdentityError::TooMany { what: "aliases of an account", max: ALIASES_MAX });
    }
    new.aliases.iter().try_for_each(|alias| names::check_name("alias", alias))?;
    new.number.as_deref().map_or(Ok(()), names::check_number)
}

/// 64 hexadecimal digits, as AWS's canonical ids.
fn canonical_id(random: &mut dyn FnMut(usize) -> String) -> String {
    let text = random(64);
    text.bytes().map(|b| char::from_digit(u32::from(b % 16), 16).expect("below 16")).collect()
}

/// A number that no account has.
fn twelve_digits(held: &Snapshot, random: &mut dyn FnMut(usize) -> String) -> String {
    loop {
        let digits = random(24).into_bytes().into_iter().filter_map(|b| match b {
            b'A'..=b'T' => Some(char::from(b'0' + (b - b'A') % 10)),
            _ => None,
        });
        let number: String = digits.take(12).collect();
        if number.len() == 12 && held.find_account(&number).is_none() {
            return number;
        }
    }
}
