//! route: the one parser from a request's line and headers to an operation on a bucket and key.

use drystone_types::{BucketName, Key, WhichVersion};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};

use super::address::{Address, address};
use super::subresource::{self, Level};
use super::{Operation, Style, action};
use crate::error::{ErrorCode, S3Error};
use crate::query::Query;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The operation.
    pub operation: Operation,
    /// Its bucket; `None` for ListBuckets and the security token service only.
    pub bucket: Option<BucketName>,
    /// Its key, for operations on objects.
    pub key: Option<Key>,
    /// The version that `versionId` names.
    pub version: Option<WhichVersion>,
    /// The whole query string.
    pub query: Query,
    /// How the bucket was named.
    pub style: Style,
}

impl Route {
    /// The permission that the request needs on its bucket or object; a named version may need another than the current
    /// one. Copies need [`read_action`] on their source as well.
    pub fn action(&self) -> &'static str {
        let action = self.operation.action();
        if self.version.is_some() { action::on_version(action) } else { action }
    }
}

/// The permission that a copy needs on its source.
pub fn read_action(version: Option<WhichVersion>) -> &'static str {
    if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" }
}

/// Query names, besides sub-resources, that choose what is done to what: they must not be repeated.
const CHOOSING: [&str; 3] = ["partNumber", "versionId", "list-type"];

/// Parses a request's target.
///
/// `raw_path` and `raw_query` are as they stood in the request line; `domains` as for [`address`].
///
/// # Errors
/// Those of [`address`] and [`Query::parse`]; InvalidArgument for contradictory or repeated query names (b42, b104);
/// InvalidRequest for a sub-resource of the other level (b104); MethodNotAllowed (b15, b75).
pub fn route(
    method: &Method,
    host: Option<&str>,
    raw_path: &str,
    raw_query: &str,
    headers: &HeaderMap,
    domains: &[String],
) -> Result<Route, S3Error> {
    let Address { bucket, key, style } = address(host, raw_path, domains)?;
    let query = Query::parse(raw_query)?;
    let operation = match (&bucket, &key) {
        (None, _) => service_operation(method, &query, headers)?,
        (Some(_), None) => bucket_operation(method, &query)?,
        (Some(_), Some(_)) => object_operation(method, &query, headers)?,
    };
    let version = version_of(operation, key.is_some(), &query)?;
    Ok(Route { operation, bucket, key, version, query, style })
}

fn service_operation(method: &Method, query: &Query, headers: &HeaderMap) -> Result<Operation, S3Error> {
    let is_form = || {
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        content_type.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
    };
    match *method {
        Method::GET if query.has("Action") => Ok(Operation::SecurityToken),
        Method::GET => Ok(Operation::ListBuckets),
        Method::POST if is_form() => Ok(Operation::SecurityToken),
        _ => Err(refuse(method, "SERVICE")),
    }
}

fn bucket_operation(method: &Method, query: &Query) -> Result<Operation, S3Error> {
    if let Some(name) = sub_resource(query)? {
        return on_sub_resource(method, name, Level::Bucket);
    }
    match *method {
        Method::GET => match query.get("list-type") {
            None => Ok(Operation::ListObjects),
            Some("2") => Ok(Operation::ListObjectsV2),
            Some(other) => {
                Err(S3Error::invalid_argument("list-type", other, "Invalid List Type specified in Request"))
            }
        },
        Method::HEAD => Ok(Operation::HeadBucket),
        Method::PUT => Ok(Operation::CreateBucket),
        Method::DELETE => Ok(Operation::DeleteBucket),
        Method::POST => Ok(Operation::PostObject),
        _ => Err(refuse(method, "BUCKET")),
    }
}

fn object_operation(method: &Method, query: &Query, headers: &HeaderMap) -> Result<Operation, S3Error> {
    let copies = headers.contains_key("x-amz-copy-source");
    let part_number = query.get("partNumber");
    match (sub_resource(query)?, part_number) {
        (Some("uploadId"), Some(_)) if *method == Method::PUT => {
            Ok(if copies { Operation::UploadPartCopy } else { Operation::UploadPart })
        }
        (Some(name), _) => on_sub_resource(method, name, Level::Object),
        (None, Some(number)) if *method == Method::PUT => Err(S3Error::part_number_without_upload_id(number)),
        (None, _) => plain_object_operation(method, copies),
    }
}

