"""ListObjectVersions: order, markers, prefixes, pages; compared with a brute-force model."""

from __future__ import annotations

import random

import pytest
from conftest import bucket_name
from lib.errors import refused
from lib.uploads import dashed
from lib.versions import all_entries, delete, enable, entries, put, suspend


def list_raw(raw, bucket, **query):
    """ListObjectVersions; `max_keys=2` is the parameter max-keys."""
    return raw.request("GET", f"/{bucket}", {"versions": None, **dashed(query)})


def lines(answer):
    """The entries of a raw answer in the order of the document: (element, key, version id, is it the latest?)."""
    found = []
    for element in answer.expect(200).root:
        name = element.tag.split("}")[1]
        if name in ("Version", "DeleteMarker"):
            child = {one.tag.split("}")[1]: one.text for one in element}
            found.append((name, child["Key"], child["VersionId"], child["IsLatest"] == "true"))
        elif name == "CommonPrefixes":
            found.append((name, element[0].text, None, False))
    return found


def pages(raw, bucket, **query):
    """All entries, page by page as the markers lead; and the number of pages."""
    found, count, markers = [], 0, {}
    while True:
        answer = list_raw(raw, bucket, **query, **markers)
        found += lines(answer)
        count += 1
        xml = answer.xml
        if xml["IsTruncated"] == "false":
            assert "NextKeyMarker" not in xml and "NextVersionIdMarker" not in xml
            return found, count
        markers = {"key_marker": xml["NextKeyMarker"]}
        if xml.get("NextVersionIdMarker"):
            markers["version_id_marker"] = xml["NextVersionIdMarker"]


def test_an_empty_bucket(s3, raw, bucket):
    answer = list_raw(raw, bucket).expect(200)
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListVersionsResult"
    names = [child.tag.split("}")[1] for child in answer.root]
    assert names == ["Name", "Prefix", "KeyMarker", "VersionIdMarker", "MaxKeys", "IsTruncated"]
    assert answer.xml["MaxKeys"] == "1000"


def test_an_unversioned_bucket_lists_null_versions(s3, bucket):
    for key in ("c", "a", "b"):
        put(s3, bucket, key, key.encode() * 3)
    found = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [(item["Key"], item["VersionId"], item["IsLatest"], item["Size"]) for item in found] == [
        (key, "null", True, 3) for key in "abc"
    ]


def test_a_version_shows_what_it_holds(s3, versioned):
    made = s3.put_object(
        Bucket=versioned, Key="k", Body=b"abc", ChecksumAlgorithm="SHA256", StorageClass="STANDARD_IA"
    )
    marker = s3.delete_object(Bucket=versioned, Key="k")
    answer = s3.list_object_versions(Bucket=versioned)
    version, = answer["Versions"]
    owner = s3.list_buckets()["Owner"]["ID"]
    assert version["ETag"] == made["ETag"]
    assert (version["VersionId"], version["IsLatest"], version["Size"]) == (made["VersionId"], False, 3)
    assert (version["StorageClass"], version["ChecksumAlgorithm"], version["ChecksumType"]) == (
        "STANDARD_IA", ["SHA256"], "FULL_OBJECT"
    )
    found, = answer["DeleteMarkers"]
    assert (found["VersionId"], found["IsLatest"]) == (marker["VersionId"], True)
    assert version["Owner"]["ID"] == found["Owner"]["ID"] == owner
    assert "ETag" not in found and "Size" not in found


def test_versions_are_listed_by_key_then_the_latest_first(s3, raw, versioned):
    b1, a1, b2 = put(s3, versioned, "b"), put(s3, versioned, "a"), put(s3, versioned, "b")
    b3 = delete(s3, versioned, "b")
    b4 = put(s3, versioned, "b")
    assert lines(list_raw(raw, versioned)) == [
        ("Version", "a", a1, True), ("Version", "b", b4, True), ("DeleteMarker", "b", b3, False),
        ("Version", "b", b2, False), ("Version", "b", b1, False),
    ]


def test_a_version_marker_leads_on_within_a_key(s3, raw, versioned):
    old = [put(s3, versioned, "k", bytes([number])) for number in range(5)]
    new = list(reversed(old))
    answer = list_raw(raw, versioned, max_keys=2)
    assert answer.xml["NextKeyMarker"] == "k" and answer.xml["NextVersionIdMarker"] == new[1]
    rest = list_raw(raw, versioned, key_marker="k", version_id_marker=new[1])
    assert [line[2] for line in lines(rest)] == new[2:]
    assert (rest.xml["KeyMarker"], rest.xml["VersionIdMarker"]) == ("k", new[1])
    assert lines(list_raw(raw, versioned, key_marker="k")) == [], "a key marker alone is past all versions of the key"


def test_markers_that_were_deleted_meanwhile_lose_no_version(s3, raw, versioned):
    """A tool that empties a bucket deletes each page before it asks for the next."""
    new = list(reversed([put(s3, versioned, "k", bytes([number])) for number in range(5)]))
    for version in new[:3]:
        delete(s3, versioned, "k", version)
    found = lines(list_raw(raw, versioned, key_marker="k", version_id_marker=new[2]))
    assert [(line[2], line[3]) for line in found] == [(new[3], True), (new[4], False)]


