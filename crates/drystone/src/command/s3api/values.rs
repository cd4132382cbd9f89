//! Values: what was typed for a flag, as text, JSON, shorthand or `file://`, brought to the form that the operation wants.

use super::json::Json;
use super::model::{Kind, Shape, fields};
use super::shorthand;
use drystone_types::Timestamp;
use std::fs::File;
use std::io::Read as _;

/// Largest file that a flag may name with `file://`.
const PARAMETER_FILE_MAX_BYTES: u64 = 16 << 20;

/// Reads what was typed. `file://PATH` and `fileb://PATH` stand for what the file holds.
///
/// # Errors
/// What is wrong, without the flag's name.
pub(super) fn value(kind: Kind, typed: &str) -> Result<Json, String> {
    let held;
    let typed = match typed.strip_prefix("file://").or_else(|| typed.strip_prefix("fileb://")) {
        Some(path) => {
            held = parameter_file(path)?;
            held.as_str()
        }
        None => typed,
    };
    let json = match kind {
        Kind::Map | Kind::Structure(_) | Kind::List(_) if typed.trim_start().starts_with(['{', '[']) => {
            Json::parse(typed)?
        }
        Kind::Map | Kind::Structure(_) => shorthand::parse(typed)?,
        _ => Json::text(typed),
    };
    shaped(kind, json)
}

/// Reads the JSON of `--cli-input-json`: an object with members named as S3 names them.
///
/// # Errors
/// What is wrong with it.
pub(super) fn input_json(typed: &str) -> Result<Vec<(String, Json)>, String> {
    let text = match typed.strip_prefix("file://") {
        Some(path) => parameter_file(path)?,
        None => typed.to_owned(),
    };
    match Json::parse(&text)? {
        Json::Object(members) => Ok(members),
        _ => Err("it is no JSON object".to_owned()),
    }
}

fn parameter_file(path: &str) -> Result<String, String> {
    let home = path.strip_prefix("~/").and_then(|rest| Some(std::env::home_dir()?.join(rest)));
    let wrong = |error: std::io::Error| format!("unable to load paramfile file://{path}: {error}");
    let mut text = String::new();
    let file = File::open(home.unwrap_or_else(|| path.into())).map_err(wrong)?;
    file.take(PARAMETER_FILE_MAX_BYTES + 1).read_to_string(&mut text).map_err(wrong)?;
    if text.len() as u64 > PARAMETER_FILE_MAX_BYTES {
        return Err(format!("{path} is larger than {PARAMETER_FILE_MAX_BYTES} bytes"));
    }
    Ok(text)
}

