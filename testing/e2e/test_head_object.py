"""HeadObject: GetObject's headers without its body."""

import pytest
from conftest import bucket_name
from lib.errors import refused

PER_ANSWER = {"x-amz-request-id", "x-amz-id-2", "date", "connection", "content-length"}


def test_head_has_the_headers_of_get(raw, bucket):
    headers = {"Content-Type": "text/x", "Cache-Control": "no-store", "x-amz-meta-a": "b", "Content-Encoding": "gzip"}
    raw.request("PUT", f"/{bucket}/k", headers=headers, body=b"0123456789").expect(200)
    got, head = (raw.request(method, f"/{bucket}/k").expect(200) for method in ("GET", "HEAD"))

    def kept(answer):
        return {name.lower(): value for name, value in answer.headers.items() if name.lower() not in PER_ANSWER}

    assert kept(head) == kept(got)
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == "10"
    assert head.body == b""


def test_head_with_a_range(raw, bucket):
    raw.request("PUT", f"/{bucket}/k", body=b"0123456789").expect(200)
    answer = raw.request("HEAD", f"/{bucket}/k", headers={"Range": "bytes=2-5"}).expect(206)
    assert answer.headers["Content-Length"] == "4"
    assert answer.headers["Content-Range"] == "bytes 2-5/10"


@pytest.mark.parametrize(
    ("key", "query", "headers", "status"),
    [
        ("absent", "", {}, 404),
        ("k", "", {"If-Match": '"abc"'}, 412),
        ("k", "", {"If-None-Match": "*"}, 304),
        ("k", "", {"Range": "bytes=10-"}, 416),
        ("k", "partNumber=2", {}, 416),
        ("k", "partNumber=0", {}, 400),
        ("k", "", {"x-amz-expected-bucket-owner": "111122223333"}, 403),
    ],
)
def test_b9_head_errors_have_ids_but_no_body(raw, bucket, key, query, headers, status):
    raw.request("PUT", f"/{bucket}/k", body=b"0123456789").expect(200)
    answer = raw.request("HEAD", f"/{bucket}/{key}", query, headers).expect(status)
    assert answer.body == b""
    assert answer.headers["x-amz-request-id"]
    assert answer.headers["x-amz-id-2"]


def test_b9_after_a_head_error_the_connection_serves_on(raw, bucket):
    """An error body sent to HEAD would be read as the beginning of the next answer."""
    with raw.connect() as connection:
        for _ in range(3):
            connection.sendall(raw.sign("HEAD", f"/{bucket}/absent").head + b"\r\n")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(65536)
            assert head.startswith(b"HTTP/1.1 404"), head


def test_b12_head_in_a_missing_bucket(s3):
    with refused("404", 404):
        s3.head_object(Bucket=bucket_name(), Key="k")


def test_b179_head_of_part_1(raw, bucket):
    raw.request("PUT", f"/{bucket}/k", body=b"0123456789").expect(200)
    answer = raw.request("HEAD", f"/{bucket}/k", "partNumber=1").expect(206)
    assert answer.headers["Content-Range"] == "bytes 0-9/10"
    assert "x-amz-mp-parts-count" not in answer.headers
