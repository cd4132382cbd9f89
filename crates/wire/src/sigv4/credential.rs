//! The pieces of SigV4 credentials: the header's components, the credential scope, the signed header list.

use crate::auth::{AuthError, AuthOptions, Via};
use drystone_types::Timestamp;
use std::collections::HashSet;

const HEADER_PARTS: &str =
    "the authorization header requires three components: Credential, SignedHeaders, and Signature.";

/// The three parts of the Authorization header, in any order, after `AWS4-HMAC-SHA256`.
pub(super) struct Components<'a> {
    pub(super) credential: &'a str,
    pub(super) signed_headers: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Components<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, AuthError> {
        let malformed = || header_error(HEADER_PARTS);
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for piece in text.split(',') {
            let (name, value) = piece.trim_matches(' ').split_once('=').ok_or_else(malformed)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(malformed()),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(malformed());
            }
        }
        match (credential, signed_headers, signature) {
            (Some(credential), Some(signed_headers), Some(signature)) => {
                Ok(Self { credential, signed_headers, signature })
            }
            _ => Err(malformed()),
        }
    }
}

/// `AKID/YYYYMMDD/REGION/s3/aws4_request`.
pub(super) struct Credential<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) date: &'a str,
    pub(super) region: &'a str,
}

impl<'a> Credential<'a> {
    pub(super) fn parse(
        text: &'a str,
        via: Via,
        options: &AuthOptions,
        expected_service: &str,
    ) -> Result<Self, AuthError> {
        let error = |text: &str| credential_error(via, text, None);
        let parts: Vec<&str> = text.split('/').collect();
        let &[access_key_id, date, region, service, terminal] = parts.as_slice() else {
            return Err(error(
                "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            ));
        };
        if access_key_id.is_empty() {
            return Err(error("a non-empty Access Key (AKID) must be provided in the credential."));
        }
        if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error(&format!(
                "incorrect date format \"{date}\". This date in the credential must be in the format \"yyyyMMdd\"."
            )));
        }
        if service != expected_service {
            return Err(error(&format!(
                "incorrect service \"{service}\". This endpoint belongs to \"{expected_service}\"."
            )));
        }
        if terminal != "aws4_request" {
            return Err(error(&format!(
                "incorrect terminal \"{terminal}\". This endpoint uses \"aws4_request\"."
            )));
        }
        if let Some(expected) = options.region.as_deref().filter(|expected| *expected != region) {
            let text = format!("the region '{region}' is wrong; expecting '{expected}'");
            return Err(credential_error(via, &text, Some(expected)));
        }
        Ok(Self { access_key_id, date, region })
    }

    /// The day of the scope has to be the day of the request.
    pub(super) fn check_day(&self, date: Timestamp, via: Via) -> Result<(), AuthError> {
        let amz_date = date.amz_date();
        let day = &amz_date[..8];
        if self.date == day {
            return Ok(());
        }
        let text = format!(
            "Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{day}\".",
            self.date
        );
        Err(if via == Via::Header { header_error(&text) } else { query_error(&text) })
    }
}

/// Splits `a;b;c`. Each has to be a lower-case header name and may occur once.
pub(super) fn header_names(list: &str, via: Via) -> Result<Vec<&str>, AuthError> {
    let mut seen = HashSet::new();
    let well_formed = list.split(';').all(|name| {
        let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        is_lower && http::HeaderName::from_bytes(name.as_bytes()).is_ok() && seen.insert(name)
    });
    match (well_formed, via) {
        (true, _) => Ok(list.split(';').collect()),
        (false, Via::Header) => Err(header_error("the SignedHeaders component is mal-formed.")),
        (false, _) => Err(query_error("Error parsing the X-Amz-SignedHeaders parameter.")),
    }
}

fn credential_error(via: Via, text: &str, region: Option<&str>) -> AuthError {
    let region = region.map(str::to_owned);
    if via == Via::Header {
        let message = format!("The authorization header is malformed; {text}");
        AuthError::AuthorizationHeaderMalformed { message, region }
    } else {
        let message = format!("Error parsing the X-Amz-Credential parameter; {text}");
        AuthError::AuthorizationQueryParametersError { message, region }
    }
}

fn header_error(text: &str) -> AuthError {
    credential_error(Via::Header, text, None)
}

pub(super) fn query_error(text: &str) -> AuthError {
    AuthError::AuthorizationQueryParametersError { message: text.to_owned(), region: None }
}
