"""HTTP itself, over bare connections: 100-continue, keep-alive, malformed input, hostile XML, odd keys (S30, S34, S36)."""

import http.client
import os
import random
import re
import time
from urllib.parse import unquote, unquote_plus

import pytest
from botocore.credentials import Credentials
from conftest import bucket_name, wipe
from lib.data import md5_base64
from lib.errors import refused
from lib.multipart import create, read
from lib.sigv4 import canonical_path

SEED = int(os.environ.get("DRYSTONE_E2E_SEED", "20261122"))


def read_answer(connection, method="GET"):
    """The next answer on a bare connection: status, headers, body. Skips `100 Continue`."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    return answer.status, answer.headers, answer.read()


def statuses(data):
    """Every status in what a connection brought back."""
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", data, re.MULTILINE)]


def assert_serves(raw, bucket):
    """The server is alive and well."""
    raw.request("PUT", f"/{bucket}/alive", body=b"yes").expect(200)
    assert raw.request("GET", f"/{bucket}/alive").expect(200).body == b"yes"


# --- Expect: 100-continue (b14) ---


def test_b14_100_continue_comes_before_the_body_is_sent(raw, s3, bucket):
    signed = raw.sign("PUT", f"/{bucket}/k", payload="UNSIGNED-PAYLOAD")
    with raw.connect(timeout=10) as connection:
        connection.sendall(signed.head + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        interim = b""
        while not interim.endswith(b"\r\n\r\n"):
            interim += connection.recv(1)
        assert interim.startswith(b"HTTP/1.1 100 "), interim
        connection.sendall(b"hello")
        assert read_answer(connection, "PUT")[0] == 200
    assert read(s3, bucket, "k") == b"hello"


@pytest.mark.parametrize("why", ["wrong signature", "no such bucket", "key too long", "bad header", "no such upload"])
def test_b14_a_request_that_is_refused_gets_no_100(raw, bucket, why):
    """The client must not be asked for gigabytes that nobody wants."""
    path, query, headers, credentials = f"/{bucket}/k", None, {}, None
    if why == "wrong signature":
        credentials = Credentials(raw.credentials.access_key, "wrong")
    elif why == "no such bucket":
        path = f"/{bucket_name()}/k"
    elif why == "key too long":
        path = f"/{bucket}/" + "k" * 1025
    elif why == "bad header":
        headers = {"x-amz-storage-class": "MARBLE"}
    else:
        query = {"partNumber": 1, "uploadId": "none"}
    signed = raw.sign("PUT", path, query, headers, payload="UNSIGNED-PAYLOAD", credentials=credentials)
    with raw.connect(timeout=10) as connection:
        connection.sendall(signed.head + b"Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
        head = b""
        while b"\r\n" not in head:
            head += connection.recv(1)
        assert head.startswith(b"HTTP/1.1 4"), head


def test_b14_an_empty_body_gets_no_100_and_so_ends_the_connection(raw, s3, bucket):
    """hyper asks for no body that is empty. AWS CLI 1 and 2 send Expect with empty files, and take a status that came instead
    of `100 Continue` for the answer to the next request on the connection, too: uploads then fail with KeyError 'ETag'."""
    signed = raw.sign("PUT", f"/{bucket}/empty", payload="UNSIGNED-PAYLOAD")
    with raw.connect(timeout=10) as connection:
        connection.sendall(signed.head + b"Content-Length: 0\r\nExpect: 100-continue\r\n\r\n")
        status, headers, _ = read_answer(connection, "PUT")
        assert (status, headers["Connection"]) == (200, "close")
        assert connection.recv(1) == b""
    assert read(s3, bucket, "empty") == b""


# --- One connection, many requests ---


def test_keep_alive_serves_successes_and_errors_on_one_connection(raw, bucket):
    lines = [
        ("PUT", "k", b"first", {}, 200), ("GET", "k", b"", {}, 200), ("HEAD", "k", b"", {}, 200),
        ("GET", "absent", b"", {}, 404), ("HEAD", "absent", b"", {}, 404), ("GET", "k", b"", {"If-Match": '"x"'}, 412),
        ("GET", "k", b"", {"If-None-Match": "*"}, 304), ("PUT", "k", b"second", {"Content-MD5": "!"}, 400),
        ("GET", "k", b"", {"Range": "bytes=1-2"}, 206), ("GET", "k", b"", {"Range": "bytes=99-"}, 416),
        ("DELETE", "k", b"", {}, 204), ("GET", "k", b"", {}, 404),
    ]
    with raw.connect(timeout=10) as connection:
        for round_ in range(3):
            for method, key, body, headers, status in lines:
                signed = raw.sign(method, f"/{bucket}/{key}", None, headers, body)
                length = b"Content-Length: %d\r\n" % len(body) if method == "PUT" else b""
                connection.sendall(signed.head + length + b"\r\n" + body)
                found, _, content = read_answer(connection, method)
                assert found == status, (round_, method, key, content)


def test_pipelined_requests_are_answered_in_order(raw, s3, bucket):
    for name in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=name, Body=b"body of " + name.encode())
    heads = b"".join(raw.sign("GET", f"/{bucket}/{name}").head + b"\r\n" for name in ("a", "b", "c"))
    answer = b""
    with raw.connect(timeout=10) as connection:
        connection.sendall(heads)
        while not answer.endswith(b"body of c"):
            piece = connection.recv(65536)
            assert piece, answer
            answer += piece
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert re.findall(rb"body of .", answer) == [b"body of a", b"body of b", b"body of c"]


def test_a_refused_body_is_never_taken_for_the_next_request(raw, s3, bucket):
    """Request smuggling by a body that looks like a request."""
    s3.put_object(Bucket=bucket, Key="victim", Body=b"kept")
    inner = raw.sign("DELETE", f"/{bucket}/victim").head + b"\r\n"
    wrong = Credentials(raw.credentials.access_key, "wrong")
    signed = raw.sign("PUT", f"/{bucket}/k", payload="UNSIGNED-PAYLOAD", credentials=wrong)
    answer = raw.exchange(signed.head + b"Content-Length: %d\r\n\r\n" % len(inner) + inner)
    assert statuses(answer) == [403]
    assert read(s3, bucket, "victim") == b"kept"


def test_http_1_0_and_connection_close_end_the_connection(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    signed = raw.sign("GET", f"/{bucket}/k")
    for head in (signed.head.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n"), signed.head + b"Connection: close\r\n"):
        with raw.connect(timeout=10) as connection:
            connection.sendall(head + b"\r\n")
            received = b""
            while piece := connection.recv(65536):
                received += piece
        assert statuses(received) == [200]
        assert received.endswith(b"data")


# --- Malformed HTTP ---


@pytest.mark.parametrize(
    "data",
    [
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET / FTP/1.1\r\nHost: x\r\n\r\n",
        b"G\0T / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET bkt/key HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad name: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\nx",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx",
        b"PUT /bkt/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx",
        b"\r\n\r\n\r\n\r\n",
        b"\0" * 1000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 500,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /?" + b"a=b&" * 50_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda data: repr(data[:60]),
)
def test_malformed_requests_are_4xx_or_closed(raw, bucket, data):
    answer = raw.exchange(data, timeout=20)
    found = statuses(answer)
    assert answer == b"" or found, answer[:200]
    assert all(400 <= status < 500 for status in found), answer[:500]
    assert_serves(raw, bucket)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("one giant header", [f"x-big: {'a' * 200_000}"]),
        ("many long headers", [f"x-long-{n}: {'a' * 4000}" for n in range(50)]),
        ("too many headers", [f"x-n-{n}: a" for n in range(1000)]),
        ("a giant name", [f"x-{'n' * 100_000}: a"]),
    ],
)
def test_header_sections_that_are_too_large_are_refused(raw, bucket, name, lines):
    signed = raw.sign("GET", f"/{bucket}")
    answer = raw.exchange(signed.head + "\r\n".join(lines).encode() + b"\r\n\r\n", timeout=20)
    assert answer == b"" or all(400 <= status < 500 for status in statuses(answer)), answer[:500]
    assert 200 not in statuses(answer)
    assert_serves(raw, bucket)


def test_a_request_with_80_headers_is_fine(raw, s3, bucket):
    headers = {f"x-amz-meta-n{number}": "v" for number in range(70)}
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=b"x").expect(200)
    assert len(s3.head_object(Bucket=bucket, Key="k")["Metadata"]) == 70


@pytest.mark.parametrize("value", ["a\tb", "a\x7fb", "é"])
def test_s38_what_clients_put_in_metadata_never_breaks_an_answer(raw, bucket, value):
    headers = {"x-amz-meta-text": value, "Content-Disposition": value, "Cache-Control": value}
    put = raw.request("PUT", f"/{bucket}/k", headers=headers, body=b"x")
    assert put.status in (200, 400, 403), put.text
    if put.status == 200:
        assert raw.request("GET", f"/{bucket}/k").expect(200).body == b"x"
    assert_serves(raw, bucket)


# --- XML bodies (S34) ---


def xml_bodies():
    """Name -> body that no XML parser of ours may swallow."""
    laughs = "".join(f'<!ENTITY l{n} "{"&l%d;" % (n - 1) * 10}">' for n in range(1, 10))
    return {
        "doctype": b'<!DOCTYPE x><{root}/>',
        "internal entity": b'<!DOCTYPE x [<!ENTITY e "k">]><{root}><Object><Key>&e;</Key></Object></{root}>',
        "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}><Object><Key>&e;</Key></Object></{root}>',
        "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><{root}/>',
        "billion laughs": b'<!DOCTYPE x [<!ENTITY l0 "lol">' + laughs.encode() + b"]><{root}>&l9;</{root}>",
        "unknown entity": b"<{root}>&unknown;</{root}>",
        "deep": b"<{root}>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</{root}>",
        "deep and open": b"<{root}>" + b"<a>" * 60_000,
        "attributes": b"<{root} " + b" ".join(b'a%d="x"' % n for n in range(15_000)) + b"/>",
        "namespaces": b"<{root} " + b" ".join(b'xmlns:a%d="u"' % n for n in range(10_000)) + b"/>",
        "not utf-8": b"<{root}>\xff\xfe</{root}>",
        "utf-16": '<?xml version="1.0" encoding="UTF-16"?><{root}/>'.encode("utf-16").replace(b"{\0r", b"x\0r"),
        "nul": b"<{root}>\0</{root}>",
        "truncated": b"<{root}><Object><Key>k</Key>",
        "two roots": b"<{root}></{root}><{root}></{root}>",
        "text after": b"<{root}></{root}>text",
        "huge": b"<{root}>" + b" " * (5 << 20) + b"</{root}>",
        "huge comment": b"<{root}><!--" + b"x" * (5 << 20) + b"--></{root}>",
    }


@pytest.mark.parametrize("name", list(xml_bodies()))
@pytest.mark.parametrize("operation", ["DeleteObjects", "CompleteMultipartUpload", "PutBucketLifecycleConfiguration"])
def test_s34_hostile_xml_is_refused_quickly_and_changes_nothing(raw, s3, bucket, operation, name):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    method, path, query, root = {
        "DeleteObjects": ("POST", f"/{bucket}", "delete", b"Delete"),
        "CompleteMultipartUpload": ("POST", f"/{bucket}/k", f"uploadId={create(s3, bucket, 'k')}", b"CompleteMultipartUpload"),
        "PutBucketLifecycleConfiguration": ("PUT", f"/{bucket}", "lifecycle", b"LifecycleConfiguration"),
    }[operation]
    body = xml_bodies()[name].replace(b"{root}", root)
    start = time.monotonic()
    answer = raw.request(method, path, query, {"Content-MD5": md5_base64(body)}, body)
    assert time.monotonic() - start < 5
    assert answer.status in (400, 413), (answer.status, answer.text[:500])
    assert "root:" not in answer.text
    assert read(s3, bucket, "k") == b"kept"
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_e5_a_body_without_length_that_never_ends_is_cut_off(raw, bucket):
    """An XML body in chunked transfer coding: the answer comes long before a gigabyte was read."""
    sent = 0

    def endless():
        nonlocal sent
        yield b"<Delete>"
        while sent < 1 << 30:
            sent += 65536
            yield b" " * 65536

    answer = raw.request("POST", f"/{bucket}", "delete", {"Content-MD5": md5_base64(b"")}, endless(),
                         payload="UNSIGNED-PAYLOAD", length=None)
    assert answer.status in (400, 413), answer.text
    assert sent < 64 << 20


# --- Numbers (S36) ---


NUMBERS = ["-1", "-2147483648", "-2147483649", "2147483648", "4294967295", "4294967296", "4294967297", "9223372036854775808",
           "18446744073709551616", "9" * 100, "x", "1x", "1.0", "0x10", " 1", "1e3", "٣"]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize(("query", "name"), [
    ("uploads", "max-uploads"), ("uploadId={upload}", "max-parts"), ("uploadId={upload}", "part-number-marker"),
    ("", "max-keys"), ("list-type=2", "max-keys"),
])
def test_b83_b101_s36_numbers_in_queries(raw, s3, bucket, query, name, value):
    query = query.format(upload=create(s3, bucket, "k"))
    path = f"/{bucket}/k" if "uploadId" in query else f"/{bucket}"
    pairs = [tuple((pair + "=").split("=")[:2]) for pair in query.split("&") if pair]
    raw.request("GET", path, [*pairs, (name, value)]).expect(400, "InvalidArgument", argument_name=name)


@pytest.mark.parametrize("value", [*NUMBERS, "0", "10001", "65536", "65537", ""])
def test_b40_s36_part_numbers_of_uploads(raw, s3, bucket, value):
    query = {"partNumber": value, "uploadId": create(s3, bucket, "k")}
    answer = raw.request("PUT", f"/{bucket}/k", query, body=b"x")
    answer.expect(400, "InvalidArgument", argument_name="partNumber", argument_value=value)
    assert answer.error.message == "Part number must be an integer between 1 and 10000, inclusive"


# --- Keys (S30) ---


KEYS = [
    "..", ".", "%2e%2e", "%252e", "%252e%252e%252f", "..%2f", "..%2fother", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "../../etc/passwd",
    "a/../b", "./a", "a/.", "a/..", "a\\b", "..\\..\\x", "a%5cb", "C:%5Cx", "%2f", "/", "//", "/a", "a/", "a//b", "//a//", "%00",
    "a%00b", "a%00", "%01%1f%7f", "%0d%0aX-Evil:%201", "%c3%a9", "%E2%98%83", "%F0%9F%98%80",
    "%E2%80%AE", "%EF%BB%BF", "+", "%2B", "%20", "%20lead", "trail%20", "%3FversionId=1", "%23", "%25", "%26amp;", "~", "-", "*",
    "'or%201=1--", "%22", "%3Cx%3E", "CON", "%3Cscript%3E", "{}", "$HOME", "%60id%60", "|", "%7C",
]


@pytest.fixture(scope="module")
def victim(s3):
    """A bucket of somebody else's, with keys that the others aim at."""
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    for key in ("a", "other", "etc/passwd", "x"):
        s3.put_object(Bucket=name, Key=key, Body=b"victim")
    yield name
    wipe(s3, name)


