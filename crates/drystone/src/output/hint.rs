//! Hints: what to type, or to look at, after an error. A table, pure.

use drystone_client::{CallError, ServiceError};
use drystone_transfer::TransferError;
use std::io::ErrorKind;

/// What to do after a transfer failed.
pub(crate) fn hint_of_transfer(error: &TransferError) -> Option<String> {
    let hint = match error {
        TransferError::Call { source, .. } => return hint_of_call(source),
        TransferError::Local { path, source, .. } => {
            return hint_of_file(&path.display().to_string(), source);
        }
        TransferError::SourceChanged { .. } => {
            "the same command again sends the file as it is now; do not write to it meanwhile".to_owned()
        }
        TransferError::ObjectChanged { .. } => {
            "nothing of the two versions was mixed; the same command again reads the new one".to_owned()
        }
        TransferError::Corrupt { .. } => {
            "nothing of it was used; run the same command again. If it comes again, \
            a disk, a memory bank or something on the way changes bytes"
                .to_owned()
        }
        TransferError::Journal { path, .. } => {
            let folder = path.parent().unwrap_or(path).display();
            format!("transfers are noted in {folder}; DRYSTONE_STATE_DIR names another folder")
        }
        TransferError::UnsafeKey { .. } => {
            "name the file yourself: drystone cp s3://bucket/key FILE; or keep the key out with --exclude"
                .to_owned()
        }
        TransferError::Plan(_) | TransferError::Refused(_) => return None,
    };
    Some(hint)
}

fn hint_of_file(path: &str, error: &std::io::Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::NotFound => format!("there is no {path}; look with: ls -l"),
        ErrorKind::PermissionDenied => format!("who may do that is shown by: ls -ld {path}"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room (df -h shows where); what has arrived is kept, and the same command goes on".to_owned()
        }
        ErrorKind::IsADirectory => "add -r to copy a folder".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only; name another target".to_owned(),
        ErrorKind::UnexpectedEof => {
            format!("{path} became shorter; the same command again sends it as it is now")
        }
        _ => return None,
    };
    Some(hint)
}

