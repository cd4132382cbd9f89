"""ListMultipartUploads: b91-b106."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib.errors import refused
from lib.raw import Raw, Response
from lib.uploads import TAIL, UNKNOWN_ID, Upload, assert_strangers_are_refused, dashed, object_path


def list_raw(raw: Raw, bucket: str, **query: object) -> Response:
    """ListMultipartUploads; `max_uploads=2` is the parameter max-uploads."""
    return raw.request("GET", f"/{bucket}", {"uploads": None, **dashed(query)})


def many(value: object) -> list:
    """What repeats in XML: nothing, one or a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def keys(answer: Response) -> list[str]:
    """The keys of a raw answer."""
    return [found["Key"] for found in many(answer.expect(200).xml.get("Upload"))]


def ids(answer: Response) -> list[str]:
    """The upload ids of a raw answer."""
    return [found["UploadId"] for found in many(answer.expect(200).xml.get("Upload"))]


def prefixes(answer: Response) -> list[str]:
    """The common prefixes of a raw answer."""
    return [found["Prefix"] for found in many(answer.expect(200).xml.get("CommonPrefixes"))]


def next_markers(answer: Response) -> tuple[str, str]:
    """NextKeyMarker and NextUploadIdMarker."""
    return answer.xml["NextKeyMarker"], answer.xml["NextUploadIdMarker"]


def open_uploads(s3, bucket: str, *names: str) -> dict[str, list[str]]:
    """Opens an upload for every name, in this order; key -> ids in the order of their Create."""
    made: dict[str, list[str]] = {}
    for name in names:
        made.setdefault(name, []).append(Upload(s3, bucket, name).id)
    return made


# --- What is listed, in which order ---


def test_b91_everything_that_is_listed(s3, raw, bucket):
    upload = Upload(s3, bucket, "a key")
    answer = list_raw(raw, bucket).expect(200)
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListMultipartUploadsResult"
    xml = answer.xml
    found = xml.pop("Upload")
    assert xml.items() >= {
        "Bucket": bucket,
        "KeyMarker": "",
        "UploadIdMarker": "",
        "NextKeyMarker": "a key",
        "NextUploadIdMarker": upload.id,
        "MaxUploads": "1000",
        "IsTruncated": "false",
    }.items()
    assert not set(xml) & {"CommonPrefixes", "Delimiter", "EncodingType"}
    assert set(found) == {"Key", "UploadId", "Initiated", "StorageClass", "Owner", "Initiator"}
    assert (found["Key"], found["UploadId"], found["StorageClass"]) == ("a key", upload.id, "STANDARD")
    assert found["Owner"]["ID"] == found["Initiator"]["ID"] != ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", found["Initiated"])


