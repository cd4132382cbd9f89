"""PutObjectLegalHold: ON until it is OFF, whatever the date."""

import pytest
from conftest import bucket_name
from lib import lock
from lib.data import md5_base64
from lib.errors import refused
from lib.identity import allow, bucket_policy, deny
from lib.lock import PROTECTED


def hold(s3, bucket, status, **kwargs):
    """PutObjectLegalHold."""
    s3.put_object_legal_hold(Bucket=bucket, Key="k", LegalHold={"Status": status}, **kwargs)


def test_b195_a_held_version_cannot_be_deleted_not_even_by_bypass(s3, locked_bucket):
    version = lock.put(s3, locked_bucket)
    hold(s3, locked_bucket, "ON")
    assert s3.head_object(Bucket=locked_bucket, Key="k")["ObjectLockLegalHoldStatus"] == "ON"
    for bypass in (False, True):
        with refused("AccessDenied", 403) as error:
            s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=version, BypassGovernanceRetention=bypass)
        assert error.message == PROTECTED
    hold(s3, locked_bucket, "OFF")
    assert s3.get_object(Bucket=locked_bucket, Key="k")["ObjectLockLegalHoldStatus"] == "OFF"
    s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=version)
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=locked_bucket, Key="k")


def test_a_hold_is_of_one_version(s3, locked_bucket):
    first, second = lock.put(s3, locked_bucket, body=b"1"), lock.put(s3, locked_bucket, body=b"2")
    hold(s3, locked_bucket, "ON", VersionId=first)
    s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=second)
    with refused("AccessDenied", 403):
        s3.delete_object(Bucket=locked_bucket, Key="k", VersionId=first)


@pytest.mark.parametrize(
    "body", ["", "<LegalHold/>", "<LegalHold><Status>on</Status></LegalHold>", "<Hold><Status>ON</Status></Hold>"]
)
def test_a_bad_document_is_refused_and_changes_nothing(raw, s3, locked_bucket, body):
    lock.put(s3, locked_bucket)
    hold(s3, locked_bucket, "ON")
    data = body.encode()
    headers = {"Content-MD5": md5_base64(data)}
    raw.request("PUT", f"/{locked_bucket}/k", "legal-hold", headers, data).expect(400, "MalformedXML")
    assert s3.get_object_legal_hold(Bucket=locked_bucket, Key="k")["LegalHold"] == {"Status": "ON"}


def test_locks_are_changed_only_by_bodies_that_vouch_for_themselves(raw, s3, locked_bucket):
    """PutObjectLegalHold, PutObjectRetention, PutObjectLockConfiguration, and PutObject that locks."""
    lock.put(s3, locked_bucket)
    hold(s3, locked_bucket, "ON")
    path = f"/{locked_bucket}/k"
    until = "<RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate>"
    for target, query, body in [
        (path, "legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>"),
        (path, "retention", f"<Retention><Mode>GOVERNANCE</Mode>{until}</Retention>"),
        (f"/{locked_bucket}", "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"),
    ]:
        answer = raw.request("PUT", target, query, None, body.encode()).expect(400, "InvalidRequest")
        assert answer.error.message == "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        raw.request("PUT", target, query, {"Content-MD5": md5_base64(body.encode())}, body.encode()).expect(200)
    headers = {"x-amz-object-lock-legal-hold": "ON"}
    answer = raw.request("PUT", path, None, headers, b"new").expect(400, "InvalidRequest")
    assert answer.error.message.startswith("Content-MD5 OR x-amz-checksum- HTTP header is required")
    raw.request("PUT", path, None, {**headers, "Content-MD5": md5_base64(b"new")}, b"new").expect(200)
    hold(s3, locked_bucket, "OFF")


def test_the_bucket_needs_object_lock(s3, bucket, locked_bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400) as error:
        hold(s3, bucket, "ON")
    assert error.message == "Bucket is missing Object Lock Configuration"
    with refused("NoSuchKey", 404):
        hold(s3, locked_bucket, "ON")
    with refused("NoSuchBucket", 404):
        hold(s3, bucket_name(), "ON")


def test_policies_judge_the_hold_in_the_body(s3, people, locked_bucket):
    """s3:object-lock-legal-hold."""
    lock.put(s3, locked_bucket)
    objects = f"arn:aws:s3:::{locked_bucket}/*"
    held = {"StringEquals": {"s3:object-lock-legal-hold": "ON"}}
    may_hold = people.user(statements=allow("s3:PutObjectLegalHold", objects, Condition=held)).s3()
    may_all = people.user(statements=allow("s3:PutObjectLegalHold", objects)).s3()
    hold(may_hold, locked_bucket, "ON")
    with refused("AccessDenied", 403):
        hold(may_hold, locked_bucket, "OFF")
    s3.put_bucket_policy(Bucket=locked_bucket, Policy=bucket_policy(deny("s3:PutObjectLegalHold", objects, Condition=held)))
    hold(may_all, locked_bucket, "OFF")
    for user in (may_all, may_hold):
        with refused("AccessDenied", 403):
            hold(user, locked_bucket, "ON")
    s3.delete_bucket_policy(Bucket=locked_bucket)
