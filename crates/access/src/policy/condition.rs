//! Condition: one operator, key and values of a statement, compiled and judged.

use std::borrow::Cow;

use super::arn::{ArnPattern, BadArn};
use super::context::Context;
use super::document;
use super::error::PolicyError;
use super::operator::{Kind, Operator, Order, Quantifier};
use super::value::{self, Cidr};
use crate::condition_key::ConditionKey;
use crate::pattern::{Pattern, Syntax};
use crate::request::Values;
use crate::truth::Truth;

/// A compiled condition.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    key: ConditionKey,
    test: Test,
}

/// What one value of the request is compared with; any of the values may fit.
#[derive(Clone, Debug)]
enum Test {
    Text(Vec<Pattern>),
    TextIgnoringCase(Vec<Pattern>),
    Numbers(Order, Vec<f64>),
    Moments(Order, Vec<i64>),
    Booleans(Vec<bool>),
    Bytes(Vec<Vec<u8>>),
    Addresses(Vec<Cidr>),
    Arns(Vec<ArnPattern>),
    Null(Vec<bool>),
}

impl Condition {
    /// Compiles one. `variables` says whether `${...}` is special.
    pub(crate) fn compile(source: &document::Condition, variables: bool) -> Result<Self, PolicyError> {
        let operator = Operator::parse(&source.operator)
            .ok_or_else(|| PolicyError::UnknownOperator(source.operator.clone()))?;
        let key = ConditionKey::parse(&source.key);
        if source.values.is_empty() {
            return Err(PolicyError::InvalidValue(source.key.clone()));
        }
        let test = Test::compile(operator.kind, &source.values, variables)?;
        Ok(Self { operator, key, test })
    }

    /// Its key.
    pub(crate) fn key(&self) -> &ConditionKey {
        &self.key
    }

    /// Its key, and those of the variables in its values.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &ConditionKey> {
        let patterns: Vec<&Pattern> = match &self.test {
            Test::Text(patterns) | Test::TextIgnoringCase(patterns) => patterns.iter().collect(),
            Test::Arns(arns) => arns.iter().flat_map(ArnPattern::patterns).collect(),
            _ => Vec::new(),
        };
        std::iter::once(&self.key).chain(patterns.into_iter().flat_map(Pattern::keys))
    }

    /// Does it hold?
    pub(crate) fn holds(&self, context: &Context<'_>) -> Truth {
        let values = context.values(&self.key);
        if let Test::Null(expected) = &self.test {
            return match values {
                Values::Unknown => Truth::Unknown,
                values => expected.contains(&(values == Values::Absent)).into(),
            };
        }
        let one: [Cow<'_, str>; 1];
        let values = match values {
            Values::Unknown => return Truth::Unknown,
            Values::Absent => return self.without_value().into(),
            Values::One(value) => {
                one = [value];
                &one[..]
            }
            Values::Many(ref list) => &list[..],
        };
        let negated = |truth: Truth| if self.operator.negated { !truth } else { truth };
        let tests = values.iter().map(|value| self.test.fits(value, context));
        match self.operator.quantifier {
            Quantifier::Any => Truth::any(tests.map(negated)),
            Quantifier::All => Truth::all(tests.map(negated)),
            Quantifier::None if self.operator.negated && values.len() > 1 => {
                // AWS asks for a quantifier here, and does not say what holds without: when some values fit and others
                // do not, it is unknown.
                let (any, all) = (Truth::any(tests.clone()), Truth::all(tests));
                if any == all { !any } else { Truth::Unknown }
            }
            Quantifier::None => negated(Truth::any(tests)),
        }
    }

    /// AWS's rules for an absent key.
    fn without_value(&self) -> bool {
        match self.operator.quantifier {
            _ if self.operator.if_exists => true,
            Quantifier::None => self.operator.negated,
            Quantifier::Any => false,
            Quantifier::All => true,
        }
    }

    /// Operator, and the texts that it fixes its key to: none when a wildcard or variable is among them. For `public`.
    pub(crate) fn is_fixed(&self) -> bool {
        let fixed_arn =
            |arn: &ArnPattern| !arn.patterns().is_empty() && arn.patterns().iter().all(Pattern::is_fixed);
        match &self.test {
            Test::Text(patterns) | Test::TextIgnoringCase(patterns) => patterns.iter().all(Pattern::is_fixed),
            Test::Arns(arns) => arns.iter().all(fixed_arn),
            _ => false,
        }
    }

    /// The ranges of addresses that it compares with.
    pub(crate) fn ranges(&self) -> Option<&[Cidr]> {
        match &self.test {
            Test::Addresses(ranges) => Some(ranges),
            _ => None,
        }
    }

    /// Its operator.
    pub(crate) fn operator(&self) -> Operator {
        self.operator
    }
}

