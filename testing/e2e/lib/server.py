"""A Drystone server as a child process: start, wait for its ready line, kill, restart, measure."""

from __future__ import annotations

import atexit
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from .raw import Raw

REPOSITORY = Path(__file__).resolve().parents[3]
REGION = "us-east-1"
ACCESS_KEY = "e2e-access-key"
SECRET_KEY = "e2e-secret-key-of-the-end-to-end-tests"
READY_SECONDS = 30.0

_alive: set["Server"] = set()


def binary() -> Path:
    """The program under test: DRYSTONE_BIN, else the release build."""
    default = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release" / "drystone"
    return Path(os.environ.get("DRYSTONE_BIN", default))


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without anything that would configure a server or an S3 client."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DRYSTONE_"))}
    return {**kept, **extra}


class ServerFailed(AssertionError):
    """The server ended, or said nothing in time; its stderr is in the message."""


class Server:
    """One data folder and the server that runs on it. `start()` it, or use it as a context manager.

    `args` are further flags of `drystone serve`; `env` further variables; `config` the text of a TOML file.
    With `keys=False` no root key is configured, so the server makes its own on first start.
    """

    def __init__(
        self,
        data: Path,
        *,
        args: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        config: str | None = None,
        listen: str = "127.0.0.1:0",
        keys: bool = True,
        wrapper: tuple[str, ...] = (),
    ) -> None:
        self.data = Path(data)
        self.args = args
        self.env = dict(env or {})
        self.listen = listen
        self.keys = keys
        self.wrapper = wrapper
        self.access_key, self.secret_key, self.region = ACCESS_KEY, SECRET_KEY, REGION
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path = self.data.with_name(self.data.name + ".log")
        self.config_path: Path | None = None
        if config is not None:
            self.config_path = self.data.with_name(self.data.name + ".toml")
            self.config_path.write_text(config)

    # --- Life ---

    def command(self) -> list[str]:
        """The command line."""
        line = [*self.wrapper, str(binary()), "serve", "--data", str(self.data), "--listen", self.listen]
        if self.config_path is not None:
            line += ["--config", str(self.config_path)]
        return [*line, *self.args]

    def spawn(self) -> "Server":
        """Starts the process without waiting for it to be ready."""
        assert self.process is None, "the server runs already"
        env = clean_environment(**self.env)
        if self.keys:
            env.setdefault("DRYSTONE_ROOT_ACCESS_KEY_ID", self.access_key)
            env.setdefault("DRYSTONE_ROOT_SECRET_ACCESS_KEY", self.secret_key)
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=log, env=env)
        _alive.add(self)
        return self

    def wait_ready(self, deadline_seconds: float = READY_SECONDS) -> "Server":
        """Reads stdout up to the one line `ready URL`."""
        assert self.process and self.process.stdout
        line, end = b"", time.monotonic() + deadline_seconds
        pipe = self.process.stdout.fileno()
        while not line.endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                self.kill()
                raise ServerFailed(f"not ready within {deadline_seconds:g} s\n{self.log_tail()}")
            piece = os.read(pipe, 4096)
            if not piece:
                code = self.wait(10)
                raise ServerFailed(f"the server ended with {code} before it was ready\n{self.log_tail()}")
            line += piece
        word, _, url = line.decode().strip().partition(" ")
        if word != "ready" or not url.startswith("http"):
            self.kill()
            raise ServerFailed(f"expected one line `ready URL`, got {line!r}\n{self.log_tail()}")
        self.url = url
        return self

    def start(self, deadline_seconds: float = READY_SECONDS) -> "Server":
        """Starts the server and waits until it is ready."""
        return self.spawn().wait_ready(deadline_seconds)

    def kill(self) -> None:
        """SIGKILL: what a crash does. Returns when the process is gone."""
        if self.process is not None:
            self.process.kill()
            self.wait(30)

    def stop(self, deadline_seconds: float = 60.0) -> int:
        """SIGTERM, then waits for the drain; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.wait(deadline_seconds)

    def wait(self, deadline_seconds: float) -> int:
        """Waits for the process to end; its exit code."""
        assert self.process is not None
        try:
            code = self.process.wait(deadline_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise ServerFailed(f"did not end within {deadline_seconds:g} s\n{self.log_tail()}") from None
        finally:
            if self.process.poll() is not None:
                if self.process.stdout:
                    self.process.stdout.close()
                self.process = None
                _alive.discard(self)
        return code

    def restart(self) -> "Server":
        """kill -9 if it still runs, then start on the same data."""
        self.kill()
        return self.start()

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    # --- Clients ---

    def client(self, **config: Any) -> Any:
        """A boto3 client: path style, no retries, so that every answer is seen."""
        return s3_client(self.url, self.access_key, self.secret_key, self.region, **config)

    def raw(self) -> Raw:
        """Signed raw HTTP requests."""
        return Raw(self.url, self.access_key, self.secret_key, self.region)

    def aws_environment(self) -> dict[str, str]:
        """Variables with which `aws` talks to this server."""
        return aws_environment(self.url, self.access_key, self.secret_key, self.region)

    # --- Measures ---

    @property
    def pid(self) -> int:
        """Process id of the server (of its wrapper, if it has one)."""
        assert self.process is not None
        return self.process.pid

    def rss_bytes(self) -> int:
        """Resident memory now."""
        return self._status_kib("VmRSS") * 1024

    def rss_peak_bytes(self) -> int:
        """Highest resident memory since the start, or since `reset_rss_peak`."""
        return self._status_kib("VmHWM") * 1024

    def reset_rss_peak(self) -> None:
        """Starts a new measurement of the peak (Linux: clear_refs 5)."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def cpu_seconds(self) -> float:
        """User and system time used so far, from /proc/PID/stat."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _status_kib(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise AssertionError(f"no {name} in /proc")

    def log_text(self) -> str:
        """All that the server wrote to stderr, over all its starts."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 40) -> str:
        """The end of it, for messages."""
        return "\n".join(["--- server's stderr ---", *self.log_text().splitlines()[-lines:]])

    def assert_no_panic(self) -> None:
        """No input may make the server panic."""
        text = self.log_text()
        assert "panicked at" not in text, self.log_tail(200)


def s3_client(
    url: str, access_key: str, secret_key: str, region: str, *, token: str | None = None, **config: Any
) -> Any:
    """A boto3 client for any endpoint. `config` goes to botocore's Config."""
    settings: dict[str, Any] = {
        "retries": {"total_max_attempts": 1},
        "connect_timeout": 10,
        "read_timeout": 120,
        "s3": {"addressing_style": "path"},
        **config,
    }
    return boto3.session.Session(access_key, secret_key, token, region_name=region).client(
        "s3", endpoint_url=url, config=Config(**settings)
    )


def aws_environment(url: str, access_key: str, secret_key: str, region: str) -> dict[str, str]:
    """A clean environment for the `aws` command."""
    return clean_environment(
        AWS_ACCESS_KEY_ID=access_key,
        AWS_SECRET_ACCESS_KEY=secret_key,
        AWS_DEFAULT_REGION=region,
        AWS_ENDPOINT_URL=url,
        AWS_CONFIG_FILE="/dev/null",
        AWS_SHARED_CREDENTIALS_FILE="/dev/null",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_PAGER="",
    )


def _kill_all() -> None:
    for server in list(_alive):
        server.kill()


atexit.register(_kill_all)
