//! Figures: what docs/conformance says, as a section of docs/COMPATIBILITY.md.

use std::fmt::Write as _;

use super::SUITES;
use super::expected::Expected;
use crate::repo::Told;

/// The section; suites that were never run are not in it.
///
/// # Errors
/// What is wrong in a file of docs/conformance.
pub(crate) fn section() -> Told<String> {
    let mut known = Vec::new();
    for suite in SUITES {
        let path = suite.list();
        if path.exists() {
            known.push((suite.name, suite.about, Expected::read(&path)?));
        }
    }
    let mut text = String::from(
        "## Suites that others wrote\n\n\
         Every test that does not pass is listed in [conformance](conformance/README.md), with one of three reasons: it contradicts \
         a behaviour below, it is specific to the server that the suite was written for or to an older AWS, or it is not yet done.\n\n\
         | suite | commit | run on | passed | contradict AWS | specific | not yet | passed, without those that contradict AWS or are specific |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (name, _, list) in &known {
        let Expected { repository, commit, commit_date, run_date, passed, total, .. } = list;
        let short = commit.get(..10).unwrap_or(commit);
        let reasons = list.reasons(None);
        let _ = writeln!(
            text,
            "| [{name}]({repository}) | {short} of {commit_date} | {run_date} | {passed} of {total} | {} | {} | {} | {} |",
            reasons.contradicts,
            reasons.specific,
            reasons.not_yet,
            percent(*passed, passed + reasons.not_yet),
        );
    }
    for (name, about, list) in &known {
        let _ = write!(
            text,
            "\n### {name}\n\n{about} Run by `{}`; the list is [{name}.toml](conformance/{name}.toml).\n\n\
             | group | passed | not yet | | group | passed | not yet |\n|---|---|---|---|---|---|---|\n",
            list.command
        );
        let groups: Vec<_> = list
            .groups
            .iter()
            .map(|(group, (passed, total))| {
                format!("{group} | {passed} of {total} | {}", list.reasons(Some(group)).not_yet)
            })
            .collect();
        let (left, right) = groups.split_at(groups.len().div_ceil(2));
        for (index, cell) in left.iter().enumerate() {
            let _ = writeln!(text, "| {cell} | | {} |", right.get(index).map_or(" | | ", String::as_str));
        }
    }
    Ok(text)
}

/// With one digit, never rounded up.
fn percent(part: u64, whole: u64) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn percentages_are_not_flattered() {
        assert_eq!(percent(999, 1000), "99.9 %");
        assert_eq!(percent(9_999, 10_000), "99.9 %");
        assert_eq!((percent(5, 5), percent(0, 0)), ("100.0 %".to_owned(), "0.0 %".to_owned()));
    }
}
