//! Expiration and NoncurrentVersionExpiration, carried out: one walk over the versions that the rules may cover.
//! What the walk decided is judged again by the step that deletes, so that nothing written meanwhile goes with it.

use drystone_metastore::MetaError;
use drystone_metastore::record::{
    BucketRecord, DeleteCondition, DeleteObject, VersionEntry, VersionPage, VersionQuery,
};
use drystone_types::lifecycle::{Candidate, LifecycleConfiguration, Met, Rule};
use drystone_types::{Key, Tags, Timestamp, Version, WhichVersion};
use std::time::Duration;

use super::LifecycleReport;
use super::lifecycle::SCAN_PAGE;
use crate::{Store, StoreError};

impl Store {
    /// Expires what is due in one bucket.
    pub(super) async fn expire_due_versions(
        &self,
        bucket: &BucketRecord,
        report: &mut LifecycleReport,
    ) -> Result<(), StoreError> {
        let Some(lifecycle) = &bucket.lifecycle else { return Ok(()) };
        for prefix in prefixes(lifecycle) {
            let mut walk =
                Walk { lifecycle, day: self.options.day, now: self.now(), place: None, lone: None };
            let mut query = VersionQuery { prefix, max: SCAN_PAGE, ..VersionQuery::default() };
            loop {
                let page = match self.meta.list_versions(&bucket.name, query.clone()).await {
                    Err(MetaError::NoSuchBucket) => return Ok(()),
                    page => page?,
                };
                let VersionPage { entries, is_truncated } = page;
                for entry in entries.into_iter().filter_map(seen) {
                    query.key_marker = Some(entry.key.as_str().to_owned());
                    query.version_marker = Some(named(entry.version));
                    for expired in walk.pass(entry) {
                        self.expire(bucket, expired, report).await?;
                    }
                }
                if !is_truncated {
                    break;
                }
            }
            if let Some(expired) = walk.settle() {
                self.expire(bucket, expired, report).await?;
            }
        }
        Ok(())
    }

    async fn expire(
        &self,
        bucket: &BucketRecord,
        expired: Expired,
        report: &mut LifecycleReport,
    ) -> Result<(), StoreError> {
        let Seen { key, version, last_modified, .. } = expired.seen;
        let (which, condition, count) = match expired.how {
            How::Object => {
                (None, DeleteCondition::Exactly(version, last_modified), &mut report.objects_expired)
            }
            How::Noncurrent => {
                let condition = DeleteCondition::Noncurrent(version, last_modified);
                (Some(named(version)), condition, &mut report.versions_expired)
            }
            How::LoneMarker => {
                let condition = DeleteCondition::Alone(version, last_modified);
                (Some(named(version)), condition, &mut report.markers_expired)
            }
        };
        let event = self.own_seed(bucket, "s3:LifecycleExpiration:Delete", &key);
        let marker_event = self.own_seed(bucket, "s3:LifecycleExpiration:DeleteMarkerCreated", &key);
        let tells = event.is_some() || marker_event.is_some();
        let delete = DeleteObject {
            bucket: bucket.name.clone(),
            key,
            which,
            condition,
            bypass_governance: false,
            marker: self.next_version_id(),
            owner: bucket.owner.clone(),
            now: self.now(),
            event,
            marker_event,
        };
        match self.freeing(|| self.meta.delete_object(delete.clone())).await {
            Ok(_) => {
                *count += 1;
                self.told(tells);
            }
            // written, deleted or locked meanwhile, or locked all the time
            Err(StoreError::NoSuchKey | StoreError::NoSuchBucket | StoreError::Locked) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

fn named(version: Version) -> WhichVersion {
    if version.is_null { WhichVersion::Null } else { WhichVersion::Id(version.id) }
}

/// Where the rules that expire anything may find it: prefixes of which none begins with another.
fn prefixes(lifecycle: &LifecycleConfiguration) -> Vec<String> {
    let expires = |rule: &&Rule| rule.enabled && (rule.expiration.is_some() || rule.noncurrent.is_some());
    let mut all: Vec<_> =
        lifecycle.rules.iter().filter(expires).map(|rule| rule.filter.prefix.clone()).collect();
    all.sort();
    all.dedup_by(|next, kept| next.starts_with(kept.as_str()));
    all
}

/// A version or delete marker that the walk passes.
#[derive(Clone, Debug)]
struct Seen {
    key: Key,
    version: Version,
    last_modified: Timestamp,
    is_latest: bool,
    /// Size and tags; `None` for a delete marker.
    object: Option<(u64, Tags)>,
}

fn seen(entry: VersionEntry) -> Option<Seen> {
    match entry {
        VersionEntry::Version { key, record, is_latest } => Some(Seen {
            key,
            version: record.version,
            last_modified: record.last_modified,
            is_latest,
            object: Some((record.size, record.properties.tags)),
        }),
        VersionEntry::DeleteMarker { key, marker, is_latest } => Some(Seen {
            key,
            version: marker.version,
            last_modified: marker.last_modified,
            is_latest,
            object: None,
        }),
        VersionEntry::Prefix(_) => None,
    }
}

/// What is to go.
#[derive(Debug)]
struct Expired {
    seen: Seen,
    how: How,
}

/// And how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Object,
    Noncurrent,
    LoneMarker,
}

/// A walk over versions in the order of a list, and what it remembers of the key that it is at.
struct Walk<'a> {
    lifecycle: &'a LifecycleConfiguration,
    day: Duration,
    now: Timestamp,
    place: Option<Place>,
    /// The current delete marker of this key, while no other version of it was met.
    lone: Option<Seen>,
}

struct Place {
    key: Key,
    /// When the next older version was replaced.
    replaced: Timestamp,
    /// Object versions passed that are no longer current.
    newer: u32,
}

impl Walk<'_> {
    /// Passes one version; what is to go by now.
    fn pass(&mut self, seen: Seen) -> impl Iterator<Item = Expired> + use<> {
        let goes_on = !seen.is_latest && self.place.as_ref().is_some_and(|place| place.key == seen.key);
        let (settled, expired) = if goes_on {
            self.lone = None;
            (None, self.pass_older(seen))
        } else {
            (self.settle(), self.pass_current(seen))
        };
        settled.into_iter().chain(expired)
    }

