"""PutObjectRetention: set, lengthened, and shortened or lifted only by who may (b195)."""

import datetime

import pytest
from conftest import bucket_name
from lib import lock
from lib.data import md5_base64
from lib.errors import refused
from lib.identity import allow, bucket_policy, deny
from lib.lock import FAR, PROTECTED

NEARER = FAR - datetime.timedelta(days=1)
FARTHER = FAR + datetime.timedelta(days=1)


def retention(s3, bucket, **kwargs):
    """What GetObjectRetention says."""
    return s3.get_object_retention(Bucket=bucket, Key="k", **kwargs)["Retention"]


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_b195_a_retention_is_set_read_and_shown(s3, locked_bucket, mode):
    lock.put(s3, locked_bucket)
    answer = s3.put_object_retention(
        Bucket=locked_bucket, Key="k", Retention={"Mode": mode, "RetainUntilDate": FAR},
        BypassGovernanceRetention=False,
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert retention(s3, locked_bucket) == {"Mode": mode, "RetainUntilDate": FAR}
    for found in (s3.head_object(Bucket=locked_bucket, Key="k"), s3.get_object(Bucket=locked_bucket, Key="k")):
        assert found["ObjectLockMode"] == mode
        assert found["ObjectLockRetainUntilDate"] == FAR
        assert "ObjectLockLegalHoldStatus" not in found


@pytest.mark.parametrize(
    ("old", "new", "until", "bypass", "allowed"),
    [
        ("GOVERNANCE", "GOVERNANCE", FARTHER, False, True),
        ("GOVERNANCE", "GOVERNANCE", FAR, False, True),
        ("GOVERNANCE", "GOVERNANCE", NEARER, False, False),
        ("GOVERNANCE", "GOVERNANCE", NEARER, True, True),
        ("GOVERNANCE", "COMPLIANCE", FAR, False, False),
        ("GOVERNANCE", "COMPLIANCE", FAR, True, True),
        ("GOVERNANCE", None, None, False, False),
        ("GOVERNANCE", None, None, True, True),
        ("COMPLIANCE", "COMPLIANCE", FARTHER, False, True),
        ("COMPLIANCE", "COMPLIANCE", NEARER, True, False),
        ("COMPLIANCE", "GOVERNANCE", FARTHER, True, False),
        ("COMPLIANCE", None, None, True, False),
    ],
)
def test_b195_what_may_become_of_a_retention(s3, locked_bucket, old, new, until, bypass, allowed):
    lock.put(s3, locked_bucket)
    lock.retain(s3, locked_bucket, "k", old, FAR)
    wanted = {"Mode": new, "RetainUntilDate": until} if new else {}
    change = {"Bucket": locked_bucket, "Key": "k", "Retention": wanted, "BypassGovernanceRetention": bypass}
    if not allowed:
        with refused("AccessDenied", 403) as error:
            s3.put_object_retention(**change)
        assert error.message == PROTECTED
        wanted = {"Mode": old, "RetainUntilDate": FAR}
    else:
        s3.put_object_retention(**change)
    if wanted:
        assert retention(s3, locked_bucket) == wanted
        return
    with refused("NoSuchObjectLockConfiguration", 404):
        retention(s3, locked_bucket)
    assert "ObjectLockMode" not in s3.head_object(Bucket=locked_bucket, Key="k")


def test_a_retention_is_of_one_version(s3, locked_bucket):
    first = lock.put(s3, locked_bucket, body=b"1")
    second = lock.put(s3, locked_bucket, body=b"2")
    lock.retain(s3, locked_bucket, "k", "GOVERNANCE", FAR, VersionId=first)
    assert retention(s3, locked_bucket, VersionId=first)["Mode"] == "GOVERNANCE"
    with refused("NoSuchObjectLockConfiguration", 404):
        retention(s3, locked_bucket, VersionId=second)
    with refused("NoSuchVersion", 404):
        lock.retain(s3, locked_bucket, "k", "GOVERNANCE", FAR, VersionId="0" * 32)


def test_a_delete_marker_cannot_be_retained(s3, locked_bucket):
    lock.put(s3, locked_bucket)
    marker = s3.delete_object(Bucket=locked_bucket, Key="k")["VersionId"]
    with refused("MethodNotAllowed", 405, method="PUT", resource_type="DeleteMarker"):
        lock.retain(s3, locked_bucket, "k", "GOVERNANCE", FAR, VersionId=marker)
    with refused("MethodNotAllowed", 405, method="GET", resource_type="DeleteMarker"):
        retention(s3, locked_bucket, VersionId=marker)


DATE = "<RetainUntilDate>2099-01-01T00:00:00Z</RetainUntilDate>"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MalformedXML"),
        ("<Other/>", "MalformedXML"),
        ("<Retention><Mode>GOVERNANCE</Mode></Retention>", "MalformedXML"),
        (f"<Retention>{DATE}</Retention>", "MalformedXML"),
        (f"<Retention><Mode>governance</Mode>{DATE}</Retention>", "MalformedXML"),
        (f"<Retention><Mode>GOVERNANCE</Mode>{DATE.replace('2099', 'then')}</Retention>", "MalformedXML"),
        (f"<Retention><Mode>GOVERNANCE</Mode>{DATE.replace('2099', '2020')}</Retention>", "InvalidArgument"),
    ],
)
def test_a_bad_document_is_refused_and_changes_nothing(raw, s3, locked_bucket, body, code):
    lock.put(s3, locked_bucket)
    lock.retain(s3, locked_bucket, "k", "GOVERNANCE", FAR)
    data = body.encode()
    headers = {"Content-MD5": md5_base64(data), "x-amz-bypass-governance-retention": "true"}
    raw.request("PUT", f"/{locked_bucket}/k", "retention", headers, data).expect(400, code)
    assert retention(s3, locked_bucket) == {"Mode": "GOVERNANCE", "RetainUntilDate": FAR}


