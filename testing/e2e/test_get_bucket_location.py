"""GetBucketLocation: empty for us-east-1, as AWS has it."""

import pytest
from conftest import bucket_name
from lib.errors import refused


def test_location_of_us_east_1_is_empty(s3, bucket, endpoint):
    if endpoint.region != "us-east-1":
        pytest.skip("the endpoint is in another region")
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_b10_location_is_in_the_s3_namespace(raw, bucket):
    answer = raw.request("GET", f"/{bucket}", "location").expect(200)
    assert answer.text.startswith("<?xml")
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}LocationConstraint"


def test_b12_location_of_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.get_bucket_location(Bucket=bucket_name())



def test_location_of_another_region(own_server):
    """A server that says it is in eu-central-1 says so here too."""
    server = own_server(env={"DRYSTONE_REGION": "eu-central-1"})
    server.region = "eu-central-1"
    s3 = server.client()
    s3.create_bucket(Bucket="located", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert s3.get_bucket_location(Bucket="located")["LocationConstraint"] == "eu-central-1"
    assert s3.head_bucket(Bucket="located")["BucketRegion"] == "eu-central-1"
