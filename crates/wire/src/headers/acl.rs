//! x-amz-acl, x-amz-grant-* and x-amz-object-ownership: access that a write sets along with the bytes (b29).

use drystone_types::acl::{Acl, Grant, Grantee, Permission};
use drystone_types::{AccountId, limits};
use http::HeaderMap;

use super::text::text;
use crate::error::{ErrorCode, S3Error};

/// The canned ACLs that S3 has.
const CANNED: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];
const GRANT_HEADERS: [(&str, Permission); 5] = [
    ("x-amz-grant-full-control", Permission::FullControl),
    ("x-amz-grant-read", Permission::Read),
    ("x-amz-grant-read-acp", Permission::ReadAcp),
    ("x-amz-grant-write", Permission::Write),
    ("x-amz-grant-write-acp", Permission::WriteAcp),
];
const OWNERSHIPS: [&str; 3] = ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"];

/// The groups that S3 has, by their URI.
pub const GROUPS: [(&str, Grantee); 3] = [
    ("http://acs.amazonaws.com/groups/global/AllUsers", Grantee::AllUsers),
    ("http://acs.amazonaws.com/groups/global/AuthenticatedUsers", Grantee::AuthenticatedUsers),
    ("http://acs.amazonaws.com/groups/s3/LogDelivery", Grantee::LogDelivery),
];

/// What the headers of a request say about an ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentAcl {
    /// Nothing.
    None,
    /// A canned ACL, by one of S3's eight names.
    Canned(String),
    /// Grants, in the order of [`Permission::ALL`]'s headers. Whether the accounts exist is for the caller to judge.
    Grants(Acl),
}

/// Reads x-amz-acl and x-amz-grant-*.
///
/// # Errors
/// InvalidArgument for an unknown canned ACL, group or kind of grantee, or an id that cannot be one; MethodNotAllowed for an
/// e-mail address (b29); InvalidRequest for both kinds of headers at once, or too many grants.
pub fn sent_acl(headers: &HeaderMap) -> Result<SentAcl, S3Error> {
    let canned = text(headers, "x-amz-acl").filter(|value| !value.is_empty());
    if let Some(name) = &canned
        && !CANNED.contains(&name.as_str())
    {
        return Err(S3Error::invalid_argument("x-amz-acl", name, ""));
    }
    let grants_too =
        || GRANT_HEADERS.iter().any(|(header, _)| text(headers, header).is_some_and(|v| !v.is_empty()));
    if canned.is_some() && grants_too() {
        let message = "Specifying both Canned ACLs and Header Grants is not allowed";
        return Err(S3Error::invalid_request(message)); // whatever the grants are
    }
    let mut grants = Vec::new();
    for (header, permission) in GRANT_HEADERS {
        let Some(value) = text(headers, header) else { continue };
        for piece in value.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
            grants.push(Grant { grantee: grantee(header, piece)?, permission });
        }
    }
    match (canned, grants.is_empty()) {
        (Some(name), _) => Ok(SentAcl::Canned(name)),
        (None, true) => Ok(SentAcl::None),
        (None, false) if grants.len() > limits::ACL_GRANTS_MAX => Err(too_many_grants()),
        (None, false) => Ok(SentAcl::Grants(Acl { grants })),
    }
}

/// Reads x-amz-object-ownership.
///
/// # Errors
/// InvalidArgument unless it is one of S3's three.
pub fn object_ownership(headers: &HeaderMap) -> Result<Option<String>, S3Error> {
    match text(headers, "x-amz-object-ownership") {
        None => Ok(None),
        Some(name) if OWNERSHIPS.contains(&name.as_str()) => Ok(Some(name)),
        Some(name) => Err(S3Error::new(ErrorCode::InvalidArgument)
            .message(format!("Invalid x-amz-object-ownership header: {name}"))
            .field("ArgumentName", "x-amz-object-ownership")),
    }
}

/// Is `name` one of S3's object ownerships?
pub fn is_object_ownership(name: &str) -> bool {
    OWNERSHIPS.contains(&name)
}

/// 400: an ACL holds at most 100 grants.
pub(crate) fn too_many_grants() -> S3Error {
    S3Error::invalid_request(format!("An ACL can have at most {} grants.", limits::ACL_GRANTS_MAX))
}

