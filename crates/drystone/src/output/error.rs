//! Errors as people read them: what failed, why, and what to type next.

use super::hint::{hint_of_call, hint_of_transfer};
use super::lines::say;
use crate::Failure;
use std::fmt::Write as _;

/// The program's last word. What was said where it happened is not said again.
pub(crate) fn say_failure(failure: &Failure) {
    if !failure.is_said() {
        say(&failure_text(failure));
    }
}

fn failure_text(failure: &Failure) -> String {
    let mut text = format!("drystone: {failure}");
    let hint = match failure {
        Failure::Call(error) => hint_of_call(error),
        Failure::Transfer(error) => hint_of_transfer(error),
        _ => {
            let mut cause = std::error::Error::source(failure);
            while let Some(error) = cause {
                let _ = write!(text, "\n  because: {error}");
                cause = error.source();
            }
            None
        }
    };
    if let Some(hint) = hint {
        let _ = write!(text, "\n  hint: {hint}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::failure_text;
    use crate::Failure;
    use drystone_client::{CallError, CredentialsError};

    #[test]
    fn a_failure_says_why_and_what_to_do() {
        let other = Failure::other("cannot start", std::io::Error::other("no threads"));
        assert_eq!(failure_text(&other), "drystone: cannot start\n  because: no threads");
        let missing = CallError::Credentials(CredentialsError::Missing("looked everywhere".into()));
        assert_eq!(failure_text(&missing.into()), "drystone: no credentials: looked everywhere");
    }
}
