"""Object lock over all actions: headers at the write, defaults, and what a locked version withstands (b31, b34, b195, b196)."""

import datetime

import pytest
from lib import lock, multipart
from lib.errors import refused
from lib.lock import FAR, PROTECTED
from lib.wait import poll

PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
GOVERNANCE = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": FAR}
COMPLIANCE = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": FAR}


def put(s3, bucket, **kwargs):
    """An object by PutObject; its version id."""
    return lock.put(s3, bucket, **kwargs)


def create(s3, bucket, **kwargs):
    """An object by multipart upload; its version id."""
    return multipart.upload(s3, bucket, "k", [b"x"], **kwargs)["VersionId"]


def copy(s3, bucket, **kwargs):
    """An object by CopyObject; its version id."""
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    return s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/source", **kwargs)["VersionId"]


WAYS = pytest.mark.parametrize("write", [put, create, copy])


# --- Headers of the write: b31 ---


@WAYS
def test_b31_b195_lock_headers_are_kept_shown_and_enforced(s3, locked_bucket, write):
    version = write(s3, locked_bucket, **GOVERNANCE, ObjectLockLegalHoldStatus="ON")
    for found in (s3.head_object(Bucket=locked_bucket, Key="k"), s3.get_object(Bucket=locked_bucket, Key="k")):
        assert found["ObjectLockMode"] == "GOVERNANCE"
        assert found["ObjectLockRetainUntilDate"] == FAR
        assert found["ObjectLockLegalHoldStatus"] == "ON"
    name = {"Bucket": locked_bucket, "Key": "k", "VersionId": version}
    with refused("AccessDenied", 403):
        s3.delete_object(**name, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(**name, LegalHold={"Status": "OFF"})
    with refused("AccessDenied", 403) as error:
        s3.delete_object(**name)
    assert error.message == PROTECTED
    assert s3.delete_object(**name, BypassGovernanceRetention=True)["VersionId"] == version


@WAYS
@pytest.mark.parametrize(
    ("headers", "argument", "message"),
    [
        ({"ObjectLockMode": "GOVERNANCE"}, "x-amz-object-lock-retain-until-date", "must both be supplied"),
        ({"ObjectLockRetainUntilDate": FAR}, "x-amz-object-lock-mode", "must both be supplied"),
        (
            {"ObjectLockMode": "FOREVER", "ObjectLockRetainUntilDate": FAR},
            "x-amz-object-lock-mode", "Unknown wormMode directive.",
        ),
        (
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": PAST},
            "x-amz-object-lock-retain-until-date", "The retain until date must be in the future!",
        ),
        (
            {"ObjectLockLegalHoldStatus": "MAYBE"},
            "x-amz-object-lock-legal-hold", "Legal Hold must be either of 'ON' or 'OFF'",
        ),
    ],
)
def test_b31_bad_lock_headers_write_nothing(s3, locked_bucket, write, headers, argument, message):
    with refused("InvalidArgument", 400, argument_name=argument) as error:
        write(s3, locked_bucket, **headers)
    assert message in error.message
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=locked_bucket, Key="k")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=locked_bucket)


@WAYS
@pytest.mark.parametrize("headers", [GOVERNANCE, {"ObjectLockLegalHoldStatus": "ON"}, {"ObjectLockLegalHoldStatus": "OFF"}])
def test_b31_lock_headers_need_a_bucket_with_object_lock(s3, bucket, write, headers):
    with refused("InvalidRequest", 400) as error:
        write(s3, bucket, **headers)
    assert error.message == "Bucket is missing ObjectLockConfiguration"


def test_a_copy_does_not_inherit_the_lock(s3, locked_bucket):
    lock.put(s3, locked_bucket, **GOVERNANCE, ObjectLockLegalHoldStatus="ON")
    s3.copy_object(Bucket=locked_bucket, Key="copy", CopySource=f"{locked_bucket}/k")
    found = s3.head_object(Bucket=locked_bucket, Key="copy")
    assert "ObjectLockMode" not in found and "ObjectLockLegalHoldStatus" not in found


# --- The bucket's default: b34 ---


@WAYS
def test_b34_the_default_retention_holds_what_is_written(s3, locked_bucket, write):
    lock.set_default(s3, locked_bucket, Mode="GOVERNANCE", Days=3)
    version = write(s3, locked_bucket)
    found = s3.head_object(Bucket=locked_bucket, Key="k")
    assert found["ObjectLockMode"] == "GOVERNANCE"
    days = found["ObjectLockRetainUntilDate"] - found["LastModified"]
    assert abs(days - datetime.timedelta(days=3)) < datetime.timedelta(seconds=60)
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=version)


@WAYS
def test_own_retention_comes_before_the_default(s3, locked_bucket, write):
    lock.set_default(s3, locked_bucket, Mode="GOVERNANCE", Days=1)
    write(s3, locked_bucket, **GOVERNANCE)
    found = s3.head_object(Bucket=locked_bucket, Key="k")
    assert (found["ObjectLockMode"], found["ObjectLockRetainUntilDate"]) == ("GOVERNANCE", FAR)


