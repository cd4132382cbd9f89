//! Sessions: temporary keys whose token carries all there is to know, sealed by the master key. Nothing is stored.
//!
//! A token is bound to its access key id, its parent key and the parent's holder. The parent is looked up at every use: when
//! it is disabled, deleted or expired, its sessions end with it. Rights are the parent's, narrowed by the session's policies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drystone_access::principal::{Parent, Session};
use drystone_access::{Policy, PolicyKind, Principal};
use drystone_seal::MasterKeys;
use drystone_types::{Timestamp, limits};
use drystone_wire::auth::Secret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

use crate::builtin;
use crate::names::{SESSION_PREFIX, base32};
use crate::snapshot::Snapshot;
use crate::{Caller, Identities, IdentityError};

/// What a new session shall be.
#[derive(Clone, Debug)]
pub struct SessionRequest {
    /// How long it lasts.
    pub duration: Duration,
    /// Its name, for people.
    pub name: String,
    /// Narrows the parent's rights.
    pub policy: Option<String>,
    /// Policies of the parent's account that narrow them too, by their ARNs: what one of all these allows is left, and each
    /// can deny.
    pub policy_arns: Vec<String>,
}

/// A new session, told once.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret: Secret,
    /// Its token, to be sent with every request.
    pub token: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// What a token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    format: u32,
    parent: String,
    holder: String,
    name: String,
    secret: String,
    issued: u64,
    expires: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    /// Names of policies of the parent's account. They count as they are when the session is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    policies: Vec<String>,
}

/// 1 knew no `policies`.
const FORMAT: u32 = 2;

/// An opened token of a session that holds.
pub(crate) struct OpenSession {
    pub(crate) secret: Secret,
    pub(crate) principal: Principal,
    pub(crate) parent: String,
}

/// Why a token does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// It is none of ours, or not for this key.
    Invalid,
    /// It was good until a while ago.
    Expired,
    /// Its parent is gone.
    Ended,
}

impl Identities {
    /// Makes a session of `caller`.
    ///
    /// # Errors
    /// [`IdentityError::Invalid`] for a duration or policy that cannot be, and when `caller` is itself a session or nobody;
    /// [`IdentityError::NotFound`] and [`IdentityError::TooMany`] for named policies.
    pub fn new_session(
        &self,
        caller: &Caller,
        request: &SessionRequest,
    ) -> Result<NewSession, IdentityError> {
        if caller.principal.session().is_some() || caller.principal.is_anonymous() {
            return Err(IdentityError::invalid("a session cannot make sessions"));
        }
        let longest = limits::SESSION_DURATION_MAX;
        if !(limits::SESSION_DURATION_MIN..=longest).contains(&request.duration) {
            return Err(IdentityError::invalid("the duration of a session is 900 to 43200 seconds"));
        }
        if let Some(policy) = &request.policy {
            parse_policy(policy)?;
        }
        let policies = named_policies(&self.snapshot(), &caller.principal, &request.policy_arns)?;
        let mut random = || self.chance.random_u128();
        let access_key_id = format!("{SESSION_PREFIX}{}", base32(&mut random, 16));
        let secret = base32(&mut random, 40);
        let issued = self.chance.now();
        let expires = Timestamp::from_seconds(issued.after(request.duration).seconds());
        let claims = Claims {
            format: FORMAT,
            parent: caller.access_key_id.clone(),
            holder: caller.holder.clone(),
            name: request.name.clone(),
            secret: secret.clone(),
            issued: issued.0,
            expires: expires.0,
            policy: request.policy.clone(),
            policies,
        };
        let plain = serde_json::to_vec(&claims).expect("claims are plain JSON");
        let sealed = self.master.seal_secret(&token_context(&access_key_id), &plain);
        let token = URL_SAFE_NO_PAD.encode(sealed);
        Ok(NewSession { access_key_id, secret: Secret::new(secret), token, expires })
    }
}

/// Opens the token that came with `access_key_id`.
pub(crate) fn open(
    snapshot: &Snapshot,
    master: &MasterKeys,
    access_key_id: &str,
    token: &str,
    now: Timestamp,
) -> Result<OpenSession, TokenRefusal> {
    if token.len() > limits::SESSION_TOKEN_MAX_BYTES || !access_key_id.starts_with(SESSION_PREFIX) {
        return Err(TokenRefusal::Invalid);
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenRefusal::Invalid)?;
    let plain =
        master.open_secret(&token_context(access_key_id), &sealed).map_err(|_| TokenRefusal::Invalid)?;
    let claims: Claims = serde_json::from_slice(&plain).map_err(|_| TokenRefusal::Invalid)?;
    if !(1..=FORMAT).contains(&claims.format) {
        return Err(TokenRefusal::Invalid);
    }
    if Timestamp(claims.expires) <= now {
        return Err(TokenRefusal::Expired);
    }
    let parent = snapshot.key(&claims.parent, now).filter(|key| key.holder == claims.holder);
    let parent = match parent.map(|key| &key.principal) {
        Some(Principal::Root(account)) => Parent::Root(Arc::clone(account)),
        Some(Principal::User(user)) => Parent::User(Arc::clone(user)),
        _ => return Err(TokenRefusal::Ended),
    };
    let inline = claims.policy.as_deref().map(parse_policy).transpose().map_err(|_| TokenRefusal::Invalid)?;
    let mut policies: Vec<_> = inline.map(Arc::new).into_iter().collect();
    for name in &claims.policies {
        // One that is gone could be the one that denied.
        let named = snapshot.policy(&parent.account().id, name).ok_or(TokenRefusal::Ended)?;
        policies.push(Arc::clone(named));
    }
    let session = Session { parent, policies, issued: Timestamp(claims.issued) };
    Ok(OpenSession {
        secret: Secret::new(claims.secret),
        principal: Principal::Session(Arc::new(session)),
        parent: claims.parent,
    })
}

/// The names of policies that a session of `parent` shall be narrowed by.
fn named_policies(
    snapshot: &Snapshot,
    parent: &Principal,
    arns: &[String],
) -> Result<Vec<String>, IdentityError> {
    if arns.len() > limits::SESSION_POLICIES_MAX {
        return Err(IdentityError::TooMany {
            what: "policies of a session",
            max: limits::SESSION_POLICIES_MAX,
        });
    }
    let name_of = |arn: &String| {
        let (account, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":policy/")?;
        let own = parent.account()?;
        let is_own = if account == "aws" { builtin::document(name).is_some() } else { account == own.number };
        (is_own && snapshot.policy(&own.id, name).is_some()).then(|| name.to_owned())
    };
    let found =
        arns.iter().map(|arn| name_of(arn).ok_or_else(|| IdentityError::NotFound(format!("policy {arn}"))));
    found.collect()
}

fn parse_policy(text: &str) -> Result<Policy, IdentityError> {
    if text.chars().count() > limits::SESSION_POLICY_MAX_CHARS {
        let max = limits::SESSION_POLICY_MAX_CHARS;
        return Err(IdentityError::invalid(format!("a session policy has at most {max} characters")));
    }
    Policy::parse(text, PolicyKind::Session).map_err(|error| IdentityError::Invalid(error.iam_message()))
}

fn token_context(access_key_id: &str) -> Vec<u8> {
    format!("session token of {access_key_id}").into_bytes()
}
