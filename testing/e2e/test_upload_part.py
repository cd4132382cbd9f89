"""UploadPart: b37-b56."""

from __future__ import annotations

import base64
import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from lib import checksums
from lib.data import MIB, md5_base64, md5_hex, multipart_etag
from lib.errors import refused
from lib.multipart import read
from lib.raw import UNSIGNED, Raw
from lib.uploads import PART_1, PART_2, TAIL, UNKNOWN_ID, Upload, object_path

OTHER = {"CRC32": "SHA256", "CRC32C": "CRC32", "CRC64NVME": "CRC32", "SHA1": "SHA256", "SHA256": "CRC32"}
COMPOSITE = ("CRC32", "CRC32C", "SHA1", "SHA256")
FULL_OBJECT = ("CRC32", "CRC32C", "CRC64NVME")


def declared(s3, bucket, algorithm, kind) -> Upload:
    """An upload with a checksum algorithm."""
    return Upload(s3, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)


class HalfSent:
    """An UploadPart whose body is half on the wire."""

    def __init__(self, raw: Raw, upload: Upload, number: int, body: bytes) -> None:
        signed = raw.sign("PUT", upload.path, {"partNumber": number, "uploadId": upload.id}, payload=UNSIGNED)
        half = len(body) // 2
        self.rest, self.connection = body[half:], raw.connect()
        self.connection.sendall(signed.head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:half])

    def finish(self) -> bytes:
        """Sends the rest; the head of the answer."""
        with self.connection:
            self.connection.sendall(self.rest)
            return self.connection.recv(65536)


# --- Storing parts ---


def test_b37_the_etag_is_the_md5_of_the_part(s3, raw, bucket):
    answer = Upload(s3, bucket).raw_part(raw, 1, TAIL).expect(200)
    assert answer.headers["ETag"] == f'"{md5_hex(TAIL)}"'
    assert answer.body == b""
    assert answer.headers["Content-Length"] == "0"


def test_b1_the_first_and_the_last_number(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(10_000, TAIL)
    upload.part(1, PART_1)
    assert upload.numbers() == [1, 10_000]
    upload.complete()
    assert read(s3, bucket, "object") == PART_1 + TAIL


def test_b38_parts_come_in_any_order(s3, bucket):
    upload = Upload(s3, bucket)
    for number, body in ((3, TAIL), (1, PART_1), (2, PART_2)):
        upload.part(number, body)
    assert upload.numbers() == [1, 2, 3]
    assert upload.complete()["ETag"] == multipart_etag([PART_1, PART_2, TAIL])
    assert read(s3, bucket, "object") == PART_1 + PART_2 + TAIL


def test_b38_parts_come_in_parallel(s3, bucket):
    upload = Upload(s3, bucket)
    bodies = {number: b"part %d" % number * number for number in range(1, 33)}
    with ThreadPoolExecutor(8) as pool:
        etags = list(pool.map(lambda number: upload.part(number, bodies[number])["ETag"], bodies))
    assert etags == [f'"{md5_hex(body)}"' for body in bodies.values()]
    listed = upload.list()["Parts"]
    assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in listed] == [
        (number, len(body), f'"{md5_hex(body)}"') for number, body in bodies.items()
    ]


def test_b38_a_part_sent_again_replaces_the_earlier_one(s3, bucket):
    """ETag, size and checksum, in the list and in the object."""
    upload = Upload(s3, bucket, ChecksumAlgorithm="SHA256")
    upload.part(1, b"the first try", ChecksumAlgorithm="SHA256")
    upload.part(1, TAIL, ChecksumAlgorithm="SHA256")
    (part,) = upload.list()["Parts"]
    assert part["ETag"] == f'"{md5_hex(TAIL)}"'
    assert part["Size"] == len(TAIL)
    assert part["ChecksumSHA256"] == checksums.value("SHA256", TAIL)
    upload.complete()
    assert read(s3, bucket, "object") == TAIL