def test_a_null_marker_that_was_deleted_meanwhile_loses_no_version(s3, raw, versioned):
    old = put(s3, versioned, "k", b"old")
    suspend(s3, versioned)
    put(s3, versioned, "k", b"null")
    delete(s3, versioned, "k", "null")
    found = lines(list_raw(raw, versioned, key_marker="k", version_id_marker="null"))
    assert [line[2] for line in found] == [old]


def test_a_bucket_can_be_emptied_page_by_page(s3, versioned):
    for number in range(30):
        put(s3, versioned, f"k{number % 4}", bytes([number]))
    for number in range(4):
        delete(s3, versioned, f"k{number}")
    markers, rounds = {}, 0
    while True:
        page = s3.list_object_versions(Bucket=versioned, MaxKeys=7, **markers)
        objects = [{"Key": entry.key, "VersionId": entry.version_id} for entry in entries(page)]
        if objects:
            s3.delete_objects(Bucket=versioned, Delete={"Objects": objects})
        rounds += 1
        if not page["IsTruncated"]:
            break
        markers = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
    assert rounds == 5
    assert all_entries(s3, versioned) == []


def test_a_version_marker_needs_a_key_marker(s3, raw, versioned):
    version = put(s3, versioned, "k")
    with refused("InvalidArgument", 400, argument_name="version-id-marker", argument_value=version) as error:
        s3.list_object_versions(Bucket=versioned, VersionIdMarker=version)
    assert error.message == "A version-id marker cannot be specified without a key marker."
    answer = list_raw(raw, versioned, key_marker="k", version_id_marker="no version")
    answer.expect(400, "InvalidArgument")


@pytest.mark.parametrize("value", ["-1", "x", "2147483648"])
def test_b83_a_bad_page_size_is_refused(raw, bucket, value):
    list_raw(raw, bucket, max_keys=value).expect(400, "InvalidArgument")


@pytest.mark.parametrize(("value", "reported"), [("1000", "1000"), ("1001", "1000"), ("", "1000"), ("7", "7")])
def test_b6_page_sizes_are_clamped(raw, bucket, value, reported):
    assert list_raw(raw, bucket, max_keys=value).expect(200).xml["MaxKeys"] == reported


def test_no_entries_are_no_page(s3, raw, versioned):
    put(s3, versioned, "k")
    answer = list_raw(raw, versioned, max_keys=0).expect(200)
    assert lines(answer) == []
    assert answer.xml["IsTruncated"] == "false"


@pytest.mark.parametrize("value", ["", "value", "URL"])
def test_b103_another_encoding_type_is_refused(raw, bucket, value):
    list_raw(raw, bucket, encoding_type=value).expect(400, "InvalidArgument")


def test_b102_keys_are_encoded_when_asked(s3, raw, versioned):
    for key in ("a b/c+d", "é"):
        put(s3, versioned, key)
    answer = list_raw(raw, versioned, encoding_type="url", prefix="a ", delimiter="+")
    assert lines(answer) == [("CommonPrefixes", "a+b/c%2B", None, False)]
    assert (answer.xml["Prefix"], answer.xml["Delimiter"], answer.xml["EncodingType"]) == ("a+", "%2B", "url")
    assert [line[1] for line in lines(list_raw(raw, versioned))] == ["a b/c+d", "é"]


def test_b12_an_unknown_bucket_has_no_versions(s3):
    with refused("NoSuchBucket", 404):
        s3.list_object_versions(Bucket=bucket_name())


def split(found):
    """Versions and common prefixes, which stand apart in each document."""
    rolled = [line for line in found if line[0] == "CommonPrefixes"]
    return [line for line in found if line[0] != "CommonPrefixes"], rolled


def model(history, *, prefix="", delimiter=""):
    """All entries of a history (key -> entries, the latest first) as one page would show them."""
    found, rolled = [], set()
    for key in sorted(history, key=str.encode):
        if not key.startswith(prefix) or not history[key]:
            continue
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        if cut >= 0:
            common = key[: cut + len(delimiter)]
            if common not in rolled:
                rolled.add(common)
                found.append(("CommonPrefixes", common, None, False))
            continue
        found += [(kind, key, version, place == 0) for place, (kind, version) in enumerate(history[key])]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_pages_of_any_size_show_what_the_model_has(s3, raw, bucket, seed):
    chance = random.Random(seed)
    enable(s3, bucket)
    history: dict[str, list[tuple[str, str]]] = {}
    keys = ["a", "a/", "a/b", "a/b/c", "a/c", "b/x", "b/y", "c", "cé", "d//e"]
    for _ in range(60):
        key = chance.choice(keys)
        past = history.setdefault(key, [])
        deed = chance.random()
        if deed < 0.65:
            past.insert(0, ("Version", put(s3, bucket, key)))
        elif deed < 0.85:
            past.insert(0, ("DeleteMarker", delete(s3, bucket, key)))
        elif past:
            delete(s3, bucket, key, past.pop(chance.randrange(len(past)))[1])
    for query in ({}, {"prefix": "a"}, {"prefix": "a/"}, {"delimiter": "/"}, {"prefix": "a/", "delimiter": "/"},
                  {"delimiter": "a"}, {"prefix": "zzz"}):
        expected = model(history, **query)
        for size in (1, 3, 7, 1000):
            found, count = pages(raw, bucket, max_keys=size, **query)
            assert split(found) == split(expected), (seed, query, size)
            assert count == max(1, -(-len(expected) // size))
