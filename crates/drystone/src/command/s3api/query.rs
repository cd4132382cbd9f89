//! `--query`: JMESPath on an output.

use super::json::Json;

/// Is it an expression?
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(expression: &str) -> Result<(), String> {
    jmespath::compile(expression).map(drop).map_err(|error| error.to_string())
}

/// What the expression finds; null when that is nothing.
///
/// # Errors
/// What is wrong with the expression.
pub(super) fn query(expression: &str, output: &Json) -> Result<Json, String> {
    let compiled = jmespath::compile(expression).map_err(|error| error.to_string())?;
    let data = jmespath::Variable::from_json(&output.compact())?;
    let found = compiled.search(data).map_err(|error| error.to_string())?;
    let mut found = Json::parse(&found.to_string())?;
    let mut names = made_names(expression);
    collect_names(output, &mut names);
    reorder(&mut found, &names);
    Ok(found)
}

/// Names that the expression gives to members of objects that it makes: what stands before a colon.
fn made_names(expression: &str) -> Vec<String> {
    let before = expression.split(':').map(|piece| piece.trim_end().trim_end_matches('"'));
    let name =
        |piece: &str| piece.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    before.filter_map(name).filter(|name| !name.is_empty()).collect()
}

fn collect_names(value: &Json, names: &mut Vec<String>) {
    match value {
        Json::List(items) => items.iter().for_each(|item| collect_names(item, names)),
        Json::Object(members) => {
            for (name, value) in members {
                if !names.contains(name) {
                    names.push(name.clone());
                }
                collect_names(value, names);
            }
        }
        _ => {}
    }
}

/// JMESPath has no order of members; people do: that of the expression, then that of the output.
fn reorder(value: &mut Json, names: &[String]) {
    match value {
        Json::List(items) => items.iter_mut().for_each(|item| reorder(item, names)),
        Json::Object(members) => {
            members
                .sort_by_key(|(name, _)| names.iter().position(|known| known == name).unwrap_or(usize::MAX));
            for (_, value) in members {
                reorder(value, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{check, query};
    use crate::command::s3api::json::Json;

    #[test]
    fn the_expressions_of_the_walkthrough_work() {
        let output = Json::parse(
            "{\"UploadId\":\"u\",\"Parts\":[{\"PartNumber\":1,\"ETag\":\"\\\"e\\\"\",\"Size\":5},{\"PartNumber\":2,\"ETag\":\"f\"}]}",
        )
        .unwrap();
        let cases = [
            ("UploadId", "\"u\""),
            (
                "{Parts: Parts[].{ETag: ETag, PartNumber: PartNumber}}",
                "{\"Parts\": [{\"ETag\": \"\\\"e\\\"\", \"PartNumber\": 1}, {\"ETag\": \"f\", \"PartNumber\": 2}]}",
            ),
            (
                "{Parts: Parts[].{PartNumber: PartNumber, ETag: ETag}, A: `1`}",
                "{\"Parts\": [{\"PartNumber\": 1, \"ETag\": \"\\\"e\\\"\"}, {\"PartNumber\": 2, \"ETag\": \"f\"}], \"A\": 1}",
            ),
            ("Parts[0]", "{\"ETag\": \"\\\"e\\\"\", \"PartNumber\": 1, \"Size\": 5}"),
            ("Parts[0].PartNumber", "1"),
            ("length(Parts)", "2"),
            ("Parts[?PartNumber==`2`].ETag | [0]", "\"f\""),
            ("sum(Parts[].PartNumber)", "3"),
            ("avg(Parts[].PartNumber)", "1.5"),
            ("Nothing", "null"),
        ];
        for (expression, expected) in cases {
            assert_eq!(
                query(expression, &output).map(|found| found.compact()),
                Ok(expected.to_owned()),
                "{expression}"
            );
        }
        assert!(query("Parts[", &output).is_err());
        assert!(check("Parts[").is_err());
        assert_eq!(check("length(Parts)"), Ok(()), "what has no output yet is not asked");
    }
}
