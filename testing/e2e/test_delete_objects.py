"""DeleteObjects: many keys in one request, one answer per key."""

import base64
import zlib

import pytest
from conftest import bucket_name
from lib import versions
from lib.data import md5_base64
from lib.errors import refused
from lib.multipart import read


def put(s3, bucket, *keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def keys_of(s3, bucket):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def post(raw, bucket, body, headers=None):
    body = body if isinstance(body, bytes) else body.encode()
    return raw.request("POST", f"/{bucket}", "delete", headers or {"Content-MD5": md5_base64(body)}, body)


def test_delete_objects_reports_every_key_present_or_not(s3, bucket):
    put(s3, bucket, "a", "b", "c")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ("a", "never", "c")]})
    assert sorted(found["Key"] for found in answer["Deleted"]) == ["a", "c", "never"]
    assert "Errors" not in answer
    assert keys_of(s3, bucket) == ["b"]


def test_delete_objects_quietly_reports_only_errors(s3, bucket):
    put(s3, bucket, "a", "b")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [{"Key": "a"}, {"Key": "b"}]})
    assert "Deleted" not in answer
    assert "Errors" not in answer
    assert keys_of(s3, bucket) == []


def test_b10_delete_objects_answer_is_in_the_s3_namespace(raw, bucket):
    answer = post(raw, bucket, "<Delete><Object><Key>k</Key></Object></Delete>").expect(200)
    assert answer.text.startswith("<?xml")
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}DeleteResult"


