//! Access log: one line per request, in the format of S3's server access logs.

use drystone_types::Timestamp;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::borrow::Cow;
use std::fmt::Write as _;

use crate::encoding::{decode_query, encode_path};

/// Inside quotes nothing but a quote ends a field; control characters and non-ASCII are encoded anyway.
const QUOTED: &AsciiSet = &CONTROLS.add(b'"');
/// Query parameters that are as good as a password while the URL is valid, and headers with keys that may stand in a query.
const SECRETS: [&str; 5] = [
    "Signature",
    "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key",
    "X-Amz-Security-Token",
    "X-Amz-Server-Side-Encryption-Customer-Key",
    "X-Amz-Signature",
];

/// A finished request. `None` and empty texts are written as `-`.
///
/// # Source
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>, read 2026-11: fields in this order, separated by
/// spaces, later ones may follow.
#[derive(Clone, Debug, Default)]
pub struct LogRecord {
    /// Canonical id of the bucket's owner.
    pub bucket_owner: String,
    /// Bucket.
    pub bucket: String,
    /// When the request began.
    pub time: Timestamp,
    /// Address that the connection came from.
    pub remote_ip: String,
    /// Canonical id or ARN of who signed; empty when nobody did.
    pub requester: String,
    /// Request id.
    pub request_id: String,
    /// `REST.GET.OBJECT` and the like.
    pub operation: String,
    /// Key, decoded.
    pub key: String,
    /// Request line.
    pub request_uri: String,
    /// HTTP status.
    pub status: u16,
    /// Error code.
    pub error_code: String,
    /// Bytes of the answer's body that were sent.
    pub bytes_sent: u64,
    /// Size of the object.
    pub object_size: Option<u64>,
    /// From the request's first byte to the answer's last, in milliseconds.
    pub total_ms: u64,
    /// From the request's last byte to the answer's first, in milliseconds.
    pub turn_around_ms: Option<u64>,
    /// Referer.
    pub referer: String,
    /// User-Agent.
    pub user_agent: String,
    /// versionId of the request.
    pub version_id: String,
    /// x-amz-id-2.
    pub host_id: String,
    /// `SigV4` or `SigV2`; empty when nobody signed.
    pub signature_version: &'static str,
    /// Cipher of the TLS connection, as OpenSSL names it.
    pub cipher_suite: String,
    /// `AuthHeader` or `QueryString`; empty for forms and anonymous requests.
    pub authentication_type: &'static str,
    /// Host.
    pub host: String,
    /// `TLSv1.2`, `TLSv1.3`.
    pub tls_version: &'static str,
    /// Did an ACL decide? AWS writes `Yes` or `-`.
    pub acl_required: bool,
    /// Region of the bucket.
    pub region: String,
}

impl LogRecord {
    /// The line, without its end. Nothing that a client sends can end it early or forge a field.
    pub fn line(&self) -> String {
        let mut line = Line(String::with_capacity(512));
        line.word(&self.bucket_owner);
        line.word(&self.bucket);
        line.raw(&time(self.time));
        line.word(&self.remote_ip);
        line.word(&self.requester);
        line.word(&self.request_id);
        line.word(&self.operation);
        line.word(&encode_path(&self.key));
        line.quoted(&without_secrets(&self.request_uri));
        line.number(Some(self.status.into()));
        line.word(&self.error_code);
        line.number(Some(self.bytes_sent).filter(|bytes| *bytes > 0));
        line.number(self.object_size);
        line.number(Some(self.total_ms));
        line.number(self.turn_around_ms);
        line.quoted(&hide_in_url(&self.referer));
        line.quoted(&self.user_agent);
        line.word(&self.version_id);
        line.word(&self.host_id);
        line.word(self.signature_version);
        line.word(&self.cipher_suite);
        line.word(self.authentication_type);
        line.word(&self.host);
        line.word(self.tls_version);
        line.word(""); // access point
        line.word(if self.acl_required { "Yes" } else { "" });
        line.word(&self.region);
        line.0
    }
}

struct Line(String);

impl Line {
    fn raw(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(text);
    }

    /// A field without spaces: what is not printable ASCII, or ends a field, is percent-encoded.
    fn word(&mut self, text: &str) {
        const WORD: &AsciiSet = &CONTROLS.add(b' ').add(b'"');
        let encoded = utf8_percent_encode(text, WORD).to_string();
        self.raw(if text.is_empty() { "-" } else { &encoded });
    }

    fn quoted(&mut self, text: &str) {
        let text = if text.is_empty() { "-" } else { text };
        let encoded = utf8_percent_encode(text, QUOTED).to_string();
        self.raw(&format!("\"{encoded}\""));
    }

    fn number(&mut self, number: Option<u64>) {
        match number {
            None => self.raw("-"),
            Some(number) => {
                self.0.push(' ');
                write!(self.0, "{number}").expect("writing to a String cannot fail");
            }
        }
    }
}

