//! What rules cover, and when it is due.

use super::{
    Candidate, Expiration, Filter, LifecycleConfiguration, Met, NoncurrentExpiration, Rule, due_after,
};
use crate::{Key, Tags, Timestamp};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);
const DAY_MS: u64 = 86_400_000;

fn rule(id: &str, prefix: &str) -> Rule {
    let filter = Filter { prefix: prefix.into(), ..Filter::default() };
    let id = id.into();
    Rule { id, enabled: true, filter, abort_incomplete_days: None, expiration: None, noncurrent: None }
}

fn abort(id: &str, prefix: &str, days: u32) -> Rule {
    Rule { abort_incomplete_days: Some(days), ..rule(id, prefix) }
}

fn expire(id: &str, expiration: Expiration) -> Rule {
    Rule { expiration: Some(expiration), ..rule(id, "") }
}

fn config(rules: Vec<Rule>) -> LifecycleConfiguration {
    LifecycleConfiguration { rules }
}

fn key(name: &str) -> Key {
    Key::parse(name).expect("legal")
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    Tags(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
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
    let key = key("logs/a");
    let mut rules = vec![abort("late", "", 9), abort("soon", "logs/", 2), abort("other", "x", 1)];
    let due = |rules: &Vec<Rule>| {
        let config = config(rules.clone());
        config.abort_due(&key, Timestamp(0), DAY).map(|due| due.rule_id.to_owned())
    };
    assert_eq!(due(&rules).as_deref(), Some("soon"));
    rules[1].enabled = false;
    assert_eq!(due(&rules).as_deref(), Some("late"));
    assert_eq!(due(&Vec::new()), None);
}

#[test]
fn expiration_heeds_sizes_tags_and_dates() {
    let key = key("k");
    let some = tags(&[("a", "1"), ("b", "2")]);
    let object = |size, tags| Candidate { key: &key, size, tags, modified: Timestamp(5) };
    let none = Tags::default();
    let mut sized = expire("big", Expiration::Days(1));
    sized.filter.object_size_greater_than = Some(100);
    let sized = config(vec![sized]);
    assert_eq!(sized.expiration_due(&object(100, &none), DAY), None);
    assert!(sized.expiration_due(&object(101, &none), DAY).is_some());
    for (wanted, covered) in [
        (tags(&[]), true),
        (tags(&[("a", "1")]), true),
        (tags(&[("b", "2"), ("a", "1")]), true),
        (tags(&[("a", "2")]), false),
        (tags(&[("a", "1"), ("c", "3")]), false),
    ] {
        let mut tagged = expire("t", Expiration::Days(1));
        tagged.filter.tags = wanted.clone();
        let due = config(vec![tagged]);
        assert_eq!(due.expiration_due(&object(1, &some), DAY).is_some(), covered, "{wanted:?}");
    }
    let date = Timestamp(DAY_MS);
    let dated = config(vec![expire("d", Expiration::Date(date))]);
    assert_eq!(dated.expiration_due(&object(1, &none), DAY).map(|due| due.at), Some(date));
}

#[test]
fn versions_expire_by_the_time_when_they_were_replaced_and_so_many_stay() {
    let (key, tags) = (key("k"), Tags::default());
    let object = Candidate { key: &key, size: 1, tags: &tags, modified: Timestamp(0) };
    let noncurrent = |days, newer_kept| {
        let noncurrent = Some(NoncurrentExpiration { days, newer_kept });
        config(vec![Rule { noncurrent, ..rule("n", "") }])
    };
    let replaced = Timestamp(10 * DAY_MS);
    let due = |config: &LifecycleConfiguration, newer| {
        config.noncurrent_due(&Met::Object(object), replaced, newer, DAY).map(|due| due.at.0 / DAY_MS)
    };
    assert_eq!(due(&noncurrent(3, None), 0), Some(13));
    let kept = noncurrent(3, Some(2));
    assert_eq!([0, 1, 2, 3].map(|newer| due(&kept, newer)), [None, None, Some(13), Some(13)]);
    let kept = kept.noncurrent_due(&Met::Marker(&key), replaced, 2, DAY);
    assert_eq!(kept.map(|due| due.at.0 / DAY_MS), Some(13));
}

#[test]
fn a_lone_marker_goes_by_its_flag_or_by_age() {
    let key = key("k");
    let made = Timestamp(DAY_MS);
    let due = |rule: Rule| config(vec![rule]).lone_marker_due(&key, made, DAY).map(|due| due.at.0 / DAY_MS);
    assert_eq!(due(expire("f", Expiration::ExpiredObjectDeleteMarker(true))), Some(1));
    assert_eq!(due(expire("f", Expiration::ExpiredObjectDeleteMarker(false))), None);
    assert_eq!(due(expire("d", Expiration::Days(4))), Some(5));
    assert_eq!(due(expire("d", Expiration::Date(Timestamp(0)))), None);
    let mut tagged = expire("t", Expiration::Days(4));
    tagged.filter.tags = tags(&[("a", "1")]);
    assert_eq!(due(tagged), None, "a marker has no tags");
}
