"""Restart: time from start to the ready line with 100,000 objects, after kill -9."""

from __future__ import annotations

import time

from common import Connection, arguments, report, running_server
from fill import BUCKET, key_of, put_objects

ROUNDS = 5


def main() -> None:
    """Runs the bench."""
    chosen = arguments(__doc__, 1200, keys=100_000)
    start = time.monotonic()
    with running_server() as server:
        Connection(server.raw())("PUT", f"/{BUCKET}")
        puts_per_s = put_objects(server, chosen.keys)
        ready: list[float] = []
        for _ in range(ROUNDS):
            server.kill()
            begun = time.monotonic()
            server.start()
            ready.append(time.monotonic() - begun)
            last = Connection(server.raw())("GET", f"/{BUCKET}/{key_of(chosen.keys - 1)}")
            assert last == b"%016d" % (chosen.keys - 1), last
        report(
            "restart",
            start,
            keys=chosen.keys,
            puts_per_s=puts_per_s,
            ready_ms=[round(1000 * seconds, 1) for seconds in ready],
            ready_max_ms=1000 * max(ready),
        )


if __name__ == "__main__":
    main()