fn plain_object_operation(method: &Method, copies: bool) -> Result<Operation, S3Error> {
    match *method {
        Method::GET => Ok(Operation::GetObject),
        Method::HEAD => Ok(Operation::HeadObject),
        Method::PUT if copies => Ok(Operation::CopyObject),
        Method::PUT => Ok(Operation::PutObject),
        Method::DELETE => Ok(Operation::DeleteObject),
        _ => Err(refuse(method, "OBJECT")),
    }
}

/// The one sub-resource that the query names.
fn sub_resource(query: &Query) -> Result<Option<&str>, S3Error> {
    if let Some(name) = CHOOSING.into_iter().find(|name| query.repeated(name)) {
        return Err(S3Error::conflicting_query(name));
    }
    let mut names = query.pairs().map(|(name, _)| name).filter(|name| subresource::is_known(name));
    let first = names.next();
    match names.next() {
        Some(second) => Err(S3Error::conflicting_query(second)),
        None => Ok(first),
    }
}

/// The first sub-resource among the query's names, if there is one.
pub(super) fn named_sub_resource(query: &Query) -> Option<&str> {
    query.pairs().map(|(name, _)| name).find(|name| subresource::is_known(name))
}

fn on_sub_resource(method: &Method, name: &str, level: Level) -> Result<Operation, S3Error> {
    if *method == Method::OPTIONS {
        return Err(refuse(method, &name.to_ascii_uppercase()));
    }
    if let Some(operation) = subresource::operation(name, level, method) {
        return Ok(operation);
    }
    let other = if level == Level::Bucket { Level::Object } else { Level::Bucket };
    if subresource::operation(name, other, method).is_some() || !subresource::exists_on(name, level) {
        return Err(match level {
            Level::Object => S3Error::key_not_expected(method.as_str(), name),
            Level::Bucket => S3Error::key_expected(method.as_str(), name),
        });
    }
    let resource = if name == "uploadId" { "UPLOAD".to_owned() } else { name.to_ascii_uppercase() };
    Err(refuse(method, &resource))
}

/// The version that `versionId` names. On a bucket it means nothing.
fn version_of(operation: Operation, is_object: bool, query: &Query) -> Result<Option<WhichVersion>, S3Error> {
    match query.get("versionId").filter(|_| is_object) {
        None => Ok(None),
        Some(sent) if !action::takes_version(operation) => {
            let message = "This operation does not accept a version-id.";
            Err(S3Error::invalid_argument("versionId", sent, message))
        }
        Some("") if action::takes_no_version_for_the_current(operation) => Ok(None),
        Some("") => Err(S3Error::invalid_argument("versionId", "", "Version id cannot be the empty string")),
        Some(sent) => WhichVersion::parse(sent).map(Some).ok_or_else(|| S3Error::invalid_version_id(sent)),
    }
}

/// 405, or the answer to a browser's preflight: no bucket has CORS.
fn refuse(method: &Method, resource: &str) -> S3Error {
    if *method == Method::OPTIONS {
        return S3Error::new(ErrorCode::AccessForbidden)
            .field("Method", "OPTIONS")
            .field("ResourceType", resource);
    }
    S3Error::method_not_allowed(method.as_str(), resource)
}

#[cfg(test)]
mod tests {
    use super::{Operation, Route, WhichVersion, route};
    use crate::error::S3Error;
    use http::{HeaderMap, Method};
    use proptest::prelude::*;

    fn ask(line: &str, headers: &HeaderMap) -> Result<Route, S3Error> {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        route(&method.parse().expect("a method"), Some("localhost"), path, query, headers, &[])
    }

