//! Strict JSON: a tree that keeps the order of names and refuses a name given twice.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::error::PolicyError;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// As text: conditions compare numbers as the client wrote them.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Marks the error for a name given twice; the name follows.
const DUPLICATE: &str = "duplicate name: ";

/// Reads a policy's text.
pub(crate) fn parse(text: &str) -> Result<Json, PolicyError> {
    if !text.starts_with('{') {
        return Err(PolicyError::NotAnObject);
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let name = message.strip_prefix(DUPLICATE).and_then(|rest| rest.rsplit_once(" at line "));
        name.map_or(PolicyError::InvalidJson, |(name, _)| PolicyError::Duplicate(name.to_owned()))
    })
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some((name, value)) = entries.next_entry::<String, Json>()? {
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format!("{DUPLICATE}{name}")));
            }
            object.push((name, value));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, PolicyError, parse};

    #[test]
    fn names_given_twice_are_refused_at_any_depth() {
        assert_eq!(parse(r#"{"a":1,"a":2}"#), Err(PolicyError::Duplicate("a".into())));
        assert_eq!(parse(r#"{"x":[{"b c":1,"b c":1}]}"#), Err(PolicyError::Duplicate("b c".into())));
        assert!(parse(r#"{"a":{"a":1}}"#).is_ok());
    }

    #[test]
    fn what_is_no_object_or_no_json_is_told_apart() {
        for text in ["", "false", "[]", " {}", "\"Statement\": []}"] {
            assert_eq!(parse(text), Err(PolicyError::NotAnObject), "{text}");
        }
        for text in ["{true}", "{asdf", "{\"Principal\": \"*\" ", "{} {}", &"{\"a\":".repeat(5000)] {
            assert_eq!(parse(text), Err(PolicyError::InvalidJson), "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_value_as_text() {
        let Ok(Json::Object(entries)) = parse(r#"{"a":10,"b":-3,"c":1.5,"d":18446744073709551615}"#) else {
            panic!("an object");
        };
        let numbers: Vec<_> = entries.into_iter().map(|(_, value)| value).collect();
        let expected = ["10", "-3", "1.5", "18446744073709551615"];
        assert_eq!(numbers, expected.map(|text| Json::Number(text.into())));
    }
}
