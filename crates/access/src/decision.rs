//! Decision: yes or no, and which rule said so.

use std::fmt;

use crate::action::Action;
use crate::principal::Principal;
use crate::request::Resource;

/// The outcome of a judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// May it be done?
    pub allowed: bool,
    /// Why, or why not.
    pub because: Because<'a>,
}

/// The rule that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because<'a> {
    /// A statement says Deny.
    Denied(StatementRef<'a>),
    /// A statement says Allow.
    Allowed(StatementRef<'a>),
    /// The account's root, in its own account.
    Root,
    /// A grant of an ACL, or the rights an owner always has.
    Acl,
    /// The initiator of the upload (b165).
    Initiator,
    /// Nothing allows it.
    Nothing(Missing),
    /// It would be allowed, but only principals of the bucket's own account can do it: answer MethodNotAllowed.
    OwnerOnly,
}

/// Which allowance was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No identity policy allows it.
    Identity,
    /// Neither bucket policy nor ACL allow it.
    Resource,
    /// The session policy does not allow it.
    Session,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source<'a> {
    /// The policy of this name, attached to the user or a group.
    Identity(&'a str),
    /// The session policy.
    Session,
    /// The bucket policy.
    Bucket,
}

/// A statement of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRef<'a> {
    /// In which policy.
    pub source: Source<'a>,
    /// Which, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<&'a str>,
}

impl Source<'_> {
    fn kind(self) -> &'static str {
        match self {
            Self::Identity(_) => "an identity-based policy",
            Self::Session => "a session policy",
            Self::Bucket => "a resource-based policy",
        }
    }
}

impl fmt::Display for StatementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Identity(name) => write!(f, "policy {name}")?,
            Source::Session => f.write_str("the session policy")?,
            Source::Bucket => f.write_str("the bucket policy")?,
        }
        write!(f, ", statement {}", self.index)?;
        self.sid.map_or(Ok(()), |sid| write!(f, " ({sid})"))
    }
}

impl Decision<'_> {
    /// Why it was refused, in AWS's words for principals of the bucket's own account. Others, and anonymous requests, should
    /// only be told `Access Denied`.
    pub fn refusal(&self, principal: &Principal, action: Action, resource: &Resource) -> String {
        let who = principal.arn().unwrap_or_else(|| "anonymous".to_owned());
        let start =
            format!("User: {who} is not authorized to perform: {action} on resource: \"{}\"", resource.arn());
        match &self.because {
            Because::Denied(statement) => {
                format!("{start} with an explicit deny in {}", statement.source.kind())
            }
            Because::Nothing(missing) => {
                let kind = match missing {
                    Missing::Identity => "identity-based",
                    Missing::Resource => "resource-based",
                    Missing::Session => "session",
                };
                format!("{start} because no {kind} policy allows the {action} action")
            }
            _ => start,
        }
    }
}
