//! Lines: what reaches stdout and stderr, between the bars if there are any. Nobody else writes there.

use drystone_transfer::TransferError;
use indicatif::{MultiProgress, ProgressDrawTarget};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
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

/// Stdout as a file, for data: nothing is gathered into lines, and bars are not in the way because data goes elsewhere.
pub(crate) fn stdout_file() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// Ends the program when a transfer failed because nobody reads its stdout any more, as `| head` does.
pub(crate) fn end_if_reader_is_gone(error: &TransferError) {
    if let TransferError::Local { path, source, .. } = error
        && source.kind() == io::ErrorKind::BrokenPipe
        && path.as_os_str() == "-"
    {
        std::process::exit(BROKEN_PIPE);
    }
}

/// A line (or some) on stderr. That nobody reads it stops nothing.
pub(crate) fn say(text: &str) {
    let line = format!("{text}\n");
    BARS.suspend(|| drop(io::stderr().lock().write_all(line.as_bytes())));
}
