//! Lines: what reaches stdout and stderr, between the bars if there are any. Nobody else writes there.

use indicatif::{MultiProgress, ProgressDrawTarget};
use std::io::{self, Write};
use std::sync::LazyLock;

/// What ends a program whose reader went away, as the shell counts SIGPIPE.
const BROKEN_PIPE: i32 = 128 + 13;

/// The bars on the terminal; hidden until somebody shows them.
pub(super) static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));

/// A line on stdout. When nobody reads any more, the program ends.
pub(crate) fn stdout_line(line: &str) {
    stdout_bytes(format!("{line}\n").as_bytes());
}

/// Bytes on stdout. When nobody reads any more, the program ends.
pub(crate) fn stdout_bytes(bytes: &[u8]) {
    let written = BARS.suspend(|| {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    });
    if let Err(error) = written {
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(BROKEN_PIPE);
        }
        say(&format!("drystone: cannot write to stdout: {error}"));
        std::process::exit(i32::from(u8::MAX));
    }
}

/// A line (or some) on stderr. That nobody reads it stops nothing.
pub(crate) fn say(text: &str) {
    let line = format!("{text}\n");
    BARS.suspend(|| drop(io::stderr().lock().write_all(line.as_bytes())));
}
