"""Listing 100,000 keys, and 100,000 open uploads, in pages of 1,000: pages per second, and the server's memory."""

from __future__ import annotations

import html
import re
import time
from typing import Any

from common import Connection, arguments, quantile, report, running_server
from fill import BUCKET, KEYS_PER_FOLDER, open_uploads, put_objects
from lib.data import MIB

ROUNDS = 3


def text_of(element: str, page: str) -> str | None:
    """The text of the first such element."""
    found = re.search(f"<{element}>(.*?)</{element}>", page)
    return html.unescape(found[1]) if found else None


def list_objects(http: Connection, query: dict[str, str]) -> tuple[int, list[float]]:
    """All pages of ListObjectsV2: entries, and seconds per page."""
    entries, seconds, token = 0, [], None
    while True:
        asked = {"list-type": "2", **query, **({"continuation-token": token} if token else {})}
        start = time.monotonic()
        page = http("GET", f"/{BUCKET}", asked).decode()
        seconds.append(time.monotonic() - start)
        entries += page.count("<Contents>") + page.count("<CommonPrefixes>")
        token = text_of("NextContinuationToken", page)
        if token is None:
            return entries, seconds


def list_uploads(http: Connection) -> tuple[int, list[float]]:
    """All pages of ListMultipartUploads."""
    entries, seconds, markers = 0, [], {}
    while True:
        start = time.monotonic()
        page = http("GET", f"/{BUCKET}", {"uploads": None, **markers}).decode()
        seconds.append(time.monotonic() - start)
        entries += page.count("<Upload>")
        if text_of("IsTruncated", page) != "true":
            return entries, seconds
        markers = {
            "key-marker": text_of("NextKeyMarker", page),
            "upload-id-marker": text_of("NextUploadIdMarker", page),
        }


def figures(name: str, seconds: list[float]) -> dict[str, Any]:
    """Pages per second and the slow ones."""
    return {
        f"{name}_pages": len(seconds),
        f"{name}_pages_per_s": len(seconds) / sum(seconds),
        f"{name}_page_p50_ms": 1000 * quantile(seconds, 0.5),
        f"{name}_page_p99_ms": 1000 * quantile(seconds, 0.99),
    }


def main() -> None:
    """Runs the bench."""
    chosen = arguments(__doc__, 1800, keys=100_000, uploads=100_000)
    start = time.monotonic()
    with running_server() as server:
        http = Connection(server.raw())
        http("PUT", f"/{BUCKET}")
        results: dict[str, Any] = {"keys": chosen.keys, "puts_per_s": put_objects(server, chosen.keys)}
        seconds: list[float] = []
        for _ in range(ROUNDS):
            entries, some = list_objects(http, {})
            assert entries == chosen.keys, entries
            seconds += some
        results |= figures("keys", seconds)
        entries, seconds = list_objects(http, {"delimiter": "/"})
        assert entries == -(-chosen.keys // KEYS_PER_FOLDER), entries
        results |= figures("folders", seconds)
        results |= {"rss_mib": server.rss_bytes() / MIB, "uploads": chosen.uploads}
        results["creates_per_s"] = open_uploads(server, chosen.uploads)
        entries, seconds = list_uploads(http)
        assert entries == chosen.uploads, entries
        results |= figures("uploads", seconds)
        results |= {"rss_with_uploads_mib": server.rss_bytes() / MIB, "rss_peak_mib": server.rss_peak_bytes() / MIB}
        report("listing", start, **results)


if __name__ == "__main__":
    main()
