//! State: where the transfers of a run stand, from their events and the time. Pure.

use drystone_transfer::progress::{Event, Kind, TransferId};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::output::size::lossy;

/// Rates are measured over so long.
const RATE_OVER: Duration = Duration::from_secs(6);
/// And told after so long at the earliest.
const RATE_AFTER: Duration = Duration::from_millis(300);
/// How often the way so far is noted.
const NOTE_EVERY: Duration = Duration::from_millis(200);

/// Where all transfers of a run stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Those that run, in the order in which they began.
    pub(crate) running: BTreeMap<TransferId, Running>,
    /// How many are done, and how many failed.
    pub(crate) done_count: u64,
    pub(crate) failed_count: u64,
    /// Bytes of those that are done.
    pub(crate) done_bytes: u64,
    /// Bytes that moved in this run.
    moved: u64,
    /// Moments and how many bytes had moved then.
    notes: VecDeque<(Duration, u64)>,
}

/// Where one transfer stands.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) kind: Kind,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) bytes_total: Option<u64>,
    pub(crate) bytes_done: u64,
    pub(crate) part_count: u32,
    pub(crate) parts_done: u32,
    /// Parts on their way, by number.
    pub(crate) parts: BTreeMap<u32, PartNow>,
    /// All bytes are there; the rest is waiting.
    pub(crate) is_completing: bool,
}

/// Where one part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PartNow {
    pub(crate) len: u64,
    pub(crate) moved: u64,
    pub(crate) attempt: u32,
}

