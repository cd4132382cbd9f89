"""CompleteMultipartUpload with If-Match and If-None-Match: b146-b157."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from lib import versions
from lib.data import md5_hex, multipart_etag
from lib.errors import error_of, refused
from lib.multipart import read
from lib.uploads import TAIL, Upload, complete_xml, object_path

OLD, NEW = b"the old object", b"a newer object"


@pytest.fixture
def old(s3, bucket) -> str:
    """An object that is there before the upload is; its ETag."""
    return s3.put_object(Bucket=bucket, Key="object", Body=OLD)["ETag"]


@pytest.fixture
def upload(s3, bucket) -> Upload:
    """An upload with one part. List `old` before it to have the object first."""
    return ready(s3, bucket)


def ready(s3, bucket: str, body: bytes = TAIL) -> Upload:
    """An upload that only needs its Complete."""
    upload = Upload(s3, bucket)
    upload.part(1, body)
    return upload


def write(s3, bucket: str, body: bytes = NEW) -> str:
    """Writes the key; the ETag."""
    return s3.put_object(Bucket=bucket, Key="object", Body=body)["ETag"]


def delete(s3, bucket: str) -> None:
    """Deletes the key."""
    s3.delete_object(Bucket=bucket, Key="object")


# --- Forms ---


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"If-None-Match": '"0123456789abcdef0123456789abcdef"'}, ["if-none-match"]),
        ({"If-Match": "*"}, ["if-match"]),
        ({"If-Match": '"0123456789abcdef0123456789abcdef"', "If-None-Match": "*"}, ["if-match", "if-none-match"]),
    ],
)
def test_b146_other_forms_are_not_implemented(s3, raw, bucket, upload, headers, named):
    answer = upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(501, "NotImplemented")
    header = answer.error.fields["Header"].lower()
    assert any(name in header for name in named), answer.error
    assert answer.error.fields["additionalMessage"]
    assert upload.numbers() == [1]
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


# --- Nothing happened since Create ---


def test_b147_if_none_match_without_an_object(s3, bucket, upload):
    assert upload.complete(IfNoneMatch="*")["ETag"] == multipart_etag([TAIL])
    assert read(s3, bucket, "object") == TAIL


def test_b147_if_none_match_with_an_object(s3, bucket, old, upload):
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        upload.complete(IfNoneMatch="*")
    assert read(s3, bucket, "object") == OLD
    assert upload.numbers() == [1]


@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_b148_if_match_with_the_current_etag(s3, bucket, old, upload, form):
    upload.complete(IfMatch=form.format(md5_hex(OLD)))
    assert read(s3, bucket, "object") == TAIL


def test_b148_if_match_with_another_etag(s3, bucket, old, upload):
    with refused("PreconditionFailed", 412, condition="If-Match"):
        upload.complete(IfMatch=md5_hex(b"another object"))
    assert read(s3, bucket, "object") == OLD
    assert upload.numbers() == [1]


def test_b149_if_match_without_an_object(s3, bucket, upload):
    with refused("NoSuchKey", 404, key="object"):
        upload.complete(IfMatch=md5_hex(OLD))
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert upload.numbers() == [1]


# --- Something happened since Create ---


def test_b150_if_match_with_the_current_etag_of_a_later_write(s3, bucket, old, upload):
    new = write(s3, bucket)
    with refused("ConditionalRequestConflict", 409, condition="If-Match", key="object"):
        upload.complete(IfMatch=new)
    assert read(s3, bucket, "object") == NEW


def test_b150_the_same_bytes_again_are_a_write_too(s3, bucket, old, upload):
    assert write(s3, bucket, OLD) == old
    with refused("ConditionalRequestConflict", 409, condition="If-Match", key="object"):
        upload.complete(IfMatch=old)


def test_b150_an_upload_that_completed_is_a_write_too(s3, bucket, old, upload):
    new = ready(s3, bucket, NEW).complete()["ETag"]
    with refused("ConditionalRequestConflict", 409, condition="If-Match", key="object"):
        upload.complete(IfMatch=new)
    assert read(s3, bucket, "object") == NEW


def test_b150_a_copy_is_a_write_too(s3, bucket, old, upload):
    s3.put_object(Bucket=bucket, Key="other", Body=NEW)
    s3.copy_object(Bucket=bucket, Key="object", CopySource={"Bucket": bucket, "Key": "other"})
    with refused("ConditionalRequestConflict", 409, condition="If-Match", key="object"):
        upload.complete(IfMatch=md5_hex(NEW))


def test_b150_a_write_between_create_and_the_first_part_counts(s3, bucket, old):
    upload = Upload(s3, bucket)
    new = write(s3, bucket)
    upload.part(1, TAIL)
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfMatch=new)


def test_b151_if_match_with_the_etag_from_before_a_later_write(s3, bucket, old, upload):
    write(s3, bucket)
    with refused("PreconditionFailed", 412, condition="If-Match"):
        upload.complete(IfMatch=old)
    assert read(s3, bucket, "object") == NEW


def test_b152_if_none_match_after_a_delete(s3, bucket, old, upload):
    delete(s3, bucket)
    with refused("ConditionalRequestConflict", 409, condition="If-None-Match", key="object"):
        upload.complete(IfNoneMatch="*")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_b152_if_none_match_after_a_write_and_a_delete(s3, bucket, upload):
    """The key was absent at Create and is absent now; between, it was not."""
    write(s3, bucket)
    delete(s3, bucket)
    with refused("ConditionalRequestConflict", 409, condition="If-None-Match", key="object"):
        upload.complete(IfNoneMatch="*")


def test_b153_if_none_match_after_a_write(s3, bucket, upload):
    write(s3, bucket)
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        upload.complete(IfNoneMatch="*")
    assert read(s3, bucket, "object") == NEW


def test_b149_b154_if_match_after_a_delete_and_then_the_same_bytes_again(s3, bucket, old, upload):
    delete(s3, bucket)
    with refused("NoSuchKey", 404):
        upload.complete(IfMatch=old)
    assert write(s3, bucket, OLD) == old
    with refused("ConditionalRequestConflict", 409, condition="If-Match", key="object"):
        upload.complete(IfMatch=old)


def test_b150_b152_the_conflicts_are_remembered_over_a_crash(own_server):
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    old = write(s3, "bucket", OLD)
    upload = ready(s3, "bucket")
    write(s3, "bucket", OLD)
    server.restart()
    upload.s3 = s3 = server.client()
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfMatch=old)
    delete(s3, "bucket")
    server.restart()
    upload.s3 = server.client()
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfNoneMatch="*")


def test_b152_other_keys_do_not_matter(s3, bucket, upload):
    s3.put_object(Bucket=bucket, Key="object2", Body=NEW)
    s3.put_object(Bucket=bucket, Key="objec", Body=NEW)
    s3.delete_object(Bucket=bucket, Key="object2")
    upload.complete(IfNoneMatch="*")


# --- Afterwards ---


def test_b155_after_a_conflict_only_a_fresh_upload_succeeds(s3, bucket, old, upload):
    new = write(s3, bucket)
    for _ in range(2):
        with refused("ConditionalRequestConflict", 409):
            upload.complete(IfMatch=new)
    fresh = ready(s3, bucket, b"fresh")
    fresh.complete(IfMatch=new)
    assert read(s3, bucket, "object") == b"fresh"


def test_b156_without_a_condition_nothing_of_this_matters(s3, bucket, old, upload):
    new = write(s3, bucket)
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfMatch=new)
    upload.complete()
    assert read(s3, bucket, "object") == TAIL


def test_b156_open_uploads_are_not_objects(s3, bucket, upload):
    ready(s3, bucket, NEW)
    upload.complete(IfNoneMatch="*")
    assert read(s3, bucket, "object") == TAIL


def outcome(upload: Upload, **condition: str) -> int:
    """The status of its Complete."""
    try:
        upload.complete(**condition)
    except ClientError as refusal:
        return error_of(refusal).status
    return 200


def test_b157_of_racing_conditional_writers_exactly_one_wins(s3, bucket):
    uploads = [ready(s3, bucket, b"writer %d" % number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda upload: outcome(upload, IfNoneMatch="*"), uploads))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 412}
    assert read(s3, bucket, "object") == b"writer %d" % statuses.index(200)


def test_b157_racing_with_put_object(s3, raw, bucket):
    upload = ready(s3, bucket)

    def put(number: int) -> int:
        headers = {"If-None-Match": "*"}
        return raw.request("PUT", object_path(bucket, "object"), headers=headers, body=b"put %d" % number).status

    with ThreadPoolExecutor(5) as pool:
        complete = pool.submit(outcome, upload, IfNoneMatch="*")
        statuses = list(pool.map(put, range(4)))
    statuses.append(complete.result())
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 412}


def test_b157_racing_if_match(s3, bucket, old):
    uploads = [ready(s3, bucket, b"writer %d" % number) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda upload: outcome(upload, IfMatch=old), uploads))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 412}
    assert read(s3, bucket, "object") == b"writer %d" % statuses.index(200)


# --- Versions ---


def test_b149_a_delete_marker_on_top_is_nothing(s3, versioned):
    etag = write(s3, versioned, OLD)
    versions.delete(s3, versioned, "object")
    upload = ready(s3, versioned)
    with refused("NoSuchKey", 404):
        upload.complete(IfMatch=etag)
    upload.complete(IfNoneMatch="*")
    assert read(s3, versioned, "object") == TAIL


def test_b152_a_delete_marker_made_meanwhile_is_a_conflict(s3, versioned):
    write(s3, versioned, OLD)
    upload = ready(s3, versioned)
    versions.delete(s3, versioned, "object")
    with refused("ConditionalRequestConflict", 409):
        upload.complete(IfNoneMatch="*")