/// What to do after a request failed.
pub(crate) fn hint_of_call(error: &CallError) -> Option<String> {
    let hint = match error {
        CallError::Service(error) => return hint_of_service(error),
        CallError::Unreachable { endpoint, source } => {
            return Some(hint_of_way(endpoint, &deepest(source.as_ref())));
        }
        CallError::Broken { .. } => "the same command again goes on where this one ended".to_owned(),
        CallError::Source { source, .. } => return hint_of_file("the source", source),
        CallError::BadAnswer { .. } => {
            "is it an S3 endpoint? look at --endpoint-url; a proxy may answer in its place".to_owned()
        }
        // Those who looked for credentials say what to type: they know where they looked.
        CallError::Credentials(_) | CallError::Unsendable { .. } => return None,
    };
    Some(hint)
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn hint_of_way(endpoint: &str, cause: &str) -> String {
    let lower = cause.to_ascii_lowercase();
    if lower.contains("certificate") || lower.contains("unknownissuer") {
        return "its certificate is not trusted; --ca-bundle FILE names one (PEM) to trust".to_owned();
    }
    if lower.contains("lookup") || lower.contains("name or service") || lower.contains("resolve") {
        return format!("no such host; look at --endpoint-url, now {endpoint}");
    }
    if lower.contains("invalidcontenttype") || lower.contains("corrupt message") {
        return "it does not speak TLS; is it http:// and not https://?".to_owned();
    }
    format!("is the store running there? look at --endpoint-url, now {endpoint}")
}

fn hint_of_service(error: &ServiceError) -> Option<String> {
    let action = error.action;
    let hint = match error.code.as_str() {
        "AccessDenied" | "AllAccessDisabled" | "Forbidden" | "AccountProblem" => {
            format!("these credentials may not do that; they need a policy with {}", permission(action))
        }
        "InvalidAccessKeyId" => "the store does not know this access key; look at AWS_ACCESS_KEY_ID, --profile and --endpoint-url".into(),
        "SignatureDoesNotMatch" => "the secret key is wrong, or a proxy changed the request; look at AWS_SECRET_ACCESS_KEY and --profile".into(),
        "InvalidToken" => "the session token does not belong to these keys; unset AWS_SESSION_TOKEN, or get all three anew".into(),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired" => {
            "the credentials have ended; get new ones (for example: aws sso login), then the same command goes on".into()
        }
        "RequestTimeTooSkewed" => "this machine's clock is wrong; set it (for example: timedatectl set-ntp true)".into(),
        "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"
        | "InvalidRegion" => match &error.region {
            Some(region) => format!("the bucket is in another region: --region {region}"),
            None => "the region is wrong; look at --region and AWS_REGION".into(),
        },
        "NoSuchBucket" => "look at the name and at --endpoint-url; drystone ls shows the buckets, drystone mb s3://NAME makes one".into(),
        "NoSuchKey" | "NotFound" | "NoSuchVersion" => "there is nothing by that name; drystone ls s3://BUCKET/PREFIX shows what there is".into(),
        "NoSuchUpload" => "the upload was completed or aborted by somebody else; the same command again begins anew".into(),
        "BucketAlreadyExists" => "somebody else has that name; choose another one".into(),
        "BucketNotEmpty" => "drystone rb --force s3://NAME empties it first".into(),
        "InvalidBucketName" => "names of buckets have 3 to 63 small letters, digits, dots and hyphens".into(),
        "SlowDown" | "ServiceUnavailable" | "TooManyRequests" | "Throttling" | "RequestLimitExceeded" => {
            "the store has too much to do; try later, or gently: --concurrency 2 --limit-rate 10MiB/s".into()
        }
        "BadDigest" | "XAmzContentChecksumMismatch" | "InvalidDigest" => {
            "what arrived was not what was sent; run it again. If it comes again, something on the way changes bytes".into()
        }
        "EntityTooLarge" => "the store takes nothing so large in one piece; try a smaller --part-size".into(),
        "EntityTooSmall" => "parts but the last need 5 MiB; try --part-size 16MiB".into(),
        "QuotaExceeded" | "InsufficientStorage" | "InsufficientCapacity" | "XMinioStorageFull" => {
            "the store, or the bucket's quota, is full; what was sent is kept, and the same command goes on".into()
        }
        "PreconditionFailed" => "the object is not what it was a moment ago; the same command again looks anew".into(),
        "InvalidPart" | "InvalidPartOrder" => "somebody else changed the upload; --resume never begins anew".into(),
        "InvalidObjectState" => "the object is archived and has to be restored first".into(),
        "KMS.DisabledException" | "KMS.NotFoundException" | "KMS.KMSInvalidStateException" => {
            "the key cannot be used; look at --sse-kms-key-id".into()
        }
        "MethodNotAllowed" => "is it an S3 endpoint? look at --endpoint-url".into(),
        "InternalError" | "RequestTimeout" | "OperationAborted" => "the same command again goes on where this one ended".into(),
        _ => return None,
    };
    Some(hint)
}

/// The permission that an action asks for first.
fn permission(action: &str) -> &str {
    match action {
        "ListObjectsV2" | "ListObjects" | "HeadBucket" => "s3:ListBucket",
        "HeadObject" => "s3:GetObject (and s3:ListBucket, to be told that something is not there)",
        "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" | "CopyObject" => "s3:PutObject",
        "UploadPartCopy" => "s3:PutObject and, on the source, s3:GetObject",
        "ListParts" => "s3:ListMultipartUploadParts",
        "ListMultipartUploads" => "s3:ListBucketMultipartUploads",
        "ListBuckets" => "s3:ListAllMyBuckets",
        "DeleteObjects" => "s3:DeleteObject",
        action => action,
    }
}

