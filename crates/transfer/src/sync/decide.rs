//! Decide: what becomes of one path that is on one side or on both. Pure.

use crate::listing::Entry;
use crate::select::Select;

/// How two sides of a path are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// By size and time, as the AWS CLI does.
    #[default]
    SizeAndTime,
    /// By size.
    SizeOnly,
    /// By size and time; a download also takes place when the file here is older.
    ExactTime,
    /// By size, then by checksums, without moving the data.
    Checksum,
    /// Not at all: everything is copied.
    Never,
}

/// What a plan follows.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Comparison.
    pub compare: Compare,
    /// Are objects compared with files here? Then times are compared as the AWS CLI compares them for downloads.
    pub is_download: bool,
    /// Which paths take part; others are neither copied nor deleted.
    pub select: Select,
    /// Is what only the target has deleted?
    pub delete: bool,
}

/// Why something is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The target has not got it.
    Missing,
    /// The sizes differ.
    Size,
    /// The times differ in a way that counts.
    Time,
    /// The checksums differ, or cannot be compared.
    Checksum,
    /// It was asked for.
    Asked,
}

impl Reason {
    /// A word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Size => "size",
            Self::Time => "time",
            Self::Checksum => "checksum",
            Self::Asked => "asked",
        }
    }
}

/// What becomes of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is copied.
    Copy(Reason),
    /// It is copied if its checksum differs or cannot be compared; else it is the same.
    Check,
    /// The target loses it.
    Delete,
    /// It is the same.
    Same,
    /// It cannot be copied, and stays as it is.
    Skip(String),
    /// It takes no part.
    Out,
}

/// Decides.
///
/// # Panics
/// When neither side has it.
pub fn decide(rules: &Rules, source: Option<&Entry>, target: Option<&Entry>) -> Action {
    let path = &source.or(target).expect("one side has it").path;
    if !rules.select.takes(path) {
        return Action::Out;
    }
    match (source, target) {
        (Some(source), None) => copyable(source, Reason::Missing),
        (Some(source), Some(target)) => compare(rules, source, target),
        (None, _) if rules.delete && target.is_some_and(|target| target.unusable.is_none()) => Action::Delete,
        (None, _) => Action::Out,
    }
}

fn copyable(source: &Entry, reason: Reason) -> Action {
    match &source.unusable {
        Some(why) => Action::Skip(why.clone()),
        None => Action::Copy(reason),
    }
}

fn compare(rules: &Rules, source: &Entry, target: &Entry) -> Action {
    if let Some(why) = source.unusable.as_ref().or(target.unusable.as_ref()) {
        return Action::Skip(why.clone());
    }
    if rules.compare == Compare::Never {
        return Action::Copy(Reason::Asked);
    }
    if source.size != target.size {
        return Action::Copy(Reason::Size);
    }
    match rules.compare {
        Compare::SizeOnly => Action::Same,
        Compare::Checksum => Action::Check,
        _ => compare_time(rules, source, target),
    }
}

/// Stores tell whole seconds, so within the same second the order is not known, and checksums decide.
fn compare_time(rules: &Rules, source: &Entry, target: &Entry) -> Action {
    let (Some(from), Some(to)) = (source.modified, target.modified) else { return Action::Check };
    let is_same = match (rules.is_download, rules.compare) {
        (true, Compare::ExactTime) => from.seconds() == to.seconds(),
        (true, _) => to.seconds() <= from.seconds(),
        (false, _) if from > to && from.seconds() == to.seconds() => return Action::Check,
        (false, _) => to >= from,
    };
    if is_same { Action::Same } else { Action::Copy(Reason::Time) }
}

#[cfg(test)]
mod tests {
    use super::{Action, Compare, Reason, Rules, decide};
    use crate::listing::Entry;
    use drystone_types::Timestamp;

    fn entry(size: u64, modified_ms: u64) -> Entry {
        Entry { path: "p".into(), size, modified: Some(Timestamp(modified_ms)), ..Entry::default() }
    }

    #[test]
    fn times_and_sizes_are_compared_as_the_aws_cli_compares_them() {
        let (time, size, same) = (Action::Copy(Reason::Time), Action::Copy(Reason::Size), Action::Same);
        let cases = [
            // Uploads and copies: what is newer here goes.
            (false, Compare::SizeAndTime, 5_000, 5_000, same.clone()),
            (false, Compare::SizeAndTime, 5_000, 9_000, same.clone()),
            (false, Compare::SizeAndTime, 9_000, 5_000, time.clone()),
            (false, Compare::SizeAndTime, 5_900, 5_000, Action::Check),
            (false, Compare::ExactTime, 5_000, 9_000, same.clone()),
            (false, Compare::SizeOnly, 9_000, 5_000, same.clone()),
            (false, Compare::Checksum, 5_000, 5_000, Action::Check),
            (false, Compare::Never, 5_000, 5_000, Action::Copy(Reason::Asked)),
            // Downloads: what was changed here is replaced.
            (true, Compare::SizeAndTime, 5_000, 9_000, time.clone()),
            (true, Compare::SizeAndTime, 5_500, 5_000, same.clone()),
            (true, Compare::SizeAndTime, 9_000, 5_000, same.clone()),
            (true, Compare::ExactTime, 9_000, 5_000, time),
            (true, Compare::ExactTime, 5_500, 5_000, same),
        ];
        for (is_download, compare, source, target, expected) in cases {
            let rules = Rules { compare, is_download, ..Rules::default() };
            let decided = decide(&rules, Some(&entry(1, source)), Some(&entry(1, target)));
            assert_eq!(decided, expected, "{is_download} {compare:?} {source} {target}");
            if compare != Compare::Never {
                assert_eq!(decide(&rules, Some(&entry(1, source)), Some(&entry(2, target))), size);
            }
        }
    }

    #[test]
    fn what_is_on_one_side_is_copied_or_deleted() {
        let rules = |delete| Rules { delete, ..Rules::default() };
        let one = entry(1, 1);
        assert_eq!(decide(&rules(true), Some(&one), None), Action::Copy(Reason::Missing));
        assert_eq!(decide(&rules(true), None, Some(&one)), Action::Delete);
        assert_eq!(decide(&rules(false), None, Some(&one)), Action::Out);
    }

    #[test]
    fn what_is_kept_out_is_neither_copied_nor_deleted() {
        let mut rules = Rules { delete: true, ..Rules::default() };
        rules.select.exclude("p").unwrap();
        let one = entry(1, 1);
        assert_eq!(decide(&rules, Some(&one), None), Action::Out);
        assert_eq!(decide(&rules, None, Some(&one)), Action::Out);
        assert_eq!(decide(&rules, Some(&one), Some(&entry(2, 2))), Action::Out);
    }

    #[test]
    fn what_cannot_be_read_or_replaced_stays_on_both_sides() {
        let rules = Rules { delete: true, ..Rules::default() };
        let bad = Entry { unusable: Some("pipe".into()), ..entry(0, 0) };
        let one = entry(1, 1);
        assert_eq!(decide(&rules, Some(&bad), None), Action::Skip("pipe".into()));
        assert_eq!(decide(&rules, Some(&bad), Some(&one)), Action::Skip("pipe".into()));
        assert_eq!(decide(&rules, Some(&one), Some(&bad)), Action::Skip("pipe".into()));
        assert_eq!(decide(&rules, None, Some(&bad)), Action::Out);
    }
}
