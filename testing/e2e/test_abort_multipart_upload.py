"""AbortMultipartUpload: b160-b166."""

from __future__ import annotations

import pytest
from lib.data import PART_MIN
from lib.errors import refused
from lib.multipart import read
from lib.raw import UNSIGNED
from lib.uploads import (
    PART_1,
    PART_2,
    TAIL,
    UNKNOWN_ID,
    Upload,
    assert_strangers_are_refused,
    complete_xml,
    disk_bytes,
    object_path,
)
from lib.wait import poll


@pytest.fixture
def upload(s3, bucket) -> Upload:
    """An upload with one part."""
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    return upload


def test_b160_the_answer_is_204_without_a_body(raw, upload):
    answer = raw.request("DELETE", upload.path, {"uploadId": upload.id}).expect(204)
    assert answer.body == b""
    assert answer.headers["x-amz-request-id"]


def test_b160_the_upload_leaves_the_lists(s3, bucket, upload):
    other = Upload(s3, bucket)
    upload.abort()
    assert [found["UploadId"] for found in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [other.id]
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.list()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.complete()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.part(1, TAIL)


def test_b160_an_upload_without_parts_can_be_aborted(s3, bucket):
    Upload(s3, bucket).abort()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b160_other_uploads_and_the_object_of_the_key_stay(s3, bucket):
    s3.put_object(Bucket=bucket, Key="object", Body=b"the object")
    aborted, other = Upload(s3, bucket), Upload(s3, bucket)
    aborted.part(1, TAIL)
    other.part(1, TAIL)
    aborted.abort()
    assert read(s3, bucket, "object") == b"the object"
    other.complete()
    assert read(s3, bucket, "object") == TAIL


def test_b160_the_space_of_the_parts_is_freed(own_server):
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    upload = Upload(s3, "bucket")
    upload.part(1, PART_1)
    upload.part(2, PART_2)
    assert disk_bytes(server.data) > 2 * PART_MIN
    upload.abort()
    poll("the parts are gone", lambda: disk_bytes(server.data) < PART_MIN)


def test_b160_an_abort_lasts_over_a_crash(own_server):
    server = own_server()
    server.client().create_bucket(Bucket="bucket")
    upload = Upload(server.client(), "bucket")
    upload.part(1, TAIL)
    upload.abort()
    server.restart()
    upload.s3 = server.client()
    with refused("NoSuchUpload", 404):
        upload.list()
    assert "Uploads" not in upload.s3.list_multipart_uploads(Bucket="bucket")


@pytest.mark.parametrize("upload_id", [UNKNOWN_ID, "x", ""])
def test_b161_an_unknown_upload(raw, bucket, upload_id):
    answer = raw.request("DELETE", object_path(bucket, "object"), {"uploadId": upload_id})
    answer.expect(404, "NoSuchUpload", upload_id=upload_id)


def test_b161_an_empty_id_never_deletes_the_object(s3, raw, bucket):
    s3.put_object(Bucket=bucket, Key="object", Body=TAIL)
    raw.request("DELETE", object_path(bucket, "object"), {"uploadId": ""})
    raw.request("DELETE", object_path(bucket, "object"), "uploadId")
    assert read(s3, bucket, "object") == TAIL


def test_b161_an_upload_of_another_key_or_bucket(s3, bucket, make_bucket, upload):
    for where in ({"Bucket": bucket, "Key": "other"}, {"Bucket": make_bucket(), "Key": "object"}):
        with refused("NoSuchUpload", 404, upload_id=upload.id):
            s3.abort_multipart_upload(**where, UploadId=upload.id)
    assert upload.numbers() == [1]


def test_b162_a_second_abort_is_harmless(raw, upload):
    """CONTESTED: 404 or 204."""
    upload.abort()
    answer = raw.request("DELETE", upload.path, {"uploadId": upload.id})
    assert answer.status in (204, 404)


def test_b162_an_abort_after_complete_leaves_the_object(s3, raw, bucket, upload):
    """CONTESTED: 404 or 204; the object survives either way."""
    first = upload.complete()
    answer = raw.request("DELETE", upload.path, {"uploadId": upload.id})
    assert answer.status in (204, 404)
    assert read(s3, bucket, "object") == TAIL
    assert s3.head_object(Bucket=bucket, Key="object")["ETag"] == first["ETag"]


def test_b163_a_part_in_flight_during_the_abort_is_not_leaked(own_server):
    """It may succeed or fail; nothing of it is left."""
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bucket")
    upload = Upload(s3, "bucket")

    def body():
        yield PART_1[: PART_MIN // 2]
        upload.abort()
        yield PART_1[PART_MIN // 2 :]

    answer = upload.raw_part(raw, 1, body(), payload=UNSIGNED, length=PART_MIN)
    assert answer.status in (200, 404), answer.text
    with refused("NoSuchUpload", 404):
        upload.list()
    assert raw.request("DELETE", upload.path, {"uploadId": upload.id}).status in (204, 404)
    assert upload.raw_complete(raw, complete_xml([{"PartNumber": 1, "ETag": "x"}])).status == 404
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="bucket")
    poll("the part is gone", lambda: disk_bytes(server.data) < PART_MIN)
    s3.delete_bucket(Bucket="bucket")


@pytest.mark.parametrize("value", ["Wed, 21 Oct 2099 07:28:00 GMT", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_b164_if_match_initiated_time_is_ignored_or_honoured(raw, upload, value):
    """Documented for directory buckets only. Honoured means: mismatch 412, future date ignored."""
    headers = {"x-amz-if-match-initiated-time": value}
    answer = raw.request("DELETE", upload.path, {"uploadId": upload.id}, headers)
    assert answer.status == 204 or (answer.status == 412 and "2001" in value) or answer.status == 501, answer.text


def test_b165_the_root_key_may_and_strangers_may_not(raw, upload):
    assert_strangers_are_refused(raw, "DELETE", upload.path, {"uploadId": upload.id})
    assert upload.numbers() == [1]
    upload.abort()


def test_b166_a_bucket_with_open_uploads_can_be_deleted(s3, make_bucket):
    bucket = make_bucket()
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    s3.delete_bucket(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        upload.list()


def test_b166_a_bucket_made_again_has_no_old_uploads(s3, make_bucket):
    bucket = make_bucket()
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.list()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.complete()


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.abort_multipart_upload(Bucket="e2e-no-such-bucket", Key="k", UploadId=UNKNOWN_ID)


def test_b13_the_expected_owner_must_be_the_owner(s3, upload):
    with refused("AccessDenied", 403):
        s3.abort_multipart_upload(**upload.name, ExpectedBucketOwner="999999999999")
    assert upload.numbers() == [1]
