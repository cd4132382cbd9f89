//! The S3 actions that the router knows, read from its two tables: those we do and those we answer with NotImplemented.

use std::collections::BTreeSet;

use crate::repo::{self, Told};

const DONE: &str = "crates/wire/src/operation/action.rs";
const NOT_YET: &str = "crates/wire/src/operation/subresource.rs";

/// Names of S3 actions, as AWS spells them, in alphabetical order.
pub(crate) struct Actions {
    /// Those that we do.
    pub(crate) done: Vec<String>,
    /// Those that we refuse by name.
    pub(crate) not_yet: Vec<String>,
    /// Those on settings that no bucket has.
    pub(crate) not_configured: Vec<String>,
}

/// Reads both tables. A table that cannot be found is an error, so that a move of the file is noticed.
pub(crate) fn read() -> Told<Actions> {
    let done = done_in(&repo::read(&repo::root().join(DONE))?);
    let table = repo::read(&repo::root().join(NOT_YET))?;
    let not_yet = entries_of("not_yet", &table);
    let not_configured = entries_of("not_configured", &table);
    if done.is_empty() || not_yet.is_empty() {
        return Err(format!("no actions found in {DONE} and {NOT_YET}; xtask/src/actions.rs reads them"));
    }
    let done: BTreeSet<_> = done.into_iter().collect();
    let not_yet: BTreeSet<_> = not_yet.into_iter().filter(|name| !done.contains(name)).collect();
    let not_configured: BTreeSet<_> = not_configured.into_iter().collect();
    Ok(Actions {
        done: done.into_iter().collect(),
        not_yet: not_yet.into_iter().collect(),
        not_configured: not_configured.into_iter().collect(),
    })
}

/// `CreateMultipartUpload` -> `create_multipart_upload`; `ListObjectsV2` -> `list_objects_v2`.
pub(crate) fn snake_case(action: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in action.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Lines `Name "s3:Permission" "…"` of the macro `operations!`.
fn done_in(source: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|line| line.trim().split_once(" \"s3"));
    lines.map(|(name, _)| name.trim()).filter(|name| is_action(name)).map(str::to_owned).collect()
}

/// Entries `not_yet("query", Level, "METHOD", "Name", "s3:Permission")`, or of another kind: the third string.
fn entries_of(kind: &str, source: &str) -> Vec<String> {
    let start = format!("{kind}(\"");
    let entries = source.split(&start).skip(1);
    entries
        .filter_map(|entry| entry.split('"').nth(4))
        .filter(|name| is_action(name))
        .map(str::to_owned)
        .collect()
}

fn is_action(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{done_in, entries_of, read, snake_case};

    #[test]
    fn names_are_read_from_both_tables() {
        let done = "operations! {\n    PutObject \"s3:PutObject\" \"`PUT /bucket/key`.\",\n}\n(Operation::A, \"s3:X\"),";
        assert_eq!(done_in(done), ["PutObject"]);
        let not_yet = "const fn not_yet(\n name: &'static str) {}\n not_yet(\"acl\", Bucket, \"GET\", \"GetBucketAcl\", \"s3:G\"),";
        assert_eq!(entries_of("not_yet", not_yet), ["GetBucketAcl"]);
    }

    #[test]
    fn the_router_still_has_its_tables() {
        let actions = read().unwrap();
        for name in ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"]
        {
            assert!(actions.done.iter().any(|done| done == name), "{name}");
        }
        assert!(actions.not_yet.iter().any(|name| name == "RenameObject"));
        assert!(actions.not_configured.iter().any(|name| name == "GetBucketWebsite"));
    }

    #[test]
    fn actions_become_file_names() {
        assert_eq!(snake_case("CreateMultipartUpload"), "create_multipart_upload");
        assert_eq!(snake_case("ListObjectsV2"), "list_objects_v2");
    }
}
