"""ListObjects (version 1): order, prefix, delimiter, marker, encoding; compared with a brute-force model."""

import re

import pytest
from conftest import bucket_name, wipe
from lib.errors import refused
from lib.listing import combinations, entries, in_order, page_entries, put_all, random_keys

KEYS = random_keys(1, 250)


@pytest.fixture(scope="module")
def many(s3):
    """A bucket that holds `KEYS`."""
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    put_all(s3, name, KEYS)
    yield name
    s3.delete_objects(Bucket=name, Delete={"Quiet": True, "Objects": [{"Key": key} for key in KEYS]})
    wipe(s3, name)


def pages(s3, bucket, **query):
    """All pages, by NextMarker or by the last key, as S3 tells clients to do."""
    marker = query.pop("Marker", "")
    while True:
        page = s3.list_objects(Bucket=bucket, Marker=marker, **query)
        yield page
        if not page["IsTruncated"]:
            return
        if "Delimiter" in query:
            marker = page["NextMarker"]
        else:
            assert "NextMarker" not in page, "NextMarker is for listings with a delimiter"
            marker = page["Contents"][-1]["Key"]


@pytest.mark.parametrize(
    ("prefix", "delimiter", "size"),
    combinations(["", "a", "/", "b/", "é", "%2F", "nothing-has-this"], ["", "/", "//", "a", "%", "☃", "-."]),
)
def test_listing_equals_the_model(s3, many, prefix, delimiter, size):
    query = {"Prefix": prefix, "MaxKeys": size, **({"Delimiter": delimiter} if delimiter else {})}
    found = []
    for page in pages(s3, many, **query):
        on_page = page_entries(page)
        assert len(on_page) <= size
        assert len(on_page) == size or not page["IsTruncated"]
        found += on_page
    assert found == entries(KEYS, prefix, delimiter)


@pytest.mark.parametrize("marker", ["A", "b", KEYS[0], KEYS[100], KEYS[-1], "zzz", "\U0010ffff"])
def test_marker_is_exclusive_and_need_not_exist(s3, many, marker):
    found = [entry for page in pages(s3, many, Marker=marker) for entry in page_entries(page)]
    assert found == entries(KEYS, after=marker)


def test_fields_of_a_listing(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="dir/k", Body=b"12345")["ETag"]
    page = s3.list_objects(Bucket=bucket, Prefix="dir/", Delimiter="/", Marker="dir", MaxKeys=5)
    assert page["Name"] == bucket
    assert (page["Prefix"], page["Marker"], page["Delimiter"], page["MaxKeys"]) == ("dir/", "dir", "/", 5)
    assert page["IsTruncated"] is False
    (found,) = page["Contents"]
    assert (found["Key"], found["Size"], found["ETag"], found["StorageClass"]) == ("dir/k", 5, etag, "STANDARD")
    assert found["Owner"]["ID"]


def test_b10_listing_is_declared_xml_in_the_s3_namespace_with_milliseconds(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    answer = raw.request("GET", f"/{bucket}").expect(200)
    assert answer.text.startswith("<?xml")
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListBucketResult"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", answer.xml["Contents"]["LastModified"])
    assert answer.headers["Content-Type"] == "application/xml"


def test_b89_keys_are_escaped_in_xml(raw, s3, bucket):
    keys = in_order(["a&b", "<c>", 'd"e', "f'g", "h>i", "]]>"])
    put_all(s3, bucket, keys)
    assert [found["Key"] for found in raw.request("GET", f"/{bucket}").xml["Contents"]] == keys


