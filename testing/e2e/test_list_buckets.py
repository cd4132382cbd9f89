"""ListBuckets: all of them, in order, in pages."""

import re

import pytest
from conftest import bucket_name, wipe


@pytest.fixture
def family(s3):
    """A prefix and five buckets under it."""
    prefix = bucket_name()
    names = [f"{prefix}-{letter}" for letter in "caedb"]
    for name in names:
        s3.create_bucket(Bucket=name)
    yield prefix, sorted(names)
    for name in names:
        wipe(s3, name)


def test_list_buckets_in_order_with_dates_and_owner(s3, family):
    _, names = family
    answer = s3.list_buckets()
    found = [bucket["Name"] for bucket in answer["Buckets"]]
    assert found == sorted(found)
    assert set(names) <= set(found)
    assert answer["Owner"]["ID"]


def test_b10_list_buckets_is_declared_xml_in_the_s3_namespace_with_milliseconds(raw, family):
    answer = raw.request("GET", "/").expect(200)
    assert answer.text.startswith("<?xml")
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListAllMyBucketsResult"
    dates = re.findall(r"<CreationDate>([^<]*)</CreationDate>", answer.text)
    assert dates
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", date) for date in dates), dates


def test_list_buckets_by_prefix(s3, family):
    prefix, names = family
    answer = s3.list_buckets(Prefix=prefix)
    assert [bucket["Name"] for bucket in answer["Buckets"]] == names
    assert answer["Prefix"] == prefix


def test_list_buckets_in_pages_lists_each_once(s3, family):
    prefix, names = family
    found, token, pages = [], {}, 0
    while True:
        answer = s3.list_buckets(Prefix=prefix, MaxBuckets=2, **token)
        assert len(answer["Buckets"]) <= 2
        found += [bucket["Name"] for bucket in answer["Buckets"]]
        pages += 1
        if "ContinuationToken" not in answer:
            break
        token = {"ContinuationToken": answer["ContinuationToken"]}
    assert found == names
    assert pages == 3


def test_every_bucket_has_an_arn_and_a_selection_shows_regions(s3, family, endpoint):
    prefix, names = family
    assert {f"arn:aws:s3:::{name}" for name in names} <= {bucket["BucketArn"] for bucket in s3.list_buckets()["Buckets"]}
    assert all("BucketRegion" not in bucket for bucket in s3.list_buckets()["Buckets"])
    for selection in ({"Prefix": prefix}, {"MaxBuckets": 3}, {"BucketRegion": endpoint.region}):
        buckets = s3.list_buckets(**selection)["Buckets"]
        assert buckets
        assert all(bucket["BucketArn"] == f"arn:aws:s3:::{bucket['Name']}" for bucket in buckets)
        assert all(bucket["BucketRegion"] for bucket in buckets), selection


def test_list_buckets_of_a_region(s3, family, endpoint):
    prefix, names = family
    elsewhere = f"{prefix}-elsewhere"
    s3.create_bucket(Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})
    try:
        def found(region):
            return [bucket["Name"] for bucket in s3.list_buckets(Prefix=prefix, BucketRegion=region)["Buckets"]]

        assert found(endpoint.region) == names
        assert found("eu-north-1") == [elsewhere]
        assert found("ap-east-1") == []
    finally:
        wipe(s3, elsewhere)


@pytest.mark.parametrize("value", ["0", "-1", "10001", "x", "99999999999999999999"])
def test_list_buckets_refuses_a_bad_page_size(raw, value):
    raw.request("GET", "/", {"max-buckets": value}).expect(400, "InvalidArgument", argument_name="max-buckets")