def test_the_bucket_needs_object_lock(s3, bucket, locked_bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400) as error:
        lock.retain(s3, bucket, "k", "GOVERNANCE", FAR)
    assert error.message == "Bucket is missing Object Lock Configuration"
    with refused("NoSuchKey", 404):
        lock.retain(s3, locked_bucket, "never", "GOVERNANCE", FAR)
    with refused("NoSuchBucket", 404):
        lock.retain(s3, bucket_name(), "k", "GOVERNANCE", FAR)


def test_what_is_read_can_be_put_back(s3, locked_bucket):
    """Answers show milliseconds, the finest that is kept: a retention must not look shortened by its own reader."""
    lock.put(s3, locked_bucket)
    lock.retain(s3, locked_bucket, "k", "COMPLIANCE", FAR + datetime.timedelta(microseconds=123_456))
    found = retention(s3, locked_bucket)
    assert found["RetainUntilDate"] == FAR + datetime.timedelta(milliseconds=123)
    s3.put_object_retention(Bucket=locked_bucket, Key="k", Retention=found)
    assert retention(s3, locked_bucket) == found


def test_policies_judge_the_retention_in_the_body(s3, people, locked_bucket):
    """s3:object-lock-mode, -retain-until-date and -remaining-retention-days."""
    lock.put(s3, locked_bucket)
    objects = f"arn:aws:s3:::{locked_bucket}/*"
    now = datetime.datetime.now(datetime.UTC)
    soon, late = now + datetime.timedelta(days=2), now + datetime.timedelta(days=20)
    few = {"NumericLessThan": {"s3:object-lock-remaining-retention-days": "10"}}
    rights = ["s3:PutObjectRetention", "s3:BypassGovernanceRetention"]
    user = people.user(statements=allow(rights, objects, Condition=few)).s3()
    for mode, until, condition, allowed in [
        ("GOVERNANCE", soon, None, True),
        ("GOVERNANCE", late, None, False),
        ("GOVERNANCE", soon, {"StringEquals": {"s3:object-lock-mode": "COMPLIANCE"}}, True),
        ("COMPLIANCE", soon, {"StringEquals": {"s3:object-lock-mode": "COMPLIANCE"}}, False),
        ("GOVERNANCE", soon, {"NumericGreaterThan": {"s3:object-lock-remaining-retention-days": "1"}}, False),
        ("GOVERNANCE", soon, {"DateGreaterThan": {"s3:object-lock-retain-until-date": late.isoformat()}}, True),
        ("GOVERNANCE", late, {"DateGreaterThan": {"s3:object-lock-retain-until-date": soon.isoformat()}}, False),
    ]:
        s3.delete_bucket_policy(Bucket=locked_bucket)
        if condition:
            denial = deny("s3:PutObjectRetention", objects, Condition=condition)
            s3.put_bucket_policy(Bucket=locked_bucket, Policy=bucket_policy(denial))
        named = {"Bucket": locked_bucket, "Key": "k", "BypassGovernanceRetention": True,
                 "Retention": {"Mode": mode, "RetainUntilDate": until}}
        if allowed:
            user.put_object_retention(**named)
        else:
            with refused("AccessDenied", 403):
                user.put_object_retention(**named)
    s3.delete_bucket_policy(Bucket=locked_bucket)
    lifts = people.user(statements=allow(rights, objects, Condition={"Null": {"s3:object-lock-mode": "true"}})).s3()
    with refused("AccessDenied", 403):
        lock.retain(lifts, locked_bucket, "k", "GOVERNANCE", late)
    lifts.put_object_retention(Bucket=locked_bucket, Key="k", Retention={}, BypassGovernanceRetention=True)


def test_whom_no_policy_lets_in_is_refused_before_the_body_is_read(people, locked_bucket):
    stranger = people.user("readonly").raw()
    for query in ("retention", "legal-hold", "tagging"):
        answer = stranger.request("PUT", f"/{locked_bucket}/k", query, {"Content-MD5": md5_base64(b"no XML")}, b"no XML")
        answer.expect(403, "AccessDenied")
