//! Needs: which rights a request has to have, on which of the resources that it touches. A pure table.

use drystone_access::Action;
use drystone_wire::headers::text::text;
use drystone_wire::{Operation, Route};
use http::HeaderMap;

/// A right that a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// The right.
    pub(crate) action: Action,
    /// On what.
    pub(crate) on: On,
}

/// What a right is needed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// No bucket: the account's own policies decide alone.
    Service,
    /// A bucket that does not exist yet.
    NewBucket,
    /// The bucket of the request.
    Bucket,
    /// The object of the request.
    Object,
    /// The object that the request is about to make: its owner may say who else may use it.
    NewObject,
    /// The object that is copied.
    Source,
}

/// What is decided later, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// These rights, all of them.
    All,
    /// Each key of the body by itself: DeleteObjects.
    EachKey,
    /// Nobody may who did not sign; who did may try: STS, and what is not implemented.
    Signed,
}

/// How the operation is authorised.
pub(crate) fn rule(operation: Operation) -> Rule {
    match operation {
        Operation::DeleteObjects => Rule::EachKey,
        Operation::NotImplemented(_) | Operation::SecurityToken => Rule::Signed,
        _ => Rule::All,
    }
}

/// Everything that the request needs (b36, b76, b90, b106, b165, S20, S21).
pub(crate) fn needs(route: &Route, headers: &HeaderMap) -> Vec<Need> {
    use Operation as O;
    let operation = route.operation;
    let main = main_action(route);
    let mut needs = vec![Need { action: main, on: place(operation) }];
    let mut need = |action, on| needs.push(Need { action, on });
    let has = |name: &str| text(headers, name).is_some_and(|value| !value.is_empty());
    match operation {
        O::CreateBucket => {
            if sets_acl(headers) {
                need(Action::PutBucketAcl, On::NewBucket);
            }
            if has("x-amz-object-ownership") {
                need(Action::PutBucketOwnershipControls, On::NewBucket);
            }
            if is_true(headers, "x-amz-bucket-object-lock-enabled") {
                need(Action::PutBucketObjectLockConfiguration, On::NewBucket);
                need(Action::PutBucketVersioning, On::NewBucket);
            }
        }
        O::PutObject | O::PostObject | O::CopyObject | O::CreateMultipartUpload => {
            if has("x-amz-tagging") {
                need(Action::PutObjectTagging, On::Object);
            }
            if sets_acl(headers) {
                need(Action::PutObjectAcl, On::NewObject);
            }
            if has("x-amz-object-lock-mode") || has("x-amz-object-lock-retain-until-date") {
                need(Action::PutObjectRetention, On::Object);
            }
            if has("x-amz-object-lock-legal-hold") {
                need(Action::PutObjectLegalHold, On::Object);
            }
        }
        O::GetObjectAttributes => {
            let read = if route.version.is_some() { Action::GetObjectVersion } else { Action::GetObject };
            need(read, On::Object);
        }
        _ => {}
    }
    if matches!(operation, O::CopyObject | O::UploadPartCopy) {
        let source = text(headers, "x-amz-copy-source").unwrap_or_default();
        let names_version = source.contains("?versionId=");
        need(if names_version { Action::GetObjectVersion } else { Action::GetObject }, On::Source);
    }
    if compares_with_what_is_there(operation, headers) {
        need(Action::GetObject, On::Object);
    }
    needs
}

/// The right that the operation is named after.
pub(crate) fn main_action(route: &Route) -> Action {
    Action::parse(route.action()).expect("every operation's action is one of access's: tested")
}

/// Writes with If-Match tell whether the object has that ETag, which is for readers to know.
fn compares_with_what_is_there(operation: Operation, headers: &HeaderMap) -> bool {
    use Operation as O;
    let writes =
        matches!(operation, O::PutObject | O::CopyObject | O::CompleteMultipartUpload | O::DeleteObject);
    writes && text(headers, "if-match").is_some_and(|value| value.trim() != "*")
}

fn place(operation: Operation) -> On {
    use Operation as O;
    match operation {
        O::ListBuckets | O::SecurityToken => On::Service,
        O::CreateBucket => On::NewBucket,
        other => match Action::parse(other.action()).map(Action::kind) {
            Some(drystone_access::ResourceKind::Object) => On::Object,
            _ => On::Bucket,
        },
    }
}

/// Does a header set an ACL?
pub(crate) fn sets_acl(headers: &HeaderMap) -> bool {
    let set = |name: &str| headers.get(name).is_some_and(|value| !value.is_empty());
    set("x-amz-acl") || headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"))
}