@pytest.mark.parametrize("namespace", ["", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'])
def test_delete_objects_with_and_without_namespace_and_declaration(raw, s3, bucket, namespace):
    put(s3, bucket, "k")
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n' if namespace else ""
    post(raw, bucket, f"{declaration}<Delete{namespace}><Object><Key>k</Key></Object></Delete>").expect(200)
    assert keys_of(s3, bucket) == []


def test_delete_objects_with_unusual_keys(s3, bucket):
    keys = ["a&b", "<tag>", 'quo"te', "apo'strophe", "snow/☃", " lead", "trail ", "a//b", "..", "per%41cent", "new\nline"]
    put(s3, bucket, *keys, "stays")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert {found["Key"] for found in answer["Deleted"]} == set(keys)
    assert keys_of(s3, bucket) == ["stays"]


def test_delete_objects_of_1000_keys_and_not_one_more(s3, raw, bucket):
    put(s3, bucket, "k0", "k999", "k1000")
    thousand = [{"Key": f"k{number}"} for number in range(1000)]
    with refused("MalformedXML", 400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [*thousand, {"Key": "k1000"}]})
    assert keys_of(s3, bucket) == ["k0", "k1000", "k999"]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": thousand})
    assert len(answer["Deleted"]) == 1000
    assert keys_of(s3, bucket) == ["k1000"]


@pytest.mark.parametrize(
    "body",
    ["", "<Delete/>", "<Delete></Delete>", "<Delete><Object/></Delete>", "<Delete><Object><Key></Key></Object></Delete>",
     "<Delete><Object><Key>k</Key></Object>", "<Other><Object><Key>k</Key></Object></Other>", "k",
     "<Delete><Quiet>perhaps</Quiet><Object><Key>k</Key></Object></Delete>"],
)
def test_delete_objects_with_a_broken_body_deletes_nothing(raw, s3, bucket, body):
    put(s3, bucket, "k")
    answer = post(raw, bucket, body)
    assert answer.status == 400, answer.text
    assert answer.error.code in ("MalformedXML", "MissingRequestBodyError", "UserKeyMustBeSpecified"), answer.text
    assert keys_of(s3, bucket) == ["k"]


def test_delete_objects_needs_a_digest_of_its_body(raw, s3, bucket):
    put(s3, bucket, "k")
    body = b"<Delete><Object><Key>k</Key></Object></Delete>"
    raw.request("POST", f"/{bucket}", "delete", None, body).expect(400, "InvalidRequest")
    assert keys_of(s3, bucket) == ["k"]
    crc = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    post(raw, bucket, body, {"x-amz-checksum-crc32": crc}).expect(200)
    assert keys_of(s3, bucket) == []


@pytest.mark.parametrize(
    "headers", [{"Content-MD5": md5_base64(b"other")}, {"x-amz-checksum-crc32": "AAAAAA=="}], ids=["md5", "crc32"]
)
def test_b44_b46_delete_objects_with_a_wrong_digest_deletes_nothing(raw, s3, bucket, headers):
    put(s3, bucket, "k")
    post(raw, bucket, "<Delete><Object><Key>k</Key></Object></Delete>", headers).expect(400, "BadDigest")
    assert keys_of(s3, bucket) == ["k"]


def test_delete_objects_with_an_etag_deletes_only_what_was_seen(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="seen", Body=b"x")["ETag"]
    put(s3, bucket, "changed")
    answer = s3.delete_objects(
        Bucket=bucket,
        Delete={"Objects": [{"Key": "seen", "ETag": etag}, {"Key": "changed", "ETag": '"abc"'}]},
    )
    assert [found["Key"] for found in answer["Deleted"]] == ["seen"]
    assert [(found["Key"], found["Code"]) for found in answer["Errors"]] == [("changed", "PreconditionFailed")]
    assert keys_of(s3, bucket) == ["changed"]


@pytest.mark.parametrize("version", ["3HL4kqtJvjVBH40Nrjfkd", "0" * 32])
def test_delete_objects_with_a_version_id_does_not_delete_the_current_object(s3, raw, bucket, version):
    put(s3, bucket, "k")
    body = f"<Delete><Object><Key>k</Key><VersionId>{version}</VersionId></Object></Delete>"
    answer = post(raw, bucket, body).expect(200)
    assert answer.xml["Error"] == {
        "Key": "k", "VersionId": version, "Code": "NoSuchVersion", "Message": "The specified version does not exist."
    }
    assert read(s3, bucket, "k") == b"x"


def test_delete_objects_makes_markers_and_deletes_named_versions(s3, versioned):
    old, new = versions.put(s3, versioned, "k", b"old"), versions.put(s3, versioned, "k", b"new")
    answer = s3.delete_objects(
        Bucket=versioned, Delete={"Objects": [{"Key": "never"}, {"Key": "k", "VersionId": old}]}
    )
    made, deleted = sorted(answer["Deleted"], key=lambda found: found["Key"], reverse=True)
    assert (made["Key"], made["DeleteMarker"], "VersionId" in made) == ("never", True, False)
    assert deleted == {"Key": "k", "VersionId": old}
    marker = made["DeleteMarkerVersionId"]
    answer = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "never", "VersionId": marker}]})
    assert answer["Deleted"] == [
        {"Key": "never", "VersionId": marker, "DeleteMarker": True, "DeleteMarkerVersionId": marker}
    ]
    assert versions.all_entries(s3, versioned) == [versions.Entry("k", new, True, False)]


def test_delete_objects_of_versions_that_are_gone_succeeds(s3, versioned):
    version = versions.put(s3, versioned, "k")
    for _ in range(2):
        answer = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k", "VersionId": version}]})
        assert answer["Deleted"] == [{"Key": "k", "VersionId": version}]


def test_delete_objects_with_a_key_that_is_too_long(s3, raw, bucket):
    """The error names its key; the others are deleted."""
    put(s3, bucket, "k")
    body = f"<Delete><Object><Key>{'x' * 1025}</Key></Object><Object><Key>k</Key></Object></Delete>"
    answer = post(raw, bucket, body)
    assert answer.status in (200, 400), answer.text
    if answer.status == 200:
        assert answer.xml["Error"]["Code"] == "KeyTooLongError"
        assert keys_of(s3, bucket) == []


def test_b12_delete_objects_in_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.delete_objects(Bucket=bucket_name(), Delete={"Objects": [{"Key": "k"}]})
