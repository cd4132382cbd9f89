"""DeleteObject: gone at once, silent about what was never there, conditional when asked."""

import pytest
from conftest import bucket_name
from lib import multipart
from lib.errors import refused


def test_delete_object_answers_204_and_the_object_is_gone(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw.request("DELETE", f"/{bucket}/k").expect(204)
    assert answer.body == b""
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_delete_of_a_missing_key_is_204(s3, bucket):
    for _ in range(2):
        assert s3.delete_object(Bucket=bucket, Key="never")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_b12_delete_in_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.delete_object(Bucket=bucket_name(), Key="k")


def test_delete_touches_this_key_only(s3, bucket):
    for key in ("a", "a/", "a/b", "ab"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.delete_object(Bucket=bucket, Key="a/")
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["a", "a/b", "ab"]


def test_delete_leaves_open_uploads_of_the_key(s3, bucket):
    upload_id = multipart.create(s3, bucket, "k")
    part = multipart.put_part(s3, bucket, "k", upload_id, 1, b"part")
    s3.delete_object(Bucket=bucket, Key="k")
    multipart.complete(s3, bucket, "k", upload_id, [part])
    assert multipart.read(s3, bucket, "k") == b"part"


def test_b159_delete_if_match(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch='"abc"')
    assert multipart.read(s3, bucket, "k") == b"x"
    s3.delete_object(Bucket=bucket, Key="k", IfMatch=etag)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


@pytest.mark.parametrize(
    ("header", "value"),
    [("x-amz-if-match-size", "1"), ("x-amz-if-match-last-modified-time", "Wed, 21 Oct 2015 07:28:00 GMT")],
)
def test_b159_conditions_of_directory_buckets_are_not_implemented(raw, s3, bucket, header, value):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    raw.request("DELETE", f"/{bucket}/k", headers={header: value}).expect(501, "NotImplemented", header=header)
    assert multipart.read(s3, bucket, "k") == b"x"


def test_delete_of_another_version_deletes_nothing(raw, s3, bucket):
    """Versioning comes later: until then an id must not be ignored, that would delete the current object."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw.request("DELETE", f"/{bucket}/k", "versionId=3HL4kqtJvjVBH40Nrjfkd")
    assert answer.status in (400, 404, 501)
    assert multipart.read(s3, bucket, "k") == b"x"
