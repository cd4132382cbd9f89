"""ListObjectsV2: continuation tokens, start-after, owners; compared with a brute-force model."""

import pytest
from conftest import bucket_name, wipe
from lib.errors import refused
from lib.listing import combinations, entries, page_entries, put_all, random_keys

KEYS = random_keys(2, 250)


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
    """All pages."""
    token = {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, **query, **token)
        yield page
        if not page["IsTruncated"]:
            assert "NextContinuationToken" not in page
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


@pytest.mark.parametrize(
    ("prefix", "delimiter", "size"),
    combinations(["", "b", "/", "a/", "☃", "%", "nothing-has-this"], ["", "/", "//", "b", "%", "😀", ".."]),
)
def test_listing_equals_the_model(s3, many, prefix, delimiter, size):
    query = {"Prefix": prefix, "MaxKeys": size, **({"Delimiter": delimiter} if delimiter else {})}
    found = []
    for page in pages(s3, many, **query):
        on_page = page_entries(page)
        assert page["KeyCount"] == len(on_page) <= size
        assert len(on_page) == size or not page["IsTruncated"]
        found += on_page
    assert found == entries(KEYS, prefix, delimiter)


@pytest.mark.parametrize("after", ["A", "b", KEYS[0], KEYS[100], KEYS[-1], "zzz", "\U0010ffff"])
@pytest.mark.parametrize("size", [20, 1000])
def test_start_after_is_exclusive_and_need_not_exist(s3, many, after, size):
    found = [entry for page in pages(s3, many, StartAfter=after, MaxKeys=size) for entry in page_entries(page)]
    assert found == entries(KEYS, after=after)


def test_one_entry_a_page_visits_each_once(s3, bucket):
    keys = ["a", "b/1", "b/2", "c", "d/1", "e"]
    put_all(s3, bucket, keys)
    found = [entry for page in pages(s3, bucket, Delimiter="/", MaxKeys=1) for entry in page_entries(page)]
    assert found == [("key", "a"), ("prefix", "b/"), ("key", "c"), ("prefix", "d/"), ("key", "e")]


def test_keys_around_a_delimiter_come_in_byte_order(s3, bucket):
    """M16: `a.b` sorts before `a/`, although a directory walk meets `a/` first."""
    keys = ["a", "a!", "a-", "a.b", "a/", "a/b", "a0", "aa"]
    put_all(s3, bucket, keys)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == keys
    found = [entry for page in pages(s3, bucket, Delimiter="/", MaxKeys=2) for entry in page_entries(page)]
    assert found == [("key", "a"), ("key", "a!"), ("key", "a-"), ("key", "a.b"), ("prefix", "a/"), ("key", "a0"), ("key", "aa")]


def test_fields_of_a_listing(s3, bucket):
    put_all(s3, bucket, ["dir/k", "dir/sub/x"])
    page = s3.list_objects_v2(Bucket=bucket, Prefix="dir/", Delimiter="/", StartAfter="dir", MaxKeys=5)
    assert (page["Name"], page["Prefix"], page["Delimiter"], page["StartAfter"]) == (bucket, "dir/", "/", "dir")
    assert (page["MaxKeys"], page["KeyCount"]) == (5, 2)
    assert page["CommonPrefixes"] == [{"Prefix": "dir/sub/"}]
    (found,) = page["Contents"]
    assert found["Key"] == "dir/k"
    assert "Owner" not in found


def test_owner_only_when_asked_for(s3, bucket):
    put_all(s3, bucket, ["k"])
    assert s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]["Owner"]["ID"]


def test_the_token_is_echoed_and_beats_start_after(s3, bucket):
    put_all(s3, bucket, ["a", "b", "c"])
    token = s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["NextContinuationToken"]
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken=token, StartAfter="b")
    assert page["ContinuationToken"] == token
    assert "StartAfter" not in page, "what a token overrules is not shown"
    assert [found["Key"] for found in page["Contents"]] == ["b", "c"]


def test_a_page_goes_on_though_its_last_key_was_deleted(s3, bucket):
    put_all(s3, bucket, ["a", "b", "c"])
    token = s3.list_objects_v2(Bucket=bucket, MaxKeys=2)["NextContinuationToken"]
    s3.delete_object(Bucket=bucket, Key="b")
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken=token)
    assert [found["Key"] for found in page["Contents"]] == ["c"]


@pytest.mark.parametrize("token", ["", "garbage", "%", "☃"])
def test_a_token_that_we_did_not_make_is_refused(raw, bucket, token):
    answer = raw.request("GET", f"/{bucket}", {"list-type": "2", "continuation-token": token})
    answer.expect(400, "InvalidArgument", argument_name="continuation-token")


def test_b102_encoding_type_url(raw, s3, bucket):
    put_all(s3, bucket, ["a b/c+d(e)", "a b/ü&%"])
    query = {"list-type": "2", "encoding-type": "url", "prefix": "a b", "start-after": "a ", "delimiter": "+"}
    answer = raw.request("GET", f"/{bucket}", query).expect(200)
    assert answer.xml["EncodingType"] == "url"
    assert answer.xml["CommonPrefixes"]["Prefix"] == "a+b/c%2B"
    assert answer.xml["Contents"]["Key"] == "a+b/%C3%BC%26%25"
    assert (answer.xml["Prefix"], answer.xml["StartAfter"], answer.xml["Delimiter"]) == ("a+b", "a+", "%2B")


def test_a_page_size_of_0_lists_nothing_and_is_not_truncated(s3, bucket):
    put_all(s3, bucket, ["k"])
    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert page["KeyCount"] == 0
    assert page["IsTruncated"] is False


def test_b12_listing_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.list_objects_v2(Bucket=bucket_name())


def test_a_key_is_listed_at_once_after_its_put_and_no_longer_after_its_delete(s3, bucket):
    """P3: listings are consistent with acknowledged writes."""
    for round_ in range(10):
        key = f"k{round_}"
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
        assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
        s3.delete_object(Bucket=bucket, Key=key)
        assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
