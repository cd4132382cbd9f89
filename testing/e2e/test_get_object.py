"""GetObject: bytes, ranges, conditions, header overrides, checksums."""

import base64
import datetime
import zlib
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from conftest import bucket_name, wipe
from lib import versions
from lib.data import MIB, md5_hex, random_bytes
from lib.errors import refused

DIGITS = b"0123456789"
ETAG = f'"{md5_hex(DIGITS)}"'


@pytest.fixture(scope="module")
def shelf(s3):
    """A bucket of objects that tests only read."""
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    yield name
    wipe(s3, name)


@pytest.fixture(scope="module")
def digits(raw, shelf):
    """The path of an object of ten bytes."""
    raw.request("PUT", f"/{shelf}/digits", body=DIGITS).expect(200)
    return f"/{shelf}/digits"


@pytest.fixture(scope="module")
def empty(raw, shelf):
    """The path of an object without bytes."""
    raw.request("PUT", f"/{shelf}/empty", body=b"").expect(200)
    return f"/{shelf}/empty"


def at(seconds):
    """An RFC 1123 date some seconds from now."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return format_datetime(when, usegmt=True)


def test_get_object_with_all_its_headers(raw, digits):
    answer = raw.request("GET", digits).expect(200)
    assert answer.body == DIGITS
    assert answer.headers["ETag"] == ETAG
    assert answer.headers["Content-Length"] == "10"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "Content-Range" not in answer.headers
    assert "x-amz-mp-parts-count" not in answer.headers


def test_b10_last_modified_is_an_rfc_1123_date_of_now(raw, digits):
    text = raw.request("GET", digits).headers["Last-Modified"]
    when = parsedate_to_datetime(text)
    assert format_datetime(when, usegmt=True) == text
    assert abs((datetime.datetime.now(datetime.timezone.utc) - when).total_seconds()) < 60


def test_get_a_missing_key(s3, bucket):
    with refused("NoSuchKey", 404, key="absent/ü"):
        s3.get_object(Bucket=bucket, Key="absent/ü")


def test_get_an_empty_object(raw, empty):
    answer = raw.request("GET", empty).expect(200)
    assert answer.body == b""
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["ETag"] == '"d41d8cd98f00b204e9800998ecf8427e"'


# --- Ranges: b183, S36 ---


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=9-9", 9, 9),
        ("bytes=2-5", 2, 5),
        ("bytes=5-", 5, 9),
        ("bytes=0-", 0, 9),
        ("bytes=0-9", 0, 9),
        ("bytes=0-10", 0, 9),
        ("bytes=8-1000000", 8, 9),
        ("bytes=-1", 9, 9),
        ("bytes=-3", 7, 9),
        ("bytes=-10", 0, 9),
        ("bytes=-11", 0, 9),
        ("bytes=-1000000", 0, 9),
        ("bytes=007-008", 7, 8),
        ("bytes=0-2147483648", 0, 9),
        ("bytes=1-4294967296", 1, 9),
        ("bytes=1-9223372036854775807", 1, 9),
        ("bytes=1-9223372036854775808", 1, 9),
        ("bytes=0-18446744073709551615", 0, 9),
    ],
)
def test_b183_a_range_is_the_slice(raw, digits, value, first, last):
    answer = raw.request("GET", digits, headers={"Range": value}).expect(206)
    assert answer.body == DIGITS[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/10"
    assert answer.headers["Content-Length"] == str(last + 1 - first)
    assert answer.headers["ETag"] == ETAG


@pytest.mark.parametrize(
    "value",
    ["bytes=10-", "bytes=10-10", "bytes=11-20", "bytes=-0", "bytes=4294967296-", "bytes=9223372036854775807-",
     "bytes=18446744073709551615-"],
)
def test_b183_a_range_outside_the_object_is_416(raw, digits, value):
    answer = raw.request("GET", digits, headers={"Range": value}).expect(416, "InvalidRange")
    assert answer.error.fields["RangeRequested"] == value
    assert answer.error.fields["ActualObjectSize"] == "10"


@pytest.mark.parametrize(
    "value",
    ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=9-0", "bytes=0-1,3-4", "bytes=0-1,", "bytes=,0-1",
     "bytes=--1", "bytes=1--2", "bytes=0-1-2", "bytes=+1-2", "bytes=0x1-2", "bytes=1.5-2", "bytes=1-2x", "items=0-1",
     "0-1", "bytes 0-1", "bytes:0-1", "byte=0-1", "bytes=ⅷ-9", "bytes=-1-", "bytes=*"],
)
def test_b183_a_malformed_or_multiple_range_is_ignored(raw, digits, value):
    answer = raw.request("GET", digits, headers={"Range": value}).expect(200)
    assert answer.body == DIGITS
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("value", ["bytes=0-99999999999999999999", "bytes=0-" + "9" * 400])
def test_s36_a_range_of_huge_numbers_is_the_whole_object(raw, digits, value):
    answer = raw.request("GET", digits, headers={"Range": value})
    assert answer.status in (200, 206)
    assert answer.body == DIGITS


@pytest.mark.parametrize("value", ["bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes=" + "9" * 400 + "-"])
def test_s36_a_range_that_starts_at_a_huge_number_is_no_server_error(raw, digits, value):
    answer = raw.request("GET", digits, headers={"Range": value})
    assert answer.status in (200, 206, 416)
    if answer.status != 416:
        assert answer.body == DIGITS


@pytest.mark.parametrize("value", ["bytes=0-", "bytes=0-0", "bytes=-0", "bytes=5-9"])
def test_b183_an_empty_object_has_no_first_bytes(raw, empty, value):
    raw.request("GET", empty, headers={"Range": value}).expect(416, "InvalidRange")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_b183_the_last_bytes_of_an_empty_object_are_all_it_has(raw, empty, method):
    answer = raw.request(method, empty, headers={"Range": "bytes=-1"}).expect(200)
    assert (answer.body, answer.headers["Content-Length"]) == (b"", "0")
    assert "Content-Range" not in answer.headers


def test_b189_ranges_across_stored_blocks_are_slices(s3, bucket):
    """Every pair of edges around the sizes in which servers store things."""
    data = random_bytes("ranges", 2 * MIB + 7)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    edges = [0, 1, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1, 2 * MIB, len(data) - 1]
    pairs = [(first, last) for first in edges for last in edges if first <= last]

    def check(pair):
        first, last = pair
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        return got["Body"].read() == data[first : last + 1] and got["ContentRange"] == f"bytes {first}-{last}/{len(data)}"

    with ThreadPoolExecutor(4) as pool:
        wrong = [pair for pair, right in zip(pairs, pool.map(check, pairs)) if not right]
    assert wrong == []


# --- partNumber on an object that was not uploaded in parts ---


def test_b179_part_1_of_a_single_put_is_the_whole_object(raw, digits):
    answer = raw.request("GET", digits, "partNumber=1").expect(206)
    assert answer.body == DIGITS
    assert answer.headers["Content-Range"] == "bytes 0-9/10"
    assert "x-amz-mp-parts-count" not in answer.headers


def test_b179_part_2_of_a_single_put_is_416(raw, digits):
    answer = raw.request("GET", digits, "partNumber=2")
    answer.expect(416, "InvalidPartNumber", actual_part_count=1, part_number_requested=2)


def test_b180_part_1_of_an_empty_object_is_200(raw, empty):
    answer = raw.request("GET", empty, "partNumber=1").expect(200)
    assert answer.body == b""
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("number", ["-1", "0", "10001", "4294967296", "4294967297", "18446744073709551617", "x", "", "1.0"])
def test_b180_s36_a_bad_part_number(raw, digits, number):
    raw.request("GET", digits, f"partNumber={number}").expect(400, "InvalidArgument", argument_name="partNumber")


def test_b178_part_number_with_range(raw, digits):
    answer = raw.request("GET", digits, "partNumber=1", {"Range": "bytes=0-1"}).expect(400, "InvalidRequest")
    assert answer.error.message == "Cannot specify both Range header and partNumber query parameter"


# --- Conditions ---


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Match": ETAG}, 200),
        ({"If-Match": ETAG.strip('"')}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": f'"abc", {ETAG}'}, 200),
        ({"If-Match": '"abc"'}, 412),
        ({"If-None-Match": '"abc"'}, 200),
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": ETAG.strip('"')}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Modified-Since": at(-3600)}, 200),
        ({"If-Modified-Since": at(30)}, 304),
        ({"If-Modified-Since": "no date"}, 200),
        ({"If-Unmodified-Since": at(3600)}, 200),
        ({"If-Unmodified-Since": at(-3600)}, 412),
        ({"If-Unmodified-Since": "no date"}, 200),
        ({"If-Match": ETAG, "If-Unmodified-Since": at(-3600)}, 200),
        ({"If-Match": '"abc"', "If-Unmodified-Since": at(3600)}, 412),
        ({"If-None-Match": ETAG, "If-Modified-Since": at(-3600)}, 304),
        ({"If-None-Match": '"abc"', "If-Modified-Since": at(-3600)}, 200),
        ({"If-Match": ETAG, "If-None-Match": ETAG}, 304),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_on_reading(raw, digits, method, headers, status):
    if "If-Modified-Since" in headers and status == 304 and len(headers) == 1:
        # AWS ignores a date in the future: use the object's own.
        headers = {"If-Modified-Since": raw.request("HEAD", digits).headers["Last-Modified"]}
    answer = raw.request(method, digits, headers=headers).expect(status)
    if status == 200:
        assert answer.body == (DIGITS if method == "GET" else b"")
    if status == 304:
        assert answer.body == b""
        assert answer.headers["ETag"] == ETAG
    if status == 412 and method == "GET":
        assert answer.error.code == "PreconditionFailed"
        assert answer.error.fields["Condition"] in headers
    if status == 412 and method == "HEAD":
        assert answer.body == b""


def test_a_failed_condition_beats_a_range(raw, digits):
    raw.request("GET", digits, headers={"If-Match": '"abc"', "Range": "bytes=0-1"}).expect(412)
    raw.request("GET", digits, headers={"If-Match": ETAG, "Range": "bytes=0-1"}).expect(206)


# --- response-* ---


def test_response_overrides_replace_the_stored_headers(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=DIGITS, ContentType="text/plain", CacheControl="no-cache")
    got = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="text/html", ResponseCacheControl="max-age=1",
        ResponseContentDisposition='attachment; filename="ü.txt"'.encode("ascii", "ignore").decode(),
        ResponseContentEncoding="identity", ResponseContentLanguage="fr",
        ResponseExpires=datetime.datetime(2030, 1, 2, tzinfo=datetime.timezone.utc),
    )
    headers = got["ResponseMetadata"]["HTTPHeaders"]
    assert headers["content-type"] == "text/html"
    assert headers["cache-control"] == "max-age=1"
    assert headers["content-disposition"] == 'attachment; filename=".txt"'
    assert headers["content-encoding"] == "identity"
    assert headers["content-language"] == "fr"
    assert headers["expires"].startswith("Wed, 02 Jan 2030")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "text/plain"


def test_response_overrides_work_on_head_and_on_ranges(raw, digits):
    for method, headers, status in (("HEAD", {}, 200), ("GET", {"Range": "bytes=0-1"}, 206)):
        answer = raw.request(method, digits, {"response-content-type": "text/x"}, headers).expect(status)
        assert answer.headers["Content-Type"] == "text/x"


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rb", "a\0b"])
def test_s38_response_overrides_cannot_inject_headers(raw, digits, value):
    answer = raw.request("GET", digits, {"response-content-disposition": value})
    assert answer.status < 500
    assert "X-Injected" not in answer.headers
    assert raw.request("GET", digits).expect(200).body == DIGITS


@pytest.mark.parametrize("name", ["response-cache-control", "response-content-disposition"])
def test_response_overrides_have_only_characters_of_latin_1(raw, digits, name):
    answer = raw.request("GET", digits, {name: "caf\u00e9 \u2014 \u20ac"})
    answer.expect(400, "InvalidArgument", argument_name=name, argument_value="caf\u00e9 \u2014 \u20ac")
    assert answer.error.message == "Header value cannot be represented using ISO-8859-1."
    raw.request("GET", digits, {name: "caf\u00e9"}).expect(200)


def test_response_overrides_need_a_signature(raw, digits):
    answer = raw.request("GET", digits, {"response-content-type": "text/html"}, sign=None)
    assert answer.status in (400, 403)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_response_overrides_are_not_for_everyone(s3, raw, open_bucket, method):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    raw.request(method, f"/{open_bucket}/k", sign=None).expect(200)
    answer = raw.request(method, f"/{open_bucket}/k", {"response-content-type": "text/html"}, sign=None)
    answer.expect(400, *(["InvalidRequest"] if method == "GET" else []))


# --- Checksums ---


def checksums(answer):
    return {name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("x-amz-checksum-")}


def test_b181_checksums_come_only_when_asked_for(raw, bucket):
    value = base64.b64encode(zlib.crc32(DIGITS).to_bytes(4, "big")).decode()
    path = f"/{bucket}/k"
    raw.request("PUT", path, headers={"x-amz-checksum-crc32": value}, body=DIGITS).expect(200)
    expected = {"x-amz-checksum-crc32": value, "x-amz-checksum-type": "FULL_OBJECT"}
    for method in ("GET", "HEAD"):
        assert checksums(raw.request(method, path)) == {}
        assert checksums(raw.request(method, path, headers={"x-amz-checksum-mode": "ENABLED"})) == expected


def test_b183_a_part_of_the_object_has_no_checksum_the_whole_has(raw, digits):
    asked = {"x-amz-checksum-mode": "ENABLED"}
    whole = checksums(raw.request("GET", digits, headers=asked))
    assert whole["x-amz-checksum-type"] == "FULL_OBJECT"
    assert checksums(raw.request("GET", digits, headers={**asked, "Range": "bytes=0-8"})) == {}
    assert checksums(raw.request("GET", digits, headers={**asked, "Range": "bytes=0-9"})) == whole
    assert checksums(raw.request("GET", digits, "partNumber=1", asked)) == whole


def test_boto3_checks_the_checksum_of_what_it_reads(s3, bucket):
    """b181: boto3 asks by default and would raise on a mismatch."""
    data = random_bytes("checked", 100_000)
    s3.put_object(Bucket=bucket, Key="k", Body=data, ChecksumAlgorithm="SHA256")
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert got["ChecksumSHA256"]
    assert got["Body"].read() == data


# --- Reads that meet writes ---


def test_a_get_that_began_before_an_overwrite_delivers_one_version_whole(raw, s3, bucket):
    """P2: the reader sees the old object, whole, though it is replaced and deleted meanwhile."""
    old = random_bytes("old", 8 * MIB)
    s3.put_object(Bucket=bucket, Key="k", Body=old)
    body = s3.get_object(Bucket=bucket, Key="k")["Body"]
    first = body.read(1000)
    s3.put_object(Bucket=bucket, Key="k", Body=random_bytes("new", 8 * MIB))
    s3.delete_object(Bucket=bucket, Key="k")
    assert first + body.read() == old


# --- Versions ---


def test_a_version_is_read_by_its_id_whatever_is_current(s3, versioned):
    old, new = versions.put(s3, versioned, "k", b"old"), versions.put(s3, versioned, "k", b"newer")
    versions.delete(s3, versioned, "k")
    for version, body in ((old, b"old"), (new, b"newer")):
        found = s3.get_object(Bucket=versioned, Key="k", VersionId=version)
        assert (found["VersionId"], found["Body"].read()) == (version, body)
        head = s3.head_object(Bucket=versioned, Key="k", VersionId=version)
        assert (head["VersionId"], head["ContentLength"]) == (version, len(body))


def test_a_delete_marker_cannot_be_read(s3, raw, versioned):
    """Who asks for the key finds nothing; who names the marker is told what it is."""
    versions.put(s3, versioned, "k")
    marker = versions.delete(s3, versioned, "k")
    with refused("NoSuchKey", 404, key="k") as error:
        s3.get_object(Bucket=versioned, Key="k")
    assert (error.headers["x-amz-delete-marker"], error.headers["x-amz-version-id"]) == ("true", marker)
    with refused("MethodNotAllowed", 405, method="GET", resource_type="DeleteMarker") as error:
        s3.get_object(Bucket=versioned, Key="k", VersionId=marker)
    assert (error.headers["x-amz-delete-marker"], error.headers["x-amz-version-id"]) == ("true", marker)
    assert error.headers["allow"] == "DELETE"
    assert parsedate_to_datetime(error.headers["last-modified"])
    with refused("404", 404) as error:
        s3.head_object(Bucket=versioned, Key="k")
    assert error.headers["x-amz-delete-marker"] == "true"
    with refused("405", 405) as error:
        s3.head_object(Bucket=versioned, Key="k", VersionId=marker)
    assert error.headers["x-amz-delete-marker"] == "true" and "last-modified" in error.headers


def test_versions_that_are_not_there(s3, raw, versioned):
    version = versions.put(s3, versioned, "k")
    versions.put(s3, versioned, "other")
    for key, named in (("k", "0" * 32), ("k", "null"), ("other", version), ("never", version),
                       ("k", "01BX5ZZKBKACTAV9WEVGEMMVRZ")):
        with refused("NoSuchVersion", 404, key=key, version_id=named):
            s3.get_object(Bucket=versioned, Key=key, VersionId=named)
    for named in ("x", "NULL", version.upper(), version[:-1], version + "0"):
        raw.request("GET", f"/{versioned}/k", {"versionId": named}).expect(
            400, "InvalidArgument", argument_name="versionId", argument_value=named
        )


def test_an_unversioned_bucket_has_only_the_null_version(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert "VersionId" not in s3.get_object(Bucket=bucket, Key="k", VersionId="null")
    with refused("InvalidArgument", 400, argument_name="versionId"):
        s3.get_object(Bucket=bucket, Key="k", VersionId="0" * 32)
