//! CorsGrant: the rule that fits a question, and the headers that say so.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::{CorsConfiguration, CorsRule};

/// Exposed when a rule names no header: what an upload in a browser needs to see, which AWS makes everybody find out first.
const EXPOSED_BY_DEFAULT: &str = "ETag, x-amz-checksum-crc32, x-amz-checksum-crc32c, x-amz-checksum-crc64nvme, \
     x-amz-checksum-sha1, x-amz-checksum-sha256, x-amz-checksum-sha512, x-amz-checksum-md5, x-amz-checksum-xxhash64, \
     x-amz-checksum-xxhash3, x-amz-checksum-xxhash128, x-amz-checksum-type, x-amz-mp-parts-count, x-amz-version-id, \
     x-amz-request-id, x-amz-id-2";
/// What decides about these headers; a cache must not give them to another origin.
const VARY: &str = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method";

/// What a browser asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) origin: &'a str,
    pub(super) method: &'a str,
    /// Lower-case names.
    pub(super) headers: &'a [String],
}

/// What a browser is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsGrant {
    /// `*`, or the origin that asked.
    allow_origin: String,
    allow_credentials: bool,
    allow_methods: String,
    /// Those that were asked for; empty when none were.
    allow_headers: String,
    expose_headers: String,
    max_age_seconds: Option<i32>,
}

/// Why no rule fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    Origin,
    Method,
    Headers,
}

impl CorsConfiguration {
    /// The grant of the first rule that fits; otherwise what the rule that came closest lacks.
    pub(super) fn answer(&self, question: &Question<'_>) -> Result<CorsGrant, Misfit> {
        let mut closest = Misfit::Origin;
        for rule in &self.rules {
            match rule.fits(question) {
                Ok(origin) => return Ok(rule.grant(origin, question)),
                Err(Misfit::Headers) => closest = Misfit::Headers,
                Err(Misfit::Method) if closest == Misfit::Origin => closest = Misfit::Method,
                Err(_) => {}
            }
        }
        Err(closest)
    }
}

impl CorsRule {
    /// The pattern that the origin matches, if the rest fits as well.
    fn fits(&self, question: &Question<'_>) -> Result<&str, Misfit> {
        let origin = self.allowed_origins.iter().find(|pattern| matches(pattern, question.origin));
        let origin = origin.ok_or(Misfit::Origin)?;
        if !self.allowed_methods.iter().any(|method| method == question.method) {
            return Err(Misfit::Method);
        }
        let allowed = |name: &String| {
            self.allowed_headers.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), name))
        };
        if question.headers.iter().all(allowed) { Ok(origin) } else { Err(Misfit::Headers) }
    }

    /// S39: `*` is answered with `*`, never with the origin that asked and its credentials; and neither is a pattern that
    /// only looks narrower.
    fn grant(&self, pattern: &str, question: &Question<'_>) -> CorsGrant {
        let is_any = pattern == "*";
        CorsGrant {
            allow_origin: if is_any { "*".to_owned() } else { question.origin.to_owned() },
            allow_credentials: names_a_host(pattern),
            allow_methods: self.allowed_methods.join(", "),
            allow_headers: question.headers.join(", "),
            expose_headers: match self.expose_headers.as_slice() {
                [] => EXPOSED_BY_DEFAULT.to_owned(),
                names => names.join(", "),
            },
            max_age_seconds: self.max_age_seconds,
        }
    }
}

impl CorsGrant {
    /// Adds the headers of this grant.
    pub fn set(&self, headers: &mut HeaderMap) {
        let max_age = self.max_age_seconds.map(|seconds| seconds.to_string());
        let all = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(self.allow_origin.as_str())),
            (header::ACCESS_CONTROL_ALLOW_METHODS, Some(&self.allow_methods)),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                Some(self.allow_headers.as_str()).filter(|it| !it.is_empty()),
            ),
            (header::ACCESS_CONTROL_EXPOSE_HEADERS, Some(&self.expose_headers)),
            (header::ACCESS_CONTROL_MAX_AGE, max_age.as_deref()),
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, self.allow_credentials.then_some("true")),
            (header::VARY, Some(VARY)),
        ];
        for (name, value) in all {
            set(headers, name, value);
        }
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}

/// Does `text` match a pattern with at most one `*`?
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