def test_b34_an_upload_takes_the_default_of_its_initiation(s3, locked_bucket):
    lock.set_default(s3, locked_bucket, Mode="GOVERNANCE", Days=1)
    upload_id = multipart.create(s3, locked_bucket, "k")
    lock.set_default(s3, locked_bucket)
    part = multipart.put_part(s3, locked_bucket, "k", upload_id, 1, b"x")
    multipart.complete(s3, locked_bucket, "k", upload_id, [part])
    assert s3.head_object(Bucket=locked_bucket, Key="k")["ObjectLockMode"] == "GOVERNANCE"
    other = multipart.create(s3, locked_bucket, "other")
    lock.set_default(s3, locked_bucket, Mode="GOVERNANCE", Days=1)
    part = multipart.put_part(s3, locked_bucket, "other", other, 1, b"x")
    multipart.complete(s3, locked_bucket, "other", other, [part])
    assert "ObjectLockMode" not in s3.head_object(Bucket=locked_bucket, Key="other")


# --- What a locked version withstands: b195, b196 ---


@pytest.mark.parametrize("headers", [GOVERNANCE, COMPLIANCE, {"ObjectLockLegalHoldStatus": "ON"}])
@WAYS
def test_b196_a_write_over_a_locked_version_adds_one(s3, locked_bucket, write, headers):
    old = lock.put(s3, locked_bucket, body=b"old", **headers)
    new = write(s3, locked_bucket)
    assert new != old
    assert multipart.read(s3, locked_bucket, "k", VersionId=old) == b"old"
    assert multipart.read(s3, locked_bucket, "k") == b"x"


@pytest.mark.parametrize("headers", [GOVERNANCE, COMPLIANCE, {"ObjectLockLegalHoldStatus": "ON"}])
def test_b195_a_delete_without_version_adds_a_marker(s3, locked_bucket, headers):
    version = lock.put(s3, locked_bucket, body=b"kept", **headers)
    marker = s3.delete_object(Bucket=locked_bucket, Key="k")
    assert marker["DeleteMarker"] and marker["VersionId"] != version
    assert multipart.read(s3, locked_bucket, "k", VersionId=version) == b"kept"
    s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=marker["VersionId"])
    assert multipart.read(s3, locked_bucket, "k") == b"kept"


def test_b195_compliance_is_not_bypassed(s3, locked_bucket):
    version = lock.put(s3, locked_bucket, **COMPLIANCE)
    for bypass in (False, True):
        with refused("AccessDenied", 403):
            s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=version, BypassGovernanceRetention=bypass)


def test_b195_compliance_ends_with_its_date(s3, locked_bucket):
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    version = lock.put(s3, locked_bucket, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon)
    name = {"Bucket": locked_bucket, "Key": "k", "VersionId": version}
    with refused("AccessDenied", 403):
        s3.delete_object(**name)
    poll("the retention ends", lambda: deleted(s3, name))


def test_b195_delete_objects_answers_for_each_version(s3, locked_bucket):
    held = lock.put(s3, locked_bucket, "held", **GOVERNANCE)
    free = lock.put(s3, locked_bucket, "free")
    objects = [{"Key": "held", "VersionId": held}, {"Key": "free", "VersionId": free}]
    answer = s3.delete_objects(Bucket=locked_bucket, Delete={"Objects": objects})
    assert [(found["Key"], found["VersionId"]) for found in answer["Deleted"]] == [("free", free)]
    (error,) = answer["Errors"]
    assert (error["Key"], error["VersionId"], error["Code"]) == ("held", held, "AccessDenied")
    answer = s3.delete_objects(
        Bucket=locked_bucket, Delete={"Objects": objects[:1]}, BypassGovernanceRetention=True
    )
    assert "Errors" not in answer and answer["Deleted"][0]["VersionId"] == held


def test_b195_locks_survive_a_crash(own_server):
    server = own_server()
    client = server.client()
    lock.create_bucket(client, "locked")
    version = lock.put(client, "locked", **COMPLIANCE)
    server.kill()
    server.start()
    client = server.client()
    with refused("AccessDenied", 403):
        client.delete_object(Bucket="locked", Key="k", VersionId=version)
    with refused("InvalidBucketState", 409):
        client.put_bucket_versioning(Bucket="locked", VersioningConfiguration={"Status": "Suspended"})


def test_a_bucket_with_a_locked_version_is_not_empty(s3, locked_bucket):
    lock.put(s3, locked_bucket, **GOVERNANCE)
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=locked_bucket)


@pytest.mark.parametrize("bypass", [True, False])
def test_bypass_means_nothing_without_object_lock(s3, bucket, bypass):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k", BypassGovernanceRetention=bypass)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="k")


def deleted(s3, name) -> bool:
    """Tries to delete the version."""
    try:
        s3.delete_object(**name)
    except s3.exceptions.ClientError:
        return False
    return True