def test_b38_the_same_bytes_again_change_nothing(s3, bucket):
    upload = Upload(s3, bucket)
    first, second = upload.part(1, TAIL), upload.part(1, TAIL)
    assert first["ETag"] == second["ETag"]
    upload.complete()
    assert read(s3, bucket, "object") == TAIL


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_b39_of_two_uploads_of_one_number_the_last_to_finish_wins(s3, raw, bucket, order):
    """Both are half sent before either one ends."""
    upload = Upload(s3, bucket)
    bodies = [b"1" * 300_000, b"2" * 300_000]
    going = [HalfSent(raw, upload, 1, body) for body in bodies]
    for index in order:
        assert going[index].finish().startswith(b"HTTP/1.1 200 ")
    winner = bodies[order[-1]]
    (part,) = upload.list()["Parts"]
    assert part["ETag"] == f'"{md5_hex(winner)}"'
    upload.complete([{"PartNumber": 1, "ETag": part["ETag"]}])
    assert read(s3, bucket, "object") == winner


def test_b54_a_part_may_be_empty_when_it_is_the_last(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, PART_1)
    upload.part(2, b"")
    assert upload.list()["Parts"][1]["Size"] == 0
    assert upload.complete()["ETag"] == multipart_etag([PART_1, b""])
    assert read(s3, bucket, "object") == PART_1


def test_b55_etags_are_quoted_in_headers_and_in_xml(s3, raw, bucket):
    upload = Upload(s3, bucket)
    header = upload.raw_part(raw, 1, TAIL).expect(200).headers["ETag"]
    listed = upload.raw_list(raw).expect(200)
    assert header == listed.xml["Part"]["ETag"] == f'"{md5_hex(TAIL)}"'
    assert b"&quot;" in listed.body or b'<ETag>"' in listed.body


def test_b56_parts_may_follow_a_failed_complete(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, b"too small to stand first")
    upload.part(2, TAIL)
    with refused("EntityTooSmall", 400):
        upload.complete()
    upload.part(1, PART_1)
    upload.complete()
    assert read(s3, bucket, "object") == PART_1 + TAIL


# --- Names and numbers ---


@pytest.mark.parametrize("number", ["0", "-1", "10001", "99999999999999999999"])
def test_b40_a_part_number_is_1_to_10000(s3, raw, bucket, number):
    upload = Upload(s3, bucket)
    answer = upload.raw_part(raw, number, TAIL)
    answer.expect(400, "InvalidArgument", argument_name="partNumber", argument_value=number)
    assert answer.error.message == "Part number must be an integer between 1 and 10000, inclusive"
    assert upload.numbers() == []


@pytest.mark.parametrize("number", ["one", "1.5"])
def test_b40_a_part_number_is_a_number(s3, raw, bucket, number):
    upload = Upload(s3, bucket)
    upload.raw_part(raw, number, TAIL).expect(400, "InvalidArgument", argument_name="partNumber")
    assert upload.numbers() == []


def test_b41_an_unknown_upload(s3, bucket):
    with refused("NoSuchUpload", 404, upload_id=UNKNOWN_ID):
        s3.upload_part(Bucket=bucket, Key="object", UploadId=UNKNOWN_ID, PartNumber=1, Body=TAIL)


@pytest.mark.parametrize("upload_id", ["x", "../../etc/passwd", "%00", "ü", "a" * 2000])
def test_b41_an_id_that_cannot_be_one(raw, bucket, upload_id):
    query = {"partNumber": 1, "uploadId": upload_id}
    raw.request("PUT", object_path(bucket, "object"), query, body=TAIL).expect(404, "NoSuchUpload", upload_id=upload_id)


@pytest.mark.parametrize("end", ["abort", "complete"])
def test_b41_an_upload_that_has_ended(s3, bucket, end):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    getattr(upload, end)()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.part(2, TAIL)