@pytest.mark.parametrize("written", KEYS)
def test_s30_a_key_is_decoded_once_and_never_a_path(raw, s3, bucket, victim, written):
    """Put, get, list and delete by the form as written; the same object by its canonical form; nothing else touched."""
    key = unquote(written)
    canonical = f"/{bucket}/" + canonical_path(key)

    def send(method, body=b"", target=f"/{bucket}/{written}"):
        signed = raw.sign(method, canonical, body=body)
        return raw.send(method, target, [*signed.headers, ("Content-Length", str(len(body)))], body)

    send("PUT", written.encode()).expect(200)
    assert send("GET").expect(200).body == written.encode()
    assert send("GET", target=canonical).expect(200).body == written.encode()
    listed = raw.request("GET", f"/{bucket}", {"encoding-type": "url"}).expect(200).xml["Contents"]
    assert unquote_plus(listed["Key"]) == key
    send("DELETE").expect(204)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert s3.list_objects_v2(Bucket=victim)["KeyCount"] == 4


@pytest.mark.parametrize("written", ["%ff", "%c0%ae%c0%ae", "%ed%a0%80", "%f5%80%80%80", "%", "a%", "%2", "%zz", "%u002e", "%+1"])
@pytest.mark.parametrize("method", ["PUT", "GET", "DELETE"])
def test_s30_what_cannot_be_decoded_is_400(raw, s3, bucket, method, written):
    answer = raw.request(method, f"/{bucket}/{written}", body=b"x" if method == "PUT" else b"")
    assert answer.status in (400, 403), answer.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("path", ["/../{bucket}/k", "/%2e%2e/{bucket}/k", "/{bucket}%2fk", "//{bucket}/k", "/{bucket}%00/k", "/./{bucket}/k"])
