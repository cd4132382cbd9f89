//! Text of progress: one line for a whole run, one per transfer, one per part. Pure.

use std::fmt::Write as _;
use std::time::Duration;

use super::state::{PartNow, Running, State};
use crate::output::result::verb;
use crate::output::size::{bytes_text, duration_text, rate_text};

/// `12.3 GB of 50.0 GB, 95.0 MB/s, 7 min left`.
pub(super) fn numbers(state: &State, now: Duration) -> String {
    let done = bytes_text(state.bytes_done());
    let mut text = match state.bytes_total() {
        Some(total) => format!("{done} of {}", bytes_text(total)),
        None => done,
    };
    if let Some(rate) = state.rate(now) {
        let _ = match rate {
            0 => write!(text, ", nothing moves"),
            rate => write!(text, ", {}", rate_text(rate)),
        };
    }
    if let Some(left) = state.left(now) {
        let _ = write!(text, ", {} left", duration_text(left));
    }
    text
}

/// What the run is about: the transfer, or how many there are.
pub(super) fn label(state: &State) -> String {
    let mut running = state.running.values();
    match (running.next(), running.next()) {
        (Some(only), None) if state.done_count + state.failed_count == 0 => one(only),
        _ => many(state),
    }
}

fn one(running: &Running) -> String {
    let what = match running.kind {
        drystone_transfer::progress::Kind::Upload if running.source != "-" => &running.source,
        drystone_transfer::progress::Kind::Download if running.target != "-" => &running.target,
        _ => &running.target,
    };
    let verb = if running.is_completing { "completing" } else { verb(running.kind) };
    format!("{verb} {what}")
}

fn many(state: &State) -> String {
    let failed = match state.failed_count {
        0 => String::new(),
        count => format!(", {count} failed"),
    };
    format!("{} done{failed}, {} under way", state.done_count, state.running.len())
}

/// `part 7 of 93, attempt 2`.
pub(super) fn part_label(running: &Running, number: u32, part: &PartNow) -> String {
    let of = if running.part_count > 0 { format!(" of {}", running.part_count) } else { String::new() };
    let attempt = if part.attempt > 1 { format!(", attempt {}", part.attempt) } else { String::new() };
    format!("  part {number}{of}{attempt}")
}

/// `3.10 MB of 16.8 MB`.
pub(super) fn part_numbers(part: &PartNow) -> String {
    format!("{} of {}", bytes_text(part.moved), bytes_text(part.len))
}

/// A whole line, for logs.
pub(super) fn line(state: &State, now: Duration) -> String {
    format!("{}: {}", label(state), numbers(state, now))
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{ID, moved, started};
    use super::super::state::{PartNow, State};
    use super::{label, line, part_label, part_numbers};
    use drystone_transfer::progress::{Event, TransferId};
    use std::time::Duration;

    fn moving(total: Option<u64>) -> State {
        let mut state = State::default();
        state.apply(&started(total, 0), Duration::ZERO);
        state.apply(&moved(1, 0), Duration::ZERO);
        for second in 1..=5 {
            state.apply(&moved(1, 100_000_000), Duration::from_secs(second));
        }
        state
    }

    #[test]
    fn one_transfer_has_its_name_numbers_rate_and_end() {
        let now = Duration::from_secs(5);
        let text = line(&moving(Some(5_000_000_000)), now);
        assert_eq!(text, "upload film.mp4: 500 MB of 5.00 GB, 100 MB/s, 45 s left");
        let text = line(&moving(None), now);
        assert_eq!(text, "upload film.mp4: 500 MB, 100 MB/s");
        let text = line(&moving(None), Duration::from_secs(60));
        assert_eq!(text, "upload film.mp4: 500 MB, nothing moves");
    }

    #[test]
    fn many_transfers_are_counted() {
        let mut state = moving(Some(500_000_000));
        let mut second = started(Some(100), 0);
        if let Event::Started { id, .. } = &mut second {
            *id = TransferId(2);
        }
        state.apply(&second, Duration::ZERO);
        assert_eq!(label(&state), "0 done, 2 under way");
        state.apply(&Event::Failed { id: ID, why: "x".into() }, Duration::ZERO);
        assert_eq!(label(&state), "0 done, 1 failed, 1 under way");
    }

    #[test]
    fn a_part_has_its_number_and_attempt() {
        let state = moving(Some(1));
        let part = PartNow { len: 16_777_216, moved: 3_100_000, attempt: 2 };
        assert_eq!(part_label(&state.running[&ID], 7, &part), "  part 7 of 4, attempt 2");
        assert_eq!(part_numbers(&part), "3.10 MB of 16.8 MB");
    }

    #[test]
    fn completing_is_said() {
        let mut state = moving(Some(1));
        state.apply(&Event::Completing { id: ID }, Duration::ZERO);
        assert_eq!(label(&state), "completing film.mp4");
    }
}