def test_b91_a_declared_checksum_is_shown(s3, raw, bucket):
    Upload(s3, bucket, "composite", ChecksumAlgorithm="SHA256")
    Upload(s3, bucket, "full", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    Upload(s3, bucket, "none")
    found = list_raw(raw, bucket).expect(200).xml["Upload"]
    assert [(one.get("ChecksumAlgorithm"), one.get("ChecksumType")) for one in found] == [
        ("SHA256", "COMPOSITE"),
        ("CRC32", "FULL_OBJECT"),
        (None, None),
    ]


def test_b91_what_was_asked_is_repeated(raw, bucket):
    xml = list_raw(
        raw, bucket, prefix="a", delimiter="/", key_marker="k", max_uploads=7, encoding_type="url"
    ).expect(200).xml
    assert xml.items() >= {
        "Prefix": "a", "Delimiter": "/", "KeyMarker": "k", "MaxUploads": "7", "EncodingType": "url"
    }.items()


def test_b92_keys_ascend_by_their_utf8_bytes(s3, raw, bucket):
    """In UTF-16 U+1F600 would sort before U+FF5E; in many locales `a` before `B`."""
    names = ["b", "B", "a/b", "a", "é", "\uff5e", "\U0001f600", "a-b", "10", "9"]
    open_uploads(s3, bucket, *names)
    assert keys(list_raw(raw, bucket)) == sorted(names, key=str.encode)


def test_b92_uploads_of_one_key_stand_in_the_order_of_their_create(s3, raw, bucket):
    made = open_uploads(s3, bucket, "b", "a", "b", "b", "a", "b", "b", "a", "b")
    assert ids(list_raw(raw, bucket)) == made["a"] + made["b"]


# --- Pages and markers ---


def test_b93_the_next_markers_are_the_last_entry_even_on_a_final_page(s3, raw, bucket):
    made = open_uploads(s3, bucket, "a", "b", "b")
    answer = list_raw(raw, bucket).expect(200)
    assert answer.xml["IsTruncated"] == "false"
    assert next_markers(answer) == ("b", made["b"][-1])


def test_b93_without_uploads_the_next_markers_are_empty(raw, bucket):
    answer = list_raw(raw, bucket).expect(200)
    assert answer.xml["IsTruncated"] == "false"
    assert next_markers(answer) == ("", "")


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
def test_b95_pages_follow_each_other_over_keys_and_uploads(s3, raw, bucket, size):
    made = open_uploads(s3, bucket, "a", "b", "c", "b", "b")
    wanted = made["a"] + made["b"] + made["c"]
    seen, markers = [], {}
    while True:
        answer = list_raw(raw, bucket, max_uploads=size, **markers).expect(200)
        seen += ids(answer)
        truncated = answer.xml["IsTruncated"] == "true"
        assert truncated == (len(seen) < 5)
        assert answer.xml["MaxUploads"] == str(size)
        assert next_markers(answer)[1] == seen[-1]
        if not truncated:
            break
        markers = dict(zip(("key_marker", "upload_id_marker"), next_markers(answer), strict=True))
    assert seen == wanted


@pytest.mark.parametrize(("marker", "wanted"), [("a", ["b", "b", "c"]), ("b", ["c"]), ("aa", ["b", "b", "c"]), ("c", [])])
def test_b94_a_key_marker_alone_skips_the_whole_key(s3, raw, bucket, marker, wanted):
    open_uploads(s3, bucket, "a", "b", "b", "c")
    answer = list_raw(raw, bucket, key_marker=marker)
    assert keys(answer) == wanted
    assert answer.xml["KeyMarker"] == marker


def test_b95_both_markers_go_on_within_the_key(s3, raw, bucket):
    made = open_uploads(s3, bucket, "a", "b", "b", "b", "c")
    answer = list_raw(raw, bucket, key_marker="b", upload_id_marker=made["b"][0])
    assert ids(answer) == made["b"][1:] + made["c"]
    assert (answer.xml["KeyMarker"], answer.xml["UploadIdMarker"]) == ("b", made["b"][0])
    assert ids(list_raw(raw, bucket, key_marker="b", upload_id_marker=made["b"][-1])) == made["c"]


@pytest.mark.parametrize("marker", ["known", "unknown"])
def test_b96_an_upload_id_marker_alone_is_ignored(s3, raw, bucket, marker):
    made = open_uploads(s3, bucket, "a", "b")
    answer = list_raw(raw, bucket, upload_id_marker=made["b"][0] if marker == "known" else UNKNOWN_ID)
    assert keys(answer) == ["a", "b"]
    assert answer.xml["UploadIdMarker"] == ""


@pytest.mark.parametrize("marker", ["of another key", "unknown", "not an id"])
def test_b97_an_upload_id_marker_of_another_key_is_refused(s3, raw, bucket, marker):
    made = open_uploads(s3, bucket, "a", "b")
    value = {"of another key": made["b"][0], "unknown": UNKNOWN_ID, "not an id": "x y"}[marker]
    answer = list_raw(raw, bucket, key_marker="a", upload_id_marker=value)
    answer.expect(400, "InvalidArgument", argument_name="upload-id-marker", argument_value=value)
    assert answer.error.message == "Invalid uploadId marker"


# --- Prefix and delimiter ---


TREE = ["a", "photos/2024/1", "photos/2024/2", "photos/2025/1", "photos/x", "photos0", "z"]


def test_b98_a_prefix_filters(s3, raw, bucket):
    open_uploads(s3, bucket, *TREE)
    answer = list_raw(raw, bucket, prefix="photos/2024/")
    assert keys(answer) == ["photos/2024/1", "photos/2024/2"]
    assert answer.xml["Prefix"] == "photos/2024/"
    assert keys(list_raw(raw, bucket, prefix="photos")) == TREE[1:6]
    assert keys(list_raw(raw, bucket, prefix="nothing")) == []


def test_b98_a_delimiter_rolls_up(s3, raw, bucket):
    open_uploads(s3, bucket, *TREE)
    answer = list_raw(raw, bucket, delimiter="/")
    assert (keys(answer), prefixes(answer)) == (["a", "photos0", "z"], ["photos/"])
    answer = list_raw(raw, bucket, delimiter="/", prefix="photos/")
    assert (keys(answer), prefixes(answer)) == (["photos/x"], ["photos/2024/", "photos/2025/"])


def test_b98_a_delimiter_may_be_long_and_may_match_nothing(s3, raw, bucket):
    open_uploads(s3, bucket, *TREE)
    assert prefixes(list_raw(raw, bucket, delimiter="/202")) == ["photos/202"]
    answer = list_raw(raw, bucket, delimiter="#")
    assert (keys(answer), prefixes(answer)) == (TREE, [])


def test_b98_common_prefixes_count_toward_max_uploads(s3, raw, bucket):
    open_uploads(s3, bucket, *TREE)
    answer = list_raw(raw, bucket, delimiter="/", max_uploads=2)
    assert (keys(answer), prefixes(answer)) == (["a"], ["photos/"])
    assert answer.xml["IsTruncated"] == "true"
    answer = list_raw(raw, bucket, delimiter="/", max_uploads=4)
    assert (keys(answer), prefixes(answer)) == (["a", "photos0", "z"], ["photos/"])
    assert answer.xml["IsTruncated"] == "false"


@pytest.mark.parametrize("marker", ["photos/", "photos/2", "photos/2024/1", "photos/zzz"])
def test_b99_a_key_marker_in_a_common_prefix_skips_all_of_it(s3, raw, bucket, marker):
    open_uploads(s3, bucket, *TREE)
    answer = list_raw(raw, bucket, delimiter="/", key_marker=marker)
    assert (keys(answer), prefixes(answer)) == (["photos0", "z"], [])


def test_b99_a_key_marker_before_a_common_prefix_skips_none_of_it(s3, raw, bucket):
    open_uploads(s3, bucket, *TREE)
    answer = list_raw(raw, bucket, delimiter="/", key_marker="photos")
    assert (keys(answer), prefixes(answer)) == (["photos0", "z"], ["photos/"])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_b100_pages_that_end_on_a_common_prefix_can_be_continued(s3, raw, bucket, size):
    """CONTESTED: AWS leaves the markers empty; given is the prefix, so that a client can go on."""
    open_uploads(s3, bucket, *TREE, "a/1", "a/2")
    seen, markers = [], {}
    for _ in range(10):
        answer = list_raw(raw, bucket, delimiter="/", max_uploads=size, **markers).expect(200)
        page = sorted(keys(answer) + prefixes(answer), key=str.encode)
        assert len(page) <= size
        seen += page
        if answer.xml["IsTruncated"] == "false":
            break
        markers = {"key_marker": answer.xml["NextKeyMarker"], "upload_id_marker": answer.xml["NextUploadIdMarker"]}
        assert markers["key_marker"] == page[-1]
    assert seen == ["a", "a/", "photos/", "photos0", "z"]


# --- Parameters ---


def test_b101_max_uploads_0_lists_nothing(s3, raw, bucket):
    open_uploads(s3, bucket, "a", "b")
    answer = list_raw(raw, bucket, max_uploads=0).expect(200)
    assert keys(answer) == []
    assert (answer.xml["IsTruncated"], answer.xml["MaxUploads"]) == ("false", "0")


@pytest.mark.parametrize("size", ["-1", "abc", "2147483648"])
def test_b101_max_uploads_is_a_small_integer(raw, bucket, size):
    list_raw(raw, bucket, max_uploads=size).expect(
        400, "InvalidArgument", argument_name="max-uploads", argument_value=size
    )


def test_b101_more_than_1000_is_1000(raw, bucket):
    assert list_raw(raw, bucket, max_uploads=1001).expect(200).xml["MaxUploads"] == "1000"


def test_b6_b7_b101_a_page_has_at_most_1000_uploads(s3, raw, bucket):
    """And the number of open uploads has no limit."""

    def create(_: int) -> None:
        raw.request("POST", object_path(bucket, "one key"), "uploads").expect(200)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create, range(1001)))
    answer = list_raw(raw, bucket, max_uploads=5000).expect(200)
    first = ids(answer)
    assert (len(first), answer.xml["IsTruncated"]) == (1000, "true")
    answer = list_raw(raw, bucket, key_marker="one key", upload_id_marker=first[-1])
    assert len(set(first + ids(answer))) == 1001
    assert answer.xml["IsTruncated"] == "false"
    s3.delete_bucket(Bucket=bucket)  # with all its uploads at once (b166)