/// The value as `kind` wants it: texts become numbers where numbers are wanted, single values lists.
///
/// # Errors
/// What does not fit.
pub(super) fn shaped(kind: Kind, value: Json) -> Result<Json, String> {
    match (kind, value) {
        (Kind::Text, Json::Text(text)) => Ok(Json::Text(text)),
        (Kind::Text, Json::Number(number)) => Ok(Json::Text(number.to_string())),
        (Kind::Number, Json::Number(number)) => Ok(Json::Number(number)),
        (Kind::Number, Json::Text(text)) => {
            text.trim().parse().map(Json::Number).map_err(|_| format!("{text:?} is no integer"))
        }
        (Kind::Flag, Json::Flag(flag)) => Ok(Json::Flag(flag)),
        (Kind::Flag, Json::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(Json::Flag(true)),
        (Kind::Flag, Json::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(Json::Flag(false)),
        (Kind::Moment, Json::Number(seconds)) => {
            let seconds = u64::try_from(seconds).map_err(|_| "dates begin with 1970".to_owned())?;
            Ok(Json::Text(Timestamp::from_seconds(seconds).iso8601()))
        }
        (Kind::Moment, Json::Text(text)) => {
            let moment =
                moment(&text).ok_or_else(|| format!("{text:?} is no date, as 2026-11-22T10:30:00Z is"))?;
            Ok(Json::Text(moment.iso8601()))
        }
        (Kind::Map, Json::Object(members)) => {
            let member = |(name, value)| Ok((name, shaped(Kind::Text, value)?));
            members.into_iter().map(member).collect::<Result<_, String>>().map(Json::Object)
        }
        (Kind::List(of), Json::List(items)) => {
            items.into_iter().map(|item| shaped(*of, item)).collect::<Result<_, _>>().map(Json::List)
        }
        (Kind::List(of), single @ (Json::Text(_) | Json::Object(_))) => {
            Ok(Json::List(vec![shaped(*of, single)?]))
        }
        (Kind::Structure(shape), Json::Object(members)) => structure(shape, members),
        (kind, value) => Err(format!("{} is no {}", value.compact(), noun(kind))),
    }
}

fn structure(shape: Shape, members: Vec<(String, Json)>) -> Result<Json, String> {
    let mut shaped_members = Vec::with_capacity(members.len());
    for (name, value) in members {
        let field = fields(shape).find(|field| field.name == name).ok_or_else(|| {
            let names: Vec<_> = fields(shape).map(|field| field.name).collect();
            format!("unknown member {name:?}, must be one of: {}", names.join(", "))
        })?;
        if value != Json::Null {
            let value = shaped(field.kind, value).map_err(|why| format!("{name}: {why}"))?;
            shaped_members.push((name, value));
        }
    }
    Ok(Json::Object(shaped_members))
}

fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    Timestamp::parse_iso8601(text)
        .or_else(|| Timestamp::parse_iso8601(&format!("{text}Z")))
        .or_else(|| Timestamp::parse_iso8601(&format!("{text}T00:00:00Z")))
        .or_else(|| Timestamp::parse_http_date(text))
        .or_else(|| text.parse().ok().map(Timestamp::from_seconds))
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Number => "integer",
        Kind::Flag => "true or false",
        Kind::Moment => "date",
        Kind::Map | Kind::Structure(_) => "structure",
        Kind::List(_) => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, value};
    use crate::command::s3api::json::Json;
    use crate::command::s3api::model::{Member, Place};
    use crate::command::s3api::table::OPERATIONS;

    fn kind(command: &str, flag: &str) -> Kind {
        let operation = OPERATIONS.iter().find(|operation| operation.command == command).unwrap();
        let found: &Member = operation.members().find(|member| member.flag == flag).unwrap();
        assert!(!matches!(found.place, Place::Body));
        found.kind
    }

    #[test]
    fn shorthand_json_and_files_say_the_same() {
        let parts = kind("complete-multipart-upload", "multipart-upload");
        let json = "{\"Parts\":[{\"ETag\":\"\\\"e\\\"\",\"PartNumber\":1}]}";
        let expected = Json::parse(json);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fileparts.json");
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&path, json).unwrap();
        let from_file = format!("file://{}", path.display());
        for typed in [json, "Parts=[{ETag='\"e\"',PartNumber=1}]", from_file.as_str()] {
            assert_eq!(value(parts, typed), expected, "{typed}");
        }
        assert_eq!(value(kind("put-object", "metadata"), "k=v"), Json::parse("{\"k\":\"v\"}"));
    }

    #[test]
    fn values_that_do_not_fit_are_refused() {
        let parts = kind("complete-multipart-upload", "multipart-upload");
        for typed in
            ["{\"Part\":[]}", "{\"Parts\":[{\"PartNumber\":\"x\"}]}", "[]", "{", "file:///nowhere", "Parts"]
        {
            assert!(value(parts, typed).is_err(), "{typed}");
        }
        assert!(value(Kind::Number, "1.5").is_err());
        assert!(value(Kind::Moment, "yesterday").is_err());
        for typed in
            ["2026-11-22T10:30:00Z", "2026-11-22T11:30:00+01:00", "2026-11-22T10:30:00", "1795343400"]
        {
            assert_eq!(value(Kind::Moment, typed), Ok(Json::text("2026-11-22T10:30:00.000Z")), "{typed}");
        }
    }
}
