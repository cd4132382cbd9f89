//! Process: credentials from a program that a profile names (`credential_process`).

use super::document::{self, Author};
use super::{Credentials, CredentialsError};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// Most of its output that is read.
const OUTPUT_MAX_BYTES: u64 = 64 << 10;
/// Most of its complaint that is shown.
const COMPLAINT_MAX_BYTES: u64 = 4 << 10;
/// It may ask somebody for a code.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the program, without a shell, and reads what it prints. It gets no standard input: that may be what is transferred.
/// Dropping the future ends the program.
///
/// # Errors
/// [`CredentialsError::Unusable`] with what the program complained about.
pub(super) async fn fetch(words: &[String], from: &str) -> Result<Credentials, CredentialsError> {
    let unusable = |why: String| CredentialsError::Unusable { from: from.to_owned(), why };
    let (program, arguments) = words.split_first().ok_or_else(|| unusable("it names no program".into()))?;
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|error| unusable(format!("cannot run {program}: {error}")))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = (stdout.expect("it is piped"), stderr.expect("it is piped"));
    let run = async {
        let (output, complaint) =
            tokio::join!(read(stdout, OUTPUT_MAX_BYTES), read(stderr, COMPLAINT_MAX_BYTES));
        (output, complaint, child.wait().await)
    };
    let late = || unusable(format!("{program} did not end within {} seconds", PATIENCE.as_secs()));
    let (output, complaint, status) = tokio::time::timeout(PATIENCE, run).await.map_err(|_| late())?;
    let status = status.map_err(|error| unusable(format!("{program}: {error}")))?;
    if !status.success() {
        let complaint = complaint.unwrap_or_default();
        let complaint = String::from_utf8_lossy(&complaint);
        return Err(unusable(format!("{program} ended with {status}: {}", complaint.trim())));
    }
    let output = output
        .ok_or_else(|| unusable(format!("{program} printed more than {} KiB", OUTPUT_MAX_BYTES >> 10)))?;
    document::parse(&output, Author::Process).map_err(|why| unusable(format!("{program}: {why}")))
}

/// What comes, to its end, so that the writer is not stopped; `None` when it is more than `max`.
async fn read(from: impl AsyncRead + Unpin, max: u64) -> Option<Vec<u8>> {
    let mut from = from;
    let mut bytes = Vec::new();
    let _ = (&mut from).take(max).read_to_end(&mut bytes).await; // what broke off is no whole document
    let more = tokio::io::copy(&mut from, &mut tokio::io::sink()).await.unwrap_or(0);
    (more == 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::fetch;

    async fn run(script: &str) -> Result<String, String> {
        let words = ["/bin/sh", "-c", script].map(str::to_owned);
        let outcome = fetch(&words, "profile x").await;
        outcome.map(|credentials| credentials.access_key_id).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_program_prints_credentials() {
        let printed = r#"read x && exit 9; echo noise >&2; echo '{"Version":1,"AccessKeyId":"K","SecretAccessKey":"S"}'"#;
        assert_eq!(run(printed).await.as_deref(), Ok("K"));
    }

    #[tokio::test]
    async fn a_program_that_fails_is_quoted() {
        let cases = [
            ("echo 'no session: log in' >&2; exit 3", "exit status: 3: no session: log in"),
            ("echo nonsense", "no JSON"),
            ("head -c 70000 /dev/zero", "more than 64 KiB"),
            ("head -c 900000 /dev/zero >&2; exit 1", "exit status: 1"),
        ];
        for (script, what) in cases {
            let error = run(script).await.unwrap_err();
            assert!(error.starts_with("cannot get credentials from profile x: /bin/sh"), "{error}");
            assert!(error.contains(what), "{error}");
        }
        let error = fetch(&["/nowhere/x".to_owned()], "profile x").await.unwrap_err().to_string();
        assert!(error.contains("cannot run /nowhere/x"), "{error}");
        assert!(fetch(&[], "profile x").await.is_err());
    }
}
