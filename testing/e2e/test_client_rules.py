"""What a client does after a failure, and that the store lets it: b232 from the server's side."""

from __future__ import annotations

import pytest
from lib.data import PART_MIN, md5_hex, multipart_etag, random_bytes
from lib.errors import refused
from lib.multipart import read
from lib.uploads import Upload, complete_xml

FIRST, LAST = random_bytes("first", PART_MIN), random_bytes("last", 1000)
WHOLE = multipart_etag([FIRST, LAST])


@pytest.fixture
def upload(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, FIRST)
    upload.part(2, LAST)
    return upload


def request(raw, upload):
    """A whole Complete, as bytes."""
    body = complete_xml(upload.parts).encode()
    signed = raw.sign("POST", upload.path, {"uploadId": upload.id}, {"Content-Length": str(len(body))}, body)
    return signed.head + b"\r\n" + body


def test_b232_a_part_that_was_cut_off_is_sent_again_and_the_others_are_not_touched(s3, raw, bucket, upload):
    other = random_bytes("other", PART_MIN)
    signed = raw.sign("PUT", upload.path, {"partNumber": 1, "uploadId": upload.id}, {"Content-Length": str(len(other))}, other)
    raw.exchange(signed.head + b"\r\n" + other[: PART_MIN // 2])
    upload.part(1, other)
    assert upload.complete()["ETag"] == multipart_etag([other, LAST])
    assert read(s3, bucket, "object") == other + LAST


def test_b232_a_complete_whose_answer_was_lost_is_asked_again(s3, raw, bucket, upload):
    with raw.connect() as connection:
        connection.sendall(request(raw, upload))
    for _ in range(2):
        assert upload.complete()["ETag"] == WHOLE
    assert read(s3, bucket, "object") == FIRST + LAST
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b232_no_such_upload_at_a_repeat_is_settled_by_head(s3, bucket, upload):
    upload.complete()
    with refused("NoSuchUpload", 404):
        upload.complete([{"PartNumber": 1, "ETag": md5_hex(b"other")}])
    assert s3.head_object(Bucket=bucket, Key="object")["ETag"] == WHOLE
    gone = Upload(s3, bucket, "gone")
    gone.part(1, LAST)
    gone.abort()
    with refused("NoSuchUpload", 404):
        gone.complete()
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="gone")


def test_b232_an_error_may_be_the_body_of_a_200_and_the_upload_goes_on(s3, raw, bucket, upload):
    wrong = [{**upload.parts[0], "ETag": md5_hex(b"other")}, upload.parts[1]]
    answer = upload.raw_complete(raw, complete_xml(wrong))
    assert answer.status in (200, 400)
    assert answer.error.code == "InvalidPart"
    assert upload.complete()["ETag"] == WHOLE


def test_b232_a_conflict_begins_again_at_create(s3, bucket, upload):
    s3.put_object(Bucket=bucket, Key="object", Body=b"somebody else's")
    etag = s3.head_object(Bucket=bucket, Key="object")["ETag"]
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfMatch=etag)
    upload.abort()
    again = Upload(s3, bucket)
    again.part(1, LAST)
    again.complete(IfMatch=etag)
    assert read(s3, bucket, "object") == LAST
