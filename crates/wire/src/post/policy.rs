//! PostPolicy: what a form may contain, as its signer allowed it (b222, b223, S29).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use drystone_types::{BucketName, Timestamp};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::PostForm;
use super::unambiguous::is_unambiguous;
use crate::error::{ErrorCode, S3Error};

/// Padding is optional.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Fields that need no condition: they are what is signed, the signature, and what nobody reads.
const UNCOVERED: [&str; 5] = ["awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"];

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPolicy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
    sizes: SizeRange,
}

/// How large the file may be, in bytes, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeRange {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

impl SizeRange {
    /// Any size.
    pub const ANY: Self = Self { min: 0, max: u64::MAX };
}

/// One condition on a field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    field: String, // in lower case
    test: Test,
    shown: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Equals(String),
    StartsWith(String),
}

impl PostPolicy {
    /// Reads the field `policy`: base64 of JSON.
    ///
    /// # Errors
    /// InvalidPolicyDocument.
    pub fn parse(encoded: &str) -> Result<Self, S3Error> {
        let compact: String = encoded.split_ascii_whitespace().collect();
        if compact.is_empty() {
            return Err(invalid("Expecting '{' but found End-of-Input"));
        }
        let json = LENIENT.decode(compact).map_err(|_| invalid("invalid Base64 encoding."))?;
        let document: Value = serde_json::from_slice(&json).map_err(|_| invalid("Invalid JSON."))?;
        let Value::Object(document) = document else { return Err(invalid("Invalid JSON.")) };
        if !is_unambiguous(&json) {
            return Err(invalid("an object has two members of one name."));
        }
        let expiration = document.get("expiration").ok_or_else(|| invalid("Policy missing expiration."))?;
        let conditions = document.get("conditions").ok_or_else(|| invalid("Policy missing conditions."))?;
        if let Some(other) =
            document.keys().find(|name| !["expiration", "conditions"].contains(&name.as_str()))
        {
            return Err(invalid(format!("Unexpected: {}", Value::from(other.as_str()))));
        }
        let Value::Array(conditions) = conditions else {
            return Err(invalid("Invalid 'conditions' value: must be a List."));
        };
        let mut policy =
            Self { expiration: parse_expiration(expiration)?, conditions: Vec::new(), sizes: SizeRange::ANY };
        for (condition, text) in conditions.iter().zip(condition_texts(&json)?) {
            policy.add(condition, text)?;
        }
        Ok(policy)
    }

    /// Is `form`, sent to `bucket` at `now`, what its signer allowed? Yields how large its file may be.
    ///
    /// The bucket is the one of the request's address, whatever a field of that name says.
    ///
    /// # Errors
    /// AccessDenied "Invalid according to Policy: …" (b222).
    pub fn check(&self, bucket: &BucketName, form: &PostForm, now: Timestamp) -> Result<SizeRange, S3Error> {
        if now > self.expiration {
            return Err(denied("Policy expired."));
        }
        let is_covered = |name: &str| self.conditions.iter().any(|condition| condition.field == name);
        let names = form.iter().map(|(name, _)| name).filter(|name| *name != "bucket");
        let needs_none = |name: &&str| UNCOVERED.contains(name) || name.starts_with("x-ignore-");
        let extra: Vec<_> =
            names.chain(["bucket"]).filter(|name| !needs_none(name) && !is_covered(name)).collect();
        if !extra.is_empty() {
            return Err(denied(format!("Extra input fields: {}", extra.join(", "))));
        }
        let value_of = |name: &str| if name == "bucket" { Some(bucket.as_str()) } else { form.get(name) };
        match self.conditions.iter().find(|condition| !condition.holds(value_of(&condition.field))) {
            Some(failed) => Err(denied(format!("Policy Condition failed: {}", failed.shown))),
            None => Ok(self.sizes),
        }
    }

