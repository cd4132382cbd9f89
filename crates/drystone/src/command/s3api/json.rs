//! Json: values with their members in order, written as the AWS CLI writes them.

use serde_json::Value;
use std::fmt::Write as _;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// null
    Null,
    /// A truth value.
    Flag(bool),
    /// An integer; S3 knows no other numbers.
    Number(i64),
    /// Another number, as it was written: an average.
    Decimal(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Members in order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The member of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Is it an object without members? Such an output is not printed.
    pub(super) fn is_empty_object(&self) -> bool {
        matches!(self, Self::Object(members) if members.is_empty())
    }

    /// From what was parsed.
    pub(super) fn from_value(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => {
                let text = number.to_string();
                // Sums are computed as 3.0 and meant as 3.
                let whole = text.strip_suffix(".0").unwrap_or(&text).parse();
                whole.map_or_else(|_| Self::Decimal(text.clone()), Self::Number)
            }
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from_value).collect()),
            Value::Object(members) => Self::Object(
                members.into_iter().map(|(name, value)| (name, Self::from_value(value))).collect(),
            ),
        }
    }

    /// Parses.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self::from_value).map_err(|error| error.to_string())
    }

    /// On lines, indented by four spaces.
    pub(super) fn pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    /// On one line, with a space after commas and colons as Python has it.
    pub(super) fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    fn write(&self, out: &mut String, depth: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => write!(out, "{flag}").expect("writing to a String cannot fail"),
            Self::Number(number) => write!(out, "{number}").expect("writing to a String cannot fail"),
            Self::Decimal(text) => out.push_str(text),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(items) => {
                write_group(out, depth, ('[', ']'), items, Self::write);
            }
            Self::Object(members) => {
                write_group(out, depth, ('{', '}'), members, |(name, value), out, depth| {
                    out.push_str(&quoted(name));
                    out.push_str(": ");
                    value.write(out, depth);
                });
            }
        }
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn write_group<T>(
    out: &mut String,
    depth: Option<usize>,
    (open, close): (char, char),
    items: &[T],
    write: impl Fn(&T, &mut String, Option<usize>),
) {
    out.push(open);
    let inner = depth.map(|depth| depth + 1);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(if inner.is_some() { "," } else { ", " });
        }
        line(out, inner);
        write(item, out, inner);
    }
    if !items.is_empty() {
        line(out, depth);
    }
    out.push(close);
}

fn line(out: &mut String, depth: Option<usize>) {
    if let Some(depth) = depth {
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn output_looks_as_the_aws_clis() {
        let value = Json::Object(vec![
            ("ETag".into(), Json::text("\"é\n\"")),
            ("Parts".into(), Json::List(vec![Json::Number(1), Json::Null])),
            ("Metadata".into(), Json::Object(vec![])),
            ("A".into(), Json::List(vec![])),
            ("Flag".into(), Json::Flag(true)),
        ]);
        let pretty = "{\n    \"ETag\": \"\\\"é\\n\\\"\",\n    \"Parts\": [\n        1,\n        null\n    ],\n    \
                      \"Metadata\": {},\n    \"A\": [],\n    \"Flag\": true\n}";
        assert_eq!(value.pretty(), pretty);
        let compact =
            "{\"ETag\": \"\\\"é\\n\\\"\", \"Parts\": [1, null], \"Metadata\": {}, \"A\": [], \"Flag\": true}";
        assert_eq!(value.compact(), compact);
    }
}
