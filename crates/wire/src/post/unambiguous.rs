//! is_unambiguous: does a JSON document give no name twice in one object? Readers differ in which of the two counts.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// Gives no object of `json` a name twice? A document that is no JSON at all is not unambiguous either.
pub(super) fn is_unambiguous(json: &[u8]) -> bool {
    serde_json::from_slice::<Unambiguous>(json).is_ok()
}

struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unambiguous, A::Error> {
        while items.next_element::<Unambiguous>()?.is_some() {}
        Ok(Unambiguous)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unambiguous, A::Error> {
        let mut seen = HashSet::new();
        while let Some((name, Unambiguous)) = members.next_entry::<String, _>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom("a name is given twice"));
            }
        }
        Ok(Unambiguous)
    }
}

#[cfg(test)]
mod tests {
    use super::is_unambiguous;

    #[test]
    fn a_name_given_twice_is_found_at_any_depth() {
        for good in ["{}", "[]", r#"{"a":1,"b":[{"a":-1.5},{"a":null}],"c":{"a":true,"d":"a"}}"#] {
            assert!(is_unambiguous(good.as_bytes()), "{good}");
        }
        for bad in ["", r#"{"a":1,"a":1}"#, r#"[[{"a":1,"\u0061":1}]]"#, r#"{"b":{"a":[],"c":1,"a":[]}}"#] {
            assert!(!is_unambiguous(bad.as_bytes()), "{bad}");
        }
    }
}
