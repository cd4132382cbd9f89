//! `layers`: the table of crates in ARCHITECTURE.md and the dependencies that cargo sees must say the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::repo::{self, Told};
use crate::shell;

/// Crate -> the crates of this workspace that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// What the table says that one crate may import.
#[derive(Debug, PartialEq, Eq)]
enum Allowed {
    All,
    Only(BTreeSet<String>),
}

/// Compares, prints every difference, fails if there is one.
pub(crate) fn run() -> Told<()> {
    let differences = differences()?;
    if differences.is_empty() {
        println!("layers: ARCHITECTURE.md and the dependencies agree");
        return Ok(());
    }
    Err(format!("layers: ARCHITECTURE.md and the dependencies differ:\n  {}", differences.join("\n  ")))
}

/// Every difference, as a sentence.
pub(crate) fn differences() -> Told<Vec<String>> {
    let table = parse_table(&repo::read(&repo::root().join("ARCHITECTURE.md"))?)?;
    let metadata = shell::stdout_of(shell::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let (imports, dev_imports) = parse_metadata(&metadata);
    report_dev(&table, &dev_imports);
    Ok(compare(&table, &imports))
}

/// Reads the rows of the table whose header begins with `| crate | may import |`.
fn parse_table(architecture: &str) -> Told<BTreeMap<String, Allowed>> {
    let rows: BTreeMap<_, _> = architecture
        .lines()
        .skip_while(|line| !line.replace(' ', "").starts_with("|crate|mayimport|"))
        .skip(2)
        .map_while(parse_row)
        .collect();
    if rows.is_empty() {
        return Err("ARCHITECTURE.md has no table that begins `| crate | may import |`".to_owned());
    }
    Ok(rows)
}

fn parse_row(line: &str) -> Option<(String, Allowed)> {
    let mut cells = line.strip_prefix('|')?.split('|').map(|cell| cell.replace('`', "").trim().to_owned());
    let name = cells.next()?;
    let allowed = cells.next()?;
    if allowed == "all" {
        return Some((name, Allowed::All));
    }
    let words = allowed.split(',').map(str::trim).filter(|word| !matches!(*word, "–" | "-" | ""));
    Some((name, Allowed::Only(words.map(str::to_owned).collect())))
}

/// Normal and build dependencies, and apart from them those of tests only.
fn parse_metadata(metadata: &Value) -> (Imports, Imports) {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: BTreeSet<_> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let (mut imports, mut dev_imports) = (Imports::new(), Imports::new());
    for package in packages {
        let Some(name) = package["name"].as_str().filter(|name| *name != "xtask") else { continue };
        let entry = imports.entry(short(name)).or_default();
        let dev_entry = dev_imports.entry(short(name)).or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let Some(other) = dependency["name"].as_str().filter(|other| names.contains(other)) else {
                continue;
            };
            let list = if dependency["kind"] == "dev" { &mut *dev_entry } else { &mut *entry };
            list.insert(short(other));
        }
    }
    (imports, dev_imports)
}

fn short(package: &str) -> String {
    package.strip_prefix("drystone-").unwrap_or(package).to_owned()
}

fn compare(table: &BTreeMap<String, Allowed>, imports: &Imports) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, imported) in imports {
        match table.get(name) {
            None => differences.push(format!("crate {name} is not in the table")),
            Some(Allowed::All) => {}
            Some(Allowed::Only(allowed)) => {
                let extra = imported.difference(allowed);
                differences.extend(
                    extra.map(|other| format!("{name} imports {other}; the table does not allow it")),
                );
                let unused = allowed.difference(imported);
                differences.extend(unused.map(|other| format!("{name} may import {other}, but does not")));
            }
        }
    }
    let missing = table.keys().filter(|name| !imports.contains_key(*name));
    differences.extend(missing.map(|name| format!("the table names {name}; there is no such crate")));
    differences
}

/// Tests may look further than the code; say so, without failing.
fn report_dev(table: &BTreeMap<String, Allowed>, dev_imports: &Imports) {
    for (name, imported) in dev_imports {
        let Some(Allowed::Only(allowed)) = table.get(name) else { continue };
        for other in imported.difference(allowed).filter(|other| *other != name) {
            println!("layers: note: tests of {name} import {other} (dev-dependencies may be looser)");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allowed, Imports, compare, parse_table};

    const TABLE: &str = "text\n\n| crate | may import | must never know about |\n|---|---|---|\n| types | – | I/O |\n\
                         | `store` | types, disk | HTTP |\n| drystone | all | – |\n\nmore";

    fn imports(pairs: &[(&str, &[&str])]) -> Imports {
        pairs
            .iter()
            .map(|(name, others)| ((*name).to_owned(), others.iter().map(|o| (*o).to_owned()).collect()))
            .collect()
    }

    #[test]
    fn table_rows_give_names_and_allowed_imports() {
        let table = parse_table(TABLE).unwrap();
        assert_eq!(table.len(), 3);
        assert_eq!(table["types"], Allowed::Only([].into()));
        assert_eq!(table["store"], Allowed::Only(["types".to_owned(), "disk".to_owned()].into()));
        assert_eq!(table["drystone"], Allowed::All);
    }

    #[test]
    fn every_difference_is_named() {
        let table = parse_table(TABLE).unwrap();
        let same = imports(&[("types", &[]), ("store", &["types", "disk"]), ("drystone", &["store"])]);
        assert_eq!(compare(&table, &same), Vec::<String>::new());
        let other = imports(&[("types", &["disk"]), ("store", &["types"]), ("s3", &[])]);
        assert_eq!(
            compare(&table, &other),
            [
                "crate s3 is not in the table",
                "store may import disk, but does not",
                "types imports disk; the table does not allow it",
                "the table names drystone; there is no such crate",
            ]
        );
    }

    #[test]
    fn a_text_without_the_table_is_an_error() {
        assert!(parse_table("| a | b |\n|---|---|\n").is_err());
    }
}
