"""CopyObject: tags by directive, storage class, redirect; conditions on the target (b27, b30, b146-b149, b158)."""

import datetime

import pytest
from lib import multipart
from lib.errors import refused
from lib.tags import of_object


@pytest.fixture
def source(s3, bucket) -> str:
    """An object with tags."""
    s3.put_object(Bucket=bucket, Key="source", Body=b"source", Tagging="from=source&n=1")
    return f"{bucket}/source"


@pytest.mark.parametrize(
    ("request_", "tags"),
    [
        ({}, [("from", "source"), ("n", "1")]),
        ({"TaggingDirective": "COPY"}, [("from", "source"), ("n", "1")]),
        ({"TaggingDirective": "COPY", "Tagging": "ignored=1"}, [("from", "source"), ("n", "1")]),
        ({"Tagging": "ignored=1"}, [("from", "source"), ("n", "1")]),
        ({"TaggingDirective": "REPLACE", "Tagging": "own=1"}, [("own", "1")]),
        ({"TaggingDirective": "REPLACE"}, []),
        ({"MetadataDirective": "REPLACE", "Metadata": {"a": "b"}}, [("from", "source"), ("n", "1")]),
    ],
)
def test_tags_follow_their_own_directive(s3, bucket, source, request_, tags):
    s3.copy_object(Bucket=bucket, Key="k", CopySource=source, **request_)
    assert of_object(s3, bucket) == tags
    assert of_object(s3, bucket, "source") == [("from", "source"), ("n", "1")]


def test_tags_of_the_version_that_is_copied(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="source", Body=b"1", Tagging="v=1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="source", Body=b"2", Tagging="v=2")
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/source")
    assert of_object(s3, bucket) == [("v", "2")]
    s3.copy_object(Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "source", "VersionId": first})
    assert of_object(s3, bucket) == [("v", "1")]


def test_b28_bad_tags_copy_nothing(s3, bucket, source):
    for value, code in (("a=1&a=1", "InvalidArgument"), ("a=$", "InvalidTag")):
        with refused(code, 400):
            s3.copy_object(Bucket=bucket, Key="k", CopySource=source, TaggingDirective="REPLACE", Tagging=value)
    with refused("InvalidArgument", 400, argument_name="x-amz-tagging-directive") as error:
        s3.copy_object(Bucket=bucket, Key="k", CopySource=source, TaggingDirective="MERGE")
    assert error.message == "Unknown tagging directive."
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="k")


def test_replacing_tags_does_not_make_a_copy_onto_itself_legal(s3, bucket, source):
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=bucket, Key="source", CopySource=source, TaggingDirective="REPLACE", Tagging="a=1")


def test_b27_b30_class_and_redirect_are_those_of_the_request(s3, bucket):
    s3.put_object(
        Bucket=bucket, Key="source", Body=b"x", StorageClass="STANDARD_IA", WebsiteRedirectLocation="/old"
    )
    copied = {"Bucket": bucket, "CopySource": f"{bucket}/source"}
    s3.copy_object(**copied, Key="plain")
    found = s3.head_object(Bucket=bucket, Key="plain")
    assert "StorageClass" not in found and "WebsiteRedirectLocation" not in found
    s3.copy_object(**copied, Key="own", StorageClass="GLACIER_IR", WebsiteRedirectLocation="https://example.com/")
    for found in (s3.head_object(Bucket=bucket, Key="own"), s3.get_object(Bucket=bucket, Key="own")):
        assert found["StorageClass"] == "GLACIER_IR"
        assert found["WebsiteRedirectLocation"] == "https://example.com/"


# --- Conditions on the target ---


def copy_if(s3, bucket, source, **conditions):
    """A conditional copy to `k`."""
    return s3.copy_object(Bucket=bucket, Key="k", CopySource=source, **conditions)


def test_b147_b158_copy_if_none_match_writes_once(s3, bucket, source):
    copy_if(s3, bucket, source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        copy_if(s3, bucket, source, IfNoneMatch="*")
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        s3.copy_object(Bucket=bucket, Key="source", CopySource=source, IfNoneMatch="*", StorageClass="STANDARD")


def test_b148_b149_copy_if_match_replaces_only_what_was_seen(s3, bucket, source):
    with refused("NoSuchKey", 404, key="k"):
        copy_if(s3, bucket, source, IfMatch='"0123456789abcdef0123456789abcdef"')
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    with refused("PreconditionFailed", 412, condition="If-Match"):
        copy_if(s3, bucket, source, IfMatch='"0123456789abcdef0123456789abcdef"')
    assert multipart.read(s3, bucket, "k") == b"old"
    copy_if(s3, bucket, source, IfMatch=etag)
    assert multipart.read(s3, bucket, "k") == b"source"


@pytest.mark.parametrize(
    ("conditions", "header"),
    [
        ({"IfNoneMatch": '"0123456789abcdef0123456789abcdef"'}, "If-None-Match"),
        ({"IfMatch": "*"}, "If-Match"),
        ({"IfMatch": '"0123456789abcdef0123456789abcdef"', "IfNoneMatch": "*"}, "If-Match,If-None-Match"),
    ],
)
def test_b146_other_conditions_of_a_copy_are_not_implemented(s3, bucket, source, conditions, header):
    with refused("NotImplemented", 501, header=header):
        copy_if(s3, bucket, source, **conditions)


def test_b149_b158_a_delete_marker_is_nothing_to_match(s3, bucket, source):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    s3.delete_object(Bucket=bucket, Key="k")
    for write in (
        lambda **condition: copy_if(s3, bucket, source, **condition),
        lambda **condition: s3.put_object(Bucket=bucket, Key="k", Body=b"new", **condition),
    ):
        with refused("NoSuchKey", 404):
            write(IfMatch=etag)
        version = write(IfNoneMatch="*")["VersionId"]
        s3.delete_object(Bucket=bucket, Key="k", VersionId=version)


def test_source_and_target_conditions_together(s3, bucket, source):
    etag = s3.head_object(Bucket=bucket, Key="source")["ETag"]
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    copy_if(s3, bucket, source, CopySourceIfMatch=etag, CopySourceIfUnmodifiedSince=past, IfNoneMatch="*")  # b71
    with refused("PreconditionFailed", 412, condition="x-amz-copy-source-If-None-Match"):
        copy_if(s3, bucket, source, CopySourceIfNoneMatch=etag, CopySourceIfModifiedSince=past)


def test_b148_if_match_guards_a_copy_onto_itself(s3, bucket, source):
    where = {"Bucket": bucket, "Key": "source", "CopySource": source, "StorageClass": "STANDARD_IA"}
    with refused("PreconditionFailed", 412, condition="If-Match"):
        s3.copy_object(**where, IfMatch='"0123456789abcdef0123456789abcdef"')
    etag = s3.head_object(Bucket=bucket, Key="source")["ETag"]
    assert s3.copy_object(**where, IfMatch=etag)["CopyObjectResult"]["ETag"] == etag
    assert multipart.read(s3, bucket, "source") == b"source"
