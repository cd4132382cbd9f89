"""ListParts: b77-b90."""

from __future__ import annotations

import datetime
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib import checksums
from lib.data import md5_hex
from lib.errors import refused
from lib.uploads import TAIL, UNKNOWN_ID, Upload, assert_strangers_are_refused, object_path

NOT_AN_INTEGER = "Provided {} not an integer or within integer range"
OUT_OF_RANGE = "Argument {} must be an integer between 0 and 2147483647"


@pytest.fixture
def upload(s3, bucket) -> Upload:
    """An upload with the parts 2, 3, 5, 7, 11, sent in another order."""
    upload = Upload(s3, bucket)
    for number in (7, 2, 11, 3, 5):
        upload.part(number, b"*" * number)
    return upload


def listed(answer) -> list[int]:
    """The part numbers of a raw answer."""
    parts = answer.xml.get("Part", [])
    return [int(part["PartNumber"]) for part in (parts if isinstance(parts, list) else [parts])]


def paging(answer) -> tuple[str, str, str, str]:
    """PartNumberMarker, NextPartNumberMarker, MaxParts, IsTruncated."""
    names = ("PartNumberMarker", "NextPartNumberMarker", "MaxParts", "IsTruncated")
    return tuple(answer.xml[name] for name in names)


def test_b77_everything_that_is_listed(raw, bucket, upload):
    answer = upload.raw_list(raw).expect(200)
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}ListPartsResult"
    xml = answer.xml
    assert (xml["Bucket"], xml["Key"], xml["UploadId"]) == (bucket, "object", upload.id)
    assert xml["Initiator"]["ID"] and xml["Initiator"]["DisplayName"]
    assert xml["Owner"]["ID"]
    assert xml["StorageClass"] == "STANDARD"
    for part in xml["Part"]:
        assert {"PartNumber", "LastModified", "ETag", "Size"} == set(part)
        body = b"*" * int(part["PartNumber"])
        assert (part["Size"], part["ETag"]) == (str(len(body)), f'"{md5_hex(body)}"')


def test_b10_times_have_milliseconds_that_are_zero(raw, upload):
    for part in upload.raw_list(raw).expect(200).xml["Part"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", part["LastModified"])


def test_b77_last_modified_is_now(upload):
    now = datetime.datetime.now(datetime.timezone.utc)
    for part in upload.list()["Parts"]:
        assert abs(now - part["LastModified"]) < datetime.timedelta(minutes=1)


def test_b78_parts_ascend_by_number(upload):
    assert upload.numbers() == [2, 3, 5, 7, 11]


def test_b79_the_defaults_of_paging(raw, upload):
    assert paging(upload.raw_list(raw).expect(200)) == ("0", "11", "1000", "false")


def test_b79_an_upload_without_parts(s3, raw, bucket):
    answer = Upload(s3, bucket).raw_list(raw).expect(200)
    assert listed(answer) == []
    assert paging(answer) == ("0", "0", "1000", "false")


def test_b79_pages_follow_each_other(raw, upload):
    seen, marker = [], 0
    for last, truncated in ((3, "true"), (7, "true"), (11, "false")):
        answer = upload.raw_list(raw, max_parts=2, part_number_marker=marker).expect(200)
        assert paging(answer) == (str(marker), str(last), "2", truncated)
        seen += listed(answer)
        marker = last
    assert seen == [2, 3, 5, 7, 11]


def test_b79_a_page_that_is_just_full_is_not_truncated(raw, upload):
    assert paging(upload.raw_list(raw, max_parts=5).expect(200)) == ("0", "11", "5", "false")


@pytest.mark.parametrize(("marker", "parts"), [(1, [2, 3, 5, 7, 11]), (2, [3, 5, 7, 11]), (4, [5, 7, 11]), (10, [11])])
def test_b80_the_marker_is_exclusive_and_need_not_be_a_part(raw, upload, marker, parts):
    assert listed(upload.raw_list(raw, part_number_marker=marker).expect(200)) == parts


@pytest.mark.parametrize("marker", [11, 12, 10_000, 10_001, 2_147_483_647])
def test_b80_a_marker_past_the_end(raw, upload, marker):
    answer = upload.raw_list(raw, part_number_marker=marker).expect(200)
    assert listed(answer) == []
    assert paging(answer) == (str(marker), "0", "1000", "false")


@pytest.mark.parametrize("size", [1001, 5000, 2_147_483_647])
def test_b81_more_than_1000_is_1000(raw, upload, size):
    assert paging(upload.raw_list(raw, max_parts=size).expect(200)) == ("0", "11", "1000", "false")


def test_b81_a_page_has_at_most_1000_parts(s3, raw, bucket):
    upload = Upload(s3, bucket)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: upload.raw_part(raw, number, b"").expect(200), range(1, 1003)))
    answer = upload.raw_list(raw, max_parts=2000).expect(200)
    assert listed(answer) == list(range(1, 1001))
    assert paging(answer) == ("0", "1000", "1000", "true")
    assert listed(upload.raw_list(raw, part_number_marker=1000).expect(200)) == [1001, 1002]


