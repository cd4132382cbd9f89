"""Waiting for what a server does in its own time: poll, with a deadline and a reason."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def poll(what: str, probe: Callable[[], T | None], *, deadline_seconds: float = 30.0) -> T:
    """Calls `probe` until it returns something true; that is returned.

    Only for what has no event to wait for (a sweep in the background). Fails with `what` when the deadline passes.
    """
    end = time.monotonic() + deadline_seconds
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() >= end:
            raise AssertionError(f"not within {deadline_seconds:g} s: {what}")
        time.sleep(0.05)