def test_s30_what_is_no_bucket_name_is_400(raw, bucket, path):
    raw.request("PUT", f"/{bucket}/k", body=b"x").expect(200)
    written = path.format(bucket=bucket)
    signed = raw.sign("GET", canonical_path(unquote(written)))
    answer = raw.send("GET", written, signed.headers)
    answer.expect(400, "InvalidBucketName")


# --- Random malformed requests ---


def seeds_of(raw, bucket, upload_id):
    """Well-formed signed requests to start from; none of them destroys anything."""
    lines = [
        ("GET", f"/{bucket}", "list-type=2&prefix=a&max-keys=5", {}, b""),
        ("GET", f"/{bucket}/kept", None, {"Range": "bytes=0-1"}, b""),
        ("PUT", f"/{bucket}/new", None, {"x-amz-meta-a": "b", "Content-MD5": md5_base64(b"data")}, b"data"),
        ("PUT", f"/{bucket}/new", {"partNumber": 1, "uploadId": upload_id}, {}, b"data"),
        ("PUT", f"/{bucket}/new", None, {"x-amz-copy-source": f"/{bucket}/kept"}, b""),
        ("GET", f"/{bucket}/new", {"uploadId": upload_id, "max-parts": 3}, {}, b""),
        ("POST", f"/{bucket}/new", {"uploadId": upload_id}, {}, b"<CompleteMultipartUpload/>"),
        ("POST", f"/{bucket}", "delete", {"Content-MD5": md5_base64(b"<Delete/>")}, b"<Delete/>"),
    ]
    requests = []
    for method, path, query, headers, body in lines:
        for sign in ("header", "query"):
            signed = raw.sign(method, path, query, headers, body, sign=sign)
            requests.append(signed.head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    chunked = raw.sign("PUT", f"/{bucket}/new", None, {"x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32"},
                       payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
    body = b"4\r\ndata\r\n0\r\nx-amz-checksum-crc32:rfPzYw==\r\n\r\n"
    requests.append(chunked.head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    return requests


def mutate(rng, data):
    """One to four small damages."""
    hostile = [b"\0", b"\r", b"\n", b"\r\n", b"%", b"%00", b"%ff", b"\xff", b"/", b"..", b"?", b"&", b"=", b":", b";", b"-1", b"4294967296",
               b"99999999999999999999", b"<", b"&e;", b" ", b"\t", b'"', b"A" * 5000]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice([0, 1, 1, 2, 8, 40]))
        kind = rng.randrange(6)
        if kind == 0:
            data = data[:at] + rng.choice(hostile) + data[at:]
        elif kind == 1:
            data = data[:at] + rng.choice(hostile) + data[end:]
        elif kind == 2:
            data = data[:at] + data[end:]
        elif kind == 3:
            data = data[:end] + data[at:end] + data[end:]
        elif kind == 4:
            data = data[:at] + rng.randbytes(end - at) + data[end:]
        else:
            lines = data.split(b"\r\n")
            one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
            lines[one], lines[other] = lines[other], lines[one]
            data = b"\r\n".join(lines)
    return data or b"x"


def test_d2_500_damaged_requests_never_break_the_server(raw, s3, bucket):
    """Never a 5xx other than 501, and what was stored is still there."""
    s3.put_object(Bucket=bucket, Key="kept", Body=b"kept")
    upload_id = create(s3, bucket, "new")
    rng = random.Random(SEED)
    for number in range(500):
        if number % 100 == 0:
            requests = seeds_of(raw, bucket, upload_id)
        data = mutate(rng, rng.choice(requests))
        answer = raw.exchange(data, timeout=20)
        bad = [status for status in statuses(answer) if status >= 500 and status != 501]
        assert not bad, f"request {number} of seed {SEED} (replay: DRYSTONE_E2E_SEED={SEED}): {data[:2000]!r} -> {answer[:500]!r}"
    assert read(s3, bucket, "kept") == b"kept"
    assert_serves(raw, bucket)


# --- Slow clients ---


def test_e2_headers_and_bodies_that_stall_are_cut_off_and_store_nothing(own_server):
    """A client that sends its headers, or its body, one byte a time for ever holds nothing for longer than its time."""
    server = own_server(config="[http]\nheader_timeout_seconds = 1\nbody_stall_seconds = 1\n")
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    signed = raw.sign("PUT", "/bkt/k", payload="UNSIGNED-PAYLOAD")
    with raw.connect(timeout=10) as headers, raw.connect(timeout=10) as body, raw.connect(timeout=10) as silent:
        headers.sendall(signed.head)
        body.sendall(signed.head + b"Content-Length: 100\r\n\r\nonly this")
        answers = []
        for connection in (headers, body, silent):
            received = b""
            while b"</Error>" not in received and (piece := connection.recv(65536)):
                received += piece
            answers.append(received)
    assert all(400 <= status < 500 for answer in answers for status in statuses(answer)), answers
    assert b"RequestTimeout" in answers[1]
    assert "Contents" not in s3.list_objects_v2(Bucket="bkt")
