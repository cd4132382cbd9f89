"""A foreign S3: moto's server as a child process, and its log of requests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from .server import REGION, clean_environment, s3_client
from .wait import poll


class Moto:
    """moto on a port of its own; it keeps everything in memory. `url`, keys and region are what a client needs."""

    access_key, secret_key, region = "foreign", "foreign-secret", REGION

    def __init__(self, folder: Path) -> None:
        self.log = folder / "moto.log"
        with self.log.open("wb") as log:
            # moto takes AWS's own addresses over otherwise; this process has no business with them.
            env = clean_environment(MOTO_ALLOW_NONEXISTENT_REGION="true", PYTHONUNBUFFERED="1")
            command = [sys.executable, "-m", "moto.server", "-p", "0"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        self.url = poll("moto's address", self._address, deadline_seconds=60)

    def _address(self) -> str | None:
        assert self.process.poll() is None, self.log.read_text()
        found = re.search(r"Running on (http://127\.0\.0\.1:\d+)", self.log.read_text())
        return found[1] if found else None

    def client(self) -> Any:
        """A boto3 client."""
        return s3_client(self.url, self.access_key, self.secret_key, self.region)

    def parts_sent(self, key: str) -> list[int]:
        """The numbers of all parts of a key that were sent and acknowledged, in order."""
        pattern = rf'"PUT /[^/ ]+/{re.escape(key)}\?[^ ]*partNumber=(\d+)[^ ]* HTTP/1.1" 200'
        return [int(number) for number in re.findall(pattern, re.sub(r"\x1b\[\d+m", "", self.log.read_text()))]

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
