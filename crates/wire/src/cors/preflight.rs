//! The questions: a preflight, and a request that tells its origin. With errors that name the fix.

use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
use http::{HeaderMap, HeaderName};

use super::configuration::{METHODS, is_token};
use super::grant::{Misfit, Question};
use super::{CorsConfiguration, CorsGrant};
use crate::error::{ErrorCode, S3Error};

const NOT_ALLOWED: &str = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
     request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the \
     resource's CORS spec."; // AWS's spelling

/// What a preflight is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A bucket.
    Bucket,
    /// An object, existing or not.
    Object,
}

/// The bucket that a preflight is about, as far as that matters.
#[derive(Clone, Copy, Debug)]
pub enum CorsBucket<'a> {
    /// There is none of that name.
    Missing,
    /// It has no rules.
    WithoutRules,
    /// It has these.
    WithRules(&'a CorsConfiguration),
}

/// Answers a preflight.
///
/// # Errors
/// BadRequest when the question is incomplete; AccessForbidden when nothing allows it. Its element Advice says what would.
///
/// # Source
/// Answers of AWS as others recorded them, 2023-07 to 2025-03.
pub fn preflight(
    headers: &HeaderMap,
    resource: Resource,
    bucket: CorsBucket<'_>,
) -> Result<CorsGrant, S3Error> {
    let Some(origin) = text(headers, &ORIGIN) else {
        return Err(bad_request("Insufficient information. Origin request header needed."));
    };
    let method = text(headers, &ACCESS_CONTROL_REQUEST_METHOD);
    let forbidden = |message: &'static str, resource: Resource| {
        S3Error::new(ErrorCode::AccessForbidden)
            .message(message)
            .field("Method", method.unwrap_or("OPTIONS"))
            .field("ResourceType", if resource == Resource::Bucket { "BUCKET" } else { "OBJECT" })
    };
    let configuration = match bucket {
        CorsBucket::Missing => {
            return Err(forbidden("CORSResponse: Bucket not found", Resource::Bucket));
        }
        CorsBucket::WithoutRules => {
            let advice = "Allow the origin, its methods and headers in a CORSRule, with PutBucketCors.";
            let message = ErrorCode::AccessForbidden.default_message();
            return Err(forbidden(message, Resource::Bucket).field("Advice", advice));
        }
        CorsBucket::WithRules(configuration) => configuration,
    };
    let Some(method) = method.filter(|method| METHODS.contains(method)) else {
        let method = method.unwrap_or("null");
        return Err(bad_request(format!("Invalid Access-Control-Request-Method: {method}")));
    };
    let asked = requested_headers(headers).map_err(|name| {
        bad_request(format!("Access-Control-Request-Headers \"{name}\" contains invalid character."))
    })?;
    let question = Question { origin, method, headers: &asked };
    configuration
        .answer(&question)
        .map_err(|misfit| forbidden(NOT_ALLOWED, resource).field("Advice", advice(misfit, &question)))
}

/// The grant for a request that is no preflight, when it tells its origin and a rule allows it.
///
/// As on AWS, the headers of a preflight count here as well, should a request bring them.
pub fn grant_for_request(
    method: &str,
    headers: &HeaderMap,
    configuration: &CorsConfiguration,
) -> Option<CorsGrant> {
    let origin = text(headers, &ORIGIN)?;
    let method = text(headers, &ACCESS_CONTROL_REQUEST_METHOD).unwrap_or(method);
    let asked = requested_headers(headers).ok()?;
    configuration.answer(&Question { origin, method, headers: &asked }).ok()
}

/// What to add to the configuration.
fn advice(misfit: Misfit, question: &Question<'_>) -> String {
    let Question { origin, method, headers } = question;
    match misfit {
        Misfit::Origin => format!("No CORSRule has an AllowedOrigin for {origin}."),
        Misfit::Method => format!("No CORSRule for {origin} has the AllowedMethod {method}."),
        Misfit::Headers => {
            format!(
                "No CORSRule for {origin} and {method} has an AllowedHeader for each of: {}.",
                headers.join(", ")
            )
        }
    }
}

/// Lower-case names; an error is a name that is none.
fn requested_headers(headers: &HeaderMap) -> Result<Vec<String>, String> {
    let Some(list) = headers.get(&ACCESS_CONTROL_REQUEST_HEADERS) else { return Ok(Vec::new()) };
    let list = String::from_utf8_lossy(list.as_bytes());
    if list.trim().is_empty() {
        return Ok(Vec::new());
    }
    let name = |name: &str| {
        let name = name.trim();
        if is_token(name) { Ok(name.to_ascii_lowercase()) } else { Err(name.to_owned()) }
    };
    list.split(',').map(name).collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty())
}

