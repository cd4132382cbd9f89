"""The client under test as a command: Drystone's own, or a stand-in (s5cmd, aws) for comparison."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from lib.server import aws_environment, binary  # noqa: E402

DOCUMENTED_CODES = frozenset({1, 2, 253, 254, 255})
"""Exit codes of a transfer that did not happen (docs/CLI.md); 252 would be our own mistake."""


@dataclass(frozen=True)
class Program:
    """How a client is called."""

    name: str = "drystone"
    path: str = ""
    flags: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def cp(self, source: str, target: str, *flags: str) -> list[str]:
        """The command that copies one file or object."""
        if self.name == "s5cmd":
            return [self.path or "s5cmd", "--log", "error", "cp", source, target]
        if self.name == "aws":
            return [self.path or "aws", "s3", "cp", "--no-progress", source, target]
        return [self.path or str(binary()), "cp", *self.flags, *flags, source, target]

    def environment(self, url: str, access_key: str, secret_key: str, region: str, state: Path) -> dict[str, str]:
        """Variables with which it talks to `url` and keeps its state in `state`."""
        env = aws_environment(url, access_key, secret_key, region)
        env.update(HOME=str(state), DRYSTONE_STATE_DIR=str(state), AWS_REGION=region, S3_ENDPOINT_URL=url)
        return {**env, **self.env}


def program(name: str = "drystone", *flags: str) -> Program:
    """The client of that name, or at that path; the flags are for Drystone's."""
    return Program(Path(name).name, name if os.sep in name else "", flags)
