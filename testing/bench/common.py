"""What the benches share: the end-to-end harness, a server in a temporary folder, signing in bulk, one JSON line."""

from __future__ import annotations

import argparse
import datetime
import http.client
import json
import os
import platform
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lib.raw import UNSIGNED, Raw  # noqa: E402
from lib.server import Server  # noqa: E402

__all__ = ["Connection", "Server", "UNSIGNED", "arguments", "in_parallel", "quantile", "report", "running_server"]

IDLE_SECONDS_MAX = 5.0
"""A connection that was idle for longer is not used again."""


def arguments(description: str, seconds: int, **sizes: int) -> argparse.Namespace:
    """The command line: one flag per size, and a bound on the time of the whole run."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in sizes.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"default {default}")
    parser.add_argument("--seconds-max", type=int, default=seconds, help=f"give up after this long, default {seconds}")
    chosen = parser.parse_args()
    # The alarm ends the process through the normal way out, so that the server and its folder go too.
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(chosen.seconds_max)
    return chosen


def _give_up(*_: object) -> None:
    raise SystemExit("gave up: the bench took longer than --seconds-max")


@contextmanager
def running_server(**kwargs: Any) -> Iterator[Server]:
    """A server on a new folder in DRYSTONE_BENCH_DIR (default: the temporary folder), removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="drystone-bench-", dir=os.environ.get("DRYSTONE_BENCH_DIR")) as folder:
        with Server(Path(folder) / "data", **kwargs) as server:
            yield server


class Connection:
    """A kept-alive connection that sends signed requests; signing is SigV4 with UNSIGNED-PAYLOAD."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.http = http.client.HTTPConnection(raw.host, raw.port, timeout=120)
        self.used = time.monotonic()

    def __call__(
        self, method: str, path: str, query: Any = None, body: bytes = b"", headers: Any = None, status: int = 200
    ) -> bytes:
        """Sends one request, which must be answered with `status`; the body of the answer."""
        signed = self.raw.sign(method, path, query, headers, payload=UNSIGNED)
        sent = dict(signed.headers)
        if body or method in ("PUT", "POST"):
            sent["Content-Length"] = str(len(body))
        if time.monotonic() - self.used > IDLE_SECONDS_MAX:
            self.http.close()  # The server may have ended it; the next request opens another.
        self.http.request(method, signed.target, body=body or None, headers=sent)
        answer = self.http.getresponse()
        content = answer.read()
        self.used = time.monotonic()
        if answer.status != status:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content

    def close(self) -> None:
        """Ends the connection."""
        self.http.close()


def in_parallel(raw: Raw, threads: int, jobs: Iterable[Any], work: Callable[[Connection, Any], None]) -> None:
    """Runs `work` for every job on a few threads, each with its own connection; the first error ends it."""
    waiting: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    errors: list[BaseException] = []

    def run() -> None:
        connection = Connection(raw)
        try:
            while not errors:
                work(connection, waiting.get_nowait())
        except queue.Empty:
            pass
        except BaseException as error:  # noqa: BLE001  (handed to the caller)
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def report(bench: str, start: float, **results: Any) -> None:
    """Prints the one JSON line."""
    line = {
        "bench": bench,
        "date": datetime.date.today().isoformat(),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "seconds": round(time.monotonic() - start, 1),
        **{name: round(value, 4) if isinstance(value, float) else value for name, value in results.items()},
    }
    print(json.dumps(line))