fn bad_request(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::new(ErrorCode::BadRequest).message(message)
}

#[cfg(test)]
mod tests {
    use super::{CorsBucket, Resource, grant_for_request, preflight};
    use crate::cors::CorsConfiguration;
    use crate::error::S3Error;
    use crate::headers::testing::headers;

    fn configuration() -> CorsConfiguration {
        CorsConfiguration::parse(
            b"<CORSConfiguration><CORSRule><AllowedOrigin>https://a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
              <AllowedHeader>x-amz-*</AllowedHeader></CORSRule></CORSConfiguration>",
        )
        .expect("legal")
    }

    fn ask(pairs: &[(&str, &str)], resource: Resource) -> Result<(), S3Error> {
        preflight(&headers(pairs), resource, CorsBucket::WithRules(&configuration())).map(drop)
    }

    #[test]
    fn incomplete_questions_are_bad_requests() {
        let cases: [(&[(&str, &str)], &str); 5] = [
            (&[], "Insufficient information. Origin request header needed."),
            (&[("referer", "https://a")], "Insufficient information. Origin request header needed."),
            (&[("origin", "https://a")], "Invalid Access-Control-Request-Method: null"),
            (
                &[("origin", "https://a"), ("access-control-request-method", "PATCH")],
                "Invalid Access-Control-Request-Method: PATCH",
            ),
            (
                &[
                    ("origin", "https://a"),
                    ("access-control-request-method", "GET"),
                    ("access-control-request-headers", "x-amz-a,b c"),
                ],
                "Access-Control-Request-Headers \"b c\" contains invalid character.",
            ),
        ];
        for (pairs, message) in cases {
            let error = ask(pairs, Resource::Object).expect_err(message);
            assert_eq!((error.code.as_str(), &*error.message), ("BadRequest", message), "{pairs:?}");
        }
    }

    #[test]
    fn what_is_forbidden_says_how_to_allow_it() {
        let origin = ("origin", "https://a");
        let get = ("access-control-request-method", "GET");
        assert_eq!(ask(&[origin, get], Resource::Bucket), Ok(()));
        assert_eq!(
            ask(&[origin, get, ("access-control-request-headers", "X-Amz-Date")], Resource::Object),
            Ok(())
        );
        let cases: [(&[(&str, &str)], &str); 3] = [
            (&[("origin", "https://b"), get], "No CORSRule has an AllowedOrigin for https://b."),
            (
                &[origin, ("access-control-request-method", "PUT")],
                "No CORSRule for https://a has the AllowedMethod PUT.",
            ),
            (
                &[origin, get, ("access-control-request-headers", "Range")],
                "No CORSRule for https://a and GET has an AllowedHeader for each of: range.",
            ),
        ];
        for (pairs, advice) in cases {
            let error = ask(pairs, Resource::Object).expect_err(advice);
            assert_eq!((error.status(), error.get("Advice")), (403, Some(advice)));
            assert!(error.message.starts_with("CORSResponse: This CORS request is not allowed."));
            assert_eq!(error.get("ResourceType"), Some("OBJECT"));
        }
        let pairs = headers(&[origin]);
        let disabled =
            preflight(&pairs, Resource::Object, CorsBucket::WithoutRules).expect_err("not enabled");
        assert_eq!(disabled.message, "CORSResponse: CORS is not enabled for this bucket.");
        assert_eq!((disabled.get("Method"), disabled.get("ResourceType")), (Some("OPTIONS"), Some("BUCKET")));
        assert!(disabled.get("Advice").is_some_and(|advice| advice.contains("PutBucketCors")));
        let missing = preflight(&pairs, Resource::Object, CorsBucket::Missing).expect_err("no bucket");
        assert_eq!(missing.message, "CORSResponse: Bucket not found");
    }

    #[test]
    fn requests_that_tell_their_origin_are_judged_like_their_preflight() {
        let judge = |method: &str, pairs: &[(&str, &str)]| {
            grant_for_request(method, &headers(pairs), &configuration()).is_some()
        };
        let origin = ("origin", "https://a");
        assert!(judge("GET", &[origin]));
        assert!(!judge("PUT", &[origin]));
        assert!(!judge("GET", &[]));
        assert!(!judge("GET", &[("origin", "https://b")]));
        assert!(!judge("GET", &[origin, ("access-control-request-method", "PUT")]));
        assert!(judge("PUT", &[origin, ("access-control-request-method", "GET")]));
        assert!(!judge("GET", &[origin, ("access-control-request-headers", "range")]));
    }
}
