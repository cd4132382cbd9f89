"""PutObject: headers kept, digests and checksums checked, conditions, limits."""

import base64
import email.header
import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib import versions
from lib.data import MIB, md5_base64, md5_hex, random_bytes
from lib.errors import error_of, refused
from lib.multipart import create, read
from lib.raw import quote_key
from botocore.exceptions import ClientError

GIB = 1024 * MIB
DATA = b"hello world"


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def sha256(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def assert_absent(s3, bucket, key):
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key=key)


# --- What comes back ---


@pytest.mark.parametrize("size", [0, 1, 4096, 65535, 65536, 65537, MIB + 1, 3 * MIB])
def test_put_then_get_returns_the_same_bytes(s3, bucket, size):
    data = random_bytes(size, size)
    answer = s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert answer["ETag"] == f'"{md5_hex(data)}"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == data
    assert got["ETag"] == answer["ETag"]
    assert got["ContentLength"] == size


def test_put_answers_with_an_empty_body(raw, bucket):
    answer = raw.request("PUT", f"/{bucket}/k", body=DATA).expect(200)
    assert answer.body == b""
    assert answer.headers["ETag"] == f'"{md5_hex(DATA)}"'


def test_put_replaces_the_whole_object(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"long old bytes", Metadata={"old": "1"}, ContentType="text/old")
    s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"new"
    assert got["Metadata"] == {}
    assert got["ContentType"] == "binary/octet-stream"


def test_b26_content_type_defaults_to_binary_octet_stream(raw, bucket):
    raw.request("PUT", f"/{bucket}/k", body=DATA).expect(200)
    assert raw.request("GET", f"/{bucket}/k").headers["Content-Type"] == "binary/octet-stream"


def test_b26_standard_headers_land_on_the_object(s3, raw, bucket):
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "max-age=60, private",
        "Content-Disposition": 'attachment; filename="a b.txt"',
        "Content-Encoding": "gzip",
        "Content-Language": "de, en",
        "Expires": "Wed, 21 Oct 2015 07:28:00 GMT",
    }
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=DATA).expect(200)
    for method in ("GET", "HEAD"):
        answer = raw.request(method, f"/{bucket}/k").expect(200)
        assert {name: answer.headers[name] for name in headers} == headers


def test_b26_user_metadata_lands_on_the_object_in_lower_case(s3, raw, bucket):
    raw.request("PUT", f"/{bucket}/k", headers={"X-Amz-Meta-CamelCase": "Value  kept", "x-amz-meta-empty": ""},
                body=DATA, payload="UNSIGNED-PAYLOAD").expect(200)
    assert set(s3.head_object(Bucket=bucket, Key="k")["Metadata"]) == {"camelcase", "empty"}


@pytest.mark.parametrize("value", ["grün ☃ 雪", "emoji 😀"])
def test_b26_user_metadata_in_unicode_comes_back(raw, bucket, value):
    """Sent as raw UTF-8; it may come back as that or as an RFC 2047 encoded word, but as the same text."""
    raw.request("PUT", f"/{bucket}/k", headers={"x-amz-meta-text": value}, body=DATA).expect(200)
    header = raw.request("HEAD", f"/{bucket}/k").expect(200).headers["x-amz-meta-text"]
    header = str(header).encode("latin-1", "surrogateescape").decode("utf-8") if "=?" not in header else header
    decoded = str(email.header.make_header(email.header.decode_header(header)))
    assert decoded == value


@pytest.mark.parametrize("key", ["snow/☃", "a b+c&d=e", "tab\there", "quote\"'<>", "percent%41", "trailing/", "..", "/x"])
def test_unusual_keys_are_kept_as_they_are(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert read(s3, bucket, key) == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket, EncodingType="url")["Contents"]
    assert [found["Size"] for found in listed] == [len(key.encode())]


# --- Limits ---


def test_b5_put_object_over_5_gib_is_refused_before_the_body_is_asked_for(raw, bucket):
    size = 5 * GIB + 1
    signed = raw.sign("PUT", f"/{bucket}/k", payload="UNSIGNED-PAYLOAD")
    with raw.connect() as connection:
        connection.sendall(signed.head + f"Content-Length: {size}\r\nExpect: 100-continue\r\n\r\n".encode())
        head = b""
        while b"</Error>" not in head:
            piece = connection.recv(65536)
            assert piece, head
            head += piece
    text = head.decode()
    assert text.startswith("HTTP/1.1 400 "), text
    assert "<Code>EntityTooLarge</Code>" in text
    assert f"<ProposedSize>{size}</ProposedSize>" in text
    assert f"<MaxSizeAllowed>{5 * GIB}</MaxSizeAllowed>" in text


