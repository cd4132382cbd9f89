"""aws-chunked bodies (b209-b215, S3, S33): signed, signed with trailers, unsigned with trailers; broken ones store nothing."""

import base64
import hashlib
import re
import zlib

import pytest
from lib import multipart
from lib.chunked import SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, put_chunked
from lib.data import KIB, md5_hex, random_bytes
from lib.multipart import read

MODES = [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]
DATA = random_bytes("chunked", 200 * KIB + 17)


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def trailers_for(mode, data):
    return {} if mode == SIGNED else {"x-amz-checksum-crc32": crc32(data)}


@pytest.fixture
def target(s3, bucket):
    """The path of a key, and a check that it still holds the old object only: neither new bytes nor a part."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")

    def assert_unchanged():
        assert read(s3, bucket, "k") == b"old"
        assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]

    return f"/{bucket}/k", assert_unchanged


# --- Good ones ---


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [0, 1, 8191, 8192, 65536, 65537, len(DATA)])
def test_b209_b210_every_mode_stores_the_decoded_bytes(raw, s3, bucket, mode, size):
    data = DATA[:size]
    answer = put_chunked(raw, f"/{bucket}/k", data, mode=mode, trailers=trailers_for(mode, data)).expect(200)
    assert answer.headers["ETag"] == f'"{md5_hex(data)}"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == data
    assert got["ContentLength"] == size
    assert "ContentEncoding" not in got


@pytest.mark.parametrize("chunk_size", [8192, 8193, 64 * KIB, 1024 * KIB])
def test_b211_chunks_of_8_kib_and_more(raw, s3, bucket, chunk_size):
    put_chunked(raw, f"/{bucket}/k", DATA, chunk_size=chunk_size).expect(200)
    assert read(s3, bucket, "k") == DATA


def test_b209_the_mode_is_told_by_content_sha256_alone(raw, s3, bucket):
    """Without `Content-Encoding: aws-chunked` the body is decoded all the same; with it alone, it is not."""
    put_chunked(raw, f"/{bucket}/k", DATA, encoding=None).expect(200)
    assert read(s3, bucket, "k") == DATA
    framed = b"3\r\nabc\r\n0\r\n\r\n"
    raw.request("PUT", f"/{bucket}/plain", headers={"Content-Encoding": "aws-chunked"}, body=framed).expect(200)
    assert read(s3, bucket, "plain") == framed


@pytest.mark.parametrize("mode", MODES)
def test_b215_other_encodings_stay(raw, s3, bucket, mode):
    put_chunked(raw, f"/{bucket}/k", b"data", mode=mode, trailers=trailers_for(mode, b"data"), encoding="aws-chunked,gzip").expect(200)
    assert s3.head_object(Bucket=bucket, Key="k")["ContentEncoding"] == "gzip"


@pytest.mark.parametrize("mode", [SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crc32", crc32(DATA)),
        ("sha1", base64.b64encode(hashlib.sha1(DATA).digest()).decode()),
        ("sha256", base64.b64encode(hashlib.sha256(DATA).digest()).decode()),
    ],
)
def test_b213_the_trailing_checksum_is_kept(raw, bucket, mode, name, value):
    header = f"x-amz-checksum-{name}"
    put_chunked(raw, f"/{bucket}/k", DATA, mode=mode, trailers={header: value}).expect(200)
    head = raw.request("HEAD", f"/{bucket}/k", headers={"x-amz-checksum-mode": "ENABLED"})
    assert head.headers[header] == value


@pytest.mark.parametrize("mode", MODES)
def test_b209_parts_can_be_chunked(raw, s3, bucket, mode):
    upload_id = multipart.create(s3, bucket, "k")
    query = {"partNumber": 1, "uploadId": upload_id}
    answer = put_chunked(raw, f"/{bucket}/k", DATA, query, mode=mode, trailers=trailers_for(mode, DATA)).expect(200)
    multipart.complete(s3, bucket, "k", upload_id, [{"PartNumber": 1, "ETag": answer.headers["ETag"]}])
    assert read(s3, bucket, "k") == DATA


def test_b209_chunked_and_sent_in_http_chunks_at_once(raw, s3, bucket):
    """Some SDKs send aws-chunked without Content-Length, in chunked transfer coding."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + crc32(b"hello").encode() + b"\r\n\r\n"
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "5", "x-amz-trailer": "x-amz-checksum-crc32"}
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=iter([body[:7], body[7:]]), payload=UNSIGNED_TRAILER, length=None).expect(200)
    assert read(s3, bucket, "k") == b"hello"


