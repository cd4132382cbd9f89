"""GetObjectLockConfiguration: Enabled and the default, or that there is none."""

from conftest import bucket_name
from lib.errors import refused


def test_a_bucket_created_with_object_lock(s3, locked_bucket):
    found = s3.get_object_lock_configuration(Bucket=locked_bucket)["ObjectLockConfiguration"]
    assert found == {"ObjectLockEnabled": "Enabled"}


def test_a_bucket_without_object_lock(s3, bucket):
    with refused("ObjectLockConfigurationNotFoundError", 404, bucket_name=bucket):
        s3.get_object_lock_configuration(Bucket=bucket)


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.get_object_lock_configuration(Bucket=bucket_name())
