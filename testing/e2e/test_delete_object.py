"""DeleteObject: gone at once, silent about what was never there, conditional when asked."""

import pytest
from conftest import bucket_name
from lib import multipart, versions
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


@pytest.mark.parametrize("version", ["3HL4kqtJvjVBH40Nrjfkd", "", "NULL", "0" * 32])
def test_delete_of_another_version_deletes_nothing(raw, s3, bucket, version):
    """A bucket that never had versions has no version ids, however well-formed."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = raw.request("DELETE", f"/{bucket}/k", {"versionId": version})
    answer.expect(400, "InvalidArgument", argument_name="versionId", argument_value=version)
    assert multipart.read(s3, bucket, "k") == b"x"


# --- Versions ---


def test_the_null_version_of_an_unversioned_bucket_is_the_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert "VersionId" not in answer and "DeleteMarker" not in answer
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_delete_hides_and_keeps(s3, versioned):
    version = versions.put(s3, versioned, "k", b"kept")
    answer = s3.delete_object(Bucket=versioned, Key="k")
    assert answer["DeleteMarker"] is True
    with refused("NoSuchKey", 404) as error:
        s3.get_object(Bucket=versioned, Key="k")
    assert error.headers["x-amz-delete-marker"] == "true"
    assert error.headers["x-amz-version-id"] == answer["VersionId"]
    assert s3.list_objects_v2(Bucket=versioned)["KeyCount"] == 0
    assert multipart.read(s3, versioned, "k", VersionId=version) == b"kept"


def test_deleting_a_delete_marker_brings_the_object_back(s3, versioned):
    versions.put(s3, versioned, "k", b"kept")
    markers = [versions.delete(s3, versioned, "k") for _ in range(2)]
    for marker in reversed(markers):
        answer = s3.delete_object(Bucket=versioned, Key="k", VersionId=marker)
        assert (answer["DeleteMarker"], answer["VersionId"]) == (True, marker)
    assert multipart.read(s3, versioned, "k") == b"kept"


def test_deleting_the_current_version_uncovers_the_one_before(s3, versioned):
    old, new = versions.put(s3, versioned, "k", b"old"), versions.put(s3, versioned, "k", b"new")
    for _ in range(2):
        answer = s3.delete_object(Bucket=versioned, Key="k", VersionId=new)
        assert answer["VersionId"] == new and "DeleteMarker" not in answer
    assert multipart.read(s3, versioned, "k") == b"old"
    versions.delete(s3, versioned, "k", old)
    with refused("NoSuchKey", 404) as error:
        s3.get_object(Bucket=versioned, Key="k")
    assert "x-amz-delete-marker" not in error.headers
    assert versions.all_entries(s3, versioned) == []


def test_a_version_that_is_gone_is_named_as_it_was_sent(s3, versioned):
    for gone in ["0" * 31 + "7", "01G65Z755AFWAKHE12NY0CQ9FH"]:
        assert s3.delete_object(Bucket=versioned, Key="k", VersionId=gone)["VersionId"] == gone


def test_a_delete_of_nothing_leaves_a_delete_marker(s3, versioned):
    marker = versions.delete(s3, versioned, "never")
    assert versions.all_entries(s3, versioned) == [versions.Entry("never", marker, True, True)]


def test_b159_a_condition_is_on_what_is_current(s3, versioned):
    etag = s3.put_object(Bucket=versioned, Key="k", Body=b"old")["ETag"]
    versions.put(s3, versioned, "k", b"new")
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=versioned, Key="k", IfMatch=etag)
    assert multipart.read(s3, versioned, "k") == b"new"
