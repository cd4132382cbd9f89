//! x-amz-object-lock-*, x-amz-bypass-governance-retention, x-amz-bucket-object-lock-enabled (b31).

use drystone_types::{ObjectLock, Retention, RetentionMode, Timestamp};
use http::HeaderMap;

use super::text::text;
use crate::error::S3Error;

const MODE: &str = "x-amz-object-lock-mode";
const DATE: &str = "x-amz-object-lock-retain-until-date";
const HOLD: &str = "x-amz-object-lock-legal-hold";

/// Reads the lock that a write asks for. Whether the bucket has object lock is not known here.
///
/// # Errors
/// InvalidArgument: one of mode and date without the other, an unknown mode or legal hold, a date that is malformed or not
/// after `now` (b31).
pub fn object_lock(headers: &HeaderMap, now: Timestamp) -> Result<ObjectLock, S3Error> {
    let retention = match (text(headers, MODE), text(headers, DATE)) {
        (None, None) => None,
        (Some(_), None) => return Err(S3Error::lock_mode_and_date(DATE)),
        (None, Some(_)) => return Err(S3Error::lock_mode_and_date(MODE)),
        (Some(mode), Some(date)) => {
            let mode = RetentionMode::parse(&mode).ok_or_else(|| S3Error::unknown_lock_mode(mode))?;
            let until = Timestamp::parse_iso8601(date.trim())
                .ok_or_else(|| S3Error::retain_date_malformed(date.clone()))?;
            if until <= now {
                return Err(S3Error::retain_date_past(DATE, date));
            }
            Some(Retention { mode, until })
        }
    };
    let legal_hold = match text(headers, HOLD) {
        None => None,
        Some(status) => Some(legal_hold(&status).ok_or_else(|| S3Error::unknown_legal_hold(status))?),
    };
    Ok(ObjectLock { retention, legal_hold })
}

/// Reads x-amz-bypass-governance-retention; `None` when it is absent.
///
/// # Errors
/// InvalidArgument unless it is true or false.
pub fn bypass_governance_retention(headers: &HeaderMap) -> Result<Option<bool>, S3Error> {
    flag(headers, "x-amz-bypass-governance-retention")
}

/// Reads x-amz-bucket-object-lock-enabled; absent is false.
///
/// # Errors
/// InvalidArgument unless it is true or false.
pub fn bucket_object_lock_enabled(headers: &HeaderMap) -> Result<bool, S3Error> {
    flag(headers, "x-amz-bucket-object-lock-enabled").map(Option::unwrap_or_default)
}

/// `ON` or `OFF`.
pub(crate) fn legal_hold(status: &str) -> Option<bool> {
    match status {
        "ON" => Some(true),
        "OFF" => Some(false),
        _ => None,
    }
}

fn flag(headers: &HeaderMap, name: &str) -> Result<Option<bool>, S3Error> {
    match text(headers, name) {
        None => Ok(None),
        Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
        Some(value) if value.eq_ignore_ascii_case("false") || value.is_empty() => Ok(Some(false)),
        Some(value) => Err(S3Error::invalid_argument(name, value, "Invalid Argument")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_795_343_400_000); // 2026-11-22T10:30:00Z
    const LATER: &str = "2026-11-22T10:30:00.001Z";

    #[test]
    fn b31_lock_headers_come_whole_legal_and_in_the_future() {
        let retention = |mode, ms: u64| Some(Retention { mode, until: Timestamp(1_795_343_400_000 + ms) });
        let governance = retention(RetentionMode::Governance, 1);
        let compliance = retention(RetentionMode::Compliance, 1000);
        let good: [(&[(&str, &str)], _, _); 5] = [
            (&[], None, None),
            (&[(MODE, "GOVERNANCE"), (DATE, LATER)], governance, None),
            (&[(MODE, "COMPLIANCE"), (DATE, "2026-11-22T11:30:01+01:00")], compliance, None),
            (&[(HOLD, "ON")], None, Some(true)),
            (&[(HOLD, "OFF")], None, Some(false)),
        ];
        for (pairs, retention, legal_hold) in good {
            let got = object_lock(&headers(pairs), NOW);
            assert_eq!(got, Ok(ObjectLock { retention, legal_hold }), "{pairs:?}");
        }
        let both = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied.";
        let past = "The retain until date must be in the future!";
        let bad: [(&[(&str, &str)], _, _); 9] = [
            (&[(MODE, "GOVERNANCE")], DATE, both),
            (&[(MODE, "BAD")], DATE, both),
            (&[(DATE, LATER)], MODE, both),
            (&[(MODE, "governance"), (DATE, LATER)], MODE, "Unknown wormMode directive."),
            (&[(MODE, "GOVERNANCE"), (DATE, "2026-11-22T10:30:00Z")], DATE, past),
            (&[(MODE, "GOVERNANCE"), (DATE, "2020-01-01T00:00:00Z")], DATE, past),
            (
                &[(MODE, "GOVERNANCE"), (DATE, "soon")],
                DATE,
                "The retain until date must be provided in ISO 8601 format",
            ),
            (&[(HOLD, "on")], HOLD, "Legal Hold must be either of 'ON' or 'OFF'"),
            (&[(HOLD, "")], HOLD, "Legal Hold must be either of 'ON' or 'OFF'"),
        ];
        for (pairs, argument, message) in bad {
            let error = object_lock(&headers(pairs), NOW).expect_err(message);
            assert_eq!((error.code.as_str(), error.status()), ("InvalidArgument", 400), "{pairs:?}");
            assert_eq!(error.get("ArgumentName"), Some(argument), "{pairs:?}");
            assert_eq!(error.message, message, "{pairs:?}");
        }
    }

    #[test]
    fn flags_are_true_or_false() {
        let name = "x-amz-bypass-governance-retention";
        let bypass = |value| bypass_governance_retention(&headers(&[(name, value)])).ok();
        assert_eq!(bypass("true"), Some(Some(true)));
        assert_eq!(bypass("False"), Some(Some(false)));
        assert_eq!(bypass("yes"), None);
        assert_eq!(bypass_governance_retention(&HeaderMap::new()), Ok(None));
        let name = "x-amz-bucket-object-lock-enabled";
        assert_eq!(bucket_object_lock_enabled(&headers(&[(name, "True")])), Ok(true));
        assert_eq!(bucket_object_lock_enabled(&HeaderMap::new()), Ok(false));
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(mode in "[ -~]{0,12}", date in "[ -~]{0,30}", hold in "[ -~]{0,4}") {
            let _ = object_lock(&headers(&[(MODE, &mode), (DATE, &date), (HOLD, &hold)]), NOW);
            let _ = object_lock(&headers(&[(MODE, "GOVERNANCE"), (DATE, &date)]), NOW);
        }
    }
}
