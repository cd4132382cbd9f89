//! Conditional requests: reads by RFC 9110, writes as far as S3 has them (b146-b159).

use drystone_types::{ETag, Timestamp, WritePrecondition};
use http::HeaderMap;

use super::text::joined;
use crate::error::S3Error;

/// If-Match or If-None-Match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ETagList {
    /// `*`.
    Any,
    /// Tags without quotes and without `W/`.
    Tags(Vec<String>),
}

/// Conditions of a read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadConditions {
    /// If-Match.
    pub if_match: Option<ETagList>,
    /// If-None-Match.
    pub if_none_match: Option<ETagList>,
    /// If-Modified-Since; a date that cannot be read is as if not sent.
    pub if_modified_since: Option<Timestamp>,
    /// If-Unmodified-Since; a date that cannot be read is as if not sent.
    pub if_unmodified_since: Option<Timestamp>,
}

/// What conditions make of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Answer as if there were no condition.
    Proceed,
    /// 304; the header that says so.
    NotModified(&'static str),
    /// 412; the header that says so.
    Failed(&'static str),
}

impl ETagList {
    /// Reads a list of quoted or bare tags.
    pub fn parse(value: &str) -> Self {
        let mut tags = Vec::new();
        let mut rest = value.trim();
        if rest == "*" {
            return Self::Any;
        }
        while !rest.is_empty() {
            rest = rest.strip_prefix("W/").unwrap_or(rest);
            let end = match rest.strip_prefix('"').and_then(|inner| inner.find('"')) {
                Some(at) => at + 2,
                None => rest.find(',').unwrap_or(rest.len()),
            };
            let tag = rest[..end].trim();
            tags.push(tag.trim_matches('"').to_owned());
            rest = rest[end..].trim_start_matches([',', ' ', '\t']);
        }
        tags.retain(|tag| !tag.is_empty());
        Self::Tags(tags)
    }

    /// Does the list name this tag?
    pub fn names(&self, etag: &ETag) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => {
                let etag = etag.to_string();
                tags.contains(&etag)
            }
        }
    }
}

