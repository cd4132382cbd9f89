//! Context: the answers to condition keys, about the principal and the time from here, about the request from outside.

use drystone_types::Timestamp;

use crate::condition_key::ConditionKey as Key;
use crate::principal::Principal;
use crate::request::{AccessRequest, Conditions, Values};

/// What conditions and variables are judged by.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    principal: &'a Principal,
    now: Timestamp,
    conditions: &'a dyn Conditions,
}

impl<'a> Context<'a> {
    /// Of a request.
    pub(crate) fn of(request: &AccessRequest<'a>) -> Self {
        Self { principal: request.principal, now: request.now, conditions: request.conditions }
    }

    /// The values of `key`. An empty list is no value.
    pub(crate) fn values(&self, key: &Key) -> Values<'a> {
        let principal = self.principal;
        match key {
            Key::Unsupplied(_) => Values::Unknown,
            // There is no second factor: a session says so, long-lived keys do not have the key (as on AWS).
            Key::MultiFactorAuthPresent => Values::option(principal.session().map(|_| "false")),
            Key::NeverHere(_) | Key::MultiFactorAuthAge => Values::Absent,
            // Nobody here is a service of AWS; anonymous requests do not even say so.
            Key::PrincipalIsAwsService => Values::option(principal.account().map(|_| "false")),
            Key::ViaAwsService => Values::one("false"),
            Key::CurrentTime => Values::one(self.now.iso8601()),
            Key::EpochTime => Values::one(self.now.seconds().to_string()),
            Key::Username => Values::option(principal.user().map(|user| user.name.as_str())),
            Key::UserId => Values::one(match (principal.user(), principal.account()) {
                (Some(user), _) => user.id.as_str(),
                (None, Some(account)) => account.number.as_str(),
                (None, None) => "anonymous",
            }),
            Key::PrincipalArn => Values::option(principal.arn()),
            Key::PrincipalAccount => {
                Values::option(principal.account().map(|account| account.number.as_str()))
            }
            Key::PrincipalType => Values::one(match principal {
                Principal::Anonymous => "Anonymous",
                Principal::Root(_) => "Account",
                Principal::User(_) => "User",
                Principal::Session(_) => "AssumedRole",
            }),
            Key::TokenIssueTime => {
                Values::option(principal.session().map(|session| session.issued.iso8601()))
            }
            _ => match self.conditions.values(key) {
                Values::Many(list) if list.is_empty() => Values::Absent,
                values => values,
            },
        }
    }
}