/// `[06/Feb/2019:00:00:38 +0000]`.
fn time(moment: Timestamp) -> String {
    let date = moment.http_date(); // `Wed, 06 Feb 2019 00:00:38 GMT`
    let words: Vec<_> = date.split(' ').collect();
    let [_, day, month, year, clock, _] = words.as_slice() else {
        unreachable!("an HTTP date has six words")
    };
    format!("[{day}/{month}/{year}:{clock} +0000]")
}

/// The request line with the values of secrets left out: a log must not let its readers in.
fn without_secrets(request_line: &str) -> String {
    match request_line.rsplit_once(' ') {
        Some((target, version)) if request_line.contains('?') => format!("{} {version}", hide_in_url(target)),
        _ => request_line.to_owned(),
    }
}

/// The same for a URL.
fn hide_in_url(url: &str) -> String {
    let Some((head, rest)) = url.split_once('?') else { return url.to_owned() };
    let at = rest.find('#').unwrap_or(rest.len());
    let (query, fragment) = rest.split_at(at);
    let query: Vec<_> = query.split('&').map(hide).collect();
    format!("{head}?{}{fragment}", query.join("&"))
}

/// A pair of a query, whose name counts as the server reads it: decoded.
fn hide(pair: &str) -> Cow<'_, str> {
    let Some((name, _)) = pair.split_once('=') else { return Cow::Borrowed(pair) };
    let name = decode_query(name).unwrap_or_default();
    match SECRETS.iter().find(|secret| secret.eq_ignore_ascii_case(&name)) {
        Some(secret) => Cow::Owned(format!("{secret}=...")),
        None => Cow::Borrowed(pair),
    }
}

#[cfg(test)]
mod tests {
    use super::{LogRecord, without_secrets};
    use drystone_types::Timestamp;
    use proptest::prelude::*;

    const ID: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";

    fn example() -> LogRecord {
        LogRecord {
            bucket_owner: ID.into(),
            bucket: "amzn-s3-demo-bucket1".into(),
            time: Timestamp::parse_iso8601("2019-02-06T00:00:38Z").expect("a time"),
            remote_ip: "192.0.2.3".into(),
            requester: ID.into(),
            status: 200,
            user_agent: "S3Console/0.4".into(),
            signature_version: "SigV4",
            cipher_suite: "ECDHE-RSA-AES128-GCM-SHA256".into(),
            authentication_type: "AuthHeader",
            host: "amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com".into(),
            tls_version: "TLSV1.2",
            acl_required: true,
            region: "us-west-1".into(),
            ..LogRecord::default()
        }
    }

    /// The lines of AWS's page, but for the access point, which we have none of.
    #[test]
    fn documented_examples_come_out_as_documented() {
        let versioning = LogRecord {
            request_id: "3E57427F3EXAMPLE".into(),
            operation: "REST.GET.VERSIONING".into(),
            request_uri: "GET /amzn-s3-demo-bucket1?versioning HTTP/1.1".into(),
            bytes_sent: 113,
            total_ms: 7,
            host_id: "s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234=".into(),
            ..example()
        };
        let policy = LogRecord {
            request_id: "A1206F460EXAMPLE".into(),
            operation: "REST.GET.BUCKETPOLICY".into(),
            request_uri: "GET /amzn-s3-demo-bucket1?policy HTTP/1.1".into(),
            status: 404,
            error_code: "NoSuchBucketPolicy".into(),
            bytes_sent: 297,
            total_ms: 38,
            host_id: "BNaBsXZQQDbssi6xMBdBU2sLt+Yf5kZDmeBUP35sFoKa3sLLeMC78iwEIWxs99CRUrbS4n11234=".into(),
            ..example()
        };
        let put = LogRecord {
            time: Timestamp::parse_iso8601("2019-02-06T00:01:57Z").expect("a time"),
            request_id: "DD6CC733AEXAMPLE".into(),
            operation: "REST.PUT.OBJECT".into(),
            key: "s3-dg.pdf".into(),
            request_uri: "PUT /amzn-s3-demo-bucket1/s3-dg.pdf HTTP/1.1".into(),
            object_size: Some(4_406_583),
            total_ms: 41_754,
            turn_around_ms: Some(28),
            host_id: "10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW3+bPdrg1234=".into(),
            cipher_suite: "ECDHE-RSA-AES128-SHA".into(),
            ..example()
        };
        let start = format!("{ID} amzn-s3-demo-bucket1");
        let end = "AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 - Yes us-west-1";
        let cases = [
            (
                versioning,
                format!(
                    "{start} [06/Feb/2019:00:00:38 +0000] 192.0.2.3 {ID} 3E57427F3EXAMPLE REST.GET.VERSIONING - \
                     \"GET /amzn-s3-demo-bucket1?versioning HTTP/1.1\" 200 - 113 - 7 - \"-\" \"S3Console/0.4\" - \
                     s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 \
                     ECDHE-RSA-AES128-GCM-SHA256 {end}"
                ),
            ),
            (
                policy,
                format!(
                    "{start} [06/Feb/2019:00:00:38 +0000] 192.0.2.3 {ID} A1206F460EXAMPLE REST.GET.BUCKETPOLICY - \
                     \"GET /amzn-s3-demo-bucket1?policy HTTP/1.1\" 404 NoSuchBucketPolicy 297 - 38 - \"-\" \
                     \"S3Console/0.4\" - BNaBsXZQQDbssi6xMBdBU2sLt+Yf5kZDmeBUP35sFoKa3sLLeMC78iwEIWxs99CRUrbS4n11234= \
                     SigV4 ECDHE-RSA-AES128-GCM-SHA256 {end}"
                ),
            ),
            (
                put,
                format!(
                    "{start} [06/Feb/2019:00:01:57 +0000] 192.0.2.3 {ID} DD6CC733AEXAMPLE REST.PUT.OBJECT s3-dg.pdf \
                     \"PUT /amzn-s3-demo-bucket1/s3-dg.pdf HTTP/1.1\" 200 - - 4406583 41754 28 \"-\" \"S3Console/0.4\" - \
                     10S62Zv81kBW7BB6SX4XJ48o6kpcl6LPwEoizZQQxJd5qDSCTLX0TgS37kYUBKQW3+bPdrg1234= SigV4 \
                     ECDHE-RSA-AES128-SHA {end}"
                ),
            ),
        ];
        for (record, line) in cases {
            assert_eq!(record.line(), line);
        }
    }