/// Is the header `true`?
pub(crate) fn is_true(headers: &HeaderMap, name: &str) -> bool {
    text(headers, name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// Operations that tell of an object whether it is there: who may not list the bucket is not told (S27).
pub(crate) fn tells_of_object(operation: Operation) -> bool {
    use Operation as O;
    place(operation) == On::Object
        && !matches!(
            operation,
            O::PutObject
                | O::PostObject
                | O::CopyObject
                | O::CreateMultipartUpload
                | O::UploadPart
                | O::UploadPartCopy
                | O::CompleteMultipartUpload
                | O::AbortMultipartUpload
                | O::ListParts
                | O::DeleteObject
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    fn asked(line: &str, headers: &[(&'static str, &str)]) -> Vec<(&'static str, On)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a value"));
        }
        let (method, target) = line.split_once(' ').expect("a request line");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let method: Method = method.parse().expect("a method");
        let route = drystone_wire::route(&method, Some("localhost"), path, query, &map, &[]).expect(line);
        needs(&route, &map).into_iter().map(|need| (need.action.name(), need.on)).collect()
    }

    #[test]
    fn every_operation_has_an_action_that_policies_know() {
        for operation in Operation::ALL {
            assert!(Action::parse(operation.action()).is_some(), "{operation:?}");
        }
    }

    #[test]
    fn b36_b76_b90_b106_b165_each_right_on_its_resource() {
        let version = "00000000000000000000000000000007";
        let source = [("x-amz-copy-source", "src/k")];
        let old_source = format!("src/k?versionId={version}");
        let cases = [
            ("GET /", &[][..], vec![("s3:ListAllMyBuckets", On::Service)]),
            ("PUT /bkt", &[], vec![("s3:CreateBucket", On::NewBucket)]),
            ("HEAD /bkt", &[], vec![("s3:ListBucket", On::Bucket)]),
            ("GET /bkt?uploads", &[], vec![("s3:ListBucketMultipartUploads", On::Bucket)]),
            ("GET /bkt/k", &[], vec![("s3:GetObject", On::Object)]),
            ("HEAD /bkt/k", &[("if-none-match", "*")], vec![("s3:GetObject", On::Object)]),
            ("PUT /bkt/k", &[], vec![("s3:PutObject", On::Object)]),
            ("POST /bkt/k?uploads", &[], vec![("s3:PutObject", On::Object)]),
            ("PUT /bkt/k?uploadId=u&partNumber=1", &[], vec![("s3:PutObject", On::Object)]),
            ("POST /bkt/k?uploadId=u", &[], vec![("s3:PutObject", On::Object)]),
            ("GET /bkt/k?uploadId=u", &[], vec![("s3:ListMultipartUploadParts", On::Object)]),
            ("DELETE /bkt/k?uploadId=u", &[], vec![("s3:AbortMultipartUpload", On::Object)]),
            (
                "PUT /bkt/k?uploadId=u&partNumber=1",
                &source,
                vec![("s3:PutObject", On::Object), ("s3:GetObject", On::Source)],
            ),
            ("PUT /bkt/k", &source, vec![("s3:PutObject", On::Object), ("s3:GetObject", On::Source)]),
            (
                "PUT /bkt/k",
                &[("x-amz-copy-source", &old_source)],
                vec![("s3:PutObject", On::Object), ("s3:GetObjectVersion", On::Source)],
            ),
            (
                "PUT /bkt/k",
                &[("x-amz-tagging", "a=b"), ("x-amz-acl", "private"), ("x-amz-object-lock-legal-hold", "ON")],
                vec![
                    ("s3:PutObject", On::Object),
                    ("s3:PutObjectTagging", On::Object),
                    ("s3:PutObjectAcl", On::NewObject),
                    ("s3:PutObjectLegalHold", On::Object),
                ],
            ),
            (
                "POST /bkt/k?uploads",
                &[("x-amz-object-lock-mode", "GOVERNANCE"), ("x-amz-grant-read", "id=a")],
                vec![
                    ("s3:PutObject", On::Object),
                    ("s3:PutObjectAcl", On::NewObject),
                    ("s3:PutObjectRetention", On::Object),
                ],
            ),
            (
                "PUT /bkt",
                &[("x-amz-acl", "private"), ("x-amz-bucket-object-lock-enabled", "true")],
                vec![
                    ("s3:CreateBucket", On::NewBucket),
                    ("s3:PutBucketAcl", On::NewBucket),
                    ("s3:PutBucketObjectLockConfiguration", On::NewBucket),
                    ("s3:PutBucketVersioning", On::NewBucket),
                ],
            ),
            (
                "PUT /bkt/k",
                &[("if-match", "\"e\"")],
                vec![("s3:PutObject", On::Object), ("s3:GetObject", On::Object)],
            ),
            ("PUT /bkt/k", &[("if-none-match", "*")], vec![("s3:PutObject", On::Object)]),
            (
                "GET /bkt/k?attributes",
                &[],
                vec![("s3:GetObjectAttributes", On::Object), ("s3:GetObject", On::Object)],
            ),
        ];
        for (line, headers, expected) in cases {
            assert_eq!(asked(line, headers), expected, "{line}");
        }
    }

    /// S21: a version is read with the right to read versions.
    #[test]
    fn s21_naming_a_version_needs_the_version_right() {
        for (line, action) in [
            ("GET /bkt/k", "s3:GetObjectVersion"),
            ("HEAD /bkt/k", "s3:GetObjectVersion"),
            ("DELETE /bkt/k", "s3:DeleteObjectVersion"),
            ("GET /bkt/k?acl", "s3:GetObjectVersionAcl"),
            ("PUT /bkt/k?acl", "s3:PutObjectVersionAcl"),
            ("GET /bkt/k?tagging", "s3:GetObjectVersionTagging"),
            ("DELETE /bkt/k?tagging", "s3:DeleteObjectVersionTagging"),
            ("GET /bkt/k?attributes", "s3:GetObjectVersionAttributes"),
        ] {
            for version in ["null", "00000000000000000000000000000007"] {
                let separator = if line.contains('?') { '&' } else { '?' };
                let asked = asked(&format!("{line}{separator}versionId={version}"), &[]);
                assert_eq!(asked[0], (action, On::Object), "{line} {version}");
            }
        }
    }

    #[test]
    fn s27_what_tells_of_an_object_is_known() {
        let tells: Vec<_> = Operation::ALL.iter().filter(|operation| tells_of_object(**operation)).collect();
        for operation in [Operation::GetObject, Operation::HeadObject, Operation::GetObjectAttributes] {
            assert!(tells.contains(&&operation));
        }
        assert!(!tells.contains(&&Operation::PutObject) && !tells.contains(&&Operation::ListObjects));
    }
}
