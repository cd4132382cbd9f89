//! State: all documents, read and indexed by what they are.

use bytes::Bytes;
use drystone_types::AccountId;
use std::collections::BTreeMap;

use crate::IdentityError;
use crate::document::{
    AccountDocument, DocumentName, GroupDocument, KeyDocument, PolicyDocument, UserDocument, read,
};

/// An account and a name within it.
pub(crate) type Member = (AccountId, String);

/// A change of documents: what is under each name from now on.
pub(crate) type Changes = Vec<(DocumentName, Option<Bytes>)>;

/// All documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<AccountId, AccountDocument>,
    pub(crate) groups: BTreeMap<Member, GroupDocument>,
    pub(crate) keys: BTreeMap<String, KeyDocument>,
    pub(crate) policies: BTreeMap<Member, PolicyDocument>,
    pub(crate) users: BTreeMap<Member, UserDocument>,
}

impl State {
    /// Reads what is stored.
    pub(crate) fn of(documents: Vec<(String, Bytes)>) -> Result<Self, IdentityError> {
        let mut state = Self::default();
        for (name, bytes) in documents {
            state.set(DocumentName::parse(&name)?, Some(&bytes))?;
        }
        Ok(state)
    }

    /// This state with `changes`.
    pub(crate) fn with(&self, changes: &Changes) -> Result<Self, IdentityError> {
        let mut state = self.clone();
        for (name, bytes) in changes {
            state.set(name.clone(), bytes.as_ref())?;
        }
        Ok(state)
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len() + self.groups.len() + self.keys.len() + self.policies.len() + self.users.len()
    }

    /// Users and groups that have the policy attached.
    pub(crate) fn attached_to(&self, account: &AccountId, policy: &str) -> Vec<String> {
        let has = |names: &Vec<String>| names.iter().any(|name| name == policy);
        let users = of(&self.users, account).filter(|(_, user)| has(&user.policies));
        let groups = of(&self.groups, account).filter(|(_, group)| has(&group.policies));
        let users = users.map(|(name, _)| format!("user {name}"));
        users.chain(groups.map(|(name, _)| format!("group {name}"))).collect()
    }

    /// Groups of a user.
    pub(crate) fn groups_of<'a>(
        &'a self,
        account: &'a AccountId,
        user: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a GroupDocument)> {
        of(&self.groups, account).filter(move |(_, group)| group.users.iter().any(|name| name == user))
    }

    fn set(&mut self, name: DocumentName, bytes: Option<&Bytes>) -> Result<(), IdentityError> {
        let text = name.to_string();
        match name {
            DocumentName::Account(id) => put(&mut self.accounts, id, &text, bytes),
            DocumentName::Group(account, name) => put(&mut self.groups, (account, name), &text, bytes),
            DocumentName::Key(id) => put(&mut self.keys, id, &text, bytes),
            DocumentName::Policy(account, name) => put(&mut self.policies, (account, name), &text, bytes),
            DocumentName::User(account, name) => put(&mut self.users, (account, name), &text, bytes),
        }
    }
}

/// What of a map belongs to an account, by name.
pub(crate) fn of<'a, T>(
    map: &'a BTreeMap<Member, T>,
    account: &'a AccountId,
) -> impl Iterator<Item = (&'a str, &'a T)> {
    map.range((account.clone(), String::new())..)
        .take_while(move |((owner, _), _)| owner == account)
        .map(|((_, name), value)| (name.as_str(), value))
}

fn put<K: Ord, T: serde::de::DeserializeOwned>(
    map: &mut BTreeMap<K, T>,
    key: K,
    name: &str,
    bytes: Option<&Bytes>,
) -> Result<(), IdentityError> {
    match bytes {
        Some(bytes) => drop(map.insert(key, read(name, bytes)?)),
        None => drop(map.remove(&key)),
    }
    Ok(())
}
