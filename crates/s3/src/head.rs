//! The head of a request: what is refused before anything in it is believed.

use drystone_types::limits;
use drystone_wire::{ErrorCode, S3Error};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};

/// hyper bounds the head by its read buffer, which serves bodies too and is larger than any head needs to be.
pub(crate) fn check_head_size(head: &http::request::Parts) -> Result<(), S3Error> {
    let headers: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let target = head.uri.path().len() + head.uri.query().map_or(0, str::len);
    if headers + target > limits::HEADER_BYTES_MAX {
        return Err(S3Error::new(ErrorCode::RequestHeaderSectionTooLarge)
            .field("MaxSizeAllowed", limits::HEADER_BYTES_MAX.to_string()));
    }
    Ok(())
}

/// Only `chunked`, and no length beside it: any other coding would be stored as it stands, and a proxy in front might see
/// another message than we do.
pub(crate) fn check_transfer_encoding(headers: &HeaderMap) -> Result<(), S3Error> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
            if headers.contains_key(CONTENT_LENGTH) {
                return Err(S3Error::invalid_request("A request has a length or is chunked, not both"));
            }
            Ok(())
        }
        _ => Err(S3Error::not_implemented("Transfer-Encoding")),
    }
}

/// The one Host of a request: several, or an absolute target that names another, are refused, so that no two parsers can
/// disagree about the bucket.
pub(crate) fn one_host(head: &http::request::Parts) -> Result<String, S3Error> {
    let mut hosts = head.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    let refuse = |what: &'static str| Err(S3Error::new(ErrorCode::InvalidRequest).message(what));
    if second.is_some() {
        return refuse("The request has more than one Host header");
    }
    let host = match first.map(|host| host.to_str()) {
        Some(Ok(host)) => host,
        Some(Err(_)) => return refuse("The Host header is not valid"),
        None => head.uri.authority().map_or("", |authority| authority.as_str()),
    };
    match head.uri.authority() {
        Some(authority) if authority.as_str() != host => {
            refuse("The request target and the Host header differ")
        }
        _ => Ok(host.to_owned()),
    }
}
