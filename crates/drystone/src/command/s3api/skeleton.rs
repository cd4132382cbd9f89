//! `--generate-cli-skeleton`: the input of an operation with empty values, for `--cli-input-json`.

use super::json::Json;
use super::model::{Kind, On, Operation, Place, fields};

/// The input with empty values.
pub(super) fn skeleton(operation: &Operation) -> Json {
    let mut members = Vec::new();
    if operation.on != On::Nothing {
        members.push(("Bucket".to_owned(), Json::text("")));
    }
    if operation.on == On::Object {
        members.push(("Key".to_owned(), Json::text("")));
    }
    for member in operation.members() {
        let value = if member.place == Place::Body { Json::Null } else { empty(member.kind) };
        members.push((member.name.to_owned(), value));
    }
    Json::Object(members)
}

fn empty(kind: Kind) -> Json {
    match kind {
        Kind::Text => Json::text(""),
        Kind::Number => Json::Number(0),
        Kind::Flag => Json::Flag(true),
        Kind::Moment => Json::text("1970-01-01T00:00:00"),
        Kind::Map => Json::Object(vec![("KeyName".to_owned(), Json::text(""))]),
        Kind::List(of) => Json::List(vec![empty(*of)]),
        Kind::Structure(shape) => {
            Json::Object(fields(shape).map(|field| (field.name.to_owned(), empty(field.kind))).collect())
        }
    }
}
