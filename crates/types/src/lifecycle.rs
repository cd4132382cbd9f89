//! Lifecycle rules as values, and the pure questions asked of them: does a rule cover this, and when is it due?

use std::time::Duration;

use crate::{Key, Tags, Timestamp};

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
    /// NoncurrentVersionExpiration.
    pub noncurrent: Option<NoncurrentExpiration>,
}

/// When versions that are no longer current expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoncurrentExpiration {
    /// This many days after a newer version came.
    pub days: u32,
    /// But so many of the newest of them stay.
    pub newer_kept: Option<u32>,
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
    /// Only objects that have all of these tags.
    pub tags: Tags,
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
    /// Delete markers that are all that is left of their key.
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

    /// Does the filter cover a version? A delete marker has neither size nor tags.
    pub fn covers(&self, version: &Met<'_>) -> bool {
        match version {
            Met::Object(object) => self.covers_object(object),
            Met::Marker(key) => {
                let of_sizes = self.object_size_greater_than.or(self.object_size_less_than).is_some();
                self.covers_key(key) && !of_sizes && self.tags.is_empty()
            }
        }
    }

    fn covers_object(&self, object: &Candidate<'_>) -> bool {
        self.covers_key(object.key)
            && self.object_size_greater_than.is_none_or(|limit| object.size > limit)
            && self.object_size_less_than.is_none_or(|limit| object.size < limit)
            && self.tags.0.iter().all(|(name, value)| object.tags.get(name) == Some(value))
    }
}

/// An object that a rule may cover.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Key.
    pub key: &'a Key,
    /// Bytes.
    pub size: u64,
    /// Tags.
    pub tags: &'a Tags,
    /// Last modified.
    pub modified: Timestamp,
}

/// A version that a rule may cover.
#[derive(Clone, Copy, Debug)]
pub enum Met<'a> {
    /// An object.
    Object(Candidate<'a>),
    /// A delete marker of this key.
    Marker(&'a Key),
}

impl LifecycleConfiguration {
    /// When the earliest enabled rule aborts an upload of `key` initiated at `initiated` (b32, b169).
    ///
    /// `day` is the length of a day: 24 hours, or less in tests (b175).
    pub fn abort_due(&self, key: &Key, initiated: Timestamp, day: Duration) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| Some(due_after(initiated, rule.abort_incomplete_days?, day));
        self.earliest(|rule| rule.filter.covers_key(key), due)
    }

    /// When the earliest enabled rule expires a current object.
    pub fn expiration_due(&self, object: &Candidate<'_>, day: Duration) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| match rule.expiration? {
            Expiration::Days(days) => Some(due_after(object.modified, days, day)),
            Expiration::Date(date) => Some(date),
            Expiration::ExpiredObjectDeleteMarker(_) => None,
        };
        self.earliest(|rule| rule.filter.covers_object(object), due)
    }

    /// When the earliest enabled rule expires a version that was current until `replaced`, and that `newer` other versions
    /// which are no longer current are newer than.
    pub fn noncurrent_due(
        &self,
        version: &Met<'_>,
        replaced: Timestamp,
        newer: u32,
        day: Duration,
    ) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| {
            let NoncurrentExpiration { days, newer_kept } = rule.noncurrent?;
            (newer >= newer_kept.unwrap_or(0)).then(|| due_after(replaced, days, day))
        };
        self.earliest(|rule| rule.filter.covers(version), due)
    }

    /// When the earliest enabled rule removes a delete marker that is all that is left of its key: by its flag at once, or
    /// when the marker is as old as objects may become.
    pub fn lone_marker_due(&self, key: &Key, modified: Timestamp, day: Duration) -> Option<Due<'_>> {
        let due = |rule: &'_ Rule| match rule.expiration? {
            Expiration::ExpiredObjectDeleteMarker(true) => Some(modified),
            Expiration::Days(days) => Some(due_after(modified, days, day)),
            Expiration::ExpiredObjectDeleteMarker(false) | Expiration::Date(_) => None,
        };
        self.earliest(|rule| rule.filter.covers(&Met::Marker(key)), due)
    }

    fn earliest<'a>(
        &'a self,
        covers: impl Fn(&Rule) -> bool,
        due: impl Fn(&'a Rule) -> Option<Timestamp>,
    ) -> Option<Due<'a>> {
        self.rules
            .iter()
            .filter(|rule| rule.enabled && covers(rule))
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
mod tests;
