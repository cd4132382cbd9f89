"""GetObjectLegalHold: ON, OFF, or never set."""

from conftest import bucket_name
from lib import lock
from lib.errors import refused


def test_a_hold_that_was_never_set_is_not_off(s3, locked_bucket):
    lock.put(s3, locked_bucket)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_legal_hold(Bucket=locked_bucket, Key="k")
    for status in ("ON", "OFF"):
        s3.put_object_legal_hold(Bucket=locked_bucket, Key="k", LegalHold={"Status": status})
        assert s3.get_object_legal_hold(Bucket=locked_bucket, Key="k")["LegalHold"] == {"Status": status}


def test_nothing_to_read(s3, bucket):
    with refused("NoSuchBucket", 404):
        s3.get_object_legal_hold(Bucket=bucket_name(), Key="k")
    with refused("NoSuchKey", 404):
        s3.get_object_legal_hold(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400):
        s3.get_object_legal_hold(Bucket=bucket, Key="k")
