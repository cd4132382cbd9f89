//! x-amz-copy-source-if-*: conditions on the source of a copy (b70-b72).

use drystone_types::{ETag, Timestamp};
use http::HeaderMap;

use super::conditional::{Judgement, ReadConditions};
use crate::error::S3Error;

/// x-amz-copy-source-if-*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyConditions(ReadConditions);

impl CopyConditions {
    /// Reads the four x-amz-copy-source-if-* headers.
    pub fn parse(headers: &HeaderMap) -> Self {
        let names = [
            "x-amz-copy-source-if-match",
            "x-amz-copy-source-if-none-match",
            "x-amz-copy-source-if-modified-since",
            "x-amz-copy-source-if-unmodified-since",
        ];
        Self(ReadConditions::named(headers, names))
    }

    /// Judges the source (b70-b72). A modified-since date after `now` is ignored.
    ///
    /// # Errors
    /// PreconditionFailed, never 304.
    pub fn judge(&self, etag: &ETag, last_modified: Timestamp, now: Timestamp) -> Result<(), S3Error> {
        match self.0.judge(etag, last_modified, now) {
            Judgement::Proceed => Ok(()),
            Judgement::NotModified(header) | Judgement::Failed(header) => {
                Err(S3Error::precondition_failed(format!("x-amz-copy-source-{header}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CopyConditions;
    use crate::headers::testing::headers;
    use drystone_types::{ETag, Timestamp};

    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn b70_to_b72_conditions_fail_with_412_only() {
        let ours = "00000000000000000000000000000000";
        let other = "\"11111111111111111111111111111111\"";
        let before = "Thu, 01 Jan 1970 00:16:39 GMT";
        let after = "Thu, 01 Jan 1970 00:16:41 GMT";
        let future = "Fri, 01 Jan 2100 00:00:00 GMT";
        let cases: [Case; 9] = [
            (&[("match", ours)], None),
            (&[("match", other)], Some("x-amz-copy-source-If-Match")),
            (&[("none-match", ours)], Some("x-amz-copy-source-If-None-Match")),
            (&[("modified-since", after)], Some("x-amz-copy-source-If-Modified-Since")),
            (&[("modified-since", before)], None),
            (&[("modified-since", future)], None), // b72
            (&[("unmodified-since", before)], Some("x-amz-copy-source-If-Unmodified-Since")),
            (&[("match", ours), ("unmodified-since", before)], None), // b71
            (&[("none-match", ours), ("modified-since", before)], Some("x-amz-copy-source-If-None-Match")), // b71
        ];
        for (pairs, failed) in cases {
            let names: Vec<_> =
                pairs.iter().map(|(name, value)| (format!("x-amz-copy-source-if-{name}"), *value)).collect();
            let pairs: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let conditions = CopyConditions::parse(&headers(&pairs));
            let now = Timestamp(2_000_000);
            let got = conditions.judge(&ETag::single([0; 16]), Timestamp(1_000_000), now);
            assert_eq!(got.as_ref().err().and_then(|error| error.get("Condition")), failed, "{pairs:?}");
            assert!(got.err().is_none_or(|error| error.status() == 412));
        }
    }
}
