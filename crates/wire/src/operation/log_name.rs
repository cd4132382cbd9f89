//! The operation of an access log line: `REST.GET.OBJECT` and the like.

use http::Method;

use super::{Operation, Route};

/// Operations whose name does not follow from method and sub-resource.
const NAMES: &[(&str, &str)] = &[
    ("CompleteMultipartUpload", "REST.POST.UPLOAD"),
    ("CopyObject", "REST.COPY.OBJECT"),
    ("DeleteBucketPolicy", "REST.DELETE.BUCKETPOLICY"),
    ("DeleteObjectTagging", "REST.DELETE.OBJECT_TAGGING"),
    ("DeleteObjects", "REST.POST.MULTI_OBJECT_DELETE"),
    ("GetBucketLogging", "REST.GET.LOGGING_STATUS"),
    ("GetBucketPolicy", "REST.GET.BUCKETPOLICY"),
    ("GetBucketRequestPayment", "REST.GET.REQUEST_PAYMENT"),
    ("GetObjectTagging", "REST.GET.OBJECT_TAGGING"),
    ("ListBuckets", "REST.GET.SERVICE"),
    ("ListObjectVersions", "REST.GET.BUCKETVERSIONS"),
    ("ListParts", "REST.GET.UPLOAD"),
    ("PostObject", "REST.POST.OBJECT"),
    ("PutBucketLogging", "REST.PUT.LOGGING_STATUS"),
    ("PutBucketPolicy", "REST.PUT.BUCKETPOLICY"),
    ("PutBucketRequestPayment", "REST.PUT.REQUEST_PAYMENT"),
    ("PutObjectTagging", "REST.PUT.OBJECT_TAGGING"),
    ("UploadPart", "REST.PUT.PART"),
    ("UploadPartCopy", "REST.COPY.PART"),
];

/// What S3's server access log calls the request.
pub fn log_name(method: &Method, route: &Route) -> String {
    let name = route.operation.name();
    if let Some((_, logged)) = NAMES.iter().find(|(other, _)| *other == name) {
        return (*logged).to_owned();
    }
    let mut resource = if route.key.is_some() { "OBJECT" } else { "BUCKET" }.to_owned();
    if let Some(sub_resource) = super::route::named_sub_resource(&route.query)
        && route.operation != Operation::PostObject
    {
        resource = match sub_resource {
            "uploadId" => "UPLOAD".to_owned(),
            name => snake(name),
        };
    }
    format!("REST.{method}.{resource}")
}

/// `publicAccessBlock` -> `PUBLIC_ACCESS_BLOCK`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(if c == '-' { '_' } else { c.to_ascii_uppercase() });
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::{NAMES, log_name};
    use crate::operation::route;
    use http::{HeaderMap, Method};

    #[test]
    fn requests_are_logged_under_s3s_names() {
        let cases = [
            ("GET", "/", "", "REST.GET.SERVICE"),
            ("PUT", "/bkt", "", "REST.PUT.BUCKET"),
            ("GET", "/bkt", "list-type=2", "REST.GET.BUCKET"),
            ("GET", "/bkt", "versioning", "REST.GET.VERSIONING"),
            ("GET", "/bkt", "logging", "REST.GET.LOGGING_STATUS"),
            ("GET", "/bkt", "policy", "REST.GET.BUCKETPOLICY"),
            ("GET", "/bkt", "location", "REST.GET.LOCATION"),
            ("GET", "/bkt", "uploads", "REST.GET.UPLOADS"),
            ("GET", "/bkt", "publicAccessBlock", "REST.GET.PUBLIC_ACCESS_BLOCK"),
            ("GET", "/bkt", "object-lock", "REST.GET.OBJECT_LOCK"),
            ("POST", "/bkt", "delete", "REST.POST.MULTI_OBJECT_DELETE"),
            ("POST", "/bkt", "", "REST.POST.OBJECT"),
            ("PUT", "/bkt/k", "", "REST.PUT.OBJECT"),
            ("HEAD", "/bkt/k", "", "REST.HEAD.OBJECT"),
            ("DELETE", "/bkt/k", "", "REST.DELETE.OBJECT"),
            ("POST", "/bkt/k", "uploads", "REST.POST.UPLOADS"),
            ("PUT", "/bkt/k", "partNumber=1&uploadId=u", "REST.PUT.PART"),
            ("POST", "/bkt/k", "uploadId=u", "REST.POST.UPLOAD"),
            ("GET", "/bkt/k", "uploadId=u", "REST.GET.UPLOAD"),
            ("DELETE", "/bkt/k", "uploadId=u", "REST.DELETE.UPLOAD"),
            ("GET", "/bkt/k", "tagging", "REST.GET.OBJECT_TAGGING"),
            ("GET", "/bkt", "tagging", "REST.GET.TAGGING"),
        ];
        for (method, path, query, expected) in cases {
            let method: Method = method.parse().expect("a method");
            let route = route(&method, None, path, query, &HeaderMap::new(), &[]).expect("legal");
            assert_eq!(log_name(&method, &route), expected);
        }
        assert!(NAMES.is_sorted());
    }
}