@pytest.mark.parametrize("key", ["k" * 1024, "é" * 512, "雪" * 341 + "x"])
def test_b8_a_key_of_1024_bytes_is_accepted(s3, bucket, key):
    assert len(key.encode()) == 1024
    s3.put_object(Bucket=bucket, Key=key, Body=DATA)
    assert read(s3, bucket, key) == DATA
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


@pytest.mark.parametrize("key", ["k" * 1025, "é" * 513, "雪" * 342, "k" * 5000])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_b8_a_longer_key_is_refused(raw, bucket, key, method):
    answer = raw.request(method, f"/{bucket}/{quote_key(key)}", body=b"x" if method == "PUT" else b"")
    answer.expect(400, "KeyTooLongError", size=len(key.encode()), max_size_allowed=1024)


def test_b8_user_metadata_of_2_kb_is_accepted_and_one_byte_more_refused(s3, bucket):
    name, other = "n" * 24, "m" * 24
    fits = {name: "v" * 1000, other: "w" * 1000}
    assert sum(len(k) + len(v) for k, v in fits.items()) == 2048
    s3.put_object(Bucket=bucket, Key="k", Body=DATA, Metadata=fits)
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == fits
    with refused("MetadataTooLarge", 400, max_size_allowed=2048, size=2049):
        s3.put_object(Bucket=bucket, Key="other", Body=DATA, Metadata={**fits, other: "w" * 1001})
    assert_absent(s3, bucket, "other")


# --- Storage class, redirect, content encoding ---


def test_b27_unknown_storage_class(s3, raw, bucket):
    raw.request("PUT", f"/{bucket}/k", headers={"x-amz-storage-class": "MARBLE"}, body=DATA).expect(
        400, "InvalidStorageClass"
    )
    assert_absent(s3, bucket, "k")


