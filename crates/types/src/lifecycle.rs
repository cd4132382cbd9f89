//! Lifecycle rules as values, and the pure questions asked of them: does a rule cover this, and when is it due?

use std::time::Duration;

use crate::{Key, Timestamp};

/// A bucket's lifecycle configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleConfiguration {
    /// At least one, at most 1,000.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Unique within the configuration.
    pub id: String,
    /// Disabled rules do nothing (b171).
    pub enabled: bool,
    /// What the rule covers.
    pub filter: Filter,
    /// AbortIncompleteMultipartUpload: DaysAfterInitiation.
    pub abort_incomplete_days: Option<u32>,
    /// Expiration of current objects.
    pub expiration: Option<Expiration>,
}

/// What a rule covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How the prefix was written, so that Get returns what Put sent.
    pub form: FilterForm,
    /// Keys that begin so; empty covers all.
    pub prefix: String,
    /// Only objects larger than this.
    pub object_size_greater_than: Option<u64>,
    /// Only objects smaller than this.
    pub object_size_less_than: Option<u64>,
}

/// The XML shape of a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilterForm {
    /// `<Prefix>` directly in the rule: the old form.
    RulePrefix,
    /// `<Filter/>`, empty.
    #[default]
    Empty,
    /// `<Filter>` with one condition.
    One,
    /// `<Filter><And>`.
    And,
}

/// When current objects expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiration {
    /// This many days after creation.
    Days(u32),
    /// From this midnight on.
    Date(Timestamp),
    /// Only the delete marker flag (versioned buckets); kept and shown.
    ExpiredObjectDeleteMarker(bool),
}

/// A due moment and the rule that sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due<'a> {
    /// When.
    pub at: Timestamp,
    /// The rule's id.
    pub rule_id: &'a str,
}

impl Filter {
    /// Does the filter cover a key, whatever its size?
    pub fn covers_key(&self, key: &Key) -> bool {
        key.as_str().starts_with(&self.prefix)
    }

    /// Does the filter cover an object?
    pub fn covers_object(&self, key: &Key, size: u64) -> bool {
        self.covers_key(key)
            && self.object_size_greater_than.is_none_or(|limit| size > limit)
            && self.object_size_less_than.is_none_or(|limit| size < limit)
    }
}

impl LifecycleConfiguration {
    /// When the earliest enabled rule aborts an upload of `key` initiated at `initiated` (b32, b169).
    ///
    /// `day` is the length of a day: 24 hours, or less in tests (b175).
    pub fn abort_due(&self, key: &Key, initiated: Timestamp, day: Duration) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| Some(due_after(initiated, rule.abort_incomplete_days?, day));
        self.rules
            .iter()
            .filter(|rule| rule.enabled && rule.filter.covers_key(key))
            .filter_map(|rule| due(rule).map(|at| Due { at, rule_id: &rule.id }))
            .min_by_key(|due| due.at)
    }

    /// When the earliest enabled rule expires an object.
    pub fn expiration_due(
        &self,
        key: &Key,
        size: u64,
        modified: Timestamp,
        day: Duration,
    ) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| match rule.expiration? {
            Expiration::Days(days) => Some(due_after(modified, days, day)),
            Expiration::Date(date) => Some(date),
            Expiration::ExpiredObjectDeleteMarker(_) => None,
        };
        self.rules
            .iter()
            .filter(|rule| rule.enabled && rule.filter.covers_object(key, size))
            .filter_map(|rule| due(rule).map(|at| Due { at, rule_id: &rule.id }))
            .min_by_key(|due| due.at)
    }
}

/// `from` + `days`, rounded up to the next start of a day (b169).
pub fn due_after(from: Timestamp, days: u32, day: Duration) -> Timestamp {
    let day_ms = u64::try_from(day.as_millis()).unwrap_or(u64::MAX).max(1);
    let exact = from.0.saturating_add(day_ms.saturating_mul(u64::from(days)));
    Timestamp(exact.div_ceil(day_ms).saturating_mul(day_ms))
}

#[cfg(test)]
mod tests {
    use super::{Expiration, Filter, LifecycleConfiguration, Rule, due_after};
    use crate::{Key, Timestamp};
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(86_400);

    fn rule(id: &str, prefix: &str, days: Option<u32>, expiration: Option<Expiration>) -> Rule {
        let filter = Filter { prefix: prefix.into(), ..Filter::default() };
        Rule { id: id.into(), enabled: true, filter, abort_incomplete_days: days, expiration }
    }

    #[test]
    fn b169_due_is_rounded_up_to_the_next_midnight() {
        let at = |text| Timestamp::parse_iso8601(text).expect("a date");
        assert_eq!(due_after(at("2026-01-01T10:30:00Z"), 3, DAY), at("2026-01-05T00:00:00Z"));
        assert_eq!(due_after(at("2026-01-01T00:00:00Z"), 1, DAY), at("2026-01-02T00:00:00Z"));
        assert_eq!(due_after(Timestamp(2_500), 2, Duration::from_secs(1)), Timestamp(5_000));
    }

    #[test]
    fn b32_b171_the_earliest_enabled_rule_that_covers_the_key_counts() {
        let key = Key::parse("logs/a").expect("legal");
        let mut rules = vec![
            rule("late", "", Some(9), None),
            rule("soon", "logs/", Some(2), None),
            rule("other", "x", Some(1), None),
        ];
        let config = LifecycleConfiguration { rules: rules.clone() };
        assert_eq!(config.abort_due(&key, Timestamp(0), DAY).map(|due| due.rule_id), Some("soon"));
        rules[1].enabled = false;
        let config = LifecycleConfiguration { rules };
        assert_eq!(config.abort_due(&key, Timestamp(0), DAY).map(|due| due.rule_id), Some("late"));
        assert_eq!(LifecycleConfiguration::default().abort_due(&key, Timestamp(0), DAY), None);
    }

    #[test]
    fn expiration_heeds_size_filters_and_dates() {
        let key = Key::parse("k").expect("legal");
        let mut sized = rule("big", "", None, Some(Expiration::Days(1)));
        sized.filter.object_size_greater_than = Some(100);
        let config = LifecycleConfiguration { rules: vec![sized] };
        assert_eq!(config.expiration_due(&key, 100, Timestamp(0), DAY), None);
        assert!(config.expiration_due(&key, 101, Timestamp(0), DAY).is_some());
        let date = Timestamp(86_400_000);
        let config =
            LifecycleConfiguration { rules: vec![rule("d", "", None, Some(Expiration::Date(date)))] };
        assert_eq!(config.expiration_due(&key, 1, Timestamp(5), DAY).map(|due| due.at), Some(date));
    }
}
