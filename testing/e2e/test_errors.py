"""Rules for every answer and every operation: error shape, ids, missing buckets, wrong owners, what is not done yet."""

import pytest
from conftest import bucket_name
from lib.data import md5_base64
from lib.operations import OPERATIONS
from lib.raw import quote_key

OTHER = "111122223333"

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def assert_error(answer, status, code):
    """b9: status and code in XML with a message and both ids, which are those of the headers; no body on HEAD."""
    assert answer.status == status, answer.text
    assert answer.headers["x-amz-request-id"]
    assert answer.headers["x-amz-id-2"]
    if not answer.body:
        return
    error = answer.error
    assert error.code == code
    assert error.message
    assert error.fields["RequestId"] == answer.headers["x-amz-request-id"]
    assert error.fields["HostId"] == answer.headers["x-amz-id-2"]
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.text.startswith("<?xml")


@every_operation
def test_b9_b12_a_missing_bucket_is_no_such_bucket(raw, operation):
    name = bucket_name()
    answer = operation.send(raw, name)
    assert_error(answer, 404, "NoSuchBucket")
    assert (answer.body == b"") == (operation.method == "HEAD")
    if answer.body:
        assert answer.error.fields["BucketName"] == name


@every_operation
def test_b9_b13_another_expected_owner_is_access_denied(raw, s3, bucket, operation):
    s3.put_object(Bucket=bucket, Key="key", Body=b"kept")
    s3.put_object(Bucket=bucket, Key="source", Body=b"source")
    answer = operation.send(raw, bucket, headers={"x-amz-expected-bucket-owner": OTHER})
    assert_error(answer, 403, "AccessDenied")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"kept"


@every_operation
def test_b9_b206_without_credentials_every_operation_is_access_denied(raw, s3, bucket, operation):
    s3.put_object(Bucket=bucket, Key="key", Body=b"kept")
    assert_error(operation.send(raw, bucket, sign=None), 403, "AccessDenied")
    assert s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"kept"


@every_operation
def test_b12_without_credentials_too_a_missing_bucket_is_no_such_bucket(raw, operation):
    """Bucket names are one space for all: that one is free is no secret, as on AWS. What is in a bucket is (S27)."""
    assert_error(operation.send(raw, bucket_name(), sign=None), 404, "NoSuchBucket")


def test_b9_every_answer_has_its_own_ids(raw, bucket):
    lines = [("PUT", "k"), ("GET", "k"), ("HEAD", "k"), ("GET", ""), ("DELETE", "k"), ("GET", "k"), ("PATCH", "k")]
    answers = [raw.request(method, f"/{bucket}/{key}".rstrip("/")) for method, key in lines]
    ids = [answer.headers["x-amz-request-id"] for answer in answers]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    assert all(answer.headers["x-amz-id-2"] for answer in answers)


def test_b9_the_error_names_the_resource_safely(raw, bucket):
    """A key full of markup is escaped in the error about it."""
    key = "<script>&\"'ü☃"
    answer = raw.request("GET", f"/{bucket}/{quote_key(key)}").expect(404, "NoSuchKey", key=key)
    assert b"<script>" not in answer.body


def test_b11_query_names_are_case_sensitive(raw, s3, bucket):
    raw.request("PUT", f"/{bucket}/k", "UploadId=&PartNumber=", body=b"an ordinary object").expect(200)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"an ordinary object"
    raw.request("GET", f"/{bucket}/k", "Uploads&UPLOADID=x").expect(200)


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("PATCH", "/{bucket}/k", ""),
        ("PATCH", "/{bucket}", ""),
        ("POST", "/{bucket}/k", ""),
        ("POST", "/", ""),
        ("PUT", "/", ""),
        ("DELETE", "/", ""),
        ("DELETE", "/{bucket}", "location"),
        ("PUT", "/{bucket}", "location"),
        ("POST", "/{bucket}", "lifecycle"),
        ("PUT", "/{bucket}", "delete"),
        ("PUT", "/{bucket}", "uploads"),
        ("DELETE", "/{bucket}", "uploads"),
        ("PUT", "/{bucket}/k", "uploads"),
        ("PUT", "/{bucket}/k", "attributes"),
    ],
)
def test_b15_another_method_is_not_allowed(raw, bucket, method, path, query):
    answer = raw.request(method, path.format(bucket=bucket), query)
    assert_error(answer, 405, "MethodNotAllowed")


NOT_DONE = [
    ("PUT", "", "website"), ("PUT", "", "replication"), ("PUT", "", "accelerate"),
    ("PUT", "", "inventory&id=a"), ("PUT", "/k", "encryption"), ("PUT", "/k", "renameObject"), ("GET", "", "session"),
]


@pytest.mark.parametrize(("method", "path", "query"), NOT_DONE)
def test_b15_a_subresource_not_done_yet_is_501_and_changes_nothing(raw, s3, bucket, method, path, query):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    body = b"<x/>" if method in ("PUT", "POST") else b""
    answer = raw.request(method, f"/{bucket}{path}", query, {"Content-MD5": md5_base64(body)} if body else None, body)
    assert_error(answer, 501, "NotImplemented")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"


def test_unknown_query_names_are_ignored(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert raw.request("GET", f"/{bucket}/k", "x-id=GetObject&foo=bar").expect(200).body == b"x"


@pytest.mark.parametrize("query", ["uploads&lifecycle", "uploads&uploadId=x", "acl&policy", "partNumber=1&partNumber=2"])
def test_b104_contradictory_subresources_are_refused(raw, s3, bucket, query):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    path = f"/{bucket}/k" if "partNumber" in query else f"/{bucket}"
    raw.request("GET", path, query).expect(400, "InvalidArgument")


def test_b104_uploads_is_not_for_keys(raw, bucket):
    answer = raw.request("GET", f"/{bucket}/k", "uploads").expect(400, "InvalidRequest")
    assert answer.error.message == "Key is not expected for the GET method ?uploads subresource"


def test_b42_part_number_without_upload_id(raw, s3, bucket):
    answer = raw.request("PUT", f"/{bucket}/k", "partNumber=1", body=b"x").expect(400, "InvalidArgument")
    assert answer.error.message == "This operation does not accept partNumber without uploadId"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