def test_b41_an_upload_of_another_key_or_bucket(s3, bucket, make_bucket):
    upload = Upload(s3, bucket)
    for where in ({"Bucket": bucket, "Key": "other"}, {"Bucket": make_bucket(), "Key": "object"}):
        with refused("NoSuchUpload", 404, upload_id=upload.id):
            s3.upload_part(**where, UploadId=upload.id, PartNumber=1, Body=TAIL)
    assert upload.numbers() == []


def test_b42_a_part_number_needs_an_upload_id(s3, raw, bucket):
    answer = raw.request("PUT", object_path(bucket, "object"), {"partNumber": 1}, body=TAIL)
    answer.expect(400, "InvalidArgument")
    assert answer.error.message == "This operation does not accept partNumber without uploadId"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_b11_query_names_are_case_sensitive(s3, raw, bucket):
    """`UploadId` and `PartNumber` mean nothing: this is a PutObject."""
    upload = Upload(s3, bucket)
    raw.request("PUT", upload.path, {"UploadId": upload.id, "PartNumber": 1}, body=TAIL).expect(200)
    assert upload.numbers() == []
    assert read(s3, bucket, "object") == TAIL


# --- Content-MD5 ---


@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"too short").decode(), "===="])
def test_b43_content_md5_must_be_16_bytes_in_base64(s3, raw, bucket, value):
    upload = Upload(s3, bucket)
    answer = upload.raw_part(raw, 1, TAIL, {"Content-MD5": value}).expect(400, "InvalidDigest")
    assert answer.error.fields["Content-MD5"] == value
    assert upload.numbers() == []


def test_b44_a_wrong_content_md5_stores_nothing(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, b"the earlier part")
    answer = upload.raw_part(raw, 1, TAIL, {"Content-MD5": md5_base64(b"other bytes")}).expect(400, "BadDigest")
    assert answer.error.fields["ExpectedDigest"] == md5_base64(b"other bytes")
    assert answer.error.fields["CalculatedDigest"] in (md5_base64(TAIL), md5_hex(TAIL))
    (part,) = upload.list()["Parts"]
    assert part["ETag"] == f'"{md5_hex(b"the earlier part")}"'


def test_b44_a_right_content_md5_is_accepted(s3, raw, bucket):
    Upload(s3, bucket).raw_part(raw, 1, TAIL, {"Content-MD5": md5_base64(TAIL)}).expect(200)


# --- Checksum headers ---


@pytest.mark.parametrize("algorithm", checksums.CLASSIC)
@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"xyz").decode()])
def test_b45_a_malformed_checksum(plain, raw, bucket, algorithm, value):
    upload = Upload(plain, bucket)
    answer = upload.raw_part(raw, 1, TAIL, {checksums.header(algorithm): value}).expect(400, "InvalidRequest")
    assert answer.error.message == f"Value for {checksums.header(algorithm)} header is invalid."
    assert upload.numbers() == []


@pytest.mark.parametrize("algorithm", checksums.CLASSIC)
def test_b46_a_wrong_checksum(plain, raw, bucket, algorithm):
    upload = Upload(plain, bucket)
    headers = {checksums.header(algorithm): checksums.wrong_value(algorithm)}
    answer = upload.raw_part(raw, 1, TAIL, headers).expect(400, "BadDigest")
    assert answer.error.message == f"The {algorithm} you specified did not match the calculated checksum."
    assert upload.numbers() == []


def test_b47_two_checksum_headers(plain, raw, bucket):
    upload = Upload(plain, bucket)
    headers = {checksums.header(name): checksums.value(name, TAIL) for name in ("CRC32", "SHA256")}
    answer = upload.raw_part(raw, 1, TAIL, headers).expect(400, "InvalidRequest")
    assert answer.error.message == (
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    )
    assert upload.numbers() == []