fn grantee(header: &str, piece: &str) -> Result<Grantee, S3Error> {
    let unknown = || S3Error::invalid_argument(header, piece, "Argument format not recognized");
    let (kind, value) = piece.split_once('=').ok_or_else(unknown)?;
    let value = value.trim();
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    match kind.trim() {
        "id" => AccountId::parse(unquoted)
            .map(Grantee::Account)
            .ok_or_else(|| S3Error::invalid_grantee_id("id", unquoted)),
        "uri" => group(unquoted).ok_or_else(|| S3Error::invalid_group_uri("uri", unquoted)),
        kind if kind.eq_ignore_ascii_case("emailAddress") => Err(S3Error::email_grantee()),
        _ => Err(unknown()),
    }
}

/// The group of a URI.
pub(crate) fn group(uri: &str) -> Option<Grantee> {
    GROUPS.into_iter().find(|(other, _)| *other == uri).map(|(_, group)| group)
}

#[cfg(test)]
mod tests {
    use super::{SentAcl, object_ownership, sent_acl};
    use crate::headers::testing::headers;
    use drystone_types::AccountId;
    use drystone_types::acl::{Grantee, Permission};
    use proptest::prelude::*;

    #[test]
    fn b29_canned_acls_and_grants_are_read() {
        assert_eq!(sent_acl(&headers(&[])), Ok(SentAcl::None));
        let canned = sent_acl(&headers(&[("x-amz-acl", "public-read")]));
        assert_eq!(canned, Ok(SentAcl::Canned("public-read".into())));
        let sent = headers(&[
            ("x-amz-grant-read", "id=\"abc\", uri=http://acs.amazonaws.com/groups/global/AllUsers"),
            ("x-amz-grant-write-acp", "id=def"),
        ]);
        let Ok(SentAcl::Grants(acl)) = sent_acl(&sent) else { panic!("grants") };
        let account = |id| Grantee::Account(AccountId::parse(id).expect("an id"));
        let got: Vec<_> = acl.grants.into_iter().map(|grant| (grant.grantee, grant.permission)).collect();
        let expected = [
            (account("abc"), Permission::Read),
            (Grantee::AllUsers, Permission::Read),
            (account("def"), Permission::WriteAcp),
        ];
        assert_eq!(got, expected);
    }

    #[test]
    fn b29_what_no_acl_can_be_is_refused_as_s3_does() {
        let group = "uri=\"http://acs.amazonaws.com/groups/s3/FakeGroup\"";
        let many = vec!["id=a"; 101].join(",");
        let cases = [
            (&[("x-amz-acl", "fake-acl")][..], "InvalidArgument", ""),
            (&[("x-amz-grant-write", group)], "InvalidArgument", "Invalid group uri"),
            (
                &[("x-amz-grant-write", "fakekey=\"1234\"")],
                "InvalidArgument",
                "Argument format not recognized",
            ),
            (&[("x-amz-grant-write", "abc")], "InvalidArgument", "Argument format not recognized"),
            (&[("x-amz-grant-write", "id=\"a b\"")], "InvalidArgument", "Invalid id"),
            (
                &[("x-amz-acl", "private"), ("x-amz-grant-read", "id=a")],
                "InvalidRequest",
                "Specifying both Canned ACLs and Header Grants is not allowed",
            ),
            (&[("x-amz-grant-read", &many)], "InvalidRequest", "An ACL can have at most 100 grants."),
        ];
        for (sent, code, message) in cases {
            let error = sent_acl(&headers(sent)).expect_err(code);
            assert_eq!((error.code.as_str(), error.message.as_ref()), (code, message), "{sent:?}");
        }
        let email = sent_acl(&headers(&[("x-amz-grant-read", "emailAddress=\"a@b.c\"")]));
        assert_eq!(email.map_err(|error| error.status()), Err(405));
    }

    #[test]
    fn object_ownership_is_one_of_three() {
        let read = |value| object_ownership(&headers(&[("x-amz-object-ownership", value)]));
        assert_eq!(read("ObjectWriter"), Ok(Some("ObjectWriter".into())));
        for bad in ["RandomValue", ""] {
            let error = read(bad).expect_err(bad);
            assert_eq!(error.message, format!("Invalid x-amz-object-ownership header: {bad}"));
        }
        assert_eq!(object_ownership(&headers(&[])), Ok(None));
    }

    proptest! {
        #[test]
        fn arbitrary_grants_never_panic(value in "(id|uri|emailAddress|=|\"|,| |a){0,12}") {
            let _ = sent_acl(&headers(&[("x-amz-grant-read", &value), ("x-amz-acl", &value)]));
        }
    }
}