/// Does a pattern name hosts, or would it match any? Its scheme and port do not count.
fn names_a_host(pattern: &str) -> bool {
    if !pattern.contains('*') {
        return true;
    }
    let fixed = pattern.replace('*', "");
    let is_part_of_scheme = ["https://", "http://"].iter().any(|scheme| scheme.starts_with(&fixed));
    let host = fixed.split_once("://").map_or(fixed.as_str(), |(_, host)| host);
    !is_part_of_scheme && host.contains(|c: char| c.is_alphabetic() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::{CorsConfiguration, CorsRule, Misfit, Question, matches, names_a_host};
    use http::HeaderMap;
    use proptest::prelude::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        CorsRule {
            allowed_origins: owned(origins),
            allowed_methods: owned(methods),
            allowed_headers: owned(headers),
            ..CorsRule::default()
        }
    }

    fn ask(rules: Vec<CorsRule>, origin: &str, method: &str, headers: &[&str]) -> Result<HeaderMap, Misfit> {
        let headers: Vec<_> = headers.iter().map(|name| (*name).to_owned()).collect();
        let grant = CorsConfiguration { rules }.answer(&Question { origin, method, headers: &headers })?;
        let mut map = HeaderMap::new();
        grant.set(&mut map);
        Ok(map)
    }

    fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
        headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    #[test]
    fn the_first_rule_that_fits_answers() {
        let rules = || {
            let mut with_age = rule(
                &["https://a.example", "https://*.b.example"],
                &["GET", "PUT"],
                &["x-amz-*", "Content-Type"],
            );
            with_age.max_age_seconds = Some(3000);
            vec![with_age, rule(&["*"], &["GET"], &[])]
        };
        let headers =
            ask(rules(), "https://a.example", "PUT", &["x-amz-date", "content-type"]).expect("fits");
        assert_eq!(header(&headers, "access-control-allow-origin"), "https://a.example");
        assert_eq!(header(&headers, "access-control-allow-credentials"), "true");
        assert_eq!(header(&headers, "access-control-allow-methods"), "GET, PUT");
        assert_eq!(header(&headers, "access-control-allow-headers"), "x-amz-date, content-type");
        assert_eq!(header(&headers, "access-control-max-age"), "3000");
        assert_eq!(
            header(&headers, "vary"),
            "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
        );
        let headers = ask(rules(), "https://other", "GET", &[]).expect("fits");
        assert_eq!(header(&headers, "access-control-allow-origin"), "*");
        assert!(!headers.contains_key("access-control-allow-credentials"));
        assert!(!headers.contains_key("access-control-max-age"));
        assert!(!headers.contains_key("access-control-allow-headers"));
        assert_eq!(ask(rules(), "https://other", "PUT", &[]), Err(Misfit::Method));
        assert_eq!(ask(rules(), "https://x.b.example", "PUT", &["other"]), Err(Misfit::Headers));
        assert_eq!(
            ask(vec![rule(&["http://a"], &["GET"], &[])], "https://a", "GET", &[]),
            Err(Misfit::Origin)
        );
    }

    #[test]
    fn etag_and_checksums_are_exposed_unless_a_rule_names_others() {
        let headers = ask(vec![rule(&["*"], &["GET"], &[])], "http://a", "GET", &[]).expect("fits");
        let exposed: Vec<_> = header(&headers, "access-control-expose-headers").split(", ").collect();
        for name in ["ETag", "x-amz-checksum-crc32", "x-amz-checksum-crc64nvme", "x-amz-version-id"] {
            assert!(exposed.contains(&name), "{name}");
        }
        for algorithm in drystone_types::ChecksumAlgorithm::ALL {
            assert!(exposed.contains(&algorithm.header()), "{}", algorithm.header());
        }
        let mut named = rule(&["*"], &["GET"], &[]);
        named.expose_headers = vec!["x-amz-id-2".into(), "x-amz-request-id".into()];
        let headers = ask(vec![named], "http://a", "GET", &[]).expect("fits");
        assert_eq!(header(&headers, "access-control-expose-headers"), "x-amz-id-2, x-amz-request-id");
    }

    #[test]
    fn s39_credentials_go_to_hosts_that_are_named_and_to_no_others() {
        let cases = [
            ("https://a.example", true),
            ("http://localhost:4200", true),
            ("https://*.a.example", true),
            ("*.a.example", true),
            ("http://10.0.*", true),
            ("*suffix", true),
            ("*", false),
            ("http*", false),
            ("h*", false),
            ("https*", false),
            ("https://*", false),
            ("https://*:443", false),
            ("*:443", false),
            ("*://", false),
        ];
        for (pattern, named) in cases {
            assert_eq!(names_a_host(pattern), named, "{pattern}");
        }
        let headers = ask(vec![rule(&["https://*"], &["GET"], &[])], "https://evil.example", "GET", &[]);
        assert!(!headers.expect("fits").contains_key("access-control-allow-credentials"));
    }

    #[test]
    fn patterns_have_one_wildcard() {
        let cases = [
            ("*suffix", "foo.suffix", true),
            ("*suffix", "foo.suffix.get", false),
            ("start*end", "startend", true),
            ("start*end", "start12end", true),
            ("start*end", "0start12end", false),
            ("prefix*", "prefix", true),
            ("prefix*", "bla.prefix", false),
            ("aba*aba", "ababa", false),
            ("", "", true),
            ("", "a", false),
            ("https://A", "https://a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_is_put_for_its_wildcard(start in "[a-c.]{0,3}", middle in "[a-c.]{0,3}", end in "[a-c.]{0,3}") {
            let (pattern, text) = (format!("{start}*{end}"), format!("{start}{middle}{end}"));
            prop_assert!(matches(&pattern, &text));
            prop_assert!(matches("*", &text));
            let other = format!("{start}x*{end}");
            prop_assert!(!matches(&other, &text));
        }

        #[test]
        fn s38_any_origin_is_a_header_or_left_out(origin in any::<String>()) {
            let rules = vec![rule(&["*"], &["GET"], &[]), rule(&[&origin.replace('*', "")], &["PUT"], &[])];
            for method in ["GET", "PUT"] {
                let _ = ask(rules.clone(), &origin, method, &[]);
            }
        }
    }
}
