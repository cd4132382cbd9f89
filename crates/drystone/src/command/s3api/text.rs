//! `--output text`: lines of tab-separated scalars, members by name, as the AWS CLI prints them.

use super::json::Json;
use std::collections::BTreeSet;

/// The lines of a value.
pub(super) fn text(value: &Json) -> String {
    let mut out = String::new();
    write(&mut out, value, None, None);
    out
}

fn write(out: &mut String, value: &Json, name: Option<&str>, scalars: Option<&BTreeSet<&str>>) {
    match value {
        Json::Object(members) => write_object(out, members, name, scalars),
        Json::List(items) => write_list(out, items, name),
        scalar => line(out, &[word(scalar)]),
    }
}

fn write_list(out: &mut String, items: &[Json], name: Option<&str>) {
    if items.iter().any(|item| matches!(item, Json::Object(_))) {
        let scalars = scalar_names(items);
        for item in items {
            write(out, item, name, Some(&scalars));
        }
        return;
    }
    let (lists, scalars): (Vec<_>, Vec<_>) = items.iter().partition(|item| matches!(item, Json::List(_)));
    let words: Vec<_> = scalars.into_iter().map(word).collect();
    match name {
        Some(name) => words.into_iter().for_each(|word| line(out, &[name.to_uppercase(), word])),
        None if words.is_empty() => {}
        None => line(out, &words),
    }
    for list in lists {
        write(out, list, name, None);
    }
}

fn write_object(
    out: &mut String,
    members: &[(String, Json)],
    name: Option<&str>,
    scalars: Option<&BTreeSet<&str>>,
) {
    let mut sorted: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), value)).collect();
    sorted.sort_by_key(|(name, _)| *name);
    let value_of =
        |name: &str| members.iter().find(|(key, _)| key == name).map_or_else(String::new, |(_, v)| word(v));
    let mut words: Vec<_> = match scalars {
        Some(names) => names.iter().map(|name| value_of(name)).collect(),
        None => sorted.iter().filter(|(_, value)| is_scalar(value)).map(|(_, value)| word(value)).collect(),
    };
    if !words.is_empty() {
        if let Some(name) = name {
            words.insert(0, name.to_uppercase());
        }
        line(out, &words);
    }
    for (name, value) in sorted.into_iter().filter(|(_, value)| !is_scalar(value)) {
        write(out, value, Some(name), None);
    }
}

/// Names of all scalars that any of the objects has, so that columns stay columns.
fn scalar_names(items: &[Json]) -> BTreeSet<&str> {
    let members = items.iter().filter_map(|item| match item {
        Json::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().filter(|(_, value)| is_scalar(value)).map(|(name, _)| name.as_str()).collect()
}

fn is_scalar(value: &Json) -> bool {
    !matches!(value, Json::Object(_) | Json::List(_))
}

fn word(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Flag(true) => "True".to_owned(),
        Json::Flag(false) => "False".to_owned(),
        Json::Text(text) => text.clone(),
        other => other.compact(),
    }
}

fn line(out: &mut String, words: &[String]) {
    out.push_str(&words.join("\t"));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::command::s3api::json::Json;

    #[test]
    fn output_looks_as_the_aws_clis() {
        let cases = [
            ("\"id\"", "id\n"),
            ("null", "None\n"),
            ("[\"a\",1,true]", "a\t1\tTrue\n"),
            ("[]", ""),
            ("{\"B\":1,\"A\":\"x\",\"L\":[\"p\",\"q\"]}", "x\t1\nL\tp\nL\tq\n"),
            ("{\"P\":[{\"N\":1,\"E\":\"e\"},{\"N\":2}]}", "P\te\t1\nP\t\t2\n"),
            ("[[\"a\",\"b\"],[\"c\"]]", "a\tb\nc\n"),
            ("{\"S\":null,\"O\":{\"ID\":\"i\"}}", "None\nO\ti\n"),
        ];
        for (json, expected) in cases {
            assert_eq!(text(&Json::parse(json).unwrap()), expected, "{json}");
        }
    }
}
