//! Principal: who asks. Cheap to clone: what is shared is behind an `Arc`.

use std::sync::Arc;

use drystone_types::{AccountId, Timestamp};

use crate::policy::Policy;

/// An account: owns buckets, objects and users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Canonical id, as Owner and Grantee show it.
    pub id: AccountId,
    /// Twelve digits, as ARNs show it.
    pub number: String,
    /// Further texts that policies may put where an ARN has the number (Ceph's tenants), or the name of a user in an ARN
    /// without a number. Usually empty.
    pub aliases: Vec<String>,
}

impl Account {
    /// `arn:aws:iam::<number>:root`.
    pub fn root_arn(&self) -> String {
        format!("arn:aws:iam::{}:root", self.number)
    }

    /// Is `text`, from the account part of an ARN or from a whole principal, this account?
    pub fn is(&self, text: &str) -> bool {
        text == self.number || text == self.id.as_str() || self.aliases.iter().any(|alias| alias == text)
    }
}

/// A policy and the name under which it is attached.
#[derive(Clone, Debug)]
pub struct AttachedPolicy {
    /// Shown in explanations.
    pub name: String,
    /// Compiled.
    pub policy: Arc<Policy>,
}

/// A user of an account.
#[derive(Clone, Debug)]
pub struct User {
    /// Whose.
    pub account: Arc<Account>,
    /// `/` or `/team/`: between `user` and the name in the ARN.
    pub path: String,
    /// Unique within the account.
    pub name: String,
    /// Unique for ever: `aws:userid`.
    pub id: String,
    /// Its own policies and those of its groups.
    pub policies: Vec<AttachedPolicy>,
}

impl User {
    /// `arn:aws:iam::<number>:user/<name>`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user{}{}", self.account.number, self.path, self.name)
    }
}

/// A session of an account's root or of a user, made by STS: its parent's rights, narrowed.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose rights it has.
    pub parent: Parent,
    /// Narrow them together: what none of these allows is not allowed, and each can deny. Without any they stay as they are.
    pub policies: Vec<Arc<Policy>>,
    /// When its token was issued: `aws:TokenIssueTime`.
    pub issued: Timestamp,
}

/// Who can have sessions.
#[derive(Clone, Debug)]
pub enum Parent {
    /// An account's root.
    Root(Arc<Account>),
    /// A user.
    User(Arc<User>),
}

impl Parent {
    /// The account.
    pub fn account(&self) -> &Account {
        match self {
            Self::Root(account) => account,
            Self::User(user) => &user.account,
        }
    }
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Principal {
    /// Nobody signed.
    Anonymous,
    /// An account's root: every right in its own account.
    Root(Arc<Account>),
    /// A user.
    User(Arc<User>),
    /// A session.
    Session(Arc<Session>),
}

impl Principal {
    /// The account; `None` for anonymous requests.
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Anonymous => None,
            Self::Root(account) => Some(account),
            Self::User(user) => Some(&user.account),
            Self::Session(session) => Some(session.parent.account()),
        }
    }

    /// The user, also behind a session.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Session(session) => match &session.parent {
                Parent::Root(_) => None,
                Parent::User(user) => Some(user),
            },
            Self::Anonymous | Self::Root(_) => None,
        }
    }

    /// The session, if it is one.
    pub fn session(&self) -> Option<&Session> {
        match self {
            Self::Session(session) => Some(session),
            _ => None,
        }
    }

    /// Nobody?
    pub fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// An account's root, also behind a session?
    pub fn is_root(&self) -> bool {
        !self.is_anonymous() && self.user().is_none()
    }

    /// Its ARN (a session's is its parent's); `None` for anonymous requests.
    pub fn arn(&self) -> Option<String> {
        match self.user() {
            Some(user) => Some(user.arn()),
            None => self.account().map(Account::root_arn),
        }
    }
}