def test_b102_encoding_type_url_encodes_names(s3, raw, bucket):
    open_uploads(s3, bucket, "a b+c(d)/é", "p q/1", "p q/2", "z z")
    answer = list_raw(raw, bucket, encoding_type="url")
    assert keys(answer) == ["a+b%2Bc%28d%29/%C3%A9", "p+q/1", "p+q/2", "z+z"]
    assert answer.xml["EncodingType"] == "url"
    assert answer.xml["NextKeyMarker"] == "z+z"
    answer = list_raw(raw, bucket, encoding_type="url", prefix="p ", delimiter="q/", key_marker="a b")
    assert prefixes(answer) == ["p+q/"]
    assert (answer.xml["Prefix"], answer.xml["Delimiter"], answer.xml["KeyMarker"]) == ("p+", "q/", "a+b")


def test_b102_without_it_names_are_only_escaped(s3, raw, bucket):
    names = ["a b+c(d)/é", "a&b", "a<b>\"c'"]
    open_uploads(s3, bucket, *names)
    assert keys(list_raw(raw, bucket)) == sorted(names, key=str.encode)
    found = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [one["Key"] for one in found] == sorted(names, key=str.encode)


@pytest.mark.parametrize("value", ["", "URLs", "base64"])
def test_b103_another_encoding_type_is_refused(raw, bucket, value):
    answer = list_raw(raw, bucket, encoding_type=value)
    answer.expect(400, "InvalidArgument", argument_name="encoding-type", argument_value=value)
    assert answer.error.message == "Invalid Encoding Method specified in Request"


