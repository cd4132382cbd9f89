//! Again: what was typed, quoted as a shell reads it, and what to say when a run was interrupted. Pure, but for the arguments.

use std::ffi::OsString;

use super::size::bytes_text;

/// What is said when a transfer was interrupted: how far it was, and how to go on.
pub(crate) fn interrupted_text(done: u64, total: Option<u64>, next: &str) -> String {
    let far = match total {
        Some(total) => format!("{} of {} were done", bytes_text(done), bytes_text(total)),
        None => format!("{} were done", bytes_text(done)),
    };
    format!("interrupted: {far}. {next}")
}

/// The command that runs, as it can be typed again.
pub(crate) fn command_line() -> String {
    quoted(std::env::args_os())
}

fn quoted(words: impl Iterator<Item = OsString>) -> String {
    words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it.
pub(crate) fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{interrupted_text, quoted};

    #[test]
    fn a_command_can_be_typed_again() {
        let cases: [(&[&str], &str); 4] = [
            (&["drystone", "cp", "a.mp4", "s3://b/k"], "drystone cp a.mp4 s3://b/k"),
            (&["drystone", "cp", "my film", ""], "drystone cp 'my film' ''"),
            (&["x", "it's"], r"x 'it'\''s'"),
            (&["x", "a$b", "ü"], "x 'a$b' 'ü'"),
        ];
        for (words, line) in cases {
            assert_eq!(quoted(words.iter().map(Into::into)), line);
        }
    }

    #[test]
    fn an_interrupted_run_says_how_far_it_was() {
        let text = interrupted_text(1_200_000_000, Some(50_000_000_000), "Next.");
        assert_eq!(text, "interrupted: 1.20 GB of 50.0 GB were done. Next.");
        assert_eq!(interrupted_text(0, None, "Next."), "interrupted: 0 B were done. Next.");
    }
}
