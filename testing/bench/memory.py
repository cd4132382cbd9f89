"""Memory: the server's peak while 8 parts of 16 MiB are in flight at any time, and while the 2 GiB object is read."""

from __future__ import annotations

import re
import socket
import threading
import time

from common import UNSIGNED, Connection, Server, arguments, in_parallel, report, running_server
from lib.data import MIB, md5_hex, random_bytes

IN_FLIGHT = 8
PART_SIZE = 16 * MIB
BODY = random_bytes("memory", PART_SIZE)
ETAG = md5_hex(BODY)


def hold_parts(server: Server, upload_id: str) -> float:
    """Sends eight parts up to their last byte and holds them there; resident MiB meanwhile."""
    raw = server.raw()
    connections: list[socket.socket] = []

    def send(number: int) -> None:
        signed = raw.sign("PUT", "/bench/big", {"partNumber": number, "uploadId": upload_id}, payload=UNSIGNED)
        connection = raw.connect()
        connections.append(connection)
        connection.sendall(signed.head + b"Content-Length: %d\r\n\r\n" % PART_SIZE + BODY[:-1])

    workers = [threading.Thread(target=send, args=(number,)) for number in range(1, IN_FLIGHT + 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    resident = server.rss_bytes() / MIB
    for connection in connections:
        connection.sendall(BODY[-1:])
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
        connection.close()
    return resident


def read_object(server: Server, size: int) -> float:
    """GETs the whole object and drops it; seconds."""
    start = time.monotonic()
    http = Connection(server.raw()).http
    signed = server.raw().sign("GET", "/bench/big", payload=UNSIGNED)
    http.request("GET", signed.target, headers=dict(signed.headers))
    answer = http.getresponse()
    left, buffer = size, bytearray(MIB)
    while count := answer.readinto(buffer):
        left -= count
    assert left == 0, left
    return time.monotonic() - start


def main() -> None:
    """Runs the bench."""
    chosen = arguments(__doc__, 900, parts=128)
    start = time.monotonic()
    with running_server() as server:
        http = Connection(server.raw())
        http("PUT", "/bench")
        idle = server.rss_bytes() / MIB
        answer = http("POST", "/bench/big", {"uploads": None}).decode()
        upload_id = re.search("<UploadId>(.+?)</UploadId>", answer)[1]

        server.reset_rss_peak()
        held = hold_parts(server, upload_id)
        numbers = range(1, chosen.parts + 1)
        sent = time.monotonic()
        in_parallel(
            server.raw(),
            IN_FLIGHT,
            numbers,
            lambda http, number: http("PUT", "/bench/big", {"partNumber": number, "uploadId": upload_id}, BODY),
        )
        sent_seconds = time.monotonic() - sent
        peak_upload = server.rss_peak_bytes() / MIB
        parts = "".join(f'<Part><PartNumber>{n}</PartNumber><ETag>"{ETAG}"</ETag></Part>' for n in numbers)
        xml = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"
        http("POST", "/bench/big", {"uploadId": upload_id}, xml.encode())

        size = chosen.parts * PART_SIZE
        server.reset_rss_peak()
        read_seconds = read_object(server, size)
        peak_read = server.rss_peak_bytes() / MIB
        report(
            "memory",
            start,
            object_mib=size // MIB,
            rss_idle_mib=idle,
            rss_parts_held_mib=held,
            rss_peak_upload_mib=peak_upload,
            rss_peak_read_mib=peak_read,
            upload_mib_per_s=size / MIB / sent_seconds,
            read_mib_per_s=size / MIB / read_seconds,
        )


if __name__ == "__main__":
    main()