    fn pass_current(&mut self, seen: Seen) -> Option<Expired> {
        self.place = Some(Place { key: seen.key.clone(), replaced: seen.last_modified, newer: 0 });
        let Some((size, tags)) = &seen.object else {
            self.lone = Some(seen);
            return None;
        };
        let object = Candidate { key: &seen.key, size: *size, tags, modified: seen.last_modified };
        let due = self.lifecycle.expiration_due(&object, self.day)?;
        (due.at <= self.now).then_some(Expired { seen, how: How::Object })
    }

    fn pass_older(&mut self, seen: Seen) -> Option<Expired> {
        let place = self.place.as_mut().expect("a current version was passed");
        let Place { replaced, newer, .. } = *place;
        place.replaced = seen.last_modified;
        place.newer += u32::from(seen.object.is_some());
        let met = match &seen.object {
            Some((size, tags)) => {
                Met::Object(Candidate { key: &seen.key, size: *size, tags, modified: seen.last_modified })
            }
            None => Met::Marker(&seen.key),
        };
        let due = self.lifecycle.noncurrent_due(&met, replaced, newer, self.day)?;
        (due.at <= self.now).then_some(Expired { seen, how: How::Noncurrent })
    }

    /// The key is left behind: was a delete marker all there is of it?
    fn settle(&mut self) -> Option<Expired> {
        let seen = self.lone.take()?;
        let due = self.lifecycle.lone_marker_due(&seen.key, seen.last_modified, self.day)?;
        (due.at <= self.now).then_some(Expired { seen, how: How::LoneMarker })
    }
}

#[cfg(test)]
mod tests {
    use super::{How, LifecycleConfiguration, Seen, Walk, prefixes};
    use drystone_types::lifecycle::{Expiration, Filter, NoncurrentExpiration, Rule};
    use drystone_types::{Key, Tags, Timestamp, Version, VersionId};
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(1);

