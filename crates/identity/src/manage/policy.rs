//! Policies: put, listed, deleted, attached to users and groups.

use drystone_access::{Policy, PolicyError, PolicyKind};
use drystone_types::{AccountId, limits};

use super::{check_account, group_document, member, user_document};
use crate::builtin::{BUILTIN, document};
use crate::document::{DocumentName, PolicyDocument, write};
use crate::snapshot::Snapshot;
use crate::state::of;
use crate::{Identities, IdentityError, names};

/// A policy as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyView {
    /// Name.
    pub name: String,
    /// The policy as it was put.
    pub document: String,
    /// Every account has it, and nobody can change it.
    pub is_builtin: bool,
    /// `user NAME` and `group NAME` that have it.
    pub attached_to: Vec<String>,
}

/// What a policy is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attached {
    /// A user.
    User(String),
    /// A group.
    Group(String),
}

impl Snapshot {
    /// The policies of an account, the built-in ones first.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`] without such an account.
    pub fn list_policies(&self, account: &AccountId) -> Result<Vec<PolicyView>, IdentityError> {
        check_account(self, account)?;
        let builtin = BUILTIN.iter().map(|(name, document)| (*name, *document, true));
        let own = of(&self.state.policies, account).map(|(name, policy)| (name, &*policy.document, false));
        let view = |(name, document, is_builtin): (&str, &str, bool)| PolicyView {
            name: name.to_owned(),
            document: document.to_owned(),
            is_builtin,
            attached_to: self.state.attached_to(account, name),
        };
        Ok(builtin.chain(own).map(view).collect())
    }

    /// A policy.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub fn get_policy(&self, account: &AccountId, name: &str) -> Result<PolicyView, IdentityError> {
        let all = self.list_policies(account)?;
        let found = all.into_iter().find(|policy| policy.name == name);
        found.ok_or_else(|| IdentityError::NotFound(format!("policy {name}")))
    }
}

impl Identities {
    /// Puts a policy, new or in place of one of that name.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] with the reason in IAM's words and, where they hide it, in S3's too; [`IdentityError::NotFound`].
    pub async fn put_policy(
        &self,
        account: &AccountId,
        name: &str,
        document: &str,
    ) -> Result<(), IdentityError> {
        names::check_name("policy", name)?;
        check_not_builtin(name)?;
        if document.chars().filter(|c| !c.is_whitespace()).count() > limits::MANAGED_POLICY_MAX_CHARS {
            let max = limits::MANAGED_POLICY_MAX_CHARS;
            return Err(IdentityError::invalid(format!(
                "a policy has at most {max} characters besides white space"
            )));
        }
        Policy::parse(document, PolicyKind::Identity)
            .map_err(|error| IdentityError::Invalid(explain(&error)))?;
        let created = self.chance.now().0;
        self.change(|held, _| {
            check_account(held, account)?;
            let stored = PolicyDocument { document: document.to_owned(), created };
            Ok((vec![(DocumentName::Policy(account.clone(), name.to_owned()), Some(write(&stored)))], ()))
        })
        .await
    }

    /// Deletes a policy that is attached to nothing.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], [`IdentityError::InUse`].
    pub async fn delete_policy(&self, account: &AccountId, name: &str) -> Result<(), IdentityError> {
        check_not_builtin(name)?;
        self.change(|held, _| {
            if !held.state.policies.contains_key(&member(account, name)) {
                return Err(IdentityError::NotFound(format!("policy {name}")));
            }
            let attached_to = held.state.attached_to(account, name);
            if !attached_to.is_empty() {
                let what = format!("policy {name} is attached to {}", attached_to.join(", "));
                return Err(IdentityError::InUse(what));
            }
            Ok((vec![(DocumentName::Policy(account.clone(), name.to_owned()), None)], ()))
        })
        .await
    }

    /// Attaches a policy, or detaches it. Done already is done.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], [`IdentityError::TooMany`].
    pub async fn set_attached(
        &self,
        account: &AccountId,
        policy: &str,
        to: &Attached,
        is_attached: bool,
    ) -> Result<(), IdentityError> {
        self.change(|held, _| {
            let change = |policies: &mut Vec<String>| {
                policies.retain(|name| name != policy);
                if is_attached {
                    policies.push(policy.to_owned());
                    check_attachable(held, account, policies)?;
                }
                Ok::<_, IdentityError>(())
            };
            let (name, bytes) = match to {
                Attached::User(user) => {
                    let mut document = user_document(held, account, user)?;
                    change(&mut document.policies)?;
                    (DocumentName::User(account.clone(), user.clone()), write(&document))
                }
                Attached::Group(group) => {
                    let mut document = group_document(held, account, group)?;
                    change(&mut document.policies)?;
                    (DocumentName::Group(account.clone(), group.clone()), write(&document))
                }
            };
            Ok((vec![(name, Some(bytes))], ()))
        })
        .await
    }
}

/// What is wrong with a policy, for who wrote it: IAM calls most of it the same.
fn explain(error: &PolicyError) -> String {
    let (iam, s3) = (error.iam_message(), error.to_string());
    if iam == s3 { iam } else { format!("{iam} {s3}") }
}

fn check_not_builtin(name: &str) -> Result<(), IdentityError> {
    match document(name) {
        None => Ok(()),
        Some(_) => Err(IdentityError::invalid(format!("policy {name} is built in and cannot be changed"))),
    }
}

/// All must exist, and be few.
pub(super) fn check_attachable(
    held: &Snapshot,
    account: &AccountId,
    policies: &[String],
) -> Result<(), IdentityError> {
    if policies.len() > limits::POLICIES_ATTACHED_MAX {
        return Err(IdentityError::TooMany { what: "policies attached", max: limits::POLICIES_ATTACHED_MAX });
    }
    let exists =
        |name: &&String| document(name).is_some() || held.state.policies.contains_key(&member(account, name));
    match policies.iter().find(|name| !exists(name)) {
        Some(name) => Err(IdentityError::NotFound(format!("policy {name}"))),
        None => Ok(()),
    }
}
