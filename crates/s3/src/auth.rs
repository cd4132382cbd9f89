//! Authentication: what a failed check answers.

use drystone_types::Timestamp;
use drystone_wire::auth::AuthError;
use drystone_wire::{ErrorCode, S3Error};

/// The answer to a request that is not authenticated (b205-b208, b216).
pub fn refusal(error: AuthError) -> S3Error {
    use ErrorCode as Code;
    let message = error.to_string();
    match error {
        AuthError::Anonymous => S3Error::new(Code::AccessDenied),
        AuthError::MultipleMechanisms => S3Error::new(Code::InvalidArgument).message(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified",
        ),
        AuthError::UnsupportedMechanism => S3Error::invalid_request(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
        AuthError::UnknownScheme { scheme, message } => {
            S3Error::invalid_argument("Authorization", scheme, message)
        }
        AuthError::StreamingAnonymous => S3Error::invalid_request(
            "Anonymous requests don't support this x-amz-content-sha256 value. Please use UNSIGNED-PAYLOAD or \
             STREAMING-UNSIGNED-PAYLOAD-TRAILER.",
        ),
        AuthError::NotImplemented(what) => S3Error::not_implemented(what),
        AuthError::AuthorizationHeaderMalformed { message, region } => {
            with_region(S3Error::new(Code::AuthorizationHeaderMalformed).message(message), region)
        }
        AuthError::AuthorizationQueryParametersError { message, region } => {
            with_region(S3Error::new(Code::AuthorizationQueryParametersError).message(message), region)
        }
        AuthError::PostFieldMissing(name) => S3Error::post_field_missing(&name),
        AuthError::PostFieldInvalid { name, value, message } => {
            S3Error::invalid_argument(name, value, message)
        }
        AuthError::SigV2QueryMalformed { message } => S3Error::new(Code::AccessDenied).message(message),
        AuthError::MissingContentSha256 => {
            S3Error::invalid_request("Missing required header for this request: x-amz-content-sha256")
        }
        AuthError::InvalidContentSha256(value) => S3Error::invalid_argument(
            "x-amz-content-sha256",
            value,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
             STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        ),
        AuthError::StreamingPresigned => S3Error::invalid_request(message),
        AuthError::InvalidDate => S3Error::new(Code::AccessDenied)
            .message("AWS authentication requires a valid Date or x-amz-date header"),
        AuthError::UnsignedHeaders(names) => S3Error::new(Code::AccessDenied)
            .message("There were headers present in the request which were not signed")
            .field("HeadersNotSigned", names.join(", ")),
        AuthError::UnsignedQuery(_) => S3Error::new(Code::AccessDenied).message(message),
        AuthError::RequestTimeTooSkewed { request_time, server_time, max_allowed_ms } => {
            S3Error::new(Code::RequestTimeTooSkewed)
                .field("RequestTime", request_time)
                .field("ServerTime", server_time.iso8601())
                .field("MaxAllowedSkewMilliseconds", max_allowed_ms.to_string())
        }
        AuthError::Expired { expires_seconds, expires_at, server_time } => {
            expired(expires_seconds, expires_at, server_time)
        }
        AuthError::NotYetValid { request_time, server_time } => S3Error::new(Code::AccessDenied)
            .message("Request is not yet valid")
            .field("RequestTime", request_time.iso8601())
            .field("ServerTime", server_time.iso8601()),
        AuthError::MalformedUri => S3Error::new(Code::InvalidURI),
        AuthError::InvalidToken => S3Error::new(Code::InvalidToken),
        AuthError::ExpiredToken => S3Error::new(Code::ExpiredToken),
        AuthError::InvalidAccessKeyId(id) => S3Error::new(Code::InvalidAccessKeyId).field("AWSAccessKeyId", id),
        AuthError::SignatureDoesNotMatch(mismatch) => {
            let mut error = S3Error::new(Code::SignatureDoesNotMatch)
                .field("AWSAccessKeyId", mismatch.access_key_id.clone())
                .field("StringToSign", mismatch.string_to_sign.clone())
                .field("SignatureProvided", mismatch.signature_provided.clone())
                .field("StringToSignBytes", mismatch.string_to_sign_bytes());
            if let Some(request) = &mismatch.canonical_request {
                error = error.field("CanonicalRequest", String::from_utf8_lossy(request));
            }
            match mismatch.canonical_request_bytes() {
                Some(bytes) => error.field("CanonicalRequestBytes", bytes),
                None => error,
            }
        }
    }
}

fn with_region(error: S3Error, region: Option<String>) -> S3Error {
    match region {
        Some(region) => error.field("Region", region),
        None => error,
    }
}

fn expired(expires_seconds: Option<u64>, expires_at: Timestamp, server_time: Timestamp) -> S3Error {
    let error = S3Error::new(ErrorCode::AccessDenied).message("Request has expired");
    let error = match expires_seconds {
        Some(seconds) => error.field("X-Amz-Expires", seconds.to_string()),
        None => error,
    };
    error.field("Expires", expires_at.iso8601()).field("ServerTime", server_time.iso8601())
}
