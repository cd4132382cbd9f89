"""DeleteBucketTagging: 204, whether there were tags or not."""

from conftest import bucket_name
from lib.errors import refused
from lib.tags import tagging


def test_delete_bucket_tagging(s3, bucket):
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging(("a", "1")))
    for _ in range(2):
        answer = s3.delete_bucket_tagging(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchTagSet", 404):
        s3.get_bucket_tagging(Bucket=bucket)


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.delete_bucket_tagging(Bucket=bucket_name())
