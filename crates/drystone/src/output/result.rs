//! Results of transfers: what was moved from where to where, how it was verified, or why not. Text like the AWS CLI's, and JSON.

use drystone_transfer::progress::Kind;
use drystone_transfer::{Outcome, TransferError};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

use super::hint::hint_of_transfer;

/// A transfer that is over.
#[derive(Clone, Debug)]
pub(crate) struct Ended<'a> {
    /// What kind of transfer: `upload`, `download`, `copy`, `move`, `delete`.
    pub(crate) verb: &'static str,
    /// From, as typed or found: `./f`, `-`, `s3://b/k`.
    pub(crate) source: String,
    /// To; empty for deletions.
    pub(crate) target: String,
    /// What it came to, if it went well.
    pub(crate) outcome: Option<&'a Outcome>,
    /// Why it failed.
    pub(crate) failure: Option<&'a TransferError>,
    /// How long it took, where somebody looked.
    pub(crate) took: Option<Duration>,
}

/// The verb of a kind of transfer.
pub(super) fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Upload => "upload",
        Kind::Download => "download",
        Kind::Copy => "copy",
    }
}

/// A path as results name it: relative ones begin with `./`, as the AWS CLI has it.
pub(crate) fn named(path: &str) -> String {
    let is_plain = path == "-" || path.starts_with(['/', '.']) || path.starts_with("s3://");
    if is_plain { path.to_owned() } else { format!("./{path}") }
}

impl Ended<'_> {
    /// `upload: ./f to s3://b/f`; a failure with why, and what to do.
    pub(super) fn text(&self) -> String {
        let (verb, way) = (self.verb, self.way());
        let Some(error) = self.failure else { return format!("{verb}: {way}") };
        let mut text = format!("{verb} failed: {way}: {error}");
        if let Some(hint) = hint_of_transfer(error) {
            let _ = write!(text, "\n  hint: {hint}");
        }
        text
    }

    fn way(&self) -> String {
        if self.target.is_empty() {
            return named(&self.source);
        }
        format!("{} to {}", named(&self.source), named(&self.target))
    }

    /// The same for programs.
    pub(super) fn json(&self) -> Value {
        let mut fields = json!({ "type": self.verb, "source": self.source, "ok": self.failure.is_none() });
        let mut add = |name: &str, value: Value| {
            if !value.is_null() {
                fields[name] = value;
            }
        };
        if !self.target.is_empty() {
            add("target", self.target.as_str().into());
        }
        if let Some(took) = self.took {
            add("seconds", ((took.as_secs_f64() * 1000.0).round() / 1000.0).into());
        }
        if let Some(outcome) = self.outcome {
            of_outcome(&mut fields, outcome);
        }
        if let Some(error) = self.failure {
            fields["error"] = of_error(error);
        }
        fields
    }
}

fn of_outcome(fields: &mut Value, outcome: &Outcome) {
    fields["bytes"] = outcome.bytes.into();
    fields["bytesMoved"] = outcome.bytes_moved.into();
    fields["partCount"] = outcome.part_count.into();
    fields["partsKept"] = outcome.parts_kept.into();
    if !outcome.etag.is_empty() {
        fields["etag"] = outcome.etag.as_str().into();
    }
    if let Some(version_id) = &outcome.version_id {
        fields["versionId"] = version_id.as_str().into();
    }
    if let Some((algorithm, value)) = &outcome.checksum {
        fields["checksum"] = json!({ "algorithm": algorithm, "value": value });
    }
    if !outcome.verified.is_empty() {
        fields["verified"] = outcome.verified.as_str().into();
    }
}

fn of_error(error: &TransferError) -> Value {
    let mut told = json!({ "message": error.to_string() });
    if let Some(service) = error.call_error().and_then(|error| error.service()) {
        told["action"] = service.action.into();
        told["code"] = service.code.as_str().into();
        told["status"] = service.status.into();
        told["requestId"] = service.request_id.as_str().into();
    }
    if let Some(hint) = hint_of_transfer(error) {
        told["hint"] = hint.into();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::{Ended, named};
    use drystone_client::{CallError, ServiceError};
    use drystone_transfer::{Outcome, TransferError};
    use serde_json::json;
    use std::time::Duration;

    fn refused() -> TransferError {
        let service = ServiceError {
            action: "UploadPart",
            status: 404,
            code: "NoSuchUpload".into(),
            message: "The upload does not exist.".into(),
            request_id: "R7".into(),
            retry_after: None,
            region: None,
            server_time: None,
        };
        let source = CallError::Service(Box::new(service));
        TransferError::Call { what: "part 7 of 93, attempt 8".into(), source }
    }

    #[test]
    fn text_is_like_the_aws_clis() {
        let ended = |verb, source: &str, target: &str| {
            let (source, target) = (source.to_owned(), target.to_owned());
            Ended { verb, source, target, outcome: None, failure: None, took: None }
        };
        let cases = [
            (ended("upload", "f", "s3://b/f"), "upload: ./f to s3://b/f"),
            (ended("upload", "-", "s3://b/f"), "upload: - to s3://b/f"),
            (ended("download", "s3://b/f", "/tmp/f"), "download: s3://b/f to /tmp/f"),
            (ended("copy", "s3://b/f", "s3://c/f"), "copy: s3://b/f to s3://c/f"),
            (ended("delete", "s3://b/f", ""), "delete: s3://b/f"),
        ];
        for (ended, text) in cases {
            assert_eq!(ended.text(), text);
        }
        assert_eq!(named("../f"), "../f");
    }

    #[test]
    fn a_failure_names_part_attempt_request_and_what_to_do() {
        let error = refused();
        let ended = Ended {
            verb: "upload",
            source: "f".into(),
            target: "s3://b/f".into(),
            outcome: None,
            failure: Some(&error),
            took: None,
        };
        assert_eq!(
            ended.text(),
            "upload failed: ./f to s3://b/f: part 7 of 93, attempt 8: UploadPart: The upload does not exist. \
             (404 NoSuchUpload, request R7)\n  hint: the upload was completed or aborted by somebody else; the same \
             command again begins anew"
        );
        let json = ended.json();
        assert_eq!((&json["ok"], &json["error"]["code"]), (&json!(false), &json!("NoSuchUpload")));
        assert_eq!((&json["error"]["requestId"], &json["error"]["status"]), (&json!("R7"), &json!(404)));
    }

    #[test]
    fn json_has_what_was_moved_and_proved() {
        let outcome = Outcome {
            bytes: 104_000_000,
            bytes_moved: 52_000_000,
            part_count: 7,
            parts_kept: 3,
            etag: "abc-7".into(),
            version_id: None,
            checksum: Some(("CRC64NVME".into(), "AAAAAAAAAAA=".into())),
            verified: "CRC64NVME of the whole object".into(),
        };
        let ended = Ended {
            verb: "upload",
            source: "f".into(),
            target: "s3://b/f".into(),
            outcome: Some(&outcome),
            failure: None,
            took: Some(Duration::from_micros(1_234_567)),
        };
        assert_eq!(
            ended.json(),
            json!({
                "type": "upload", "ok": true, "source": "f", "target": "s3://b/f", "seconds": 1.235,
                "bytes": 104_000_000, "bytesMoved": 52_000_000, "partCount": 7, "partsKept": 3, "etag": "abc-7",
                "checksum": { "algorithm": "CRC64NVME", "value": "AAAAAAAAAAA=" },
                "verified": "CRC64NVME of the whole object",
            })
        );
    }
}
