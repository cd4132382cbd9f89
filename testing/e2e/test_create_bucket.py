"""CreateBucket: names, repeats, bodies, and the headers that are not done yet."""

from random import SystemRandom
from urllib.parse import unquote

import pytest
from conftest import bucket_name, wipe
from lib.errors import refused
from lib.sigv4 import canonical_path


def test_create_bucket_answers_its_location_and_the_bucket_is_there(s3):
    name = bucket_name()
    answer = s3.create_bucket(Bucket=name)
    try:
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert answer["Location"] == f"/{name}"
        assert name in [found["Name"] for found in s3.list_buckets()["Buckets"]]
        assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 0
    finally:
        wipe(s3, name)


def test_create_bucket_has_an_empty_body(raw, s3):
    name = bucket_name()
    answer = raw.request("PUT", f"/{name}").expect(200)
    wipe(s3, name)
    assert answer.body == b""
    assert answer.headers["Location"] == f"/{name}"
    assert answer.headers["x-amz-bucket-arn"] == f"arn:aws:s3:::{name}"


def test_create_bucket_again_keeps_its_objects(s3, raw, bucket):
    """us-east-1 answers 200 to the owner, every other region 409 BucketAlreadyOwnedByYou; either way nothing is lost."""
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    answer = raw.request("PUT", f"/{bucket}")
    if answer.status != 200:
        answer.expect(409, "BucketAlreadyOwnedByYou")
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"kept"


@pytest.mark.parametrize("where", ["atlantis", "aws-global", "EU-West-1", "eu-west-"])
def test_create_bucket_where_no_region_can_be_creates_nothing(s3, where):
    name = bucket_name()
    with refused("InvalidLocationConstraint", 400, location_constraint=where):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": where})
    with refused("404", 404):
        s3.head_bucket(Bucket=name)


def test_create_bucket_where_no_region_can_be_in_another_region(own_server):
    s3 = own_server(env={"DRYSTONE_REGION": "eu-central-1"}).client()
    with refused("IllegalLocationConstraintException", 400) as error:
        s3.create_bucket(Bucket="nowhere", CreateBucketConfiguration={"LocationConstraint": "atlantis"})
    assert error.message.startswith("The atlantis location constraint is incompatible")
    s3.create_bucket(Bucket="here", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})


def test_create_bucket_again_in_another_region_is_refused(s3):
    name = bucket_name()
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    try:
        for where in ("eu-north-1", "eu-south-1"):
            with refused("BucketAlreadyOwnedByYou", 409, bucket_name=name):
                s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": where})
        with refused("BucketAlreadyOwnedByYou", 409):
            s3.create_bucket(Bucket=name)
        assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-north-1"
    finally:
        wipe(s3, name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Upper-case",
        "under_score",
        "-dash-first",
        "dash-last-",
        ".dot-first",
        "dot-last.",
        "two..dots",
        "192.168.5.4",
        "spa%20ce",
        "..",
        "%2e%2e%2fetc",
        "a%00b",
        "xn--bucket",
        "bucket-s3alias",
    ],
)
def test_create_bucket_refuses_a_bad_name(raw, name):
    signed = raw.sign("PUT", "/" + canonical_path(unquote(name)))
    raw.send("PUT", "/" + name, [*signed.headers, ("Content-Length", "0")]).expect(400, "InvalidBucketName")


@pytest.mark.parametrize("shape", ["{id}", "{id}.with.dots", "0{id}", "{id}-dash", "{id:z<63}"])
def test_create_bucket_accepts_a_good_name(s3, shape):
    name = shape.format(id=bucket_name())
    s3.create_bucket(Bucket=name)
    try:
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"x"
    finally:
        wipe(s3, name)


def test_create_bucket_accepts_the_three_letter_minimum(s3):
    name = "".join(SystemRandom().choices("abcdefghijklmnopqrstuvwxyz", k=3))
    s3.create_bucket(Bucket=name)
    wipe(s3, name)


@pytest.mark.parametrize("body", [b"<CreateBucketConfiguration", b"not xml", b"<Other/>"])
def test_create_bucket_with_a_broken_body_creates_nothing(raw, s3, body):
    name = bucket_name()
    raw.request("PUT", f"/{name}", body=body).expect(400, "MalformedXML")
    with refused("404", 404):
        s3.head_bucket(Bucket=name)


def test_b28_a_bucket_is_not_created_with_a_reserved_tag(s3):
    name = bucket_name()
    with refused("InvalidTag", 400) as error:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": [{"Key": "aws:stage", "Value": "x"}]})
    assert error.message.startswith("User-defined tag keys can't start with \"aws:\".")
    with refused("404", 404):
        s3.head_bucket(Bucket=name)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-mfa", "1 2"),
        ("x-amz-write-offset-bytes", "0"),
    ],
)
def test_b15_create_bucket_with_a_feature_not_done_yet_is_refused_by_name(raw, s3, header, value):
    name = bucket_name()
    raw.request("PUT", f"/{name}", headers={header: value}).expect(501, "NotImplemented", header=header)
    with refused("404", 404):
        s3.head_bucket(Bucket=name)


def test_a_lock_is_not_promised_to_a_bucket_that_was_made_without(s3, bucket, locked_bucket):
    with refused("BucketAlreadyOwnedByYou", 409):
        s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=locked_bucket, ObjectLockEnabledForBucket=True)
