//! Shown: sizes, times and names as `aws s3 ls` shows them; what commands that only ask have in common.

use drystone_client::Client;
use drystone_transfer::S3Uri;
use drystone_types::Timestamp;
use std::future::Future;

use crate::args::ClientArgs;
use crate::output::say;
use crate::{Failure, client_setup};

const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// `5 Bytes`, `1.2 KiB`, as the AWS CLI has it.
pub(super) fn human_size(bytes: u64) -> String {
    match bytes {
        1 => return "1 Byte".to_owned(),
        0..1024 => return format!("{bytes} Bytes"),
        _ => {}
    }
    let mut tenths = u128::from(bytes) * 10;
    let mut unit = "Bytes";
    for larger in UNITS {
        if tenths + 512 < 10 * 1024 {
            break;
        }
        tenths = (tenths + 512) / 1024;
        unit = larger;
    }
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

/// `2026-11-22 10:30:00`, where the user is.
pub(super) fn local_time(moment: Option<Timestamp>) -> String {
    let Some(moment) = moment else { return "-".to_owned() };
    let millis = i64::try_from(moment.0).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(moment) => moment.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => "-".to_owned(),
    }
}

/// What terminals would take for orders, or readers for another line, is shown escaped.
pub(super) fn printable(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// Runs what needs only a client.
///
/// # Errors
/// Those of the client's set-up and of `work`.
pub(super) fn with_client<F: Future<Output = Result<(), Failure>>>(
    args: &ClientArgs,
    work: impl FnOnce(Client) -> F,
) -> Result<(), Failure> {
    let client = client_setup::client(args)?;
    crate::run::run(work(client), async { say("interrupted: what was told until here is done") })
}

/// A bucket and nothing below it.
///
/// # Errors
/// [`Failure::Usage`].
pub(super) fn bucket_only(uri: &S3Uri) -> Result<&str, Failure> {
    if uri.key.is_empty() {
        return Ok(&uri.bucket);
    }
    Err(Failure::Usage(format!("{uri} is more than a bucket; name it alone: s3://{}", uri.bucket)))
}

#[cfg(test)]
mod tests {
    use super::{human_size, printable};

    #[test]
    fn sizes_are_the_aws_clis() {
        let cases = [
            (0, "0 Bytes"),
            (1, "1 Byte"),
            (1023, "1023 Bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"),
            (104_857_600, "100.0 MiB"),
            (1 << 40, "1.0 TiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(human_size(bytes), text, "{bytes}");
        }
    }

    #[test]
    fn names_cannot_make_lines_or_orders() {
        assert_eq!(printable("a\nb\u{1b}[2J é"), "a\\nb\\u{1b}[2J é");
    }
}