def test_b48_the_named_algorithm_must_be_the_header(plain, raw, bucket):
    upload = Upload(plain, bucket)
    headers = {"x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-crc32": checksums.value("CRC32", TAIL)}
    upload.raw_part(raw, 1, TAIL, headers).expect(400, "InvalidRequest")
    upload.raw_part(raw, 1, TAIL, {"x-amz-sdk-checksum-algorithm": "CRC32"}).expect(400, "InvalidRequest")
    assert upload.numbers() == []
    headers["x-amz-sdk-checksum-algorithm"] = "CRC32"
    upload.raw_part(raw, 1, TAIL, headers).expect(200)


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [(name, "COMPOSITE") for name in COMPOSITE] + [(name, "FULL_OBJECT") for name in FULL_OBJECT],
)
def test_b49_a_checksum_of_another_algorithm(plain, raw, bucket, algorithm, kind):
    upload, other = declared(plain, bucket, algorithm, kind), OTHER[algorithm]
    answer = upload.raw_part(raw, 1, TAIL, {checksums.header(other): checksums.value(other, TAIL)})
    answer.expect(400, "InvalidRequest")
    assert answer.error.message == (
        f"Checksum Type mismatch occurred, expected checksum Type: {algorithm.lower()}, "
        f"actual checksum Type: {other.lower()}"
    )
    assert upload.numbers() == []


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_b50_composite_needs_a_checksum_for_every_part(plain, raw, bucket, algorithm):
    upload = declared(plain, bucket, algorithm, "COMPOSITE")
    answer = upload.raw_part(raw, 1, TAIL).expect(400, "InvalidRequest")
    assert answer.error.message == (
        f"Checksum Type mismatch occurred, expected checksum Type: {algorithm.lower()}, actual checksum Type: null"
    )
    assert upload.numbers() == []


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
def test_b51_full_object_computes_what_the_client_leaves_out(plain, raw, bucket, algorithm):
    upload = declared(plain, bucket, algorithm, "FULL_OBJECT")
    answer = upload.raw_part(raw, 1, TAIL).expect(200)
    assert answer.headers[checksums.header(algorithm)] == checksums.value(algorithm, TAIL)
    assert upload.list()["Parts"][0][checksums.element(algorithm)] == checksums.value(algorithm, TAIL)


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [(name, "COMPOSITE") for name in COMPOSITE] + [(name, "FULL_OBJECT") for name in FULL_OBJECT],
)
def test_b45_b46_the_declared_algorithm_is_verified_and_echoed(plain, raw, bucket, algorithm, kind):
    upload, header = declared(plain, bucket, algorithm, kind), checksums.header(algorithm)
    upload.raw_part(raw, 1, TAIL, {header: checksums.wrong_value(algorithm)}).expect(400, "BadDigest")
    upload.raw_part(raw, 1, TAIL, {header: "%%%"}).expect(400, "InvalidRequest")
    assert upload.numbers() == []
    right = checksums.value(algorithm, TAIL)
    assert upload.raw_part(raw, 1, TAIL, {header: right}).expect(200).headers[header] == right


@pytest.mark.parametrize("algorithm", checksums.CLASSIC)
def test_b52_without_a_declared_algorithm_any_is_echoed_and_none_kept(plain, raw, bucket, algorithm):
    upload, header = Upload(plain, bucket), checksums.header(algorithm)
    right = checksums.value(algorithm, TAIL)
    assert upload.raw_part(raw, 1, TAIL, {header: right}).expect(200).headers[header] == right
    listed = upload.raw_list(raw).expect(200)
    assert listed.xml["Part"]["Size"] == str(len(TAIL))
    assert b"Checksum" not in listed.body


def test_b52_every_part_may_use_another_algorithm(plain, raw, bucket):
    upload = Upload(plain, bucket)
    bodies = [PART_1, PART_2, TAIL]
    for number, (body, algorithm) in enumerate(zip(bodies, ("SHA1", "CRC32", "CRC64NVME"), strict=True), 1):
        headers = {checksums.header(algorithm): checksums.value(algorithm, body)}
        upload.raw_part(raw, number, body, headers, payload=UNSIGNED).expect(200)
    upload.complete([{"PartNumber": number, "ETag": md5_hex(body)} for number, body in enumerate(bodies, 1)])
    assert read(plain, bucket, "object") == b"".join(bodies)