    #[test]
    fn every_operation_has_its_request_line() {
        use Operation as O;
        let cases = [
            ("GET /", O::ListBuckets),
            ("GET /?x-id=ListBuckets", O::ListBuckets),
            ("PUT /bkt", O::CreateBucket),
            ("PUT /bkt/", O::CreateBucket),
            ("HEAD /bkt", O::HeadBucket),
            ("DELETE /bkt", O::DeleteBucket),
            ("GET /bkt?location", O::GetBucketLocation),
            ("GET /bkt", O::ListObjects),
            ("GET /bkt?prefix=uploads&delimiter=/", O::ListObjects),
            ("GET /bkt/?list-type=2&max-keys=3", O::ListObjectsV2),
            ("GET /bkt?uploads", O::ListMultipartUploads),
            ("GET /bkt?uploads=&max-uploads=1", O::ListMultipartUploads),
            ("POST /bkt?delete", O::DeleteObjects),
            ("PUT /bkt?lifecycle", O::PutBucketLifecycleConfiguration),
            ("GET /bkt?lifecycle", O::GetBucketLifecycleConfiguration),
            ("DELETE /bkt?lifecycle", O::DeleteBucketLifecycle),
            ("PUT /bkt/k", O::PutObject),
            ("PUT /bkt/k?x-id=PutObject", O::PutObject),
            ("PUT /bkt/k?UploadId=&PartNumber=", O::PutObject), // b11
            ("GET /bkt/k", O::GetObject),
            ("GET /bkt/k?partNumber=2", O::GetObject),
            ("GET /bkt/k?versionId=null", O::GetObject),
            ("GET /bkt/k?response-content-type=a", O::GetObject),
            ("HEAD /bkt/k?partNumber=2", O::HeadObject),
            ("DELETE /bkt/k", O::DeleteObject),
            ("DELETE /bkt/k?versionId=null", O::DeleteObject),
            ("GET /bkt/k?attributes", O::GetObjectAttributes),
            ("POST /bkt/k?uploads", O::CreateMultipartUpload),
            ("PUT /bkt/k?partNumber=1&uploadId=u", O::UploadPart),
            ("PUT /bkt/k?uploadId=u&partNumber=", O::UploadPart),
            ("GET /bkt/k?uploadId=u", O::ListParts),
            ("POST /bkt/k?uploadId=u", O::CompleteMultipartUpload),
            ("POST /bkt/k?uploadId=", O::CompleteMultipartUpload), // b119
            ("DELETE /bkt/k?uploadId=u", O::AbortMultipartUpload),
            ("GET /bkt?versioning", O::GetBucketVersioning),
            ("PUT /bkt?versioning", O::PutBucketVersioning),
            ("GET /bkt?versions&max-keys=7", O::ListObjectVersions),
            ("GET /bkt?versionId=x", O::ListObjects),
            ("PUT /bkt/k?tagging&versionId=null", O::PutObjectTagging),
            ("PUT /bkt/k?tagging", O::PutObjectTagging),
            ("DELETE /bkt/k?tagging", O::DeleteObjectTagging),
            ("GET /bkt?tagging", O::GetBucketTagging),
            ("PUT /bkt?object-lock", O::PutObjectLockConfiguration),
            ("GET /bkt?encryption", O::GetBucketEncryption),
            ("PUT /bkt?encryption", O::PutBucketEncryption),
            ("DELETE /bkt?encryption", O::DeleteBucketEncryption),
            ("PUT /bkt/k?legal-hold", O::PutObjectLegalHold),
            ("POST /bkt/k?restore", O::RestoreObject),
            ("GET /bkt/k?torrent", O::GetObjectTorrent),
            ("GET /bkt/k?retention&versionId=null", O::GetObjectRetention),
            ("PUT /bkt?policy", O::PutBucketPolicy),
            ("GET /bkt?acl", O::GetBucketAcl),
            ("PUT /bkt/k?acl", O::PutObjectAcl),
            ("GET /bkt?publicAccessBlock", O::GetPublicAccessBlock),
            ("DELETE /bkt?ownershipControls", O::DeleteBucketOwnershipControls),
            ("POST /bkt/k?select&select-type=2", O::SelectObjectContent),
            ("POST /bkt", O::PostObject),
            ("POST /bkt/?x=1", O::PostObject),
        ];
        for (line, operation) in cases {
            assert_eq!(ask(line, &HeaderMap::new()).map(|route| route.operation), Ok(operation), "{line}");
        }
        let mut copying = HeaderMap::new();
        copying.insert("x-amz-copy-source", "a/b".parse().expect("a value"));
        let cases = [
            ("PUT /bkt/k", O::CopyObject),
            ("PUT /bkt/k?partNumber=1&uploadId=u", O::UploadPartCopy),
            ("GET /bkt/k", O::GetObject),
        ];
        for (line, operation) in cases {
            assert_eq!(ask(line, &copying).map(|route| route.operation), Ok(operation), "{line}");
        }
        let mut form = HeaderMap::new();
        let value = "application/x-www-form-urlencoded; charset=utf-8".parse().expect("a value");
        form.insert(http::header::CONTENT_TYPE, value);
        assert_eq!(ask("POST /", &form).map(|route| route.operation), Ok(O::SecurityToken));
        let query = ask("GET /?Action=GetCallerIdentity&Version=2011-06-15", &HeaderMap::new());
        assert_eq!(query.map(|route| route.operation), Ok(O::SecurityToken));
        assert_eq!(ask("PUT /bkt/k?uploadId=u", &copying).map_err(|e| e.status()).err(), Some(405)); // b75
    }

