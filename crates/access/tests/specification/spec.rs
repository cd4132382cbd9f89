//! The specification of policies: the rules as naive as they can be written.
//!
//! It works on texts and parsed documents only, and shares no code with what it checks. `None` is "unknown".

use std::collections::BTreeMap;

use drystone_access::policy::Document;
use drystone_access::policy::document::{Condition, Effect, Principals, Statement, Version};

/// A requester, as texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    /// Number, canonical id and aliases of its account; empty when anonymous.
    pub(crate) account: Vec<String>,
    /// The canonical id, again.
    pub(crate) canonical: String,
    /// `arn:aws:iam::…:user/…` and the unique id, unless it is the root or anonymous.
    pub(crate) user: Option<(String, String)>,
}

/// A request, as texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) who: Who,
    pub(crate) action: String,
    /// An ARN, or `*`.
    pub(crate) resource: String,
    /// Names in lower case. A missing name is absent, `None` is unknown.
    pub(crate) keys: BTreeMap<String, Option<Vec<String>>>,
}

/// What a policy says: 2 names the requester itself (or everyone), 1 only its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Deny,
    Allow(u8),
    Nothing,
}

/// Unique ids of the users that a policy is bound to, by ARN; `None` when it is not bound.
pub(crate) type Bound = Option<BTreeMap<String, String>>;

/// Deny over allow over nothing.
pub(crate) fn judge(document: &Document, bound: &Bound, ask: &Ask) -> Says {
    let mut best = 0;
    for statement in &document.statements {
        let naming = naming(statement, bound, ask);
        if !action_matches(statement, ask) || naming == 0 {
            continue;
        }
        let resource = resource_matches(statement, ask, document.version);
        let conditions = statement.conditions.iter().map(|condition| holds(condition, ask, document.version));
        let truth = all([resource, all(conditions)]);
        match statement.effect {
            Effect::Deny if truth != Some(false) => return Says::Deny,
            Effect::Allow if truth == Some(true) => best = best.max(naming),
            _ => {}
        }
    }
    if best == 0 { Says::Nothing } else { Says::Allow(best) }
}

fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}

fn any(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    not(all(truths.into_iter().map(not)))
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}

fn action_matches(statement: &Statement, ask: &Ask) -> bool {
    let asked = ask.action.to_lowercase();
    let matches = |pattern: &String| glob(&plain(&pattern.to_lowercase()), &asked);
    statement.actions.values.iter().any(matches) != statement.actions.negated
}

fn resource_matches(statement: &Statement, ask: &Ask, version: Version) -> Option<bool> {
    let negated = statement.resources.negated;
    let matches = |text: &String| {
        if text == "*" {
            return Some(true);
        }
        if ask.resource == "*" {
            return Some(
                text.strip_prefix("arn:aws:s3:::").is_some_and(|path| path.chars().all(|c| c == '*')),
            );
        }
        arn_matches(text, &ask.resource, ask, version, if negated { None } else { Some(false) })
    };
    let matched = any(statement.resources.values.iter().map(matches));
    if negated { not(matched) } else { matched }
}

/// 0: not at all, 1: its account, 2: itself.
fn naming(statement: &Statement, bound: &Bound, ask: &Ask) -> u8 {
    let Some(Principals { negated, values }) = &statement.principals else { return 2 };
    let best = values.iter().map(|(kind, text)| names(kind, text, bound, &ask.who)).max().unwrap_or(0);
    match (negated, best) {
        (false, best) => best,
        (true, 2) => 0,
        (true, _) => 2,
    }
}