impl Test {
    fn compile(kind: Kind, values: &[String], variables: bool) -> Result<Self, PolicyError> {
        let texts = |wildcards: bool| -> Result<Vec<_>, _> {
            let syntax = Syntax { wildcards, variables };
            let bad = |text: &String| PolicyError::InvalidVariable(text.clone());
            values.iter().map(|text| Pattern::parse(text, syntax).map_err(|_| bad(text))).collect()
        };
        Ok(match kind {
            Kind::StringEquals => Self::Text(texts(false)?),
            Kind::StringLike => Self::Text(texts(true)?),
            Kind::StringEqualsIgnoreCase => Self::TextIgnoringCase(texts(false)?),
            Kind::Numeric(order) => Self::Numbers(order, read(values, value::number)?),
            Kind::Date(order) => Self::Moments(order, read(values, value::moment)?),
            Kind::Bool => Self::Booleans(read(values, value::boolean)?),
            Kind::Binary => Self::Bytes(read(values, value::bytes)?),
            Kind::IpAddress => {
                let ranges: Option<Vec<_>> = values.iter().map(|text| Cidr::parse(text)).collect();
                Self::Addresses(ranges.ok_or(PolicyError::InvalidIp)?)
            }
            Kind::Arn => Self::Arns(arns(values, variables)?),
            Kind::Null => Self::Null(read(values, value::boolean)?),
        })
    }

    /// Does a value of the request fit any of its own? Unknown when the request's value is not of the right form.
    fn fits(&self, text: &str, context: &Context<'_>) -> Truth {
        fn known<T>(value: Option<T>, fits: impl FnOnce(T) -> bool) -> Truth {
            value.map_or(Truth::Unknown, |value| fits(value).into())
        }
        match self {
            Self::Text(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(text, context))),
            Self::TextIgnoringCase(patterns) => {
                Truth::any(patterns.iter().map(|pattern| pattern.equals_ignoring_case(text, context)))
            }
            Self::Numbers(order, bounds) => {
                known(value::number(text), |number| bounds.iter().any(|bound| order.holds(number, *bound)))
            }
            Self::Moments(order, bounds) => {
                known(value::moment(text), |moment| bounds.iter().any(|bound| order.holds(moment, *bound)))
            }
            Self::Booleans(expected) => known(value::boolean(text), |boolean| expected.contains(&boolean)),
            Self::Bytes(expected) => known(value::bytes(text), |bytes| expected.contains(&bytes)),
            Self::Addresses(ranges) => {
                known(value::address(text), |address| ranges.iter().any(|range| range.contains(address)))
            }
            Self::Arns(arns) => Truth::any(arns.iter().map(|arn| arn.matches(Truth::No, text, context))),
            Self::Null(_) => Truth::Unknown,
        }
    }
}

fn read<T>(values: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, PolicyError> {
    let bad = |text: &String| PolicyError::InvalidValue(text.clone());
    values.iter().map(|text| read(text).ok_or_else(|| bad(text))).collect()
}

fn arns(values: &[String], variables: bool) -> Result<Vec<ArnPattern>, PolicyError> {
    let syntax = Syntax { wildcards: true, variables };
    let bad = |text: &String, error: BadArn| match error {
        BadArn::NotAnArn => PolicyError::InvalidValue(text.clone()),
        BadArn::Variable => PolicyError::InvalidVariable(text.clone()),
    };
    values.iter().map(|text| ArnPattern::parse(text, syntax).map_err(|error| bad(text, error))).collect()
}
