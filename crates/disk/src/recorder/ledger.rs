//! Ledger: what a log of events leaves unsynced. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Event, Mark};

/// What is not durable, with the index of the event that made it so.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Files with unsynced bytes.
    bytes: BTreeMap<PathBuf, usize>,
    /// Names not yet durable in their directory.
    names: BTreeMap<PathBuf, usize>,
    /// Removed names whose removal is not yet durable.
    removals: BTreeMap<PathBuf, usize>,
}

impl Ledger {
    /// Reads the events from `mark` on.
    pub(super) fn replay(events: &[Event], mark: Mark) -> Self {
        let mut ledger = Self::default();
        for (index, event) in events.iter().enumerate().skip(mark.0) {
            ledger.apply(index, event);
        }
        ledger
    }

    fn apply(&mut self, index: usize, event: &Event) {
        match event {
            Event::Created(path) | Event::CreatedDir(path) => {
                self.names.insert(path.clone(), index);
            }
            Event::Wrote { path, .. } | Event::SetLen { path, .. } => {
                self.bytes.insert(path.clone(), index);
            }
            Event::SyncedFile { path, began } => {
                if self.bytes.get(path).is_some_and(|written| written < began) {
                    self.bytes.remove(path);
                }
            }
            Event::SyncedDir { path, began } => {
                let open =
                    |name: &PathBuf, since: &mut usize| name.parent() != Some(path) || *since >= *began;
                self.names.retain(open);
                self.removals.retain(open);
            }
            Event::Renamed { from, to } => {
                self.names.remove(from);
                self.names.insert(to.clone(), index);
                self.removals.remove(to);
                self.removals.insert(from.clone(), index);
                self.bytes.remove(to);
                if let Some(written) = self.bytes.remove(from) {
                    self.bytes.insert(to.clone(), written);
                }
            }
            Event::Removed(path) => {
                self.names.remove(path);
                self.bytes.remove(path);
                self.removals.insert(path.clone(), index);
            }
            Event::Opened(_) | Event::Read { .. } => {}
        }
    }

    /// Bytes and names that a power cut could take, one line each.
    pub(super) fn unsynced(&self) -> Vec<String> {
        let bytes = self.bytes.iter().map(|(path, index)| bytes_line(path, *index));
        let names = self.names.iter().map(|(path, index)| name_line(path, *index));
        bytes.chain(names).collect()
    }

    /// Removals that a power cut could undo, one line each.
    pub(super) fn unsynced_removals(&self) -> Vec<String> {
        let line = |(path, index): (&PathBuf, &usize)| {
            format!("removal of {} (event {index}): its directory is not synced since", path.display())
        };
        self.removals.iter().map(line).collect()
    }

    /// As `unsynced`, of one file.
    fn unsynced_of(&self, path: &Path) -> impl Iterator<Item = String> {
        let bytes = self.bytes.get(path).map(|index| bytes_line(path, *index));
        let name = self.names.get(path).map(|index| name_line(path, *index));
        bytes.into_iter().chain(name)
    }
}

/// One line for each data file whose bytes or name were not durable at the first index write after its last own write.
pub(super) fn referred_too_early(
    events: &[Event],
    mark: Mark,
    is_data: &dyn Fn(&Path) -> bool,
    is_index: &dyn Fn(&Path) -> bool,
) -> Vec<String> {
    let mut last_touch = BTreeMap::<&Path, usize>::new();
    let mut index_writes = BTreeSet::new();
    for (index, event) in events.iter().enumerate().skip(mark.0) {
        match event {
            Event::Created(path) | Event::Wrote { path, .. } | Event::SetLen { path, .. } => {
                if is_data(path) {
                    last_touch.insert(path, index);
                } else if is_index(path) && !matches!(event, Event::Created(_)) {
                    index_writes.insert(index);
                }
            }
            _ => {}
        }
    }
    let mut early = Vec::new();
    for (path, touched) in last_touch {
        let Some(&referred) = index_writes.range(touched..).next() else { continue };
        let then = Ledger::replay(&events[..referred], mark);
        early.extend(
            then.unsynced_of(path).map(|line| format!("{line} when event {referred} wrote the index")),
        );
    }
    early
}