#[cfg(test)]
mod tests {
    use super::{hint_of_call, hint_of_transfer};
    use drystone_client::{CallError, ServiceError};
    use drystone_transfer::TransferError;
    use std::io::{Error, ErrorKind};

    fn service(action: &'static str, code: &str, region: Option<&str>) -> CallError {
        CallError::Service(Box::new(ServiceError {
            action,
            status: 400,
            code: code.into(),
            message: String::new(),
            request_id: "-".into(),
            retry_after: None,
            region: region.map(str::to_owned),
            server_time: None,
        }))
    }

    #[test]
    fn what_the_store_refuses_comes_with_what_to_do() {
        let cases = [
            (service("UploadPart", "AccessDenied", None), "s3:PutObject"),
            (service("ListParts", "AccessDenied", None), "s3:ListMultipartUploadParts"),
            (service("HeadBucket", "PermanentRedirect", Some("eu-west-1")), "--region eu-west-1"),
            (service("HeadBucket", "AuthorizationHeaderMalformed", None), "--region"),
            (service("PutObject", "NoSuchBucket", None), "drystone mb"),
            (service("UploadPart", "NoSuchUpload", None), "begins anew"),
            (service("PutObject", "RequestTimeTooSkewed", None), "clock"),
            (service("PutObject", "SignatureDoesNotMatch", None), "AWS_SECRET_ACCESS_KEY"),
            (service("PutObject", "InvalidAccessKeyId", None), "AWS_ACCESS_KEY_ID"),
            (service("PutObject", "ExpiredToken", None), "get new ones"),
            (service("PutObject", "SlowDown", None), "--limit-rate"),
            (service("DeleteBucket", "BucketNotEmpty", None), "--force"),
        ];
        for (error, hint) in cases {
            let found = hint_of_call(&error).unwrap_or_default();
            assert!(found.contains(hint), "{error:?}: {found:?}");
        }
        assert_eq!(hint_of_call(&service("PutObject", "Strange", None)), None);
    }

    #[test]
    fn what_is_wrong_on_the_way_is_told_apart() {
        let cases = [
            ("Connection refused (os error 111)", "is the store running"),
            ("failed to lookup address information: Name or service not known", "no such host"),
            ("invalid peer certificate: UnknownIssuer", "--ca-bundle"),
            ("received corrupt message of type InvalidContentType", "http://"),
        ];
        for (cause, hint) in cases {
            let source = Box::new(Error::other(cause));
            let error = CallError::Unreachable { endpoint: "http://x".into(), source };
            let found = hint_of_call(&error).unwrap();
            assert!(found.contains(hint), "{cause}: {found}");
        }
    }

    #[test]
    fn what_is_wrong_here_comes_with_what_to_do() {
        let cases = [
            (ErrorKind::NotFound, "there is no /f"),
            (ErrorKind::PermissionDenied, "ls -ld /f"),
            (ErrorKind::StorageFull, "make room"),
            (ErrorKind::IsADirectory, "-r"),
        ];
        for (kind, hint) in cases {
            let error = TransferError::Local { what: "read", path: "/f".into(), source: Error::from(kind) };
            let found = hint_of_transfer(&error).unwrap();
            assert!(found.contains(hint), "{kind}: {found}");
        }
        let changed = TransferError::SourceChanged { path: "/f".into(), how: "it is longer".into() };
        assert!(hint_of_transfer(&changed).unwrap().contains("same command"));
        let changed = TransferError::ObjectChanged { bucket: "b".into(), key: "k".into() };
        assert!(hint_of_transfer(&changed).unwrap().contains("same command"));
        let journal = TransferError::Journal {
            what: "write",
            path: "/s/transfers/x".into(),
            source: Error::from(ErrorKind::PermissionDenied),
        };
        assert!(hint_of_transfer(&journal).unwrap().contains("/s/transfers; DRYSTONE_STATE_DIR"));
    }
}