    /// `text` is the condition as it was written: S3 shows it so when it fails.
    fn add(&mut self, condition: &Value, text: String) -> Result<(), S3Error> {
        match condition {
            Value::Object(pairs) => {
                let mut pairs = pairs.iter();
                let (Some((name, value)), None) = (pairs.next(), pairs.next()) else {
                    return Err(invalid(
                        "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
                    ));
                };
                let Value::String(value) = value else {
                    return Err(invalid("Invalid Simple-Condition: value must be a string."));
                };
                let (shown_name, shown_value) =
                    (Value::from(format!("${name}")), Value::from(value.as_str()));
                self.conditions.push(Condition {
                    field: name.to_lowercase(),
                    test: Test::Equals(value.clone()),
                    shown: format!("[\"eq\", {shown_name}, {shown_value}]"),
                });
                Ok(())
            }
            Value::Array(items) => self.add_list(items, text),
            _ => Err(invalid("Invalid condition test: must be a List or Object.")),
        }
    }

    fn add_list(&mut self, items: &[Value], shown: String) -> Result<(), S3Error> {
        let operation = match items.first() {
            None => return Err(invalid("Invalid Condition: missing operation identifier.")),
            Some(Value::String(operation)) => operation,
            Some(_) => return Err(invalid("Invalid JSON.")),
        };
        let arguments = match (operation.to_lowercase().as_str(), &items[1..]) {
            ("content-length-range", [min, max]) => {
                let sizes = SizeRange { min: size(min)?, max: size(max)? };
                self.sizes.min = self.sizes.min.max(sizes.min);
                self.sizes.max = self.sizes.max.min(sizes.max);
                return Ok(());
            }
            ("eq", [field, value]) => (field, Test::Equals(text(value)?)),
            ("starts-with", [field, value]) => (field, Test::StartsWith(text(value)?)),
            ("eq" | "starts-with" | "content-length-range", _) => {
                return Err(invalid(format!("Invalid {operation}: wrong number of arguments.")));
            }
            _ => return Err(invalid(format!("Invalid Condition: unknown operation '{operation}'."))),
        };
        let (Value::String(field), test) = arguments else { return Err(invalid("Invalid JSON.")) };
        let Some(name) = field.strip_prefix('$').filter(|name| !name.is_empty()) else {
            return Err(denied(format!("Policy Condition failed: {shown}")));
        };
        self.conditions.push(Condition { field: name.to_lowercase(), test, shown });
        Ok(())
    }
}

impl Condition {
    /// A field that is absent meets no condition, not even an empty prefix.
    fn holds(&self, value: Option<&str>) -> bool {
        match (&self.test, value) {
            (_, None) => false,
            (Test::Equals(expected), Some(value)) => expected == value,
            // Of several content types, each has to begin so.
            (Test::StartsWith(prefix), Some(value))
                if self.field == "content-type" && value.contains(',') =>
            {
                value.split(',').all(|part| part.trim().starts_with(prefix.as_str()))
            }
            (Test::StartsWith(prefix), Some(value)) => value.starts_with(prefix.as_str()),
        }
    }
}

/// The conditions of a policy as they are written.
fn condition_texts(json: &[u8]) -> Result<Vec<String>, S3Error> {
    let wrong = |_| invalid("Invalid JSON.");
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(json).map_err(wrong)?;
    let list = members.get("conditions").map_or("[]", |list| list.get());
    let texts: Vec<&RawValue> = serde_json::from_str(list).map_err(wrong)?;
    Ok(texts.into_iter().map(|text| text.get().to_owned()).collect())
}

fn parse_expiration(value: &Value) -> Result<Timestamp, S3Error> {
    let Value::String(text) = value else { return Err(invalid("Invalid JSON.")) };
    let has_t = text.as_bytes().get(10).is_some_and(|byte| *byte == b'T');
    let parsed = Timestamp::parse_iso8601(text).filter(|_| has_t);
    parsed.ok_or_else(|| invalid(format!("Invalid 'expiration' value: '{text}'")))
}

/// A string, or a number as it is written.
fn text(value: &Value) -> Result<String, S3Error> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(invalid("Invalid JSON.")),
    }
}

/// A size: a number, or a string of digits.
fn size(value: &Value) -> Result<u64, S3Error> {
    let text = text(value)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or_else(|| invalid("Invalid JSON."))
}

fn invalid(what: impl AsRef<str>) -> S3Error {
    S3Error::new(ErrorCode::InvalidPolicyDocument).message(format!("Invalid Policy: {}", what.as_ref()))
}