def test_b27_standard_is_not_named_on_get_and_head_another_class_is(s3, raw, bucket):
    raw.request("PUT", f"/{bucket}/k", headers={"x-amz-storage-class": "STANDARD"}, body=DATA).expect(200)
    raw.request("PUT", f"/{bucket}/ia", headers={"x-amz-storage-class": "STANDARD_IA"}, body=DATA).expect(200)
    for method in ("GET", "HEAD"):
        assert "x-amz-storage-class" not in raw.request(method, f"/{bucket}/k").headers
        assert raw.request(method, f"/{bucket}/ia").headers["x-amz-storage-class"] == "STANDARD_IA"
    classes = {found["Key"]: found["StorageClass"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert classes == {"k": "STANDARD", "ia": "STANDARD_IA"}


@pytest.mark.parametrize("value", ["/here", "http://example.com/", "https://example.com/x?y=z"])
def test_b30_website_redirect_location_is_kept(s3, bucket, value):
    s3.put_object(Bucket=bucket, Key="k", Body=DATA, WebsiteRedirectLocation=value)
    assert s3.head_object(Bucket=bucket, Key="k")["WebsiteRedirectLocation"] == value


@pytest.mark.parametrize("value", ["here", "ftp://example.com/", "javascript:alert(1)"])
def test_b30_website_redirect_location_of_another_form_is_refused(s3, bucket, value):
    with refused("InvalidRedirectLocation", 400):
        s3.put_object(Bucket=bucket, Key="k", Body=DATA, WebsiteRedirectLocation=value)
    assert_absent(s3, bucket, "k")


@pytest.mark.parametrize(
    ("sent", "stored"), [("aws-chunked", None), ("aws-chunked,gzip", "gzip"), ("gzip, aws-chunked", "gzip"), ("br", "br")]
)
def test_b215_aws_chunked_is_stripped_from_the_stored_content_encoding(raw, bucket, sent, stored):
    raw.request("PUT", f"/{bucket}/k", headers={"Content-Encoding": sent}, body=DATA).expect(200)
    answer = raw.request("GET", f"/{bucket}/k")
    assert answer.headers.get("Content-Encoding") == stored
    assert answer.body == DATA


# --- Digests and checksums ---


def test_b43_content_md5_that_is_no_digest(raw, s3, bucket):
    for value in ("!!!", "YWJj", "", md5_hex(DATA)):
        answer = raw.request("PUT", f"/{bucket}/k", headers={"Content-MD5": value}, body=DATA)
        answer.expect(400, "InvalidDigest")
        assert answer.error.fields.get("Content-MD5", "") == value
    assert_absent(s3, bucket, "k")


def test_b44_wrong_content_md5_stores_nothing(raw, s3, bucket):
    wrong = md5_base64(b"other")
    answer = raw.request("PUT", f"/{bucket}/k", headers={"Content-MD5": wrong}, body=DATA).expect(400, "BadDigest")
    assert answer.error.fields["ExpectedDigest"] == md5_hex(b"other")
    assert answer.error.fields["CalculatedDigest"] in (md5_base64(DATA), md5_hex(DATA))
    assert_absent(s3, bucket, "k")


def test_b44_wrong_content_md5_keeps_the_old_object(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    raw.request("PUT", f"/{bucket}/k", headers={"Content-MD5": md5_base64(b"other")}, body=DATA).expect(400)
    assert read(s3, bucket, "k") == b"old"


def test_right_content_md5_is_accepted(raw, s3, bucket):
    raw.request("PUT", f"/{bucket}/k", headers={"Content-MD5": md5_base64(DATA)}, body=DATA).expect(200)
    assert read(s3, bucket, "k") == DATA


@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
@pytest.mark.parametrize("value", ["x", "AAA=", "!!!!", "", "A" * 200])
def test_b45_malformed_checksum(raw, bucket, algorithm, value):
    header = f"x-amz-checksum-{algorithm}"
    answer = raw.request("PUT", f"/{bucket}/k", headers={header: value}, body=DATA).expect(400, "InvalidRequest")
    assert answer.error.message == f"Value for {header} header is invalid."


@pytest.mark.parametrize(
    ("algorithm", "size"), [("CRC32", 4), ("CRC32C", 4), ("CRC64NVME", 8), ("SHA1", 20), ("SHA256", 32)]
)
def test_b46_wrong_checksum_stores_nothing(raw, s3, bucket, algorithm, size):
    value = base64.b64encode(b"\1" * size).decode()
    header = f"x-amz-checksum-{algorithm.lower()}"
    answer = raw.request("PUT", f"/{bucket}/k", headers={header: value}, body=DATA).expect(400, "BadDigest")
    assert answer.error.message == f"The {algorithm} you specified did not match the calculated checksum."
    assert_absent(s3, bucket, "k")


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("crc32", crc32(DATA)),
        ("crc32c", "yZRlqg=="),
        ("crc64nvme", "jSnVw/bqjr4="),
        ("sha1", base64.b64encode(hashlib.sha1(DATA).digest()).decode()),
        ("sha256", sha256(DATA)),
    ],
)
def test_b181_b233_a_right_checksum_is_kept_and_echoed(raw, bucket, algorithm, value):
    header = f"x-amz-checksum-{algorithm}"
    put = raw.request("PUT", f"/{bucket}/k", headers={header: value}, body=DATA).expect(200)
    assert put.headers[header] == value
    got = raw.request("GET", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"}).expect(200)
    assert got.headers[header] == value
    assert got.headers["x-amz-checksum-type"] == "FULL_OBJECT"


@pytest.mark.parametrize(("data", "value"), [(b"aaa", "Rnr2/5P7Gsk="), (DATA, "jSnVw/bqjr4="), (b"test content 123", "BsLNlKumA5I=")])
def test_b233_without_a_checksum_the_object_gets_crc64nvme(raw, bucket, data, value):
    raw.request("PUT", f"/{bucket}/k", body=data).expect(200)
    got = raw.request("HEAD", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"}).expect(200)
    assert got.headers["x-amz-checksum-crc64nvme"] == value
    assert got.headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_b47_two_checksums(raw, s3, bucket):
    headers = {"x-amz-checksum-crc32": crc32(DATA), "x-amz-checksum-sha256": sha256(DATA)}
    answer = raw.request("PUT", f"/{bucket}/k", headers=headers, body=DATA).expect(400, "InvalidRequest")
    expected = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    assert answer.error.message == expected
    assert_absent(s3, bucket, "k")


@pytest.mark.parametrize("headers", [
    {"x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-crc32": crc32(DATA)},
    {"x-amz-sdk-checksum-algorithm": "CRC32"},
    {"x-amz-sdk-checksum-algorithm": "CRC33", "x-amz-checksum-crc32": crc32(DATA)},
])
def test_b48_sdk_algorithm_without_its_checksum(raw, s3, bucket, headers):
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=DATA).expect(400, "InvalidRequest")
    assert_absent(s3, bucket, "k")


def test_b48_sdk_algorithm_with_its_checksum_in_any_case(raw, s3, bucket):
    headers = {"x-amz-sdk-checksum-algorithm": "crc32", "x-amz-checksum-crc32": crc32(DATA)}
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=DATA).expect(200)


# --- Length ---


def test_b53_no_content_length_is_411(raw, s3, bucket):
    answer = raw.request("PUT", f"/{bucket}/k", length=None)
    answer.expect(411, "MissingContentLength")
    assert_absent(s3, bucket, "k")


def test_b53_a_body_shorter_than_promised_stores_nothing_and_keeps_the_old_object(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    signed = raw.sign("PUT", f"/{bucket}/k", payload="UNSIGNED-PAYLOAD")
    answer = raw.exchange(signed.head + b"Content-Length: 100\r\n\r\n" + b"only this")
    assert not answer or answer.startswith(b"HTTP/1.1 400"), answer
    assert read(s3, bucket, "k") == b"old"


def test_b53_a_body_without_length_sent_in_http_chunks(raw, s3, bucket):
    """Chunked transfer is a known length in the end: stored whole, or refused with 411."""
    answer = raw.request("PUT", f"/{bucket}/k", body=iter([b"hello ", b"world"]), payload="UNSIGNED-PAYLOAD", length=None)
    if answer.status == 411:
        assert_absent(s3, bucket, "k")
    else:
        answer.expect(200)
        assert read(s3, bucket, "k") == DATA


# --- Conditions ---


@pytest.mark.parametrize("headers", [
    {"If-None-Match": '"abc"'},
    {"If-Match": "*"},
    {"If-Match": '"abc"', "If-None-Match": "*"},
])
def test_b146_other_conditions_are_not_implemented(raw, s3, bucket, headers):
    answer = raw.request("PUT", f"/{bucket}/k", headers=headers, body=DATA).expect(501, "NotImplemented")
    assert answer.error.fields["Header"].split(",")[0] in headers
    assert answer.error.fields["additionalMessage"]
    assert_absent(s3, bucket, "k")


def test_b147_b158_if_none_match_star_writes_once(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"first", IfNoneMatch="*")
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfNoneMatch="*")
    assert read(s3, bucket, "k") == b"first"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"third", IfNoneMatch="*")
    assert read(s3, bucket, "k") == b"third"