def test_b102_encoding_type_url(raw, s3, bucket):
    put_all(s3, bucket, ["a b/c+d(e)", "a b/ü&%"])
    query = {"encoding-type": "url", "prefix": "a b", "marker": "a ", "delimiter": "+"}
    answer = raw.request("GET", f"/{bucket}", query).expect(200)
    assert answer.xml["EncodingType"] == "url"
    assert answer.xml["CommonPrefixes"]["Prefix"] == "a+b/c%2B"
    assert answer.xml["Contents"]["Key"] == "a+b/%C3%BC%26%25"
    assert answer.xml["Prefix"] == "a+b"
    assert answer.xml["Marker"] == "a+"
    assert answer.xml["Delimiter"] == "%2B"
    plain = raw.request("GET", f"/{bucket}", {"encoding-type": "url"}).expect(200)
    assert [found["Key"] for found in plain.xml["Contents"]] == ["a+b/c%2Bd%28e%29", "a+b/%C3%BC%26%25"]


def test_keys_with_control_characters_can_be_listed_with_encoding_type_url(raw, s3, bucket):
    keys = in_order(["ctl\x01", "nul\x00end", "del\x7f", "nl\n", "cr\r"])
    put_all(s3, bucket, keys)
    answer = raw.request("GET", f"/{bucket}", {"encoding-type": "url"}).expect(200)
    found = [found["Key"] for found in answer.xml["Contents"]]
    assert found == ["cr%0D", "ctl%01", "del%7F", "nl%0A", "nul%00end"]


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("value", ["", "URL", "base64"])
def test_b103_another_encoding_type_is_refused(raw, bucket, version, value):
    query = {"encoding-type": value, **({"list-type": "2"} if version == "2" else {})}
    answer = raw.request("GET", f"/{bucket}", query).expect(400, "InvalidArgument", argument_name="encoding-type")
    assert answer.error.message == "Invalid Encoding Method specified in Request"


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("value", ["-1", "-2147483648", "2147483648", "4294967296", "4294967297", "99999999999999999999", "x", "1x", "1.0", "0x1"])
def test_b83_s36_a_bad_page_size_is_refused(raw, bucket, version, value):
    query = {"max-keys": value, **({"list-type": "2"} if version == "2" else {})}
    answer = raw.request("GET", f"/{bucket}", query).expect(400, "InvalidArgument", argument_name="max-keys")
    assert answer.error.fields["ArgumentValue"] == value


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(("value", "reported"), [("1001", "1000"), ("65536", "1000"), ("2147483647", "1000"), ("1000", "1000"), ("", "1000")])
def test_b6_a_page_has_at_most_1000_entries(raw, bucket, version, value, reported):
    query = {"max-keys": value, **({"list-type": "2"} if version == "2" else {})}
    assert raw.request("GET", f"/{bucket}", query).expect(200).xml["MaxKeys"] == reported


def test_a_page_size_of_0_lists_nothing_and_is_not_truncated(s3, bucket):
    put_all(s3, bucket, ["k"])
    page = s3.list_objects(Bucket=bucket, MaxKeys=0)
    assert "Contents" not in page
    assert page["IsTruncated"] is False


def test_an_empty_bucket(s3, bucket):
    page = s3.list_objects(Bucket=bucket)
    assert "Contents" not in page
    assert "CommonPrefixes" not in page
    assert page["IsTruncated"] is False


def test_b12_listing_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.list_objects(Bucket=bucket_name())


def test_b105_open_uploads_are_not_listed(s3, bucket):
    s3.create_multipart_upload(Bucket=bucket, Key="k")
    assert "Contents" not in s3.list_objects(Bucket=bucket)


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_listing_tells_the_region_in_a_header(raw, bucket, endpoint, version):
    answer = raw.request("GET", f"/{bucket}", {"list-type": version} if version == "2" else None).expect(200)
    assert answer.headers["x-amz-bucket-region"] == endpoint.region


def test_a_listing_for_nobody_in_particular_shows_no_owners(s3, nobody, open_bucket):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    assert "Owner" not in nobody.list_objects(Bucket=open_bucket)["Contents"][0]
    assert s3.list_objects(Bucket=open_bucket)["Contents"][0]["Owner"]["ID"]
