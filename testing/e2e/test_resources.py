"""Memory and descriptors stay bounded (P6): the small version of what the benchmarks measure at size."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lib import multipart
from lib.data import MIB
from lib.wait import poll

RSS_MAX = 150 * MIB


def test_rss_with_8_parts_of_16_mib_in_flight_and_while_the_object_is_read(own_server):
    """All eight parts are in flight at once: each client stops one MiB before the end until all are there."""
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    upload_id = multipart.create(s3, "bkt", "k")
    piece, together = os.urandom(MIB), threading.Barrier(8, timeout=60)

    def pieces():
        for _ in range(15):
            yield piece
        together.wait()
        yield piece

    def send(number):
        query = {"partNumber": number, "uploadId": upload_id}
        answer = raw.request("PUT", "/bkt/k", query, body=pieces(), payload="UNSIGNED-PAYLOAD", length=16 * MIB)
        return {"PartNumber": number, "ETag": answer.expect(200).headers["ETag"]}

    server.reset_rss_peak()
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(send, range(1, 9)))
    assert server.rss_peak_bytes() <= RSS_MAX, server.rss_peak_bytes()

    multipart.complete(s3, "bkt", "k", upload_id, parts)
    server.reset_rss_peak()
    read = 0
    for data in s3.get_object(Bucket="bkt", Key="k", ChecksumMode="ENABLED")["Body"].iter_chunks(MIB):
        assert data in piece + piece
        read += len(data)
    assert read == 8 * 16 * MIB
    assert server.rss_peak_bytes() <= RSS_MAX, server.rss_peak_bytes()


def test_e2_aborted_connections_leave_no_descriptor_behind(own_server):
    """A client goes away in every phase of a request, many times over; descriptors return to where they were."""
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    s3.put_object(Bucket="bkt", Key="large", Body=bytes(4 * MIB))
    put = raw.sign("PUT", "/bkt/k", payload="UNSIGNED-PAYLOAD").head
    phases = [
        b"",
        b"PUT /bkt/k HT",
        put,
        put + b"Content-Length: 100000\r\n\r\n",
        put + b"Content-Length: 100000\r\n\r\n" + bytes(50_000),
        put + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
        raw.sign("GET", "/bkt/large").head + b"\r\n",
    ]

    def open_files():
        return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))

    before = open_files()
    for _ in range(30):
        for phase in phases:
            with raw.connect() as connection:
                connection.sendall(phase)
    poll("descriptors closed", lambda: open_files() <= before + 4, deadline_seconds=20)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="bkt")["Contents"]] == ["large"]


def test_e1_500_idle_connections_do_not_hinder_a_request(own_server):
    server = own_server()
    raw = server.raw()
    idle = [raw.connect() for _ in range(500)]
    try:
        raw.request("GET", "/", timeout=5).expect(200)
        assert server.rss_bytes() <= RSS_MAX
    finally:
        for connection in idle:
            connection.close()