impl ReadConditions {
    /// Reads the four conditional headers.
    pub fn parse(headers: &HeaderMap) -> Self {
        Self::named(headers, ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"])
    }

    /// As [`ReadConditions::parse`] from headers of other names, in the same order.
    pub(super) fn named(headers: &HeaderMap, names: [&str; 4]) -> Self {
        let list = |name| joined(headers, name).map(|value| ETagList::parse(&value));
        let date = |name| joined(headers, name).and_then(|value| Timestamp::parse_http_date(value.trim()));
        Self {
            if_match: list(names[0]),
            if_none_match: list(names[1]),
            if_modified_since: date(names[2]),
            if_unmodified_since: date(names[3]),
        }
    }

    /// Judges an object by RFC 9110, 13.2.2: a tag's condition silences the date's. Dates count whole seconds; a
    /// modified-since date after `now` is ignored.
    pub fn judge(&self, etag: &ETag, last_modified: Timestamp, now: Timestamp) -> Judgement {
        let later_than = |date: Timestamp| last_modified.seconds() > date.seconds();
        match (&self.if_match, self.if_unmodified_since) {
            (Some(list), _) if !list.names(etag) => return Judgement::Failed("If-Match"),
            (None, Some(date)) if later_than(date) => return Judgement::Failed("If-Unmodified-Since"),
            _ => {}
        }
        let modified_since = self.if_modified_since.filter(|date| *date <= now);
        match (&self.if_none_match, modified_since) {
            (Some(list), _) if list.names(etag) => Judgement::NotModified("If-None-Match"),
            (None, Some(date)) if !later_than(date) => Judgement::NotModified("If-Modified-Since"),
            _ => Judgement::Proceed,
        }
    }
}

/// The condition of PutObject or CompleteMultipartUpload (b146).
///
/// # Errors
/// NotImplemented for If-None-Match with a tag, If-Match with `*`, and both together.
pub fn write_precondition(headers: &HeaderMap) -> Result<WritePrecondition, S3Error> {
    let refused = |header: &str| {
        let why = format!("We don't accept the provided value of {header} header for this API");
        Err(S3Error::condition_not_implemented(header, &why))
    };
    match (joined(headers, "if-match"), joined(headers, "if-none-match")) {
        (None, None) => Ok(WritePrecondition::None),
        (Some(_), Some(_)) => {
            let why = "Multiple conditional request headers present in the request";
            Err(S3Error::condition_not_implemented("If-Match,If-None-Match", why))
        }
        (None, Some(value)) if value.trim() == "*" => Ok(WritePrecondition::IfNoneMatchAny),
        (None, Some(_)) => refused("If-None-Match"),
        (Some(value), None) if value.trim() == "*" => refused("If-Match"),
        (Some(value), None) => Ok(WritePrecondition::IfMatch(ETag::parse(&value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::testing::headers;
    use proptest::prelude::*;

    const OURS: &str = "\"00000000000000000000000000000000\"";
    const OTHER: &str = "\"11111111111111111111111111111111\"";
    const BEFORE: &str = "Thu, 01 Jan 1970 00:16:39 GMT";
    const SAME: &str = "Thu, 01 Jan 1970 00:16:40 GMT";
    const AFTER: &str = "Thu, 01 Jan 1970 00:16:41 GMT";
    const FUTURE: &str = "Thu, 01 Jan 1970 00:33:21 GMT";

    #[test]
    fn reads_are_judged_in_the_order_of_rfc_9110() {
        use Judgement::{Failed, NotModified, Proceed};
        let weak = format!("W/{OURS}");
        let list = format!("{OTHER}, {OURS}");
        let bare = OURS.trim_matches('"');
        let cases: [(&[(&str, &str)], Judgement); 27] = [
            (&[], Proceed),
            (&[("if-match", OURS)], Proceed),
            (&[("if-match", bare)], Proceed),
            (&[("if-match", &list)], Proceed),
            (&[("if-match", &weak)], Proceed),
            (&[("if-match", "*")], Proceed),
            (&[("if-match", OTHER)], Failed("If-Match")),
            (&[("if-match", "")], Failed("If-Match")),
            (&[("if-none-match", OURS)], NotModified("If-None-Match")),
            (&[("if-none-match", &list)], NotModified("If-None-Match")),
            (&[("if-none-match", "*")], NotModified("If-None-Match")),
            (&[("if-none-match", OTHER)], Proceed),
            (&[("if-modified-since", BEFORE)], Proceed),
            (&[("if-modified-since", SAME)], NotModified("If-Modified-Since")),
            (&[("if-modified-since", AFTER)], NotModified("If-Modified-Since")),
            (&[("if-modified-since", FUTURE)], Proceed),
            (&[("if-modified-since", FUTURE), ("if-none-match", OURS)], NotModified("If-None-Match")),
            (&[("if-unmodified-since", FUTURE)], Proceed),
            // all four fail; each line takes the one away that was judged first
            (
                &[
                    ("if-match", OTHER),
                    ("if-unmodified-since", BEFORE),
                    ("if-none-match", OURS),
                    ("if-modified-since", AFTER),
                ],
                Failed("If-Match"),
            ),
            (
                &[("if-unmodified-since", BEFORE), ("if-none-match", OURS), ("if-modified-since", AFTER)],
                Failed("If-Unmodified-Since"),
            ),
            (&[("if-modified-since", "yesterday")], Proceed),
            (&[("if-unmodified-since", BEFORE)], Failed("If-Unmodified-Since")),
            (&[("if-unmodified-since", SAME)], Proceed),
            (&[("if-match", OURS), ("if-unmodified-since", BEFORE)], Proceed),
            (&[("if-none-match", OURS), ("if-modified-since", BEFORE)], NotModified("If-None-Match")),
            (&[("if-none-match", OTHER), ("if-modified-since", AFTER)], Proceed),
            (&[("if-match", OTHER), ("if-none-match", OURS)], Failed("If-Match")),
        ];
        for (pairs, expected) in cases {
            let conditions = ReadConditions::parse(&headers(pairs));
            // 1000.9 s: dates in headers carry whole seconds only.
            let got = conditions.judge(&ETag::single([0; 16]), Timestamp(1_000_900), Timestamp(2_000_000));
            assert_eq!(got, expected, "{pairs:?}");
        }
    }

    #[test]
    fn etag_lists_keep_commas_inside_quotes() {
        let tags = |value| match ETagList::parse(value) {
            ETagList::Any => vec!["*".to_owned()],
            ETagList::Tags(tags) => tags,
        };
        assert_eq!(tags("\"a,b\" , W/\"c\",d,\"e"), ["a,b", "c", "d", "e"]);
        assert_eq!(tags(" * "), ["*"]);
        assert!(tags(",, ,").is_empty());
    }

    type Expected = Result<WritePrecondition, (&'static str, String)>;

    #[test]
    fn b146_writes_have_two_conditions_and_501_for_the_rest() {
        let etag = ETag::single([0; 16]);
        let refused = "We don't accept the provided value of";
        let cases: [(&[(&str, &str)], Expected); 8] = [
            (&[], Ok(WritePrecondition::None)),
            (&[("if-none-match", "*")], Ok(WritePrecondition::IfNoneMatchAny)),
            (&[("if-match", OURS)], Ok(WritePrecondition::IfMatch(Some(etag)))),
            (&[("if-match", OURS.trim_matches('"'))], Ok(WritePrecondition::IfMatch(Some(etag)))),
            (&[("if-match", "\"x\"")], Ok(WritePrecondition::IfMatch(None))),
            (
                &[("if-none-match", OURS)],
                Err(("If-None-Match", format!("{refused} If-None-Match header for this API"))),
            ),
            (&[("if-match", "*")], Err(("If-Match", format!("{refused} If-Match header for this API")))),
            (
                &[("if-match", OURS), ("if-none-match", "*")],
                Err((
                    "If-Match,If-None-Match",
                    "Multiple conditional request headers present in the request".into(),
                )),
            ),
        ];
        for (pairs, expected) in cases {
            match (write_precondition(&headers(pairs)), expected) {
                (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{pairs:?}"),
                (Err(error), Err((header, why))) => {
                    assert_eq!(error.status(), 501);
                    assert_eq!(error.get("Header"), Some(header));
                    assert_eq!(error.get("additionalMessage"), Some(why.as_str()));
                }
                (got, expected) => panic!("{pairs:?}: {got:?}, not {expected:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[^\\x00-\\x1f\\x7f]{0,40}|[\",W/* ]{0,20}") {
            let names = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
            for name in names {
                let map = headers(&[(name, &value)]);
                let _ = ReadConditions::parse(&map).judge(&ETag::single([0; 16]), Timestamp(0), Timestamp(1));
                let _ = write_precondition(&map);
            }
        }
    }
}