def test_b82_max_parts_0_lists_nothing(raw, upload):
    answer = upload.raw_list(raw, max_parts=0).expect(200)
    assert listed(answer) == []
    assert paging(answer) == ("0", "0", "0", "false")


@pytest.mark.parametrize("name", ["max-parts", "part-number-marker"])
@pytest.mark.parametrize(
    ("value", "message"),
    [("-1", OUT_OF_RANGE), ("abc", NOT_AN_INTEGER), ("1.5", NOT_AN_INTEGER), ("2147483648", NOT_AN_INTEGER)],
)
def test_b83_paging_parameters_are_small_integers(raw, upload, name, value, message):
    answer = upload.raw_list(raw, **{name: value})
    answer.expect(400, "InvalidArgument", argument_name=name, argument_value=value)
    assert answer.error.message == message.format(name)


def test_b84_empty_paging_parameters_mean_the_default(raw, upload):
    answer = upload.raw_list(raw, max_parts="", part_number_marker="").expect(200)
    assert listed(answer) == [2, 3, 5, 7, 11]
    assert paging(answer) == ("0", "11", "1000", "false")


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("SHA256", "COMPOSITE"), ("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("CRC64NVME", "FULL_OBJECT")]
)
def test_b85_a_declared_algorithm_is_shown(plain, raw, bucket, algorithm, kind):
    upload = Upload(plain, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    value = checksums.value(algorithm, TAIL)
    upload.raw_part(raw, 1, TAIL, {checksums.header(algorithm): value}).expect(200)
    xml = upload.raw_list(raw).expect(200).xml
    assert (xml["ChecksumAlgorithm"], xml["ChecksumType"]) == (algorithm, kind)
    found = {name: text for name, text in xml["Part"].items() if name.startswith("Checksum")}
    assert found == {checksums.element(algorithm): value}


def test_b85_no_declared_algorithm_no_checksums(raw, upload):
    """boto3 sent a CRC32 with every part (b228)."""
    assert b"Checksum" not in upload.raw_list(raw).expect(200).body


def test_b86_unknown_uploads_and_other_keys(s3, bucket, upload):
    with refused("NoSuchUpload", 404, upload_id=UNKNOWN_ID):
        s3.list_parts(Bucket=bucket, Key="object", UploadId=UNKNOWN_ID)
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        s3.list_parts(Bucket=bucket, Key="other", UploadId=upload.id)


@pytest.mark.parametrize("end", ["abort", "complete"])
def test_b86_uploads_that_have_ended(s3, bucket, end):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    getattr(upload, end)()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.list()


def test_b87_the_owner_is_named(upload):
    """CONTESTED whether Owner has a DisplayName: clients of old want one."""
    answer = upload.list()
    assert answer["Owner"] == answer["Initiator"] and answer["Owner"]["DisplayName"]


def test_b88_no_lifecycle_rule_no_abort_headers(raw, upload):
    """With a rule: test_lifecycle.py."""
    headers = upload.raw_list(raw).expect(200).headers
    assert "x-amz-abort-date" not in headers
    assert "x-amz-abort-rule-id" not in headers


@pytest.mark.parametrize("key", ["a&b", 'a"b', "a'b", "a<b>c", "a&amp;b", "</Key>", "é ü/ß", "a+b c"])
def test_b89_keys_are_escaped(s3, raw, bucket, key):
    upload = Upload(s3, bucket, key)
    assert upload.raw_list(raw).expect(200).xml["Key"] == key
    assert upload.list()["Key"] == key


def test_b90_the_root_key_may_and_strangers_may_not(raw, upload):
    assert_strangers_are_refused(raw, "GET", upload.path, {"uploadId": upload.id})
    upload.raw_list(raw).expect(200)


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.list_parts(Bucket="e2e-no-such-bucket", Key="k", UploadId=UNKNOWN_ID)


def test_b13_the_expected_owner_must_be_the_owner(upload):
    with refused("AccessDenied", 403):
        upload.list(ExpectedBucketOwner="999999999999")


def test_b119_an_empty_upload_id_is_unknown(raw, bucket):
    raw.request("GET", object_path(bucket, "object"), {"uploadId": ""}).expect(404, "NoSuchUpload")