fn names(kind: &str, text: &str, bound: &Bound, who: &Who) -> u8 {
    if kind == "AWS" && text == "*" {
        return 2;
    }
    if who.account.is_empty() {
        return 0;
    }
    let as_account = if who.user.is_some() { 1 } else { 2 };
    let is_account = |text: &str| who.account.iter().any(|name| name == text);
    match kind {
        "CanonicalUser" => u8::from(who.canonical == text) * as_account,
        "AWS" if is_account(text) => as_account,
        "AWS" => {
            let parts: Vec<_> = text.split(':').collect();
            match (&parts[..], &who.user) {
                (["arn", _, "iam", _, account, "root"], _) if is_account(account) => as_account,
                (_, Some((arn, id))) if arn == text => {
                    let is_meant = bound.as_ref().is_none_or(|users| users.get(arn) == Some(id));
                    u8::from(is_meant) * 2
                }
                (["arn", _, "iam", _, "", user], Some((_, id))) if *user == format!("user/{id}") => 2,
                (["arn", _, "iam", _, "", user], _) => {
                    u8::from(user.strip_prefix("user/").is_some_and(is_account)) * as_account
                }
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// One character of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Char {
    Is(char),
    One,
    Many,
}

/// Wildcards, no variables.
fn plain(pattern: &str) -> Vec<Char> {
    pattern
        .chars()
        .map(|c| match c {
            '*' => Char::Many,
            '?' => Char::One,
            c => Char::Is(c),
        })
        .collect()
}

fn glob(pattern: &[Char], text: &str) -> bool {
    match (pattern.first(), text.chars().next()) {
        (None, None) => true,
        (Some(Char::Many), None) => glob(&pattern[1..], ""),
        (Some(Char::Many), Some(c)) => glob(&pattern[1..], text) || glob(pattern, &text[c.len_utf8()..]),
        (None, Some(_)) | (Some(_), None) => false,
        (Some(Char::One), Some(c)) => glob(&pattern[1..], &text[c.len_utf8()..]),
        (Some(Char::Is(is)), Some(c)) => *is == c && glob(&pattern[1..], &text[c.len_utf8()..]),
    }
}

/// What a text with variables stands for: characters; or `Err(true)` when a variable is unknown, `Err(false)` when absent.
fn expand(text: &str, wildcards: bool, ask: &Ask, version: Version) -> Result<Vec<Char>, bool> {
    let mut chars = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if version == Version::V2012
            && let Some((inside, after)) = rest.strip_prefix("${").and_then(|rest| rest.split_once('}'))
        {
            rest = after;
            let value = if ["*", "?", "$"].contains(&inside) {
                inside.to_owned()
            } else {
                let (name, default) = inside.split_once(", ").unwrap_or((inside, ""));
                match ask.keys.get(&name.to_lowercase()) {
                    Some(None) => return Err(true),
                    Some(Some(values)) if values.len() == 1 => values[0].clone(),
                    Some(Some(_)) => return Err(false),
                    None if default.is_empty() => return Err(false),
                    None => default.trim_matches('\'').to_owned(),
                }
            };
            chars.extend(value.chars().map(Char::Is));
            continue;
        }
        rest = &rest[c.len_utf8()..];
        chars.extend(if wildcards { plain(&c.to_string()) } else { vec![Char::Is(c)] });
    }
    Ok(chars)
}

fn text_matches(pattern: &str, wildcards: bool, text: &str, ask: &Ask, version: Version) -> Option<bool> {
    match expand(pattern, wildcards, ask, version) {
        Ok(chars) => Some(glob(&chars, text)),
        Err(true) => None,
        Err(false) => Some(false),
    }
}

/// Part by part; `missing` is what an absent variable makes of it.
fn arn_matches(pattern: &str, arn: &str, ask: &Ask, version: Version, missing: Option<bool>) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let one = |pattern: &str, wildcards: bool, text: &str| match expand(pattern, wildcards, ask, version) {
        Ok(chars) => Some(glob(&chars, text)),
        Err(true) => None,
        Err(false) => missing,
    };
    if pattern.starts_with("${") {
        return one(pattern, false, arn);
    }
    // No variable of the generator has a colon before the sixth part.
    let patterns: Vec<_> = pattern.splitn(6, ':').collect();
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    if parts.len() != 6 {
        return Some(false);
    }
    all(patterns.iter().zip(&parts).map(|(pattern, part)| one(pattern, true, part)))
}

fn holds(condition: &Condition, ask: &Ask, version: Version) -> Option<bool> {
    let mut operator = condition.operator.as_str();
    let mut set = "";
    if let Some((quantifier, rest)) = operator.split_once(':') {
        (set, operator) = (quantifier, rest);
    }
    let if_exists = operator.ends_with("IfExists");
    operator = operator.trim_end_matches("IfExists");
    let negated = operator.contains("Not");
    let operator = operator.replace("Not", "");
    let known = |name: &str| !["aws:resourcetag/team", "s3:buckettag/team"].contains(&name);
    let name = condition.key.to_lowercase();
    let values = match ask.keys.get(&name) {
        _ if !known(&name) => return None,
        Some(None) => return None,
        Some(Some(values)) => values.clone(),
        None => Vec::new(),
    };
    if operator == "Null" {
        return Some(condition.values.iter().any(|value| (value == "true") == values.is_empty()));
    }
    if values.is_empty() {
        return Some(if_exists || set == "ForAllValues" || (set.is_empty() && negated));
    }
    let fits = |value: &String| {
        any(condition.values.iter().map(|expected| compare(&operator, value, expected, ask, version)))
    };
    let truths: Vec<_> = values.iter().map(fits).collect();
    let maybe_not = |truths: Vec<Option<bool>>| -> Vec<_> {
        truths.into_iter().map(|truth| if negated { not(truth) } else { truth }).collect()
    };
    match set {
        "ForAllValues" => all(maybe_not(truths)),
        "ForAnyValue" => any(maybe_not(truths)),
        // Some values fit and others do not: AWS does not say.
        _ if negated && any(truths.clone()) != all(truths.clone()) => None,
        _ if negated => not(any(truths)),
        _ => any(truths),
    }
}

fn compare(operator: &str, value: &str, expected: &str, ask: &Ask, version: Version) -> Option<bool> {
    let order = |value: Option<i64>, expected: Option<i64>, order: &str| {
        let (value, expected) = (value?, expected?);
        Some(match order {
            "Equals" => value == expected,
            "LessThan" => value < expected,
            "LessThanEquals" => value <= expected,
            "GreaterThan" => value > expected,
            "GreaterThanEquals" => value >= expected,
            other => panic!("{other}"),
        })
    };
    match operator {
        "StringEquals" => text_matches(expected, false, value, ask, version),
        "StringLike" => text_matches(expected, true, value, ask, version),
        "StringEqualsIgnoreCase" => {
            let lower = |c: Char| match c {
                Char::Is(c) => Char::Is(c.to_ascii_lowercase()),
                other => other,
            };
            match expand(expected, false, ask, version) {
                Ok(chars) => {
                    Some(glob(&chars.into_iter().map(lower).collect::<Vec<_>>(), &value.to_lowercase()))
                }
                Err(true) => None,
                Err(false) => Some(false),
            }
        }
        "ArnEquals" | "ArnLike" => arn_matches(expected, value, ask, version, Some(false)),
        "Bool" => match (value, expected) {
            ("true" | "false", expected) => Some(value == expected),
            _ => None,
        },
        "BinaryEquals" => Some(value == expected),
        "IpAddress" => address_in(value, expected),
        _ => match operator.strip_prefix("Numeric") {
            Some(name) => order(value.parse().ok(), expected.parse().ok(), name),
            None => order(
                moment(value),
                moment(expected),
                operator.strip_prefix("Date").expect("a date operator"),
            ),
        },
    }
}

/// Moments that the generator uses, in seconds.
pub(crate) const MOMENTS: [(&str, i64); 5] = [
    ("2026-01-01T00:00:00Z", 1_767_225_600),
    ("2026-01-01T01:00:00+01:00", 1_767_225_600),
    ("2026-01-02", 1_767_312_000),
    ("1767312000", 1_767_312_000),
    ("2026-01-03T00:00:00.000Z", 1_767_398_400),
];

fn moment(text: &str) -> Option<i64> {
    MOMENTS.iter().find(|(known, _)| *known == text).map(|(_, seconds)| *seconds)
}

fn address_in(value: &str, range: &str) -> Option<bool> {
    let bits = |text: &str| -> Option<String> {
        Some(match text.parse().ok()? {
            std::net::IpAddr::V4(address) => format!("4{:032b}", u32::from(address)),
            std::net::IpAddr::V6(address) => format!("6{:0128b}", u128::from(address)),
        })
    };
    let value = bits(value)?;
    let (network, len) = range.split_once('/').unwrap_or((range, "999"));
    let network = bits(network)?;
    let len: usize = len.parse().ok()?;
    let compared = (len + 1).min(network.len());
    Some(value.starts_with(&network[..compared]))
}
