"""Filling a bucket: many small objects, or many open uploads."""

from __future__ import annotations

import time

from common import Connection, Server, in_parallel

BUCKET = "bench"
KEYS_PER_FOLDER = 1000


def key_of(number: int) -> str:
    """Keys in folders of 1,000."""
    return f"folder-{number // KEYS_PER_FOLDER:04}/object-{number:08}"


def put_objects(server: Server, count: int, threads: int = 8) -> float:
    """PUTs `count` objects of 16 bytes; puts per second."""
    start = time.monotonic()

    def put(http: Connection, number: int) -> None:
        http("PUT", f"/{BUCKET}/{key_of(number)}", None, b"%016d" % number)

    in_parallel(server.raw(), threads, range(count), put)
    return count / (time.monotonic() - start)


def open_uploads(server: Server, count: int, threads: int = 8) -> float:
    """Opens `count` uploads without parts; creates per second."""
    start = time.monotonic()

    def create(http: Connection, number: int) -> None:
        http("POST", f"/{BUCKET}/{key_of(number)}", {"uploads": None})

    in_parallel(server.raw(), threads, range(count), create)
    return count / (time.monotonic() - start)
