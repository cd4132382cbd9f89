//! Overlap: two rules that one event could concern. S3 refuses such configurations.

use super::NotificationRule;

/// Do any two of the rules overlap?
pub(super) fn has_overlap(rules: &[NotificationRule]) -> bool {
    rules.iter().enumerate().any(|(at, rule)| rules[at + 1..].iter().any(|other| overlaps(rule, other)))
}

fn overlaps(one: &NotificationRule, other: &NotificationRule) -> bool {
    let share_event = one.events.iter().any(|event| other.events.iter().any(|second| event.meets(*second)));
    let (prefix, other_prefix) = (one.prefix.as_deref(), other.prefix.as_deref());
    let (suffix, other_suffix) = (one.suffix.as_deref(), other.suffix.as_deref());
    let either = |text: Option<&str>, second: Option<&str>, within: fn(&str, &str) -> bool| {
        let (text, second) = (text.unwrap_or_default(), second.unwrap_or_default());
        within(text, second) || within(second, text)
    };
    share_event
        && either(prefix, other_prefix, |text, part| text.starts_with(part))
        && either(suffix, other_suffix, |text, part| text.ends_with(part))
}