fn denied(what: impl AsRef<str>) -> S3Error {
    S3Error::new(ErrorCode::AccessDenied).message(format!("Invalid according to Policy: {}", what.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::{PostPolicy, SizeRange};
    use crate::error::S3Error;
    use crate::post::PostForm;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use drystone_types::{BucketName, Timestamp};
    use proptest::prelude::*;

    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);

    const EXPIRATION: &str = "2026-11-22T12:00:00.000Z";

    fn parse(json: &str) -> Result<PostPolicy, S3Error> {
        PostPolicy::parse(&STANDARD.encode(json))
    }

    fn with(conditions: &str) -> Result<PostPolicy, S3Error> {
        parse(&format!("{{\"expiration\": \"{EXPIRATION}\", \"conditions\": [{conditions}]}}"))
    }

    fn check_at(conditions: &str, fields: &[(&str, &str)], now: &str) -> Result<SizeRange, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let form = PostForm::new(fields.iter().map(owned).collect(), Some("f"));
        let policy = with(conditions).map_err(|error| error.message.into_owned())?;
        let bucket = BucketName::parse("bkt").expect("a name");
        let now = Timestamp::parse_iso8601(now).expect("a time");
        policy.check(&bucket, &form, now).map_err(|error| {
            assert_eq!(error.code.as_str(), "AccessDenied");
            error.message.strip_prefix("Invalid according to Policy: ").expect("a policy's error").to_owned()
        })
    }

    fn check(conditions: &str, fields: &[(&str, &str)]) -> Result<SizeRange, String> {
        check_at(conditions, fields, "2026-11-22T11:00:00Z")
    }

    #[test]
    fn b222_a_policy_ends() {
        let fields = [("key", "k")];
        let conditions = r#"{"bucket": "bkt"}, {"key": "k"}"#;
        assert_eq!(check_at(conditions, &fields, EXPIRATION), Ok(SizeRange::ANY));
        let late = check_at(conditions, &fields, "2026-11-22T12:00:01Z");
        assert_eq!(late, Err("Policy expired.".to_owned()));
    }

    #[test]
    fn b222_s29_every_field_needs_a_condition_and_so_does_the_bucket() {
        let cases: [Case; 11] = [
            (r#"["starts-with", "$key", ""]"#, &[("key", "k")], Some("bucket")),
            (r#"{"bucket": "bkt"}"#, &[("key", "k")], Some("key")),
            (r#"{"bucket": "bkt"}"#, &[("key", "k"), ("acl", "private")], Some("key, acl")),
            (
                r#"{"bucket": "bkt"}, {"key": "k"}"#,
                &[("key", "k"), ("x-amz-meta-a", "")],
                Some("x-amz-meta-a"),
            ),
            (r#"{"bucket": "bkt"}, {"key": "k"}"#, &[("key", "k"), ("x-amz-date", "")], Some("x-amz-date")),
            (
                r#"{"bucket": "bkt"}, {"key": "k"}"#,
                &[("key", "k"), ("x-amz-checksum-crc32", "")],
                Some("x-amz-checksum-crc32"),
            ),
            (
                r#"{"bucket": "bkt"}, {"key": "k"}"#,
                &[("key", "k"), ("success_action_redirect", "")],
                Some("success_action_redirect"),
            ),
            (r#"{"bucket": "bkt"}, {"key": "k"}"#, &[("key", "k"), ("x-ignore-a", "")], None),
            (
                r#"{"bucket": "bkt"}, {"key": "k"}"#,
                &[
                    ("key", "k"),
                    ("policy", ""),
                    ("signature", ""),
                    ("awsaccesskeyid", ""),
                    ("x-amz-signature", ""),
                ],
                None,
            ),
            (r#"{"BuCkEt": "bkt"}, ["StArTs-WiTh", "$KeY", "k"]"#, &[("key", "k")], None),
            (r#"{"bucket": "bkt"}, {"key": "k"}"#, &[("key", "k"), ("bucket", "other")], None),
        ];
        for (conditions, fields, extra) in cases {
            let expected = match extra {
                None => Ok(SizeRange::ANY),
                Some(names) => Err(format!("Extra input fields: {names}")),
            };
            assert_eq!(check(conditions, fields), expected, "{conditions} {fields:?}");
        }
    }

    #[test]
    fn b222_a_failed_condition_is_shown() {
        let cases = [
            (r#"["eq","$key","x"]"#, "key", "k", Some(r#"["eq","$key","x"]"#)),
            (r#"["starts-with", "$key", "user/"]"#, "key", "k", Some(r#"["starts-with", "$key", "user/"]"#)),
            (r#"{"Key": "x\"y"}"#, "key", "k", Some(r#"["eq", "$Key", "x\"y"]"#)),
            (r#"["eq", "$bucket", "other"]"#, "bucket", "other", Some(r#"["eq", "$bucket", "other"]"#)),
            (
                r#"["starts-with", "$x-amz-meta-a", ""]"#,
                "key",
                "k",
                Some(r#"["starts-with", "$x-amz-meta-a", ""]"#),
            ),
            (r#"["eq", "$x-amz-meta-a", ""]"#, "x-amz-meta-a", "v", Some(r#"["eq", "$x-amz-meta-a", ""]"#)),
            (r#"["eq", "$acl", "Private"]"#, "acl", "private", Some(r#"["eq", "$acl", "Private"]"#)),
            (
                r#"["starts-with", "$content-type", "text/"]"#,
                "content-type",
                "text/plain, image/png",
                Some(r#"["starts-with", "$content-type", "text/"]"#),
            ),
            (r#"["starts-with", "$content-type", "text/"]"#, "content-type", "text/plain, text/html", None),
            (r#"["starts-with", "$x-amz-meta-a", "t"]"#, "x-amz-meta-a", "t,x", None),
            (r#"["starts-with", "$acl", ""]"#, "acl", "anything", None),
            (r#"["eq", "$success_action_status", 201]"#, "success_action_status", "201", None),
            (r#"{"key": "k"}"#, "key", "k", None),
        ];
        let rest = r#"["starts-with", "$key", ""], ["starts-with", "$bucket", "b"]"#;
        for (condition, name, value, shown) in cases {
            let mut fields = vec![(name, value)];
            if name != "key" {
                fields.push(("key", "k"));
            }
            let expected = match shown {
                None => Ok(SizeRange::ANY),
                Some(shown) => Err(format!("Policy Condition failed: {shown}")),
            };
            assert_eq!(check(&format!("{condition}, {rest}"), &fields), expected, "{condition} {value}");
        }
    }

    #[test]
    fn b223_size_ranges_all_hold() {
        let rest = r#"{"bucket": "bkt"}, {"key": "k"}"#;
        let cases = [
            ("", SizeRange::ANY),
            (r#"["content-length-range", 1, 10],"#, SizeRange { min: 1, max: 10 }),
            (r#"["content-length-range", "1", "10"],"#, SizeRange { min: 1, max: 10 }),
            (
                r#"["content-length-range", 1, 10], ["content-length-range", 0, 5],"#,
                SizeRange { min: 1, max: 5 },
            ),
            (r#"["Content-Length-Range", 0, 0],"#, SizeRange { min: 0, max: 0 }),
        ];
        for (condition, expected) in cases {
            assert_eq!(check(&format!("{condition} {rest}"), &[("key", "k")]), Ok(expected), "{condition}");
        }
    }

    #[test]
    fn b222_broken_policies_are_invalid_documents() {
        let document =
            |conditions: &str| format!("{{\"expiration\": \"{EXPIRATION}\", \"conditions\": {conditions}}}");
        let cases = [
            ("", "Expecting '{' but found End-of-Input"),
            ("[]", "Invalid JSON."),
            ("{", "Invalid JSON."),
            ("{}", "Policy missing expiration."),
            (r#"{"EXPIRATION": "2026-11-22T12:00:00Z", "conditions": []}"#, "Policy missing expiration."),
            (r#"{"expiration": "2026-11-22T12:00:00Z"}"#, "Policy missing conditions."),
            (r#"{"expiration": "2026-11-22T12:00:00Z", "CONDITIONS": []}"#, "Policy missing conditions."),
            (r#"{"expiration": 1, "conditions": []}"#, "Invalid JSON."),
            (
                r#"{"expiration": "2026-11-22T12:00:00Z", "conditions": [], "expiration": "2036-11-22T12:00:00Z"}"#,
                "an object has two members of one name.",
            ),
            (
                r#"{"expiration": "2026-11-22T12:00:00Z", "conditions": [{"acl": "private", "acl": "public-read"}]}"#,
                "an object has two members of one name.",
            ),
            (r#"{"expiration": "soon", "conditions": []}"#, "Invalid 'expiration' value: 'soon'"),
            (
                r#"{"expiration": "2026-11-22 12:00:00.000+00:00", "conditions": []}"#,
                "Invalid 'expiration' value: '2026-11-22 12:00:00.000+00:00'",
            ),
            (
                r#"{"expiration": "2026-11-22T12:00:00Z", "conditions": [], "extra": 1}"#,
                "Unexpected: \"extra\"",
            ),
            (&document("true"), "Invalid 'conditions' value: must be a List."),
            (&document("[true]"), "Invalid condition test: must be a List or Object."),
            (&document("[[]]"), "Invalid Condition: missing operation identifier."),
            (&document("[[1]]"), "Invalid JSON."),
            (&document(r#"[["like", "$key", "a"]]"#), "Invalid Condition: unknown operation 'like'."),
            (&document(r#"[["eq", "$key"]]"#), "Invalid eq: wrong number of arguments."),
            (&document(r#"[["eq", "$key", "a", "b"]]"#), "Invalid eq: wrong number of arguments."),
            (&document(r#"[["eq", false, "a"]]"#), "Invalid JSON."),
            (&document(r#"[["eq", "$key", true]]"#), "Invalid JSON."),
            (
                &document(r#"[["content-length-range", 0]]"#),
                "Invalid content-length-range: wrong number of arguments.",
            ),
            (&document(r#"[["content-length-range", -1, 0]]"#), "Invalid JSON."),
            (&document(r#"[["content-length-range", 1, 1.5]]"#), "Invalid JSON."),
            (&document(r#"[["content-length-range", 1, 18446744073709551616]]"#), "Invalid JSON."),
            (&document(r#"[["content-length-range", 12, false]]"#), "Invalid JSON."),
            (
                &document("[{}]"),
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (
                &document(r#"[{"a": "1", "b": "2"}]"#),
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
            ),
            (&document(r#"[{"expires": true}]"#), "Invalid Simple-Condition: value must be a string."),
        ];
        for (json, message) in cases {
            let error = parse(json).expect_err(json);
            assert_eq!(error.code.as_str(), "InvalidPolicyDocument", "{json}");
            assert_eq!(error.message, format!("Invalid Policy: {message}"), "{json}");
        }
        for condition in [r#"["eq", "key", "a"]"#, r#"["eq",  "$","a"]"#] {
            let error = parse(&document(&format!("[{condition}]"))).expect_err(condition);
            assert_eq!(error.code.as_str(), "AccessDenied");
            let expected = format!("Invalid according to Policy: Policy Condition failed: {condition}");
            assert_eq!(error.message, expected, "a field without $ never holds");
        }
        let error = PostPolicy::parse("!").expect_err("no base64");
        assert_eq!(error.message, "Invalid Policy: invalid Base64 encoding.");
        let unpadded = STANDARD.encode(document("[]")).trim_end_matches('=').to_owned();
        assert!(PostPolicy::parse(&unpadded).is_ok());
    }

    proptest! {
        /// S29: whatever a policy allows, a form with one more field is refused.
        #[test]
        fn s29_no_field_slips_past_a_policy(
            names in proptest::collection::btree_set("(x-amz-meta-[a-c]|acl|content-type|tagging|x-amz-[a-c])", 0..4),
            extra in "(x-amz-meta-[d-f]|x-amz-[d-f]|cache-control|redirect)",
        ) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            let allow = |name: &str| format!("[\"starts-with\", \"${name}\", \"\"]");
            let conditions: Vec<_> = names.iter().copied().chain(["bucket", "key"]).map(allow).collect();
            let mut fields: Vec<_> = names.iter().map(|name| (*name, "v")).collect();
            fields.push(("key", "k"));
            prop_assert_eq!(check(&conditions.join(","), &fields), Ok(SizeRange::ANY));
            fields.push((&extra, "v"));
            prop_assert_eq!(check(&conditions.join(","), &fields), Err(format!("Extra input fields: {extra}")));
        }

        #[test]
        fn arbitrary_policies_never_panic(
            json in "(\\{|\\}|\\[|\\]|,|:|\"expiration\"|\"conditions\"|\"eq\"|\"\\$key\"|1|-|null|\\PC){0,30}",
        ) {
            let _ = parse(&json);
            let _ = with(&json);
            let _ = PostPolicy::parse(&json);
        }
    }
}