    #[test]
    fn requests_that_mean_nothing_are_refused() {
        let cases = [
            ("PUT /", "MethodNotAllowed", "SERVICE"),
            ("HEAD /", "MethodNotAllowed", "SERVICE"),
            ("POST /", "MethodNotAllowed", "SERVICE"),
            ("PATCH /bkt", "MethodNotAllowed", "BUCKET"),
            ("POST /bkt/k", "MethodNotAllowed", "OBJECT"),
            ("POST /bkt/k?partNumber=1", "MethodNotAllowed", "OBJECT"),
            ("POST /bkt?lifecycle", "MethodNotAllowed", "LIFECYCLE"), // b15
            ("DELETE /bkt?uploads", "MethodNotAllowed", "UPLOADS"),
            ("PUT /bkt/k?uploads", "MethodNotAllowed", "UPLOADS"),
            ("PUT /bkt/k?uploadId=u", "MethodNotAllowed", "UPLOAD"),
            ("HEAD /bkt/k?uploadId=u", "MethodNotAllowed", "UPLOAD"),
            ("PUT /bkt/k?attributes", "MethodNotAllowed", "ATTRIBUTES"),
            ("OPTIONS /bkt/k", "AccessForbidden", "OBJECT"),
        ];
        for (line, code, resource) in cases {
            let error = ask(line, &HeaderMap::new()).expect_err(line);
            assert_eq!(error.code.as_str(), code, "{line}");
            assert_eq!(error.get("ResourceType"), Some(resource), "{line}");
            assert_eq!(error.get("Method"), line.split(' ').next(), "{line}");
        }
        let cases = [
            ("PUT /bkt/k?partNumber=1", "This operation does not accept partNumber without uploadId"), // b42
            ("GET /bkt/k?uploads", "Key is not expected for the GET method ?uploads subresource"),     // b104
            ("GET /bkt/k?lifecycle", "Key is not expected for the GET method ?lifecycle subresource"),
            ("PUT /bkt/k?lifecycle", "Key is not expected for the PUT method ?lifecycle subresource"),
            ("GET /bkt?uploadId=u", "Key is expected for the GET method ?uploadId subresource"),
            ("GET /bkt?uploads&uploadId=", "Conflicting query string parameters"), // b104
            ("POST /bkt/k?uploads&uploadId=u", "Conflicting query string parameters"),
            ("PUT /bkt/k?partNumber=1&uploadId=a&uploadId=b", "Conflicting query string parameters"),
            ("PUT /bkt/k?partNumber=1&uploadId=a&partNumber=2", "Conflicting query string parameters"),
            ("GET /bkt/k?versionId=null&versionId=x", "Conflicting query string parameters"),
            ("PUT /bkt/k?versionId=null", "This operation does not accept a version-id."),
            ("POST /bkt/k?uploads&versionId=null", "This operation does not accept a version-id."),
            ("GET /bkt/k?versionId=", "Version id cannot be the empty string"),
            ("PUT /bkt/k?tagging&versionId=", "Version id cannot be the empty string"),
            ("GET /bkt/k?versionId=x", "Invalid version id specified"),
            ("DELETE /bkt/k?versionId=NULL", "Invalid version id specified"),
            ("PUT /bkt/k?tagging&versionId=x", "Invalid version id specified"),
            ("GET /bkt?list-type=3", "Invalid List Type specified in Request"),
        ];
        for (line, message) in cases {
            assert_eq!(ask(line, &HeaderMap::new()).expect_err(line).message, message, "{line}");
        }
    }