def test_b156_b158_an_open_upload_is_no_object(s3, bucket):
    create(s3, bucket, "k")
    s3.put_object(Bucket=bucket, Key="k", Body=DATA, IfNoneMatch="*")


@pytest.mark.parametrize("quoted", [True, False])
def test_b148_b158_if_match_replaces_only_what_was_seen(s3, bucket, quoted):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"]
    etag = etag if quoted else etag.strip('"')
    s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfMatch=etag)
    with refused("PreconditionFailed", 412, condition="If-Match"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"third", IfMatch=etag)
    assert read(s3, bucket, "k") == b"second"


def test_b149_b158_if_match_on_an_absent_key(s3, bucket):
    with refused("NoSuchKey", 404, key="k"):
        s3.put_object(Bucket=bucket, Key="k", Body=DATA, IfMatch='"abc"')
    assert_absent(s3, bucket, "k")


def test_b157_of_racing_if_none_match_writers_exactly_one_wins(s3, bucket):
    def write(number):
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=b"writer %d" % number, IfNoneMatch="*")
            return number
        except ClientError as error:
            assert error_of(error).status in (409, 412)
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(winners) == 1
    assert read(s3, bucket, "k") == b"writer %d" % winners[0]


def test_b157_of_racing_if_match_writers_exactly_one_wins(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"start")["ETag"]

    def write(number):
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=b"writer %d" % number, IfMatch=etag)
            return number
        except ClientError as error:
            assert error_of(error).status in (409, 412)
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(winners) == 1
    assert read(s3, bucket, "k") == b"writer %d" % winners[0]


# --- Not done yet ---


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-mfa", "1 2"),
        ("x-amz-write-offset-bytes", "0"),
    ],
)
def test_b15_a_header_not_done_yet_is_refused_by_name_and_stores_nothing(raw, s3, bucket, header, value):
    raw.request("PUT", f"/{bucket}/k", headers={header: value}, body=DATA).expect(501, "NotImplemented", header=header)
    assert_absent(s3, bucket, "k")


# --- Versions ---


def test_every_write_of_a_versioned_key_is_a_version(s3, versioned):
    ids = [versions.put(s3, versioned, "k", bytes([number])) for number in range(5)]
    assert len(set(ids)) == 5
    assert [read(s3, versioned, "k", VersionId=id) for id in ids] == [bytes([number]) for number in range(5)]
    assert read(s3, versioned, "k") == b"\x04"


def test_concurrent_writes_of_a_versioned_key_all_stay(s3, versioned):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda number: versions.put(s3, versioned, "k", bytes([number])), range(24)))
    assert sorted(entry.version_id for entry in versions.all_entries(s3, versioned)) == sorted(ids)
    assert [read(s3, versioned, "k", VersionId=id) for id in ids] == [bytes([number]) for number in range(24)]
    assert sum(entry.is_latest for entry in versions.all_entries(s3, versioned)) == 1


def test_b149_b158_conditions_see_a_delete_marker_as_nothing(s3, versioned):
    etag = s3.put_object(Bucket=versioned, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", 412, condition="If-None-Match"):
        versions.put(s3, versioned, "k", IfNoneMatch="*")
    versions.delete(s3, versioned, "k")
    with refused("NoSuchKey", 404):
        versions.put(s3, versioned, "k", IfMatch=etag)
    versions.put(s3, versioned, "k", b"two", IfNoneMatch="*")
    assert read(s3, versioned, "k") == b"two"
