//! Progress: takes the events of transfers in without waiting for anybody, and shows from a thread of its own where things stand.

mod bars;
mod event;
mod state;
mod text;

use bars::Bars;
use drystone_transfer::progress::{Event, Watcher};
use indicatif::ProgressDrawTarget;
use state::State;
use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::time::Instant;

use super::lines::{BARS, say};
use crate::args::{ProgressForm, TransferArgs};

/// How often bars are drawn.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// How often a program hears where things stand.
const SUMMARY_EVERY: Duration = Duration::from_millis(500);
/// How often a log does: transfers that take less time say nothing.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// Lines that wait to be written; when a terminal or pipe takes none, more are left out.
const LINES_MAX: usize = 10_000;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Bars,
    Lines,
    Json,
    Off,
}

/// Shows progress until it is dropped. Its watcher is [`Progress::watcher`].
pub(crate) struct Progress {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    mode: Mode,
    is_verbose: bool,
    is_quiet: bool,
    began: Instant,
    inner: Mutex<Inner>,
    wake: Condvar,
}

#[derive(Default)]
struct Inner {
    state: State,
    lines: VecDeque<String>,
    left_out: u64,
    is_over: bool,
}

impl Progress {
    /// As the flags say, and whether stderr is a terminal.
    pub(crate) fn new(args: &TransferArgs) -> Self {
        let mode = match args.progress {
            _ if args.quiet || args.no_progress => Mode::Off,
            ProgressForm::None => Mode::Off,
            ProgressForm::Json => Mode::Json,
            ProgressForm::Auto if std::io::stderr().is_terminal() => Mode::Bars,
            ProgressForm::Auto => Mode::Lines,
        };
        Self::start(mode, args.verbose, args.quiet)
    }

    fn start(mode: Mode, is_verbose: bool, is_quiet: bool) -> Self {
        let shared = Arc::new(Shared {
            mode,
            is_verbose,
            is_quiet,
            began: Instant::now(),
            inner: Mutex::default(),
            wake: Condvar::new(),
        });
        let shows = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("progress".into()).spawn(move || shows.show()).ok();
        Self { shared, thread: Mutex::new(thread) }
    }

    /// What transfers tell their events to.
    pub(crate) fn watcher(&self) -> Arc<dyn Watcher> {
        Arc::<Shared>::clone(&self.shared)
    }

    /// Bytes of all that is done, parts of what runs among it, and all that there are to be, if that is known.
    pub(crate) fn bytes(&self) -> (u64, Option<u64>) {
        let inner = self.shared.inner();
        (inner.state.bytes_safe(), inner.state.bytes_total())
    }

    /// Takes the bars away and writes what is left to say.
    pub(crate) fn finish(&self) {
        self.shared.inner().is_over = true;
        self.shared.wake.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Watcher for Shared {
    fn event(&self, event: Event) {
        let now = self.now();
        let mut inner = self.inner();
        inner.state.apply(&event, now);
        let line = match self.mode {
            Mode::Json => event::line(&event).map(|line| line.to_string()),
            _ => self.line_of(&event),
        };
        let Some(line) = line else { return };
        if inner.lines.len() < LINES_MAX {
            inner.lines.push_back(line);
        } else {
            inner.left_out += 1;
        }
        drop(inner);
        self.wake.notify_one();
    }
}

impl Shared {
    /// What a person wants to read of an event.
    fn line_of(&self, event: &Event) -> Option<String> {
        match event {
            _ if self.is_quiet => None,
            Event::Note { text, .. } => Some(text.clone()),
            Event::PartFailed { part_number, attempt, why, wait: Some(wait), .. } if self.is_verbose => {
                let wait = wait.as_secs_f64();
                Some(format!("part {part_number}, attempt {attempt} failed, again in {wait:.1} s: {why}"))
            }
            _ => None,
        }
    }

    fn show(&self) {
        let mut bars = None;
        let mut next = self.every();
        loop {
            let mut inner = self.inner();
            while !inner.is_over && inner.lines.is_empty() && self.now() < next {
                let wait = next.saturating_sub(self.now());
                inner = self.wake.wait_timeout(inner, wait).unwrap_or_else(PoisonError::into_inner).0;
            }
            let lines = std::mem::take(&mut inner.lines);
            let left_out = std::mem::take(&mut inner.left_out);
            let is_over = inner.is_over;
            drop(inner);
            for line in lines {
                say(&line);
            }
            if left_out > 0 {
                say(&format!("({left_out} more lines)"));
            }
            if is_over {
                break;
            }
            if self.now() >= next {
                self.show_state(&mut bars);
                next = self.now() + self.every();
            }
        }
        if let Some(mut bars) = bars {
            bars.clear();
        }
    }

    fn show_state(&self, bars: &mut Option<Bars>) {
        if self.mode == Mode::Off {
            return;
        }
        // A copy: a terminal that stands still holds nobody up.
        let (state, now) = (self.inner().state.clone(), self.now());
        if state.running.is_empty() {
            return;
        }
        match self.mode {
            Mode::Off => {}
            Mode::Json => say(&event::summary(&state, now).to_string()),
            Mode::Lines => say(&text::line(&state, now)),
            Mode::Bars => {
                let make = || Bars::new(BARS.clone(), ProgressDrawTarget::stderr(), self.is_verbose);
                bars.get_or_insert_with(make).draw(&state, now);
            }
        }
    }

    fn every(&self) -> Duration {
        match self.mode {
            Mode::Bars => DRAW_EVERY,
            Mode::Json => SUMMARY_EVERY,
            Mode::Lines => LINE_EVERY,
            Mode::Off => Duration::from_secs(3600),
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::state::tests::{ID, started};
    use super::{LINES_MAX, Mode, Progress};
    use drystone_transfer::progress::{Event, Watcher as _};
    use std::time::Duration;

    #[test]
    fn what_people_read_depends_on_what_they_asked_for() {
        let note = Event::Note { id: ID, text: "goes on with part 3".into() };
        let wait = Some(Duration::from_millis(250));
        let failed =
            Event::PartFailed { id: ID, part_number: 7, moved: 0, attempt: 1, why: "503".into(), wait };
        let last =
            Event::PartFailed { id: ID, part_number: 7, moved: 0, attempt: 8, why: "503".into(), wait: None };
        let cases = [
            (false, false, &note, Some("goes on with part 3")),
            (false, true, &note, None),
            (false, false, &failed, None),
            (true, false, &failed, Some("part 7, attempt 1 failed, again in 0.2 s: 503")),
            (true, false, &last, None),
        ];
        for (verbose, quiet, event, line) in cases {
            let progress = Progress::start(Mode::Off, verbose, quiet);
            assert_eq!(progress.shared.line_of(event).as_deref(), line, "{event:?}");
        }
    }

    #[test]
    fn events_never_wait_and_never_fill_the_memory() {
        let progress = Progress::start(Mode::Off, false, false);
        progress.finish(); // nobody takes lines away any more
        progress.shared.event(started(None, 0));
        for _ in 0..LINES_MAX + 7 {
            progress.shared.event(Event::Note { id: ID, text: "x".into() });
        }
        let inner = progress.shared.inner();
        assert_eq!((inner.lines.len(), inner.left_out), (LINES_MAX, 7));
    }
}