def test_b212_newlines_in_the_framing_are_tolerated(raw, s3, bucket):
    answer = put_chunked(
        raw, f"/{bucket}/k", b"data", mode=UNSIGNED_TRAILER, trailers=trailers_for(UNSIGNED_TRAILER, b"data"),
        change=lambda body: body + b"\r\n\r\n",
    )
    answer.expect(200)
    assert read(s3, bucket, "k") == b"data"


# --- Signatures: b211, S3 ---


def spoil_signature(which):
    def change(body):
        found = list(re.finditer(rb"chunk-signature=([0-9a-f]{64})", body))[which]
        last = found.end() - 1
        return body[:last] + (b"0" if body[last : last + 1] != b"0" else b"1") + body[last + 1 :]

    return change


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("cut", [rb"\r\n(?=[^0-9a-f])", rb";chunk-signature=[0-9a-f]{64}", rb"chunk-signature"])
def test_b212_a_chunk_header_without_a_signature_is_broken_framing(raw, target, mode, cut):
    path, assert_unchanged = target
    data = b"~" * 100  # nothing that looks like a header

    def spoil(body):
        return re.sub(cut, b"", body, count=1)

    answer = put_chunked(raw, path, data, mode=mode, trailers=trailers_for(mode, data), change=spoil)
    answer.expect(400, "IncompleteBody")
    assert answer.error.message == "The request body terminated unexpectedly"
    assert_unchanged()


def test_b213_an_announced_trailer_that_is_absent_is_malformed_however_it_is_signed(raw, target):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA, mode=SIGNED_TRAILER, trailers={}, announce="x-amz-checksum-crc32")
    answer.expect(400, "MalformedTrailerError")
    assert_unchanged()


@pytest.mark.parametrize("mode", MODES)
def test_b209_documents_do_not_come_in_chunks(raw, s3, bucket, mode):
    document = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    answer = put_chunked(raw, f"/{bucket}", document, {"versioning": None}, mode=mode, trailers=trailers_for(mode, document))
    assert answer.expect(400, "InvalidRequest").error.message == "The value of x-amz-content-sha256 header is invalid."
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    put_chunked(raw, f"/{bucket}", document, {"object-lock": None}, mode=mode, trailers=trailers_for(mode, document)).expect(400, "InvalidRequest")


@pytest.mark.parametrize("mode", [SIGNED, SIGNED_TRAILER])
@pytest.mark.parametrize("which", [0, 1, -2, -1], ids=["first", "second", "last with data", "final empty"])
def test_b211_a_wrong_chunk_signature_stores_nothing(raw, target, mode, which):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA, mode=mode, trailers=trailers_for(mode, DATA), change=spoil_signature(which))
    answer.expect(403, "SignatureDoesNotMatch")
    assert_unchanged()


@pytest.mark.parametrize("at", [0.01, 0.5, 0.99])
def test_b211_a_changed_byte_stores_nothing(raw, target, at):
    path, assert_unchanged = target

    def flip(body):
        where = int(len(body) * at) if at < 0.9 else body.rindex(b"\r\n0;") - 1
        if at < 0.1:
            where = body.index(b"\r\n") + 2
        return body[:where] + bytes([body[where] ^ 1]) + body[where + 1 :]

    put_chunked(raw, path, DATA, change=flip).expect(403, "SignatureDoesNotMatch")
    assert_unchanged()


def test_b211_swapped_chunks_store_nothing(raw, target):
    path, assert_unchanged = target

    def swap(body):
        frames = re.findall(rb"2000;chunk-signature=[0-9a-f]{64}\r\n.{8192}\r\n", body, re.DOTALL)
        assert len(frames) >= 2
        rest = body[len(frames[0]) + len(frames[1]) :]
        return frames[1] + frames[0] + rest

    put_chunked(raw, path, DATA, chunk_size=8192, change=swap).expect(403, "SignatureDoesNotMatch")
    assert_unchanged()


def test_b211_a_missing_chunk_signature_stores_nothing(raw, target):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA, change=lambda body: re.sub(rb";chunk-signature=[0-9a-f]{64}", b"", body))
    assert answer.status in (400, 403), answer.text
    assert_unchanged()


def test_b211_a_small_chunk_before_the_last_is_refused(raw, target):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA[: 20 * KIB], chunk_size=8191)
    assert (answer.status, answer.error.code) in [(400, "InvalidChunkSizeError"), (403, "InvalidChunkSizeError")]
    assert_unchanged()