    #[test]
    fn an_empty_version_of_a_lock_is_the_current_one() {
        for line in ["PUT /bkt/k?legal-hold&versionId=", "GET /bkt/k?retention&versionId="] {
            assert_eq!(ask(line, &HeaderMap::new()).map(|route| route.version), Ok(None), "{line}");
        }
    }

    #[test]
    fn a_named_version_needs_its_own_permission() {
        let id = "0123456789abcdef0123456789abcdef";
        let cases = [
            ("GET /bkt/k", "s3:GetObject", "s3:GetObjectVersion"),
            ("HEAD /bkt/k?partNumber=1", "s3:GetObject", "s3:GetObjectVersion"),
            ("DELETE /bkt/k", "s3:DeleteObject", "s3:DeleteObjectVersion"),
            ("GET /bkt/k?attributes", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
            ("GET /bkt/k?tagging", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
            ("PUT /bkt/k?tagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
            ("DELETE /bkt/k?tagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
            ("GET /bkt/k?acl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
            ("PUT /bkt/k?acl", "s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
            ("PUT /bkt/k?retention", "s3:PutObjectRetention", "s3:PutObjectRetention"),
            ("GET /bkt/k?legal-hold", "s3:GetObjectLegalHold", "s3:GetObjectLegalHold"),
            ("POST /bkt/k?restore", "s3:RestoreObject", "s3:RestoreObject"),
        ];
        for (line, current, named) in cases {
            let ask = |line: &str| ask(line, &HeaderMap::new()).expect("a route");
            assert_eq!(ask(line).action(), current, "{line}");
            let joint = if line.contains('?') { '&' } else { '?' };
            let versioned = ask(&format!("{line}{joint}versionId={id}"));
            assert_eq!(versioned.action(), named, "{line}");
            assert_eq!(versioned.version.map(|version| version == WhichVersion::Null), Some(false));
        }
    }

    #[test]
    fn s31_the_route_carries_the_decoded_names() {
        let route =
            ask("PUT /bkt/%252e%252e//x?uploadId=a%2526&partNumber=7", &HeaderMap::new()).expect("legal");
        assert_eq!(route.bucket.expect("a bucket").as_str(), "bkt");
        assert_eq!(route.key.expect("a key").as_str(), "%2e%2e//x");
        assert_eq!(route.query.get("uploadId"), Some("a%26"));
    }

    proptest! {
        #[test]
        fn routing_never_panics(
            method in "GET|PUT|POST|HEAD|DELETE|OPTIONS|PATCH|X-1",
            host in any::<Option<String>>(),
            path in any::<String>(),
            query in "(uploads|uploadId|partNumber|versionId|delete|acl|list-type|=|&|%|\\PC){0,8}",
            copies in any::<bool>(),
        ) {
            let method: Method = method.parse().expect("a token");
            let mut headers = HeaderMap::new();
            if copies {
                headers.insert("x-amz-copy-source", "a/b".parse().expect("a value"));
            }
            for path in [path.clone(), format!("/{path}"), format!("/bkt/{path}")] {
                if let Ok(route) = route(&method, host.as_deref(), &path, &query, &headers, &["s3.test".into()]) {
                    let is_service = matches!(route.operation, Operation::ListBuckets | Operation::SecurityToken);
                    prop_assert!(route.bucket.is_some() || is_service);
                }
            }
        }
    }
}
