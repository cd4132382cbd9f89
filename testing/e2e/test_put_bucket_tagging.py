"""PutBucketTagging: 204, and all tags are replaced; CreateBucket with tags."""

import pytest
from conftest import bucket_name, wipe
from lib.data import md5_base64
from lib.errors import refused
from lib.tags import tagging, tags_in


def tag(key: str, value: str) -> str:
    return f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>"


def document(inside: str) -> str:
    return f"<Tagging><TagSet>{inside}</TagSet></Tagging>"


def test_put_bucket_tagging_replaces_all_tags(s3, bucket):
    for tags in ([("team", "blue"), ("cost centre", "")], [("team", "red")], [(f"k{n}", "v") for n in range(50)]):
        answer = s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging(*tags))
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert tags_in(s3.get_bucket_tagging(Bucket=bucket)) == tags


def test_an_empty_set_is_none(s3, bucket):
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging(("a", "1")))
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging())
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("", "MissingRequestBodyError", None),
        ("<Tagging>", "MalformedXML", None),
        (document("<Tag><Key>a</Key></Tag>"), "MalformedXML", None),
        (document(tag("a,b", "1")), "InvalidTag", "The TagKey you have provided is invalid"),
        (document(tag("a", "1,2")), "InvalidTag", "The TagValue you have provided is invalid"),
        (document(tag("a", "1") * 2), "InvalidTag", "Cannot provide multiple Tags with the same key"),
        (document(tag("aws:a", "1")), "InvalidTag", "System tags cannot be added/updated by requester"),
        (document("".join(tag(f"k{n}", "v") for n in range(51))), "BadRequest", None),
    ],
)
def test_a_bad_document_is_refused_and_changes_nothing(raw, s3, bucket, body, code, message):
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging(("kept", "1")))
    data = body.encode()
    answer = raw.request("PUT", f"/{bucket}", "tagging", {"Content-MD5": md5_base64(data)}, data).expect(400, code)
    assert message is None or answer.error.message == message
    assert tags_in(s3.get_bucket_tagging(Bucket=bucket)) == [("kept", "1")]


def test_b12_a_missing_bucket_has_no_tags(s3):
    with refused("NoSuchBucket", 404):
        s3.put_bucket_tagging(Bucket=bucket_name(), Tagging=tagging(("a", "1")))


def test_create_bucket_with_tags(s3):
    name = bucket_name()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "1"}]})
    try:
        assert tags_in(s3.get_bucket_tagging(Bucket=name)) == [("a", "1")]
    finally:
        wipe(s3, name)


@pytest.mark.parametrize(
    ("tags", "code"),
    [([("a,b", "1")], "InvalidTag"), ([("a", "1;2")], "InvalidTag"), ([(f"k{n}", "") for n in range(51)], "BadRequest")],
)
def test_create_bucket_with_bad_tags_makes_no_bucket(s3, tags, code):
    name = bucket_name()
    with refused(code, 400):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": tagging(*tags)["TagSet"]})
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
