//! Document: a policy as it is written, checked for form only.

use super::error::PolicyError;
use super::json::{self, Json};

/// A policy as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Which rules it follows.
    pub version: Version,
    /// Id, for people only.
    pub id: Option<String>,
    /// At least one.
    pub statements: Vec<Statement>,
}

/// The version of the policy language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also when there is none: no variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Allow or Deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allow.
    Allow,
    /// Deny.
    Deny,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its name.
    pub sid: Option<String>,
    /// What it says.
    pub effect: Effect,
    /// Principal or NotPrincipal.
    pub principals: Option<Principals>,
    /// Action or NotAction.
    pub actions: Listed,
    /// Resource or NotResource.
    pub resources: Listed,
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// An element and its Not form.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Is it the Not form?
    pub negated: bool,
    /// In the order written.
    pub values: Vec<String>,
}

/// Who a statement is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Principals {
    /// Is it NotPrincipal?
    pub negated: bool,
    /// Type (`AWS`, `CanonicalUser`, `Service`, `Federated`) and value; a plain `*` is `AWS` `*`.
    pub values: Vec<(String, String)>,
}

/// One operator and key with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// As written: `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    /// As written.
    pub key: String,
    /// As written; numbers and booleans as text.
    pub values: Vec<String>,
}

impl Document {
    /// Reads JSON.
    ///
    /// # Errors
    /// Whatever is wrong with its form: see [`PolicyError`].
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let Json::Object(fields) = json::parse(text)? else { return Err(PolicyError::NotAnObject) };
        let (mut version, mut id, mut statements) = (Version::V2008, None, None);
        for (name, value) in fields {
            match name.as_str() {
                "Version" => version = read_version(&value)?,
                "Id" => id = Some(read_text(value, "Id")?),
                "Statement" => statements = Some(value),
                _ => return Err(PolicyError::UnknownField(name)),
            }
        }
        let statements = match statements.ok_or(PolicyError::Missing("Statement"))? {
            Json::List(list) if list.is_empty() => return Err(PolicyError::NoStatements),
            Json::List(list) => list.into_iter().map(Statement::read).collect::<Result<_, _>>()?,
            one @ Json::Object(_) => vec![Statement::read(one)?],
            _ => return Err(PolicyError::WrongType("Statement")),
        };
        Ok(Self { version, id, statements })
    }
}

impl Statement {
    fn read(json: Json) -> Result<Self, PolicyError> {
        let Json::Object(fields) = json else { return Err(PolicyError::WrongType("Statement")) };
        let (mut sid, mut effect, mut principals) = (None, None, None);
        let (mut actions, mut resources, mut conditions) = (None, None, Vec::new());
        for (name, value) in fields {
            match name.as_str() {
                "Sid" => sid = Some(read_text(value, "Sid")?),
                "Effect" => effect = Some(read_effect(value)?),
                "Principal" => once(&mut principals, Principals::read(false, value)?, &name)?,
                "NotPrincipal" => once(&mut principals, Principals::read(true, value)?, &name)?,
                "Action" | "NotAction" => {
                    let read =
                        Listed::read(name == "NotAction", value, "Action", &PolicyError::InvalidAction)?;
                    once(&mut actions, read, &name)?;
                }
                "Resource" | "NotResource" => {
                    let read = Listed::read(
                        name == "NotResource",
                        value,
                        "Resource",
                        &PolicyError::InvalidResource,
                    )?;
                    once(&mut resources, read, &name)?;
                }
                "Condition" => conditions = read_conditions(value)?,
                _ => return Err(PolicyError::UnknownField(name)),
            }
        }
        Ok(Self {
            sid,
            effect: effect.ok_or(PolicyError::Missing("Effect"))?,
            principals,
            actions: actions.ok_or(PolicyError::Missing("Action"))?,
            resources: resources.ok_or(PolicyError::Missing("Resource"))?,
            conditions,
        })
    }
}

impl Listed {
    fn read(negated: bool, json: Json, name: &'static str, empty: &PolicyError) -> Result<Self, PolicyError> {
        let values = read_texts(json, name)?;
        if values.is_empty() || values.iter().any(String::is_empty) {
            return Err(empty.clone());
        }
        Ok(Self { negated, values })
    }
}

impl Principals {
    fn read(negated: bool, json: Json) -> Result<Self, PolicyError> {
        let mut values = Vec::new();
        match json {
            Json::Object(types) => {
                for (kind, value) in types {
                    let texts = read_texts(value, "Principal")?;
                    if texts.is_empty() {
                        return Err(PolicyError::InvalidPrincipal);
                    }
                    values.extend(texts.into_iter().map(|text| (kind.clone(), text)));
                }
            }
            plain => {
                let texts = read_texts(plain, "Principal")?;
                if texts.iter().any(|text| text != "*") {
                    return Err(PolicyError::InvalidPrincipal);
                }
                values.extend(texts.into_iter().map(|text| ("AWS".to_owned(), text)));
            }
        }
        if values.is_empty() {
            return Err(PolicyError::InvalidPrincipal);
        }
        Ok(Self { negated, values })
    }
}

fn once<T>(slot: &mut Option<T>, value: T, name: &str) -> Result<(), PolicyError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(PolicyError::Duplicate(name.to_owned())),
    }
}

fn read_version(json: &Json) -> Result<Version, PolicyError> {
    match json {
        Json::Text(text) if text == "2012-10-17" => Ok(Version::V2012),
        Json::Text(text) if text == "2008-10-17" => Ok(Version::V2008),
        _ => Err(PolicyError::InvalidVersion),
    }
}

fn read_effect(json: Json) -> Result<Effect, PolicyError> {
    match read_text(json, "Effect")?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(PolicyError::InvalidEffect(other.to_owned())),
    }
}

fn read_text(json: Json, name: &'static str) -> Result<String, PolicyError> {
    match json {
        Json::Text(text) => Ok(text),
        _ => Err(PolicyError::WrongType(name)),
    }
}

fn read_texts(json: Json, name: &'static str) -> Result<Vec<String>, PolicyError> {
    match json {
        Json::List(list) => list.into_iter().map(|item| read_text(item, name)).collect(),
        one => Ok(vec![read_text(one, name)?]),
    }
}

fn read_conditions(json: Json) -> Result<Vec<Condition>, PolicyError> {
    let wrong = PolicyError::WrongType("Condition");
    let Json::Object(operators) = json else { return Err(wrong) };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Json::Object(keys) = keys else { return Err(wrong) };
        if keys.is_empty() {
            return Err(wrong);
        }
        for (key, values) in keys {
            let values = match values {
                Json::List(list) => list.into_iter().map(read_value).collect::<Result<_, _>>()?,
                one => vec![read_value(one)?],
            };
            conditions.push(Condition { operator: operator.clone(), key, values });
        }
    }
    Ok(conditions)
}

/// Booleans and numbers need no quotes.
fn read_value(json: Json) -> Result<String, PolicyError> {
    match json {
        Json::Text(text) | Json::Number(text) => Ok(text),
        Json::Bool(value) => Ok(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => Err(PolicyError::WrongType("Condition")),
    }
}
