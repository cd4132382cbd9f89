"""HeadBucket: is it there, where, and for whom."""

from conftest import bucket_name
from lib.errors import refused


def test_head_bucket_names_the_region(s3, bucket, endpoint):
    answer = s3.head_bucket(Bucket=bucket)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["BucketRegion"] == endpoint.region
    assert answer["BucketArn"] == f"arn:aws:s3:::{bucket}"


def test_b9_b12_head_bucket_of_a_missing_bucket_is_404_without_a_body(raw):
    answer = raw.request("HEAD", f"/{bucket_name()}").expect(404)
    assert answer.body == b""
    assert answer.headers["x-amz-request-id"]
    assert answer.headers["x-amz-id-2"]


def test_b13_head_bucket_for_another_owner_is_403(s3, bucket):
    with refused("403", 403):
        s3.head_bucket(Bucket=bucket, ExpectedBucketOwner="111122223333")
