//! Statement: compiled, and judged for one request.

use super::arn::{BadArn, ResourcePattern};
use super::condition::Condition;
use super::context::Context;
use super::document::{self, Effect, Version};
use super::error::PolicyError;
use super::named::{Fit, NamedPrincipal};
use crate::action::{Action, ActionSet};
use crate::condition_key::ConditionKey;
use crate::pattern::{Pattern, Syntax};
use crate::principal::Principal;
use crate::request::AccessRequest;
use crate::truth::Truth;

/// A compiled statement.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// Its name.
    pub(crate) sid: Option<String>,
    /// What it says.
    pub(crate) effect: Effect,
    /// `None` in identity policies: whoever the policy is attached to.
    pub(crate) principals: Option<Principals>,
    /// What Action stands for, or all but what NotAction stands for.
    pub(crate) actions: ActionSet,
    /// Any of them.
    pub(crate) resources: Resources,
    /// All of them.
    pub(crate) conditions: Vec<Condition>,
}

/// Principal or NotPrincipal.
#[derive(Clone, Debug)]
pub(crate) struct Principals {
    pub(crate) negated: bool,
    pub(crate) named: Vec<NamedPrincipal>,
}

/// Resource or NotResource.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    pub(crate) negated: bool,
    pub(crate) patterns: Vec<ResourcePattern>,
}

impl Statement {
    /// Compiles one.
    pub(crate) fn compile(source: &document::Statement, version: Version) -> Result<Self, PolicyError> {
        let variables = version == Version::V2012;
        let mut actions = ActionSet::default();
        for pattern in &source.actions.values {
            actions = actions.union(actions_of(pattern));
        }
        if source.actions.negated {
            actions = actions.complement();
        }
        let conditions = source.conditions.iter().map(|condition| Condition::compile(condition, variables));
        Ok(Self {
            sid: source.sid.clone(),
            effect: source.effect,
            principals: source.principals.as_ref().map(Principals::compile).transpose()?,
            actions,
            resources: Resources::compile(&source.resources, variables)?,
            conditions: conditions.collect::<Result<_, _>>()?,
        })
    }

    /// Does it apply to the request, and how is the requester named? What is unknown keeps an Allow from applying, and lets a
    /// Deny apply.
    pub(crate) fn applies(&self, request: &AccessRequest<'_>, context: &Context<'_>) -> Fit {
        if !self.actions.contains(request.action) {
            return Fit::No;
        }
        let fit =
            self.principals.as_ref().map_or(Fit::Itself, |principals| principals.fit(request.principal));
        if fit == Fit::No {
            return Fit::No;
        }
        let truth = self.resources.matches(request, context);
        let conditions = self.conditions.iter().map(|condition| condition.holds(context));
        let truth = Truth::all(std::iter::once(truth).chain(conditions));
        let applies = match self.effect {
            Effect::Allow => truth == Truth::Yes,
            Effect::Deny => truth != Truth::No,
        };
        if applies { fit } else { Fit::No }
    }

    /// Every key that it asks for, in a condition or a variable.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        let resources = self.resources.patterns.iter().flat_map(ResourcePattern::patterns);
        resources.flat_map(Pattern::keys).chain(self.conditions.iter().flat_map(Condition::keys))
    }
}

/// The actions that a pattern stands for. Letter case does not count.
pub(crate) fn actions_of(pattern: &str) -> ActionSet {
    let Ok(pattern) = Pattern::parse(&pattern.to_ascii_lowercase(), Syntax::WILDCARDS) else {
        return ActionSet::default();
    };
    ActionSet::of(|action: Action| pattern.matches_fixed(&action.name().to_ascii_lowercase()))
}

impl Principals {
    fn compile(source: &document::Principals) -> Result<Self, PolicyError> {
        let named = source.values.iter().map(|(kind, text)| NamedPrincipal::parse(kind, text));
        let named: Option<Vec<_>> = named.collect();
        Ok(Self { negated: source.negated, named: named.ok_or(PolicyError::InvalidPrincipal)? })
    }

    /// The best fit. NotPrincipal spares only who is named itself: naming an account does not spare its users.
    fn fit(&self, principal: &Principal) -> Fit {
        let best = self.named.iter().map(|named| named.fit(principal)).max().unwrap_or(Fit::No);
        match (self.negated, best) {
            (false, best) => best,
            (true, Fit::Itself) => Fit::No,
            (true, _) => Fit::Itself,
        }
    }
}

impl Resources {
    fn compile(source: &document::Listed, variables: bool) -> Result<Self, PolicyError> {
        let syntax = Syntax { wildcards: true, variables };
        let compile = |text: &String| {
            ResourcePattern::parse(text, syntax).map_err(|error| match error {
                BadArn::NotAnArn => PolicyError::NotAnArn(text.clone()),
                BadArn::Variable => PolicyError::InvalidVariable(text.clone()),
            })
        };
        let patterns = source.values.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { negated: source.negated, patterns })
    }

    /// An absent variable makes a Resource match nothing; what it makes of a NotResource is not documented: fail closed.
    fn matches(&self, request: &AccessRequest<'_>, context: &Context<'_>) -> Truth {
        let missing = if self.negated { Truth::Unknown } else { Truth::No };
        let matches = |pattern: &ResourcePattern| pattern.matches(missing, request.resource, context);
        let any = Truth::any(self.patterns.iter().map(matches));
        if self.negated { !any } else { any }
    }
}
