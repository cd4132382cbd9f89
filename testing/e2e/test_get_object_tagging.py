"""GetObjectTagging, and the tags that PutObject and CreateMultipartUpload set (b28, b203)."""

import pytest
from conftest import bucket_name
from lib import multipart
from lib.errors import refused
from lib.tags import ILLEGAL, LEGAL, of_object, tagging


def create(s3, bucket, value):
    """An object by multipart upload."""
    multipart.upload(s3, bucket, "k", [b"x"], Tagging=value)


def put(s3, bucket, value):
    """An object by PutObject."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging=value)


WAYS = pytest.mark.parametrize("write", [put, create])


def test_an_object_without_tags_has_an_empty_set(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert of_object(s3, bucket) == []
    root = raw.request("GET", f"/{bucket}/k", "tagging").expect(200).root
    assert [child.tag.rpartition("}")[2] for child in root] == ["TagSet"]


@WAYS
@pytest.mark.parametrize(("value", "tags"), LEGAL)
def test_b28_b203_tags_given_at_the_write_can_be_read(s3, bucket, write, value, tags):
    write(s3, bucket, value)
    assert of_object(s3, bucket) == tags
    for answer in (s3.head_object(Bucket=bucket, Key="k"), s3.get_object(Bucket=bucket, Key="k")):
        assert answer.get("TagCount", 0) == len(tags)


@WAYS
@pytest.mark.parametrize(("value", "code"), ILLEGAL)
def test_b28_a_bad_header_is_refused_and_nothing_is_written(s3, bucket, write, value, code):
    with refused(code, 400):
        write(s3, bucket, value)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b28_the_error_names_header_and_value(raw, bucket):
    answer = raw.request("PUT", f"/{bucket}/k", headers={"x-amz-tagging": "a=1&a=2"}, body=b"x")
    error = answer.expect(400, "InvalidArgument", argument_name="x-amz-tagging", argument_value="a=1&a=2").error
    assert error.message.startswith("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded")


def test_the_tag_count_follows_the_tags_and_is_absent_without(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=2")
    name = "x-amz-tagging-count"
    assert raw.request("HEAD", f"/{bucket}/k").headers[name] == "2"
    assert raw.request("GET", f"/{bucket}/k", headers={"Range": "bytes=0-0"}).headers[name] == "2"
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tagging(("a", "1")))
    assert raw.request("HEAD", f"/{bucket}/k").headers[name] == "1"
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert name not in raw.request("HEAD", f"/{bucket}/k").headers
    assert name not in raw.request("GET", f"/{bucket}/k").headers


def test_a_new_object_under_the_key_has_its_own_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="old=1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"y")
    assert of_object(s3, bucket) == []
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="old=1")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert of_object(s3, bucket) == []


def test_b203_tags_are_those_of_create_whatever_happens_meanwhile(s3, bucket):
    upload_id = multipart.create(s3, bucket, "k", Tagging="from=create")
    s3.put_object(Bucket=bucket, Key="k", Body=b"meanwhile", Tagging="from=put")
    part = multipart.put_part(s3, bucket, "k", upload_id, 1, b"x")
    multipart.complete(s3, bucket, "k", upload_id, [part])
    assert of_object(s3, bucket) == [("from", "create")]


def test_tags_survive_a_crash(own_server):
    server = own_server()
    client = server.client()
    client.create_bucket(Bucket="tags")
    client.put_object(Bucket="tags", Key="k", Body=b"x", Tagging="a=1")
    client.put_object_tagging(Bucket="tags", Key="k", Tagging=tagging(("b", "2")))
    server.kill()
    server.start()
    assert of_object(server.client(), "tags") == [("b", "2")]


def test_b12_nothing_to_read(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.get_object_tagging(Bucket=bucket, Key="k")
    with refused("NoSuchBucket", 404):
        s3.get_object_tagging(Bucket=bucket_name(), Key="k")
