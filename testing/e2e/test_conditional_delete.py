"""DeleteObject and DeleteObjects with conditions: b159."""

import datetime

import pytest
from lib import multipart
from lib.errors import refused

OTHER = '"0123456789abcdef0123456789abcdef"'


def versioned(s3, bucket):
    """Enables versioning."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


@pytest.mark.parametrize("condition", ["*", OTHER])
def test_b159_what_is_not_there_matches_nothing(s3, bucket, condition):
    with refused("NoSuchKey", 404, key="k"):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=condition)
    versioned(s3, bucket)
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=condition)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=condition)
    assert len(s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]) == 1


@pytest.mark.parametrize("is_versioned", [False, True])
def test_b159_if_match_star_deletes_what_is_there(s3, bucket, is_versioned):
    if is_versioned:
        versioned(s3, bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    answer = s3.delete_object(Bucket=bucket, Key="k", IfMatch="*")
    assert answer.get("DeleteMarker", False) == is_versioned
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_b159_if_match_judges_the_current_version(s3, bucket):
    versioned(s3, bucket)
    old = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    new = s3.put_object(Bucket=bucket, Key="k", Body=b"new")["ETag"]
    with refused("PreconditionFailed", 412, condition="If-Match"):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch=old)
    assert s3.delete_object(Bucket=bucket, Key="k", IfMatch=new)["DeleteMarker"]


def test_b159_a_condition_on_a_named_version_is_not_implemented(s3, bucket):
    versioned(s3, bucket)
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for condition in (put["ETag"], "*"):
        with refused("NotImplemented", 501, header="If-Match"):
            s3.delete_object(Bucket=bucket, Key="k", VersionId=put["VersionId"], IfMatch=condition)
    assert multipart.read(s3, bucket, "k") == b"x"


def test_b159_delete_objects_judges_each_key(s3, bucket):
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode())["ETag"] for key in "abc"}
    objects = [
        {"Key": "a", "ETag": etags["a"]},
        {"Key": "b", "ETag": OTHER},
        {"Key": "c"},
        {"Key": "gone", "ETag": OTHER},
    ]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [found["Key"] for found in answer["Deleted"]] == ["a", "c"]
    assert {found["Key"]: found["Code"] for found in answer["Errors"]} == {
        "b": "PreconditionFailed",
        "gone": "NoSuchKey",
    }
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]


@pytest.mark.parametrize("condition", [{"Size": 1}, {"LastModifiedTime": datetime.datetime(2026, 1, 1)}])
def test_b159_conditions_of_directory_buckets_delete_nothing(s3, bucket, condition):
    for key in "ab":
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    with refused("NotImplemented", 501, header=next(iter(condition))):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a"}, {"Key": "b", **condition}]})
    assert len(s3.list_objects_v2(Bucket=bucket)["Contents"]) == 2
