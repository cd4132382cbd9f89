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
]
