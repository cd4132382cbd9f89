"""PutObjectLockConfiguration: on for good, with a default retention or without; it needs versions and keeps them."""

import pytest
from conftest import bucket_name
from lib import lock
from lib.data import md5_base64
from lib.errors import refused

ENABLED = "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"


def rule(inside: str, enabled: str = ENABLED) -> str:
    default = f"<Rule><DefaultRetention>{inside}</DefaultRetention></Rule>"
    return f"<ObjectLockConfiguration>{enabled}{default}</ObjectLockConfiguration>"


def test_lock_can_be_enabled_once_versioning_is(s3, bucket):
    configuration = {"ObjectLockEnabled": "Enabled"}
    with refused("InvalidBucketState", 409):
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    with refused("InvalidBucketState", 409) as error:
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)
    assert error.message == "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == configuration


def test_versioning_of_a_locked_bucket_cannot_be_suspended(s3, locked_bucket):
    assert s3.get_bucket_versioning(Bucket=locked_bucket)["Status"] == "Enabled"
    with refused("InvalidBucketState", 409) as error:
        s3.put_bucket_versioning(Bucket=locked_bucket, VersioningConfiguration={"Status": "Suspended"})
    assert error.message.startswith("An Object Lock configuration is present on this bucket")
    s3.put_bucket_versioning(Bucket=locked_bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=locked_bucket)["Status"] == "Enabled"


def test_a_default_retention_is_set_replaced_and_removed(s3, locked_bucket):
    for retention in (
        {"Mode": "GOVERNANCE", "Days": 1},
        {"Mode": "COMPLIANCE", "Years": 100},
        {"Mode": "COMPLIANCE", "Days": 36500},
        {},
    ):
        lock.set_default(s3, locked_bucket, **retention)
        found = s3.get_object_lock_configuration(Bucket=locked_bucket)["ObjectLockConfiguration"]
        expected = {"Rule": {"DefaultRetention": retention}} if retention else {}
        assert found == {"ObjectLockEnabled": "Enabled", **expected}


@pytest.mark.parametrize(
    ("body", "code", "argument"),
    [
        ("", "MissingRequestBodyError", None),
        ("nonsense", "MalformedXML", None),
        ("<ObjectLockConfiguration/>", "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode><Days>1</Days>", enabled=""), "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode><Days>1</Days>", ENABLED.replace(">Enabled<", ">Disabled<")), "MalformedXML", None),
        (f"<ObjectLockConfiguration>{ENABLED}<Rule/></ObjectLockConfiguration>", "MalformedXML", None),
        (rule(""), "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode>"), "MalformedXML", None),
        (rule("<Days>3</Days>"), "MalformedXML", None),
        (rule("<Mode>governance</Mode><Days>3</Days>"), "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode><Days>3</Days><Years>3</Years>"), "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode><Days>three</Days>"), "MalformedXML", None),
        (rule("<Mode>GOVERNANCE</Mode><Days>0</Days>"), "InvalidArgument", "Days"),
        (rule("<Mode>GOVERNANCE</Mode><Days>36501</Days>"), "InvalidArgument", "Days"),
        (rule("<Mode>COMPLIANCE</Mode><Years>-1</Years>"), "InvalidArgument", "Years"),
        (rule("<Mode>COMPLIANCE</Mode><Years>101</Years>"), "InvalidArgument", "Years"),
    ],
)
def test_a_bad_document_is_refused_and_changes_nothing(raw, s3, locked_bucket, body, code, argument):
    lock.set_default(s3, locked_bucket, Mode="GOVERNANCE", Days=7)
    before = s3.get_object_lock_configuration(Bucket=locked_bucket)["ObjectLockConfiguration"]
    data = body.encode()
    headers = {"Content-MD5": md5_base64(data)}
    answer = raw.request("PUT", f"/{locked_bucket}", "object-lock", headers, data).expect(400, code)
    assert argument is None or answer.error.fields["ArgumentName"] == argument
    after = s3.get_object_lock_configuration(Bucket=locked_bucket)["ObjectLockConfiguration"]
    assert after == before


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        lock.set_default(s3, bucket_name())