fn bytes_line(path: &Path, index: usize) -> String {
    format!("bytes of {} (event {index}): the file is not synced since", path.display())
}

fn name_line(path: &Path, index: usize) -> String {
    format!("name of {} (event {index}): its directory is not synced since", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> PathBuf {
        PathBuf::from(text)
    }

    fn wrote(name: &str) -> Event {
        Event::Wrote { path: path(name), offset: 0, len: 1 }
    }

    fn synced(name: &str, began: usize) -> Event {
        Event::SyncedFile { path: path(name), began }
    }

    fn synced_dir(name: &str, began: usize) -> Event {
        Event::SyncedDir { path: path(name), began }
    }

    #[test]
    fn only_a_later_sync_of_the_right_thing_makes_durable() {
        let created = || Event::Created(path("/d/f"));
        let renamed = || Event::Renamed { from: path("/d/f"), to: path("/d/g") };
        // events, unsynced bytes and names, unsynced removals
        let cases: [(&str, Vec<Event>, usize, usize); 11] = [
            ("nothing", vec![], 0, 0),
            ("created", vec![created()], 1, 0),
            ("created, written", vec![created(), wrote("/d/f")], 2, 0),
            ("no directory sync", vec![created(), wrote("/d/f"), synced("/d/f", 2)], 1, 0),
            ("all synced", vec![created(), wrote("/d/f"), synced("/d/f", 2), synced_dir("/d", 3)], 0, 0),
            ("written after the sync", vec![wrote("/d/f"), synced("/d/f", 1), wrote("/d/f")], 1, 0),
            ("written while the sync ran", vec![wrote("/d/f"), synced("/d/f", 0)], 1, 0),
            ("another directory", vec![Event::CreatedDir(path("/d/e")), synced_dir("/d/e", 1)], 1, 0),
            ("renamed after the sync", vec![created(), synced_dir("/d", 1), renamed()], 1, 1),
            ("renamed, bytes follow", vec![wrote("/d/f"), renamed(), synced_dir("/d", 2)], 1, 0),
            ("removed", vec![created(), wrote("/d/f"), Event::Removed(path("/d/f"))], 0, 1),
        ];
        for (case, events, unsynced, removals) in cases {
            let ledger = Ledger::replay(&events, Mark(0));
            assert_eq!(ledger.unsynced().len(), unsynced, "{case}: {:?}", ledger.unsynced());
            assert_eq!(ledger.unsynced_removals().len(), removals, "{case}");
        }
    }

    #[test]
    fn an_index_may_refer_only_to_what_is_durable() {
        let early = |events: &[Event]| {
            referred_too_early(events, Mark(0), &|p| p.starts_with("/blobs"), &|p| p == Path::new("/meta"))
                .len()
        };
        let blob = "/blobs/b";
        let create = || Event::Created(path(blob));
        let cases: [(&str, Vec<Event>, usize); 6] = [
            (
                "right",
                vec![create(), wrote(blob), synced(blob, 2), synced_dir("/blobs", 3), wrote("/meta")],
                0,
            ),
            ("no file sync", vec![create(), wrote(blob), synced_dir("/blobs", 2), wrote("/meta")], 1),
            ("no dir sync", vec![create(), wrote(blob), synced(blob, 2), wrote("/meta")], 1),
            (
                "too late",
                vec![create(), wrote(blob), wrote("/meta"), synced(blob, 3), synced_dir("/blobs", 4)],
                2,
            ),
            ("a lease written before the bytes", vec![wrote("/meta"), create(), wrote(blob)], 0),
            (
                "a lease written between the bytes",
                vec![
                    create(),
                    wrote("/meta"),
                    wrote(blob),
                    synced(blob, 3),
                    synced_dir("/blobs", 4),
                    wrote("/meta"),
                ],
                0,
            ),
        ];
        for (case, events, expected) in cases {
            assert_eq!(early(&events), expected, "{case}");
        }
    }
}
