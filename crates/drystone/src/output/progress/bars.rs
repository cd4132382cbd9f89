//! Bars: the whole run on one line of the terminal, and with -v a line for each part on its way.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::Duration;

use super::state::State;
use super::text::{label, numbers, part_label, part_numbers};
use drystone_transfer::progress::TransferId;

/// Most parts that are shown: a terminal has 24 lines.
const PARTS_MAX: usize = 18;
/// Most characters of a label; of longer ones the end is shown.
const LABEL_LEN_MAX: usize = 40;

/// What is on the terminal.
pub(super) struct Bars {
    all: MultiProgress,
    whole: ProgressBar,
    parts: BTreeMap<(TransferId, u32), ProgressBar>,
    is_verbose: bool,
}

impl Bars {
    /// Shows bars on `target`, among the lines of `all`.
    pub(super) fn new(all: MultiProgress, target: ProgressDrawTarget, is_verbose: bool) -> Self {
        all.set_draw_target(target);
        let whole = all.add(ProgressBar::no_length());
        Self { all, whole, parts: BTreeMap::new(), is_verbose }
    }

    /// Shows where things stand.
    pub(super) fn draw(&mut self, state: &State, now: Duration) {
        let total = state.bytes_total();
        self.whole.set_style(if total.is_some() { with_bar() } else { without_bar() });
        self.whole.set_length(total.unwrap_or(0).max(1));
        self.whole.set_position(state.bytes_done());
        self.whole.set_prefix(short(&label(state)));
        self.whole.set_message(numbers(state, now));
        self.whole.tick();
        if self.is_verbose {
            self.draw_parts(state);
        }
    }

    fn draw_parts(&mut self, state: &State) {
        let on_their_way = |key: &(TransferId, u32)| {
            state.running.get(&key.0).is_some_and(|running| running.parts.contains_key(&key.1))
        };
        self.parts.retain(|key, bar| {
            let stays = on_their_way(key);
            if !stays {
                bar.finish_and_clear();
                self.all.remove(bar);
            }
            stays
        });
        for (id, running) in &state.running {
            for (number, part) in &running.parts {
                let key = (*id, *number);
                if !self.parts.contains_key(&key) && self.parts.len() < PARTS_MAX {
                    let bar = self.all.add(ProgressBar::new(part.len.max(1)));
                    bar.set_style(with_bar());
                    self.parts.insert(key, bar);
                }
                if let Some(bar) = self.parts.get(&key) {
                    bar.set_position(part.moved);
                    bar.set_prefix(short(&part_label(running, *number, part)));
                    bar.set_message(part_numbers(part));
                }
            }
        }
    }

    /// Takes everything off the terminal.
    pub(super) fn clear(&mut self) {
        for bar in self.parts.values() {
            bar.finish_and_clear();
        }
        self.whole.finish_and_clear();
        self.all.set_draw_target(ProgressDrawTarget::hidden());
    }
}

fn with_bar() -> ProgressStyle {
    ProgressStyle::with_template("{prefix} [{bar:24}] {percent:>3}% {msg}")
        .expect("the template is well-formed")
        .progress_chars("=> ")
}

fn without_bar() -> ProgressStyle {
    ProgressStyle::with_template("{prefix}: {msg}").expect("the template is well-formed")
}

fn short(label: &str) -> String {
    let count = label.chars().count();
    if count <= LABEL_LEN_MAX {
        return label.to_owned();
    }
    let (verb, name) = label.split_once(' ').unwrap_or(("", label));
    let keep = LABEL_LEN_MAX.saturating_sub(verb.chars().count() + 4);
    let end: String = name.chars().skip(name.chars().count().saturating_sub(keep)).collect();
    format!("{verb} ...{end}")
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::super::state::tests::{ID, moved, started};
    use super::{Bars, LABEL_LEN_MAX, short};
    use drystone_transfer::progress::Event;
    use indicatif::{InMemoryTerm, MultiProgress, ProgressDrawTarget};
    use std::time::Duration;

    #[test]
    fn the_whole_and_its_parts_are_lines_that_vanish_at_the_end() {
        let terminal = InMemoryTerm::new(24, 120);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut bars = Bars::new(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), target, true);
        let mut state = State::default();
        state.apply(&started(Some(1000), 500), Duration::ZERO);
        state.apply(&Event::PartStarted { id: ID, part_number: 3, len: 250, attempt: 2 }, Duration::ZERO);
        state.apply(&moved(3, 100), Duration::ZERO);
        bars.draw(&state, Duration::ZERO);
        let shown = terminal.contents();
        assert!(shown.contains("upload film.mp4 [") && shown.contains("60% 600 B of 1.00 kB"), "{shown}");
        assert!(
            shown.contains("part 3 of 4, attempt 2 [") && shown.contains("40% 100 B of 250 B"),
            "{shown}"
        );
        state.apply(&Event::PartDone { id: ID, part_number: 3, len: 250 }, Duration::ZERO);
        bars.draw(&state, Duration::ZERO);
        assert!(!terminal.contents().contains("part 3"), "{}", terminal.contents());
        bars.clear();
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn a_stream_has_no_bar() {
        let terminal = InMemoryTerm::new(24, 120);
        let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
        let mut bars =
            Bars::new(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), target, false);
        let mut state = State::default();
        state.apply(&started(None, 0), Duration::ZERO);
        state.apply(&moved(3, 100), Duration::ZERO);
        bars.draw(&state, Duration::ZERO);
        assert_eq!(terminal.contents(), "upload film.mp4: 100 B");
    }

    #[test]
    fn of_long_names_the_end_is_shown() {
        assert_eq!(short("upload film.mp4"), "upload film.mp4");
        let long = short(&format!("upload {}film.mp4", "folder/".repeat(20)));
        assert!(long.starts_with("upload ...") && long.ends_with("/film.mp4"), "{long}");
        assert_eq!(long.chars().count(), LABEL_LEN_MAX);
    }
}