def test_b104_uploads_and_an_upload_id_contradict_each_other(s3, raw, bucket):
    upload = Upload(s3, bucket)
    answer = raw.request("GET", f"/{bucket}", f"uploads&uploadId={upload.id}").expect(400, "InvalidArgument")
    assert answer.error.message.startswith("Conflicting query string parameters")


def test_b104_uploads_of_a_key_cannot_be_listed(raw, bucket):
    answer = raw.request("GET", object_path(bucket, "object"), "uploads").expect(400, "InvalidRequest")
    assert answer.error.message == "Key is not expected for the GET method ?uploads subresource"


# --- What is not listed; who may ---


@pytest.mark.parametrize("end", ["abort", "complete"])
def test_b105_uploads_that_have_ended_are_gone_at_once(s3, raw, bucket, end):
    ended, other = Upload(s3, bucket), Upload(s3, bucket)
    ended.part(1, TAIL)
    getattr(ended, end)()
    assert ids(list_raw(raw, bucket)) == [other.id]


def test_b105_open_uploads_do_not_show_among_objects(s3, bucket):
    Upload(s3, bucket).part(1, TAIL)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert "Contents" not in s3.list_objects(Bucket=bucket)


def test_b105_uploads_of_other_buckets_do_not_show(s3, raw, bucket, make_bucket):
    open_uploads(s3, make_bucket(), "a")
    assert ids(list_raw(raw, bucket)) == []


def test_b106_the_root_key_may_and_strangers_may_not(raw, bucket):
    assert_strangers_are_refused(raw, "GET", f"/{bucket}", "uploads")
    list_raw(raw, bucket).expect(200)


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.list_multipart_uploads(Bucket="e2e-no-such-bucket")


def test_b13_the_expected_owner_must_be_the_owner(s3, bucket):
    with refused("AccessDenied", 403):
        s3.list_multipart_uploads(Bucket=bucket, ExpectedBucketOwner="999999999999")
