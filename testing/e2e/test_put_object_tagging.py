"""PutObjectTagging: all tags at once, in place, of one version."""

import pytest
from conftest import bucket_name
from lib.data import md5_base64
from lib.errors import refused
from lib.tags import of_object, tagging


def put(raw, bucket: str, document: str | bytes, key: str = "k"):
    """The document as it stands, with its digest."""
    body = document.encode() if isinstance(document, str) else document
    return raw.request("PUT", f"/{bucket}/{key}", "tagging", {"Content-MD5": md5_base64(body)}, body)


def tag(key: str, value: str) -> str:
    return f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"


def document(inside: str) -> str:
    return f"<Tagging><TagSet>{inside}</TagSet></Tagging>"


def test_put_object_tagging_replaces_all_tags(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for tags in ([("a", "1"), ("b", "")], [("c", "3")], [("z", ""), ("a", " =+ ")], []):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging(*tags))
        assert of_object(s3, bucket) == tags
    answer = put(raw, bucket, document(tag("d", "4"))).expect(200)
    assert answer.body == b""
    put(raw, bucket, "<Tagging/>").expect(200)
    assert of_object(s3, bucket) == []


def test_tagging_changes_neither_bytes_nor_etag_nor_last_modified(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "b"})
    before = s3.head_object(Bucket=bucket, Key="k")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging(("a", "1")))
    after = s3.head_object(Bucket=bucket, Key="k")
    assert after.pop("TagCount") == 1
    for answer in (before, after):
        del answer["ResponseMetadata"]
    assert after == before


def test_tags_belong_to_a_version(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    assert s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging(("b", "2")))["VersionId"] == second
    assert of_object(s3, bucket) == [("b", "2")]
    assert of_object(s3, bucket, VersionId=first) == [("a", "1")]
    answer = s3.put_object_tagging(Bucket=bucket, Key="k", VersionId=first, Tagging=tagging(("c", "3")))
    assert answer["VersionId"] == first
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["VersionId"] == second
    assert of_object(s3, bucket, VersionId=first) == [("c", "3")]
    with refused("NoSuchVersion", 404):
        s3.put_object_tagging(Bucket=bucket, Key="k", VersionId="0" * 32, Tagging=tagging())
    with refused("InvalidArgument", 400, argument_name="versionId"):
        s3.put_object_tagging(Bucket=bucket, Key="k", VersionId="no such id", Tagging=tagging())


def test_a_delete_marker_has_no_tags(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    for name in ({"Bucket": bucket, "Key": "k"}, {"Bucket": bucket, "Key": "k", "VersionId": marker}):
        with refused("MethodNotAllowed", 405, method="PUT", resource_type="DeleteMarker"):
            s3.put_object_tagging(**name, Tagging=tagging(("a", "1")))
        with refused("MethodNotAllowed", 405, method="GET", resource_type="DeleteMarker"):
            s3.get_object_tagging(**name)
        with refused("MethodNotAllowed", 405, method="DELETE", resource_type="DeleteMarker"):
            s3.delete_object_tagging(**name)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MissingRequestBodyError"),
        ("<Tagging>", "MalformedXML"),
        ("<TagSet/>", "MalformedXML"),
        (document("<Tag><Key>a</Key></Tag>"), "MalformedXML"),
        (document("<Tag><Value>a</Value></Tag>"), "MalformedXML"),
        (document(tag("", "1")), "InvalidTag"),
        (document(tag("a,b", "1")), "InvalidTag"),
        (document(tag("a", "1;2")), "InvalidTag"),
        (document(tag("aws:a", "1")), "InvalidTag"),
        (document(tag("k" * 129, "1")), "InvalidTag"),
        (document(tag("a", "v" * 257)), "InvalidTag"),
        (document(tag("a", "1") + tag("a", "2")), "InvalidTag"),
        (document("".join(tag(f"k{n}", "v") for n in range(11))), "BadRequest"),
        (document(tag("a", "v" * 300_000)), "MaxMessageLengthExceeded"),
    ],
)
def test_b28_a_bad_document_is_refused_and_changes_nothing(raw, s3, bucket, body, code):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="kept=1")
    put(raw, bucket, body).expect(400, code)
    assert of_object(s3, bucket) == [("kept", "1")]


def test_b28_the_most_and_longest_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    tags = [(f"{n}" + "k" * 127, "v" * 256) for n in range(10)]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging(*tags))
    assert of_object(s3, bucket) == tags


def test_b12_nothing_to_tag(s3, bucket):
    with refused("NoSuchKey", 404, key="k"):
        s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging())
    with refused("NoSuchBucket", 404):
        s3.put_object_tagging(Bucket=bucket_name(), Key="k", Tagging=tagging())
