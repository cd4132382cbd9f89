"""Every S3 operation as one raw request, for rules that hold for all of them (b9, b12, b13, b206)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .data import md5_base64

LIFECYCLE = (
    b"<LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
    b"<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
    b"</Rule></LifecycleConfiguration>"
)
DELETE = b"<Delete><Object><Key>key</Key></Object></Delete>"
COMPLETE = (
    b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"
)
TAGGING = b"<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"
OBJECT_LOCK = b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
RETENTION = b"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate></Retention>"
LEGAL_HOLD = b"<LegalHold><Status>ON</Status></LegalHold>"
RESTORE = b"<RestoreRequest><Days>1</Days></RestoreRequest>"


@dataclass(frozen=True)
class Operation:
    """A request; `{bucket}` and `{key}` stand in `path` and `headers`."""

    name: str
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def send(self, raw, bucket: str, key: str = "key", headers: dict[str, str] | None = None, **kwargs):
        """Sends it with `raw.request`; `headers` are added and signed."""
        own = {name: value.format(bucket=bucket, key=key) for name, value in self.headers.items()}
        path = self.path.format(bucket=bucket, key=key)
        return raw.request(self.method, path, self.query, {**own, **(headers or {})}, self.body, **kwargs)


def _with_body(name: str, method: str, path: str, query: str, body: bytes) -> Operation:
    return Operation(name, method, path, query, {"Content-MD5": md5_base64(body)}, body)


OPERATIONS = [
    Operation("HeadBucket", "HEAD", "/{bucket}"),
    Operation("DeleteBucket", "DELETE", "/{bucket}"),
    Operation("GetBucketLocation", "GET", "/{bucket}", "location"),
    Operation("ListObjects", "GET", "/{bucket}"),
    Operation("ListObjectsV2", "GET", "/{bucket}", "list-type=2"),
    Operation("ListMultipartUploads", "GET", "/{bucket}", "uploads"),
    Operation("DeleteObjects", "POST", "/{bucket}", "delete", {"Content-MD5": md5_base64(DELETE)}, DELETE),
    Operation(
        "PutBucketLifecycleConfiguration", "PUT", "/{bucket}", "lifecycle",
        {"Content-MD5": md5_base64(LIFECYCLE)}, LIFECYCLE,
    ),
    Operation("GetBucketLifecycleConfiguration", "GET", "/{bucket}", "lifecycle"),
    Operation("DeleteBucketLifecycle", "DELETE", "/{bucket}", "lifecycle"),
    Operation("PutObject", "PUT", "/{bucket}/{key}", body=b"data"),
    Operation("GetObject", "GET", "/{bucket}/{key}"),
    Operation("HeadObject", "HEAD", "/{bucket}/{key}"),
    Operation("DeleteObject", "DELETE", "/{bucket}/{key}"),
    Operation("CopyObject", "PUT", "/{bucket}/{key}", headers={"x-amz-copy-source": "/{bucket}/source"}),
    Operation("GetObjectAttributes", "GET", "/{bucket}/{key}", "attributes", {"x-amz-object-attributes": "ETag"}),
    Operation("CreateMultipartUpload", "POST", "/{bucket}/{key}", "uploads"),
    Operation("UploadPart", "PUT", "/{bucket}/{key}", "partNumber=1&uploadId=none", body=b"data"),
    Operation(
        "UploadPartCopy", "PUT", "/{bucket}/{key}", "partNumber=1&uploadId=none",
        {"x-amz-copy-source": "/{bucket}/source"},
    ),
    Operation("ListParts", "GET", "/{bucket}/{key}", "uploadId=none"),
    Operation("CompleteMultipartUpload", "POST", "/{bucket}/{key}", "uploadId=none", body=COMPLETE),
    Operation("AbortMultipartUpload", "DELETE", "/{bucket}/{key}", "uploadId=none"),
    Operation("GetBucketTagging", "GET", "/{bucket}", "tagging"),
    _with_body("PutBucketTagging", "PUT", "/{bucket}", "tagging", TAGGING),
    Operation("DeleteBucketTagging", "DELETE", "/{bucket}", "tagging"),
    Operation("GetObjectTagging", "GET", "/{bucket}/{key}", "tagging"),
    _with_body("PutObjectTagging", "PUT", "/{bucket}/{key}", "tagging", TAGGING),
    Operation("DeleteObjectTagging", "DELETE", "/{bucket}/{key}", "tagging"),
    Operation("GetObjectLockConfiguration", "GET", "/{bucket}", "object-lock"),
    _with_body("PutObjectLockConfiguration", "PUT", "/{bucket}", "object-lock", OBJECT_LOCK),
    Operation("GetObjectRetention", "GET", "/{bucket}/{key}", "retention"),
    _with_body("PutObjectRetention", "PUT", "/{bucket}/{key}", "retention", RETENTION),
    Operation("GetObjectLegalHold", "GET", "/{bucket}/{key}", "legal-hold"),
    _with_body("PutObjectLegalHold", "PUT", "/{bucket}/{key}", "legal-hold", LEGAL_HOLD),
    _with_body("RestoreObject", "POST", "/{bucket}/{key}", "restore", RESTORE),
    Operation("SelectObjectContent", "POST", "/{bucket}/{key}", "select&select-type=2"),
    Operation("GetObjectTorrent", "GET", "/{bucket}/{key}", "torrent"),
]