impl State {
    /// Takes an event in, `now` after the beginning.
    pub(crate) fn apply(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Started { .. } => self.start(event),
            Event::PartStarted { id, part_number, len, attempt } => {
                if let Some(running) = self.running.get_mut(id) {
                    let part = PartNow { len: *len, moved: 0, attempt: *attempt };
                    running.parts.insert(*part_number, part);
                }
            }
            Event::Moved { id, part_number, bytes } => {
                if let Some(running) = self.running.get_mut(id) {
                    running.bytes_done += bytes;
                    if let Some(part) = running.parts.get_mut(part_number) {
                        part.moved += bytes;
                    }
                    self.moved += bytes;
                    self.note(now);
                }
            }
            Event::PartDone { id, part_number, .. } => {
                if let Some(running) = self.running.get_mut(id) {
                    running.parts.remove(part_number);
                    running.parts_done += 1;
                }
            }
            Event::PartFailed { id, part_number, moved, .. } => {
                if let Some(running) = self.running.get_mut(id) {
                    running.parts.remove(part_number);
                    running.bytes_done = running.bytes_done.saturating_sub(*moved);
                }
            }
            Event::Completing { id } => {
                if let Some(running) = self.running.get_mut(id) {
                    running.is_completing = true;
                }
            }
            Event::Done { id, bytes, .. } => {
                self.running.remove(id);
                self.done_count += 1;
                self.done_bytes += bytes;
            }
            Event::Failed { id, .. } => {
                self.running.remove(id);
                self.failed_count += 1;
            }
            Event::Note { .. } => {}
        }
    }

    fn start(&mut self, event: &Event) {
        let Event::Started {
            id, kind, source, target, bytes_total, part_count, bytes_done, parts_done, ..
        } = event
        else {
            return;
        };
        let running = Running {
            kind: *kind,
            source: source.clone(),
            target: target.clone(),
            bytes_total: *bytes_total,
            bytes_done: *bytes_done,
            part_count: *part_count,
            parts_done: *parts_done,
            parts: BTreeMap::new(),
            is_completing: false,
        };
        self.running.insert(*id, running);
    }

    fn note(&mut self, now: Duration) {
        if self.notes.back().is_some_and(|(at, _)| now.saturating_sub(*at) < NOTE_EVERY) {
            return;
        }
        self.notes.push_back((now, self.moved));
        while self.notes.len() > 2 && self.notes.front().is_some_and(|(at, _)| *at + RATE_OVER < now) {
            self.notes.pop_front();
        }
    }

    /// Bytes that are there: of what is done and of what runs.
    pub(crate) fn bytes_done(&self) -> u64 {
        self.done_bytes + self.running.values().map(|running| running.bytes_done).sum::<u64>()
    }

    /// Those without the bytes of parts that are on their way: what stays when the program ends now.
    pub(crate) fn bytes_safe(&self) -> u64 {
        let on_their_way = self.running.values().flat_map(|running| running.parts.values());
        self.bytes_done().saturating_sub(on_their_way.map(|part| part.moved).sum())
    }

    /// Bytes in all, if that is known.
    pub(crate) fn bytes_total(&self) -> Option<u64> {
        let running: Option<u64> = self.running.values().map(|running| running.bytes_total).sum();
        Some(self.done_bytes + running?)
    }

    /// Bytes per second, lately; 0 when nothing moves.
    pub(crate) fn rate(&self, now: Duration) -> Option<u64> {
        let (from, before) =
            self.notes.iter().find(|(at, _)| *at + RATE_OVER >= now).or(self.notes.back())?;
        let over = now.saturating_sub(*from);
        (over >= RATE_AFTER).then(|| floor(lossy(self.moved - before) / over.as_secs_f64()))
    }

    /// How long the rest takes at this rate.
    pub(crate) fn left(&self, now: Duration) -> Option<Duration> {
        let rate = self.rate(now).filter(|rate| *rate > 0)?;
        let left = self.bytes_total()?.saturating_sub(self.bytes_done());
        Some(Duration::from_secs(left.div_ceil(rate)))
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is no negative number, and not exact"
)]
fn floor(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
pub(super) mod tests {
    use super::State;
    use drystone_transfer::progress::{Event, Kind, TransferId};
    use std::time::Duration;

    pub(in crate::output::progress) const ID: TransferId = TransferId(1);

    pub(in crate::output::progress) fn started(bytes_total: Option<u64>, bytes_done: u64) -> Event {
        Event::Started {
            id: ID,
            kind: Kind::Upload,
            source: "film.mp4".into(),
            target: "s3://b/film.mp4".into(),
            bytes_total,
            part_count: 4,
            part_size_bytes: 250,
            bytes_done,
            parts_done: 1,
        }
    }

    pub(in crate::output::progress) fn moved(part_number: u32, bytes: u64) -> Event {
        Event::Moved { id: ID, part_number, bytes }
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn bytes_that_were_there_count_as_done_but_not_as_speed() {
        let mut state = State::default();
        state.apply(&started(Some(1_000_000), 400_000), at(0));
        state.apply(&moved(1, 0), at(0));
        for step in 1..=10 {
            state.apply(&moved(1, 10_000), at(step * 200));
        }
        assert_eq!(state.bytes_done(), 500_000);
        assert_eq!(state.rate(at(2000)), Some(50_000));
        assert_eq!(state.left(at(2000)), Some(Duration::from_secs(10)));
    }

    #[test]
    fn an_attempt_that_failed_is_taken_back() {
        let mut state = State::default();
        state.apply(&started(Some(1000), 0), at(0));
        state.apply(&Event::PartStarted { id: ID, part_number: 2, len: 250, attempt: 1 }, at(1));
        state.apply(&moved(2, 100), at(2));
        assert_eq!(state.running[&ID].parts[&2].moved, 100);
        assert_eq!((state.bytes_done(), state.bytes_safe()), (100, 0));
        let why = "the connection broke".to_owned();
        let wait = Some(at(250));
        state.apply(&Event::PartFailed { id: ID, part_number: 2, moved: 100, attempt: 1, why, wait }, at(3));
        assert_eq!((state.bytes_done(), state.running[&ID].parts.len()), (0, 0));
    }

    #[test]
    fn what_stands_still_has_the_rate_nought_and_no_end() {
        let mut state = State::default();
        state.apply(&started(Some(1000), 0), at(0));
        assert_eq!(state.rate(at(5)), None);
        state.apply(&moved(1, 10), at(10));
        assert_eq!(state.rate(at(60_000)), Some(0));
        assert_eq!(state.left(at(60_000)), None);
    }

    #[test]
    fn a_stream_has_no_total() {
        let mut state = State::default();
        state.apply(&started(None, 0), at(0));
        state.apply(&moved(1, 10), at(10));
        assert_eq!((state.bytes_total(), state.bytes_done()), (None, 10));
        let done = Event::Done { id: ID, bytes: 10, etag: "e".into(), verified: String::new() };
        state.apply(&done, at(20));
        assert_eq!((state.bytes_total(), state.bytes_done(), state.done_count), (Some(10), 10, 1));
    }
}
