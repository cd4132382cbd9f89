"""Drystone's transfer client as a command: run it, read what it says, kill it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .server import aws_environment, binary

SECONDS_MAX = 120


@dataclass
class Done:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """stdout as JSON Lines."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class Client:
    """`drystone` against one endpoint, with a home and a state folder of its own."""

    def __init__(self, endpoint: Any, home: Path) -> None:
        self.endpoint, self.home = endpoint, home
        self.state = home / "state"
        self.state.mkdir(parents=True, exist_ok=True)

    def environment(self, **extra: str) -> dict[str, str]:
        """Variables of every command."""
        endpoint = self.endpoint
        env = aws_environment(endpoint.url, endpoint.access_key, endpoint.secret_key, endpoint.region)
        return {**env, "HOME": str(self.home), "DRYSTONE_STATE_DIR": str(self.state), **extra}

    def start(self, *words: object, **extra: str) -> subprocess.Popen[str]:
        """Starts a command; its output is to be read by the caller."""
        line = [str(binary()), *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(line, env=self.environment(**extra), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)

    def __call__(self, *words: object, expect: int | None = 0, stdin: bytes = b"", **extra: str) -> Done:
        """Runs a command, which must end with `expect`."""
        line = [str(binary()), *map(str, words)]
        done = subprocess.run(line, env=self.environment(**extra), input=stdin, capture_output=True, timeout=SECONDS_MAX, check=False)
        found = Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        assert "panicked" not in found.stderr, found.stderr
        shown = f"{' '.join(line[1:])}: code {found.code}\n{found.stdout[-2000:]}\n{found.stderr[-2000:]}"
        assert expect is None or found.code == expect, shown
        return found

    @property
    def journals(self) -> list[Path]:
        """Files that are kept for going on."""
        return [path for path in self.state.rglob("*") if path.is_file()]
