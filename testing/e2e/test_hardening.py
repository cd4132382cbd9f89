"""What once broke, kept from breaking again: slow clients, presigned headers, transfer codings, payload hashes, If-Range."""

from __future__ import annotations

import gzip
import hashlib
import socket

import pytest
from lib.data import random_bytes
from lib.raw import UNSIGNED

MIB = 1 << 20
OTHER_HASH = hashlib.sha256(b"other").hexdigest()


# --- Slow clients hold little memory and block nobody (P6) ---


def test_p6_readers_that_take_nothing_hold_little_memory(own_server):
    """100 connections ask for 16 MiB each and read nothing; memory stays within bounds and others are served."""
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    data = random_bytes("slow", 16 * MIB)
    s3.put_object(Bucket="bkt", Key="k", Body=data)
    server.reset_rss_peak()
    readers = []
    try:
        for _ in range(100):
            reader = socket.socket()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.settimeout(20)
            reader.connect((raw.host, raw.port))
            reader.sendall(raw.sign("GET", "/bkt/k").head + b"\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"
            readers.append(reader)
        assert s3.get_object(Bucket="bkt", Key="k")["Body"].read() == data
    finally:
        for reader in readers:
            reader.close()
    assert server.rss_peak_bytes() < 200 * MIB


def test_p6_uploads_that_send_next_to_nothing_block_nobody(own_server):
    """300 uploads of 5 MiB stand still after 10 bytes; a small object goes through at once."""
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    upload = s3.create_multipart_upload(Bucket="bkt", Key="k")["UploadId"]
    senders = []
    try:
        for number in range(1, 301):
            query = {"partNumber": number, "uploadId": upload}
            signed = raw.sign("PUT", "/bkt/k", query, payload=UNSIGNED)
            sender = raw.connect(timeout=20)
            sender.sendall(signed.head + b"Content-Length: 5242880\r\n\r\n" + b"ten bytes!")
            senders.append(sender)
        s3.put_object(Bucket="bkt", Key="normal", Body=random_bytes("normal", MIB))
        assert server.rss_bytes() < 150 * MIB
    finally:
        for sender in senders:
            sender.close()


# --- Presigned queries that carry x-amz-* (b216) ---


@pytest.mark.parametrize(
    ("name", "value", "status", "code"),
    [
        ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
        ("x-amz-tagging", "a=1&a=2", 400, "InvalidArgument"),
        ("x-amz-server-side-encryption", "AES128", 400, "InvalidArgument"),
        ("x-amz-storage-class", "FOO", 400, "InvalidStorageClass"),
        ("x-amz-expected-bucket-owner", "999999999999", 403, "AccessDenied"),
        ("x-amz-checksum-crc32", "AAAAAA==", 400, "BadDigest"),
    ],
)
def test_b13_b27_b46_b216_a_presigned_query_parameter_means_what_the_header_means(
    raw, s3, bucket, name, value, status, code
):
    raw.request("PUT", f"/{bucket}/k", {name: value}, body=b"abc", sign="query").expect(status, code)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_b26_b216_presigned_metadata_and_class_are_kept_and_copies_are_made(raw, s3, bucket):
    query = {"x-amz-meta-foo": "bar", "x-amz-storage-class": "STANDARD_IA"}
    raw.request("PUT", f"/{bucket}/k", query, body=b"abc", sign="query").expect(200)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["Metadata"], head["StorageClass"]) == ({"foo": "bar"}, "STANDARD_IA")
    raw.request("PUT", f"/{bucket}/copy", {"x-amz-copy-source": f"/{bucket}/k"}, sign="query").expect(200)
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == b"abc"


# --- Transfer codings (S35) ---


@pytest.mark.parametrize("coding", ["gzip, chunked", "foo, chunked", "chunked, chunked", "identity"])
def test_b15_other_transfer_codings_are_refused(raw, s3, bucket, coding):
    body = gzip.compress(b"hello")
    headers = [("Transfer-Encoding", coding)]
    answer = raw.request(
        "PUT", f"/{bucket}/k", payload=UNSIGNED, unsigned=headers, body=iter([body]), length=None
    )
    assert answer.status in (400, 501), answer.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


# --- The payload's hash also counts where no body is taken (b208) ---


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [("DELETE", "/k", None), ("GET", "/k", None), ("POST", "/k", "uploads"), ("GET", "", None)],
)
def test_b208_a_wrong_hash_of_no_body_is_refused(raw, s3, bucket, method, path, query):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    raw.request(method, f"/{bucket}{path}", query, payload=OTHER_HASH).expect(400, "XAmzContentSHA256Mismatch")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"kept"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


# --- Errors quote what was sent (b60, b61) ---


def test_b61_the_argument_value_is_what_was_sent(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    sent = "bytes=0-99999999999999999999"
    headers = {"x-amz-copy-source": f"/{bucket}/source", "x-amz-copy-source-range": sent}
    query = {"partNumber": 1, "uploadId": upload}
    raw.request("PUT", f"/{bucket}/k", query, headers).expect(400, "InvalidArgument", argument_value=sent)


# --- If-Range: a resumed download never mixes two versions ---


def test_a_range_of_another_version_sends_the_whole(raw, s3, bucket):
    old = s3.put_object(Bucket=bucket, Key="k", Body=b"A" * 100)["ETag"]
    new = s3.put_object(Bucket=bucket, Key="k", Body=b"B" * 100)["ETag"]
    stale = raw.request("GET", f"/{bucket}/k", headers={"Range": "bytes=50-", "If-Range": old}).expect(200)
    assert stale.body == b"B" * 100
    fresh = raw.request("GET", f"/{bucket}/k", headers={"Range": "bytes=50-", "If-Range": new}).expect(206)
    assert fresh.body == b"B" * 50


def test_b8_a_hundred_and_fifty_metadata_headers_are_legal(raw, bucket):
    """Names and values are far below 2 KB; the answer to HEAD would be too long for this client's parser."""
    headers = {f"x-amz-meta-k{number}": "v" for number in range(150)}
    raw.request("PUT", f"/{bucket}/k", headers=headers).expect(200)