@pytest.mark.parametrize("change", ["wrong", "missing"])
def test_s3_a_bad_trailer_signature_stores_nothing(raw, target, change):
    path, assert_unchanged = target

    def spoil(body):
        replacement = b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n" if change == "wrong" else b""
        return re.sub(rb"x-amz-trailer-signature:[0-9a-f]{64}\r\n", replacement, body)

    answer = put_chunked(raw, path, DATA, mode=SIGNED_TRAILER, trailers=trailers_for(SIGNED_TRAILER, DATA), change=spoil)
    if change == "wrong":
        answer.expect(403, "SignatureDoesNotMatch")
    assert answer.status in (400, 403), answer.text
    assert_unchanged()


def test_s3_a_changed_signed_trailer_stores_nothing(raw, target):
    path, assert_unchanged = target
    right, wrong = crc32(DATA).encode(), crc32(b"other").encode()
    answer = put_chunked(
        raw, path, DATA, mode=SIGNED_TRAILER, trailers={"x-amz-checksum-crc32": right.decode()},
        change=lambda body: body.replace(right, wrong),
    )
    assert answer.status in (400, 403), answer.text
    assert_unchanged()


def test_b211_a_bad_chunk_of_a_part_keeps_the_earlier_part(raw, s3, bucket):
    upload_id = multipart.create(s3, bucket, "k")
    part = multipart.put_part(s3, bucket, "k", upload_id, 1, b"earlier")
    query = {"partNumber": 1, "uploadId": upload_id}
    put_chunked(raw, f"/{bucket}/k", DATA, query, change=spoil_signature(-1)).expect(403, "SignatureDoesNotMatch")
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {1: part["ETag"]}


# --- Lengths and framing: b210, b212, S33 ---


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [None, "x", "-1", "", "1.5", "0x10", "99999999999999999999"])
def test_b210_a_missing_or_invalid_decoded_length(raw, target, mode, value):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA, mode=mode, trailers=trailers_for(mode, DATA), decoded_length=value)
    answer.expect(411, "MissingContentLength")
    assert_unchanged()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("difference", [-len(DATA), -1, 1, 8192])
def test_b210_a_decoded_length_that_differs_from_the_data(raw, target, mode, difference):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, DATA, mode=mode, trailers=trailers_for(mode, DATA), decoded_length=len(DATA) + difference)
    answer.expect(400, "IncompleteBody")
    assert_unchanged()


def test_b5_b210_a_decoded_length_over_5_gib(raw, target):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, b"data", mode=UNSIGNED_TRAILER, trailers=trailers_for(UNSIGNED_TRAILER, b"data"),
                         decoded_length=5 * 1024**3 + 1)
    answer.expect(400, "EntityTooLarge")
    assert_unchanged()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("keep", ["no final chunk", "half", "nothing", "only a header"])
