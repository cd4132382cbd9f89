//! Policy: AWS's policy language, read strictly, compiled once, judged per request.

mod arn;
mod bucket_rules;
mod condition;
pub(crate) mod context;
pub mod document;
mod error;
mod json;
mod named;
pub(crate) mod operator;
mod statement;
mod value;

use std::collections::BTreeMap;

use drystone_types::BucketName;
use drystone_types::limits::{BUCKET_POLICY_MAX_BYTES, IDENTITY_POLICY_MAX_BYTES, SESSION_POLICY_MAX_BYTES};

pub use document::{Document, Effect};
pub use error::PolicyError;
pub use named::{Fit, NamedPrincipal};

use crate::condition_key::ConditionKey;
use crate::public;
use crate::request::AccessRequest;
pub(crate) use condition::Condition;
use context::Context;
pub(crate) use statement::Statement;

/// What a policy is attached to: decides which elements and sizes are legal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind<'a> {
    /// A user or group.
    Identity,
    /// A session.
    Session,
    /// This bucket.
    Bucket(&'a BucketName),
}

/// A compiled policy.
#[derive(Clone, Debug)]
pub struct Policy {
    statements: Vec<Statement>,
    is_public: bool,
}

/// What a policy says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This statement (from 0) denies.
    Deny(usize),
    /// This statement allows, and names the requester so.
    Allow(usize, Fit),
    /// Nothing applies.
    Silent,
}

impl Policy {
    /// Reads and compiles a policy's JSON.
    ///
    /// # Errors
    /// What is wrong with it, in S3's words (`Display`) or IAM's ([`PolicyError::iam_message`]).
    pub fn parse(text: &str, kind: PolicyKind<'_>) -> Result<Self, PolicyError> {
        let size_max = match kind {
            PolicyKind::Identity => IDENTITY_POLICY_MAX_BYTES,
            PolicyKind::Session => SESSION_POLICY_MAX_BYTES,
            PolicyKind::Bucket(_) => BUCKET_POLICY_MAX_BYTES,
        };
        if text.len() > size_max {
            return Err(PolicyError::TooLarge);
        }
        Self::compile(&Document::parse(text)?, kind)
    }

    /// Denies everything to everyone. Stands for a stored policy that is no longer legal: it could be the one that denies. The
    /// root of the bucket's account can still replace it.
    pub fn denying_everything() -> Self {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        Self::parse(text, PolicyKind::Identity).expect("a legal policy")
    }

    /// Compiles what was read.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn compile(document: &Document, kind: PolicyKind<'_>) -> Result<Self, PolicyError> {
        check_sids(document, kind)?;
        let mut statements = Vec::with_capacity(document.statements.len());
        for source in &document.statements {
            let compiled = Statement::compile(source, document.version);
            if let PolicyKind::Bucket(bucket) = kind {
                let compiled = compiled.map_err(|error| match error {
                    PolicyError::NotAnArn(_) => PolicyError::InvalidResource,
                    other => other,
                })?;
                bucket_rules::check(source, &compiled, bucket)?;
                statements.push(compiled);
            } else {
                if source.principals.is_some() {
                    return Err(PolicyError::PrincipalNotAllowed);
                }
                if !source.actions.values.iter().all(|action| has_service(action)) {
                    return Err(PolicyError::InvalidAction);
                }
                statements.push(compiled?);
            }
        }
        let is_public = statements.iter().any(public::is_public_statement);
        Ok(Self { statements, is_public })
    }

    /// Judges a request: deny over allow, and of several allows the one that names the requester best.
    pub fn judge(&self, request: &AccessRequest<'_>) -> Verdict {
        let context = Context::of(request);
        let mut verdict = Verdict::Silent;
        for (index, statement) in self.statements.iter().enumerate() {
            if let (Effect::Allow, Verdict::Allow(_, Fit::Itself)) = (statement.effect, verdict) {
                continue;
            }
            let fit = statement.applies(request, &context);
            verdict = match (fit, statement.effect, verdict) {
                (Fit::No, ..) => verdict,
                (_, Effect::Deny, _) => return Verdict::Deny(index),
                (_, Effect::Allow, Verdict::Allow(_, known)) if known >= fit => verdict,
                (_, Effect::Allow, _) => Verdict::Allow(index, fit),
            };
        }
        verdict
    }

    /// The Sid of a statement.
    pub fn sid(&self, index: usize) -> Option<&str> {
        self.statements.get(index)?.sid.as_deref()
    }

    /// Everyone whom it names: check that they exist before it is stored, and answer [`PolicyError::InvalidPrincipal`].
    pub fn named_principals(&self) -> impl Iterator<Item = &NamedPrincipal> {
        self.statements
            .iter()
            .filter_map(|statement| statement.principals.as_ref())
            .flat_map(|all| &all.named)
    }

    /// Binds the users whom it names to the unique ids that they had when it was put, by [`NamedPrincipal::user_arn`]: whoever
    /// gets the name of one that is deleted is not meant.
    pub fn bind_users(&mut self, users: &BTreeMap<String, String>) {
        let principals = self.statements.iter_mut().filter_map(|statement| statement.principals.as_mut());
        for named in principals.flat_map(|all| &mut all.named) {
            named.bind(users);
        }
    }

    /// Does it ask for a key that is one of `these`, in a condition or a variable? What it does not ask for need not be found
    /// out.
    pub fn asks(&self, these: impl Fn(&ConditionKey) -> bool) -> bool {
        self.statements.iter().any(|statement| statement.keys().any(&these))
    }

    /// Is it public, as GetBucketPolicyStatus says and PublicAccessBlock judges?
    pub fn is_public(&self) -> bool {
        self.is_public
    }
}

/// Ids are unique; those of identity policies are letters and digits.
fn check_sids(document: &Document, kind: PolicyKind<'_>) -> Result<(), PolicyError> {
    let mut seen = std::collections::HashSet::new();
    let sids = document.statements.iter().filter_map(|statement| statement.sid.as_deref());
    for sid in sids.filter(|sid| !sid.is_empty()) {
        let plain = sid.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain && !matches!(kind, PolicyKind::Bucket(_)) {
            return Err(PolicyError::InvalidSid);
        }
        if !seen.insert(sid) {
            return Err(PolicyError::DuplicateSid);
        }
    }
    Ok(())
}

/// `service:Action` or `*`; identity policies may name actions that are not ours.
fn has_service(action: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'?' | b'-');
    action == "*"
        || action.split_once(':').is_some_and(|(service, name)| {
            let service_legal = service.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            !service.is_empty() && service_legal && !name.is_empty() && name.bytes().all(legal)
        })
}
