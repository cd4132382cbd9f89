//! What S3 asks of bucket policies beyond their form: each rule answers MalformedPolicy.

use drystone_types::BucketName;

use super::document::{self, Effect};
use super::error::PolicyError;
use super::statement::{Statement, actions_of};
use super::value::Cidr;
use crate::action::{Action, ActionSet, ResourceKind};
use crate::condition_key::ConditionKey;

/// Checks a statement, as written and as compiled.
pub(crate) fn check(
    source: &document::Statement,
    compiled: &Statement,
    bucket: &BucketName,
) -> Result<(), PolicyError> {
    let principals = source.principals.as_ref().ok_or(PolicyError::Missing("Principal"))?;
    if principals.negated && source.effect == Effect::Allow {
        return Err(PolicyError::AllowNotPrincipal);
    }
    let actions = check_actions(&source.actions)?;
    let reach = check_resources(compiled, bucket)?;
    if !source.actions.negated && !compiled.resources.negated {
        let meets = |action: Action| match action.kind() {
            ResourceKind::Service => false,
            ResourceKind::Bucket => reach.0,
            ResourceKind::Object => reach.1,
        };
        if !actions.iter().all(|set| set.iter().any(meets)) {
            return Err(PolicyError::ActionResourceMismatch);
        }
    }
    check_conditions(source, compiled)
}

/// Every name must stand for at least one action of S3.
fn check_actions(listed: &document::Listed) -> Result<Vec<ActionSet>, PolicyError> {
    let read = |text: &String| {
        let named = text == "*" || text.get(..3).is_some_and(|service| service.eq_ignore_ascii_case("s3:"));
        let set = actions_of(text);
        if named && !set.is_empty() { Ok(set) } else { Err(PolicyError::InvalidAction) }
    };
    listed.values.iter().map(read).collect()
}

/// Every resource must be able to be of this bucket. Do they reach the bucket, and objects?
fn check_resources(compiled: &Statement, bucket: &BucketName) -> Result<(bool, bool), PolicyError> {
    let mut reach = (false, false);
    for pattern in &compiled.resources.patterns {
        let (itself, objects) = pattern.could_match_bucket(bucket.as_str());
        if !itself && !objects {
            return Err(PolicyError::InvalidResource);
        }
        reach = (reach.0 || itself, reach.1 || objects);
    }
    Ok(reach)
}

/// Keys must exist, and fit every action that is named without a wildcard.
fn check_conditions(source: &document::Statement, compiled: &Statement) -> Result<(), PolicyError> {
    for (written, condition) in source.conditions.iter().zip(&compiled.conditions) {
        let key = condition.key();
        if !key.is_known() {
            return Err(PolicyError::UnknownKey);
        }
        let fits = |text: &String| {
            text.contains(['*', '?']) || actions_of(text).iter().all(|action| key.applies_to(action))
        };
        if !source.actions.negated && !source.actions.values.iter().all(fits) {
            return Err(PolicyError::ConditionMismatch);
        }
        let is_ip = |text: &String| Cidr::parse(text).is_some();
        if *key == ConditionKey::SourceIp && !written.values.iter().all(is_ip) {
            return Err(PolicyError::InvalidIp);
        }
    }
    Ok(())
}