def test_b212_a_body_that_ends_early(raw, target, mode, keep):
    path, assert_unchanged = target

    def cut(body):
        final = body.rindex(b"\r\n0") + 2
        return {"no final chunk": body[:final], "half": body[: len(body) // 2], "nothing": b"", "only a header": body[: body.index(b"\r\n") + 2]}[keep]

    put_chunked(raw, path, DATA, mode=mode, trailers=trailers_for(mode, DATA), change=cut).expect(400, "IncompleteBody")
    assert_unchanged()


@pytest.mark.parametrize(
    "size",
    ["-1", "+4", "0x4", " 4", "4 ", "g", "", "ffffffffffffffff", "8000000000000000", "10000000000000000", "00000000000000004",
     "fffffffffffffffff", "4;" + "x" * (1024 * KIB), "4" * 5000],
    ids=lambda size: size[:20] or "empty",
)
def test_s33_a_bad_chunk_size(raw, target, size):
    path, assert_unchanged = target
    answer = put_chunked(
        raw, path, b"data", mode=UNSIGNED_TRAILER, trailers=trailers_for(UNSIGNED_TRAILER, b"data"),
        change=lambda body: size.encode() + body[1:],
    )
    assert 400 <= answer.status < 500, (answer.status, answer.text)
    assert_unchanged()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("change", ["no CRLF after the data", "garbage after the final chunk", "data after the final chunk", "bare text"])
def test_b212_broken_framing(raw, target, mode, change):
    path, assert_unchanged = target
    data = DATA[: 10 * KIB]

    def spoil(body):
        if change == "no CRLF after the data":
            return body.replace(data + b"\r\n", data + b"xx", 1)
        if change == "garbage after the final chunk":
            return body + b"garbage\r\n"
        if change == "data after the final chunk":
            return body + b"4\r\nmore\r\n0\r\n\r\n"
        return b"this is not chunked at all, and it has no line end" * 100

    answer = put_chunked(raw, path, data, mode=mode, trailers=trailers_for(mode, data), change=spoil)
    assert 400 <= answer.status < 500, (answer.status, answer.text)
    assert_unchanged()


def test_b53_b212_a_cancelled_upload_stores_nothing(raw, target):
    """The client goes away in the middle of a chunk."""
    path, assert_unchanged = target
    headers = {"x-amz-decoded-content-length": str(len(DATA)), "x-amz-trailer": "x-amz-checksum-crc32"}
    signed = raw.sign("PUT", path, None, headers, payload=UNSIGNED_TRAILER)
    with raw.connect() as connection:
        connection.sendall(signed.head + b"Content-Length: 300000\r\n\r\n" + b"%x\r\n" % len(DATA) + DATA[:1000])
    assert_unchanged()


# --- Trailers: b213, b214 ---


@pytest.mark.parametrize("mode", [SIGNED_TRAILER, UNSIGNED_TRAILER])
@pytest.mark.parametrize(
    ("announce", "trailers", "code"),
    [
        ("x-amz-checksum-crc32", {}, "MalformedTrailerError"),
        ("x-amz-checksum-crc32", {"x-amz-checksum-sha1": "x"}, "MalformedTrailerError"),
        ("x-amz-checksum-crc32", {"x-amz-checksum-crc32": "!"}, "InvalidRequest"),
        ("x-amz-checksum-crc32", {"x-amz-checksum-crc32": "AAA="}, "InvalidRequest"),
        ("x-amz-checksum-crc32", {"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
        ("x-amz-checksum-sha256", {"x-amz-checksum-sha256": crc32(b"x")}, "InvalidRequest"),
        ("x-amz-meta-a", {"x-amz-meta-a": "b"}, "InvalidRequest"),
    ],
)
def test_b213_bad_trailers_store_nothing(raw, target, mode, announce, trailers, code):
    path, assert_unchanged = target
    answer = put_chunked(raw, path, b"data", mode=mode, announce=announce, trailers=trailers).expect(400, code)
    if code == "InvalidRequest" and announce.startswith("x-amz-checksum"):
        assert answer.error.message == f"Value for {announce} trailing header is invalid."
    assert_unchanged()


@pytest.mark.parametrize("mode", [SIGNED_TRAILER, UNSIGNED_TRAILER])
def test_b213_a_trailer_that_was_not_announced(raw, target, mode):
    path, assert_unchanged = target
    headers = {"x-amz-decoded-content-length": "4"}
    answer = put_chunked(raw, path, b"data", mode=mode, announce="", trailers=trailers_for(mode, b"data"), headers=headers)
    assert answer.status == 400, answer.text
    assert_unchanged()


def test_b213_too_many_trailers(raw, target):
    path, assert_unchanged = target
    many = {f"x-amz-checksum-crc32-{number}": "x" * 100 for number in range(1000)}
    answer = put_chunked(raw, path, b"data", mode=UNSIGNED_TRAILER, announce="x-amz-checksum-crc32", trailers=many)
    assert answer.status == 400, answer.text
    assert_unchanged()


def test_b214_no_trailer_for_a_composite_upload(raw, s3, bucket):
    upload_id = multipart.create(s3, bucket, "k", ChecksumAlgorithm="SHA256")
    query = {"partNumber": 1, "uploadId": upload_id}
    answer = put_chunked(raw, f"/{bucket}/k", b"data", query, mode=UNSIGNED_TRAILER).expect(400, "InvalidRequest")
    expected = "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: null"
    assert answer.error.message == expected
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


def test_b214_no_trailer_for_a_full_object_upload(raw, s3, bucket):
    upload_id = multipart.create(s3, bucket, "k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    query = {"partNumber": 1, "uploadId": upload_id}
    answer = put_chunked(raw, f"/{bucket}/k", b"data", query, mode=UNSIGNED_TRAILER).expect(200)
    assert answer.headers["x-amz-checksum-crc32"] == crc32(b"data")


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", None])
def test_b213_a_trailer_that_cannot_come_is_refused(raw, bucket, payload):
    headers = {"x-amz-trailer": "x-amz-checksum-crc32"}
    raw.request("PUT", f"/{bucket}/k", None, headers, b"x", payload=payload).expect(400, "MalformedTrailerError")
    raw.request("GET", f"/{bucket}/k").expect(404)