    #[test]
    fn s18_signatures_and_tokens_stay_out_of_the_log() {
        let cases = [
            (
                "GET /b/k?X-Amz-Date=1&X-Amz-Signature=abc&versionId=2 HTTP/1.1",
                "GET /b/k?X-Amz-Date=1&X-Amz-Signature=...&versionId=2 HTTP/1.1",
            ),
            (
                "GET /b/k?AWSAccessKeyId=a&Signature=s%3D HTTP/1.1",
                "GET /b/k?AWSAccessKeyId=a&Signature=... HTTP/1.1",
            ),
            ("GET /b/k?x-amz-security-token=t HTTP/1.1", "GET /b/k?X-Amz-Security-Token=... HTTP/1.1"),
            ("GET /b/k HTTP/1.1", "GET /b/k HTTP/1.1"),
            ("GET /b/k?é HTTP/1.1", "GET /b/k?é HTTP/1.1"),
            // The server decodes names, so the log does.
            ("GET /b/k?X%2DAmz-Signature=abc HTTP/1.1", "GET /b/k?X-Amz-Signature=... HTTP/1.1"),
            (
                "GET /b/k?%58-%41mz-Security-Token=t&a HTTP/1.1",
                "GET /b/k?X-Amz-Security-Token=...&a HTTP/1.1",
            ),
            ("GET /b/k?%53ignatur%65=s&%zz=1 HTTP/1.1", "GET /b/k?Signature=...&%zz=1 HTTP/1.1"),
            (
                "GET /b/k?x-amz-server-side-encryption-customer-key=a&x-amz-server-side-encryption-customer-key-MD5=b HTTP/1.1",
                "GET /b/k?X-Amz-Server-Side-Encryption-Customer-Key=...&x-amz-server-side-encryption-customer-key-MD5=b HTTP/1.1",
            ),
        ];
        for (line, shown) in cases {
            assert_eq!(without_secrets(line), shown);
        }
    }

    #[test]
    fn s18_a_referer_shows_no_signature_either() {
        let referer =
            "https://s3.example/b/k?X%2dAmz-Signature=abc&X-Amz-Security-Token=t&v=1#Signature=here".into();
        let line = LogRecord { referer, ..example() }.line();
        let shown =
            "\"https://s3.example/b/k?X-Amz-Signature=...&X-Amz-Security-Token=...&v=1#Signature=here\"";
        assert!(line.contains(shown), "{line}");
    }

    /// Splits a line as readers of such logs do: brackets mean something around the time alone.
    fn fields(line: &str) -> Vec<String> {
        const TIME: usize = 2;
        let (mut fields, mut rest) = (Vec::new(), line);
        while !rest.is_empty() {
            let (end, skip) = match rest.as_bytes()[0] {
                b'"' => (rest[1..].find('"').expect("a closing quote") + 2, 1),
                b'[' if fields.len() == TIME => (rest.find(']').expect("a closing bracket") + 1, 1),
                _ => (rest.find(' ').unwrap_or(rest.len()), 1),
            };
            fields.push(rest[..end].to_owned());
            rest = rest.get(end + skip..).unwrap_or("");
        }
        fields
    }

    proptest! {
        #[test]
        fn s38_no_client_can_forge_a_line_or_a_field(
            key in any::<String>(),
            agent in any::<String>(),
            referer in "[ -~]{0,20}",
            uri in "[ -~]{0,30}",
            host in any::<String>(),
            version in any::<String>(),
        ) {
            let record = LogRecord {
                key, user_agent: agent, referer, request_uri: uri, host, version_id: version, ..example()
            };
            let line = record.line();
            prop_assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", line);
            prop_assert_eq!(fields(&line).len(), fields(&example().line()).len(), "{}", line);
        }
    }
}
