//! ArnPattern and ResourcePattern: ARNs in policies, compared part by part.

use super::context::Context;
use crate::pattern::{BadVariable, Pattern, Syntax};
use crate::request::Resource;
use crate::truth::Truth;

/// How many parts an ARN has; colons in the last one belong to it.
const PARTS: usize = 6;

/// An ARN with wildcards and variables. No wildcard reaches across a colon between parts.
#[derive(Clone, Debug)]
pub(crate) enum ArnPattern {
    /// `*`
    Any,
    /// Six parts.
    Parts(Box<[Pattern; PARTS]>),
    /// A variable that stands for a whole ARN.
    Whole(Pattern),
}

/// Why a text is no ARN pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadArn {
    NotAnArn,
    Variable,
}

impl From<BadVariable> for BadArn {
    fn from(_: BadVariable) -> Self {
        Self::Variable
    }
}

impl ArnPattern {
    /// Compiles `text`.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, BadArn> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let parts = split(text, syntax);
        let parts: Result<Vec<_>, _> = parts.into_iter().map(|part| Pattern::parse(part, syntax)).collect();
        match <[Pattern; PARTS]>::try_from(parts?) {
            Ok(parts) => Ok(Self::Parts(Box::new(parts))),
            Err(_) if syntax.variables && text.starts_with("${") => {
                Ok(Self::Whole(Pattern::parse(text, Syntax { wildcards: false, ..syntax })?))
            }
            Err(_) => Err(BadArn::NotAnArn),
        }
    }

    /// Does it match the whole of `arn`?
    pub(crate) fn matches(&self, missing: Truth, arn: &str, context: &Context<'_>) -> Truth {
        match self {
            Self::Any => Truth::Yes,
            Self::Whole(pattern) => pattern.matches_or(missing, arn, context),
            Self::Parts(patterns) => {
                let parts: Vec<_> = arn.splitn(PARTS, ':').collect();
                if parts.len() != PARTS {
                    return Truth::No;
                }
                let pairs = patterns.iter().zip(parts);
                Truth::all(pairs.map(|(pattern, part)| pattern.matches_or(missing, part, context)))
            }
        }
    }

    /// The patterns of which it consists.
    pub(crate) fn patterns(&self) -> &[Pattern] {
        match self {
            Self::Any => &[],
            Self::Parts(parts) => &parts[..],
            Self::Whole(pattern) => std::slice::from_ref(pattern),
        }
    }
}

/// Splits at the first five colons that are not inside a variable.
fn split(text: &str, syntax: Syntax) -> Vec<&str> {
    let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find([':', '$']) {
        let found = at + found;
        at = found + 1;
        if text.as_bytes()[found] == b':' {
            if parts.len() + 1 == PARTS {
                break;
            }
            parts.push(&text[start..found]);
            start = at;
        } else if syntax.variables && text[at..].starts_with('{') {
            at = text[at..].find('}').map_or(text.len(), |end| at + end);
        }
    }
    parts.push(&text[start..]);
    parts
}

/// An entry of Resource or NotResource.
#[derive(Clone, Debug)]
pub(crate) struct ResourcePattern {
    /// For `bucket` and `bucket/key`: what follows `arn:aws:s3:::`, when the parts before it fit.
    s3: Option<Pattern>,
    /// For everything else.
    arn: ArnPattern,
}

impl ResourcePattern {
    /// Compiles `text`: an ARN or `*`.
    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, BadArn> {
        if text != "*" && !text.starts_with("arn:") {
            return Err(BadArn::NotAnArn);
        }
        let arn = ArnPattern::parse(text, syntax)?;
        let s3 = match &arn {
            ArnPattern::Any => Some(Pattern::parse("*", Syntax::WILDCARDS)?),
            ArnPattern::Parts(parts) => {
                let fits = parts.iter().zip(["arn", "aws", "s3", "", ""]);
                fits.into_iter()
                    .all(|(part, text)| part.matches_fixed(text))
                    .then(|| parts[PARTS - 1].clone())
            }
            ArnPattern::Whole(_) => None,
        };
        Ok(Self { s3, arn })
    }

    /// Does it match `resource`? `missing` is what an absent variable makes of it.
    pub(crate) fn matches(&self, missing: Truth, resource: &Resource, context: &Context<'_>) -> Truth {
        match resource {
            Resource::Service => self.s3.as_ref().is_some_and(Pattern::is_everything).into(),
            Resource::S3(path) => {
                self.s3.as_ref().map_or(Truth::No, |pattern| pattern.matches_or(missing, path, context))
            }
            Resource::Arn(arn) => self.arn.matches(missing, arn, context),
        }
    }

    /// The patterns of which it consists.
    pub(crate) fn patterns(&self) -> &[Pattern] {
        self.arn.patterns()
    }

    /// Could it match the bucket, and could it match objects in it?
    pub(crate) fn could_match_bucket(&self, bucket: &str) -> (bool, bool) {
        self.s3.as_ref().map_or((false, false), |pattern| pattern.could_match_bucket(bucket))
    }
}

#[cfg(test)]
mod tests {
    use super::{ResourcePattern, Syntax, split};

    #[test]
    fn colons_in_variables_and_in_the_last_part_do_not_split() {
        let syntax = Syntax { wildcards: true, variables: true };
        assert_eq!(
            split("arn:aws:s3:::${aws:username}:x:y", syntax),
            ["arn", "aws", "s3", "", "", "${aws:username}:x:y"]
        );
        assert_eq!(split("${aws:PrincipalArn}", syntax), ["${aws:PrincipalArn}"]);
        assert_eq!(split("a:${", syntax), ["a", "${"]);
        assert_eq!(split("${a:b}", Syntax::WILDCARDS), ["${a", "b}"]);
    }

    #[test]
    fn resources_are_arns_or_a_star() {
        for (text, expected) in [
            ("*", Some((true, true))),
            ("arn:aws:s3:::b", Some((true, false))),
            ("arn:aws:s3:::b/*", Some((false, true))),
            ("arn:*:s3:*:*:b*", Some((true, true))),
            ("arn:aws:s3:eu-west-1:123456789012:accesspoint/b", Some((false, false))),
            ("arn:aws:iam:::b", Some((false, false))),
            ("b", None),
            ("arn:aws:s3", None),
            ("", None),
        ] {
            let pattern = ResourcePattern::parse(text, Syntax::WILDCARDS).ok();
            assert_eq!(pattern.map(|pattern| pattern.could_match_bucket("b")), expected, "{text}");
        }
    }
}