    fn rule(prefix: &str, expiration: Option<Expiration>, noncurrent: Option<(u32, Option<u32>)>) -> Rule {
        let filter = Filter { prefix: prefix.into(), ..Filter::default() };
        let noncurrent = noncurrent.map(|(days, newer_kept)| NoncurrentExpiration { days, newer_kept });
        Rule { id: "r".into(), enabled: true, filter, abort_incomplete_days: None, expiration, noncurrent }
    }

    /// Versions given as key, second of writing (`-` before it: a delete marker), the latest of a key first; what goes at
    /// second 100.
    fn walk(rules: Vec<Rule>, versions: &[(&str, i64)]) -> Vec<(String, i64, How)> {
        let lifecycle = LifecycleConfiguration { rules };
        let now = Timestamp(100_000);
        let mut walk = Walk { lifecycle: &lifecycle, day: DAY, now, place: None, lone: None };
        let mut expired = Vec::new();
        for (index, (key, second)) in versions.iter().enumerate() {
            let version = Version { id: VersionId(second.unsigned_abs().into()), is_null: false };
            let seen = Seen {
                key: Key::parse(key).unwrap(),
                version,
                last_modified: Timestamp(second.unsigned_abs() * 1000),
                is_latest: index == 0 || versions[index - 1].0 != *key,
                object: (*second > 0).then(|| (1, Tags::default())),
            };
            expired.extend(walk.pass(seen));
        }
        expired.extend(walk.settle());
        let shown = |seen: &Seen| {
            let second = i64::try_from(seen.last_modified.0 / 1000).unwrap();
            (seen.key.to_string(), if seen.object.is_some() { second } else { -second })
        };
        expired.iter().map(|gone| (shown(&gone.seen).0, shown(&gone.seen).1, gone.how)).collect()
    }

    #[test]
    fn current_versions_expire_by_age_and_others_by_their_successors() {
        let key = |second, how| ("k".to_owned(), second, how);
        let days = |days| Some(Expiration::Days(days));
        let versions = [("k", 95), ("k", 50), ("k", -40), ("k", 30), ("l", 20)];
        assert_eq!(walk(vec![rule("k", days(5), None)], &versions), [key(95, How::Object)]);
        assert_eq!(walk(vec![rule("k", days(6), None)], &versions), []);
        let gone = walk(vec![rule("", None, Some((10, None)))], &versions);
        assert_eq!(gone, [key(-40, How::Noncurrent), key(30, How::Noncurrent)], "50 was replaced at 95");
        let gone = walk(vec![rule("", None, Some((5, Some(1))))], &versions);
        assert_eq!(gone, [key(-40, How::Noncurrent), key(30, How::Noncurrent)], "the newest stays");
        let gone = walk(vec![rule("", None, Some((5, Some(2))))], &versions);
        assert_eq!(gone, [], "a marker is none of the versions that stay");
    }

    #[test]
    fn only_a_lone_marker_goes_by_the_flag() {
        let flag = || vec![rule("", Some(Expiration::ExpiredObjectDeleteMarker(true)), None)];
        let versions = [("a", -50), ("b", -60), ("b", 10), ("c", 70), ("d", -80)];
        let lone = |key: &str, second| (key.to_owned(), second, How::LoneMarker);
        assert_eq!(walk(flag(), &versions), [lone("a", -50), lone("d", -80)]);
        let days = vec![rule("", Some(Expiration::Days(30)), None)];
        let gone = walk(days, &versions);
        assert_eq!(gone, [lone("a", -50), ("c".to_owned(), 70, How::Object)], "d is too young");
    }

    #[test]
    fn no_stretch_is_walked_twice() {
        let days = Some(Expiration::Days(1));
        let mut off = rule("zz", days, None);
        off.enabled = false;
        let rules = vec![
            rule("logs/a", days, None),
            rule("b", days, None),
            rule("logs/", None, Some((1, None))),
            rule("logs/b", days, None),
            rule("y", None, None),
            off,
        ];
        assert_eq!(prefixes(&LifecycleConfiguration { rules }), ["b", "logs/"]);
        let all = vec![rule("x", days, None), rule("", days, None)];
        assert_eq!(prefixes(&LifecycleConfiguration { rules: all }), [""]);
    }
}