# --- Lengths ---


def test_b3_a_part_may_have_5_gib_and_no_more(s3, raw, bucket):
    """The length alone decides: not one byte of the body is sent."""
    upload, size = Upload(s3, bucket), 5 * 1024**3 + 1
    answer = upload.raw_part(raw, 1, b"", {"Expect": "100-continue"}, length=size, payload=UNSIGNED)
    answer.expect(400, "EntityTooLarge", proposed_size=size, max_size_allowed=5 * 1024**3)
    assert upload.numbers() == []


def test_b53_a_length_is_needed(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.raw_part(raw, 1, b"", length=None).expect(411, "MissingContentLength")
    assert upload.numbers() == []


def test_b53_a_body_that_ends_early_stores_nothing(s3, raw, bucket):
    """IncompleteBody or a closed connection; the earlier part stays."""
    upload = Upload(s3, bucket)
    upload.part(1, b"the earlier part")
    for number in (1, 2):
        signed = raw.sign("PUT", upload.path, {"partNumber": number, "uploadId": upload.id}, payload=UNSIGNED)
        answer = raw.exchange(signed.head + b"Content-Length: 1000\r\n\r\nonly this")
        assert answer == b"" or (b" 400 " in answer.splitlines()[0] and b"IncompleteBody" in answer), answer
    (part,) = upload.list()["Parts"]
    assert (part["PartNumber"], part["ETag"]) == (1, f'"{md5_hex(b"the earlier part")}"')


@pytest.mark.parametrize(("expect", "size"), [(True, 26), (True, 5 * MIB), (False, 26), (False, 5 * MIB)])
def test_b14_b41_a_refusal_before_the_body_says_whether_the_connection_goes_on(raw, bucket, expect, size):
    """A server that will close says `Connection: close`; else the next request on the connection is served.

    Clients keep connections: one that is closed unannounced fails the next request of a client that did nothing wrong.
    """
    query = {"partNumber": 1, "uploadId": UNKNOWN_ID}
    headers = {"Expect": "100-continue"} if expect else {}
    signed = raw.sign("PUT", object_path(bucket, "object"), query, headers, payload=UNSIGNED)
    following = raw.sign("HEAD", f"/{bucket}").head + b"\r\n"
    with raw.connect() as connection:
        connection.sendall(signed.head + b"Content-Length: %d\r\n\r\n" % size)
        if not expect:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(bytes(size))
        head = read_answer(connection)
        assert head.startswith(b"HTTP/1.1 404 "), head
        if b"connection: close" in head.lower():
            return
        answer = b""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(following)
            answer = read_answer(connection)
        assert answer.startswith(b"HTTP/1.1 200 "), "closed, and had not said so"


def read_answer(connection: socket.socket) -> bytes:
    """The head of an answer, whose body is read and thrown away; empty when the connection was closed."""
    stream = connection.makefile("rb")
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return head
        head += line
    for line in head.lower().splitlines():
        if line.startswith(b"content-length:") and b"404" in head:
            stream.read(int(line.split(b":")[1]))
    return head


def test_b208_a_wrong_payload_hash_stores_nothing(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.raw_part(raw, 1, TAIL, payload="0" * 64).expect(400, "XAmzContentSHA256Mismatch")
    assert upload.numbers() == []


# --- Who and where ---


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.upload_part(Bucket="e2e-no-such-bucket", Key="k", UploadId=UNKNOWN_ID, PartNumber=1, Body=b"")


def test_b13_the_expected_owner_must_be_the_owner(s3, bucket):
    upload = Upload(s3, bucket)
    with refused("AccessDenied", 403):
        upload.part(1, TAIL, ExpectedBucketOwner="999999999999")
    assert upload.numbers() == []
