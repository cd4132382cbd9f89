"""What the client prints: results on stdout, the rest on stderr; bars on terminals only; events and results as JSON Lines."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, md5_hex, random_bytes, write_file
from lib.server import binary

PARTS = ("--multipart-threshold", "5MiB", "--part-size", "5MiB")
SIZE = 11 * MIB


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The client, pointed at the shared server."""
    return Client(endpoint, tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of three parts."""
    return write_file(tmp_path / "film.mp4", "output", SIZE)


def test_events_are_json_lines_on_stderr(bucket: str, client: Client, file: Path) -> None:
    """`--progress json`: each event has schema 1; what began also ends; parts add up."""
    done = client("cp", *PARTS, "--progress", "json", "--output", "json", file, f"s3://{bucket}/k")
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(event["schema"] == 1 for event in events)
    names = [event["event"] for event in events]
    assert (names[0], names[-1]) == ("started", "done") and "completing" in names
    assert events[0] | {"transfer": 1} == {
        "schema": 1, "event": "started", "transfer": 1, "type": "upload", "source": str(file), "target": f"s3://{bucket}/k",
        "bytesTotal": SIZE, "partCount": 3, "partSizeBytes": 5 * MIB, "bytesDone": 0, "partsDone": 0,
    }  # fmt: skip
    parts = [event for event in events if event["event"] == "partDone"]
    assert sorted(event["partNumber"] for event in parts) == [1, 2, 3]
    assert sum(event["bytes"] for event in parts) == SIZE
    (result,) = done.lines
    assert result["etag"] == events[-1]["etag"] and result["verified"] == events[-1]["verified"]


def test_a_failure_is_told_to_people_and_to_programs(client: Client, file: Path) -> None:
    """stderr has the sentence and a hint; stdout, with JSON, the code, the request id and the hint."""
    target = "s3://no-such-bucket-here/k"
    done = client("cp", *PARTS, "--no-progress", "--output", "json", file, target, expect=1)
    (result,) = done.lines
    assert (result["ok"], result["type"], result["target"]) == (False, "upload", target)
    error = result["error"]
    assert (error["code"], error["status"]) == ("NoSuchBucket", 404)
    assert error["requestId"] in done.stderr and error["action"] in done.stderr
    assert f"  hint: {error['hint']}" in done.stderr and "\r" not in done.stderr


def test_quiet_says_nothing_but_errors(bucket: str, client: Client, file: Path) -> None:
    done = client("cp", "-q", *PARTS, file, f"s3://{bucket}/k")
    assert (done.stdout, done.stderr) == ("", "")
    done = client("cp", "-q", *PARTS, file, "s3://no-such-bucket-here/k", expect=1)
    assert "NoSuchBucket" in done.stderr and done.stdout == ""


def test_what_goes_to_a_log_file_has_no_bars(bucket: str, client: Client, file: Path) -> None:
    """No terminal: no \\r, no escapes; with -v what it was verified by."""
    done = client("cp", "-v", *PARTS, file, f"s3://{bucket}/k")
    assert "\r" not in done.stderr and "\x1b" not in done.stderr and "verified: " in done.stderr


def on_a_terminal(client: Client, *words: object) -> str:
    """Runs a command whose stderr is a terminal; what it drew there."""
    ours, theirs = pty.openpty()
    line = [str(binary()), *map(str, words)]
    env = client.environment(TERM="xterm", COLUMNS="120")
    process = subprocess.Popen(line, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    drawn = b""
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            drawn += piece
    assert process.wait(timeout=60) == 0
    os.close(ours)
    return drawn.decode(errors="replace")


def test_a_terminal_gets_bars(bucket: str, client: Client, file: Path) -> None:
    """The whole with its rate and what is left; with -v each part that is under way."""
    drawn = on_a_terminal(client, "cp", "-v", *PARTS, "--limit-rate", "8MiB/s", file, f"s3://{bucket}/k")
    for words in ("film.mp4 [", "of 11.5 MB", "MB/s", " left", "part 1 of 3 [", "5.24 MB"):
        assert words in drawn, words
    for words in (("--no-progress",), ("--progress", "none"), ("-q",)):
        assert on_a_terminal(client, "cp", *words, *PARTS, file, f"s3://{bucket}/k") == ""


def test_nobody_reads_any_more(bucket: str, s3: Any, client: Client, file: Path) -> None:
    """`drystone ls | head -1`: no panic, no message."""
    for number in range(300):
        s3.put_object(Bucket=bucket, Key=f"{number:03}" + "x" * 400, Body=b"")
    process = client.start("ls", f"s3://{bucket}/")
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) in (0, 141)
    assert process.stderr.read() == ""
    process.stderr.close()


def test_split_makes_what_split_makes(client: Client, tmp_path: Path) -> None:
    """The pieces of split(1), each with the ETag that its part will have; nothing is overwritten."""
    data = random_bytes("split", 3 * MIB + 7)
    (tmp_path / "f").write_bytes(data)
    pieces = client("split", tmp_path / "f", "--bytes", "1m", "--prefix", tmp_path / "x", "--output", "json").lines
    assert [Path(piece["file"]).name for piece in pieces] == ["xaa", "xab", "xac", "xad"]
    assert [(piece["partNumber"], piece["offset"], piece["bytes"]) for piece in pieces] == [
        (1, 0, MIB), (2, MIB, MIB), (3, 2 * MIB, MIB), (4, 3 * MIB, 7),
    ]  # fmt: skip
    assert b"".join(Path(piece["file"]).read_bytes() for piece in pieces) == data
    for piece in pieces:
        assert piece["etag"] == md5_hex(Path(piece["file"]).read_bytes())
    refused = client("split", tmp_path / "f", "--bytes", "1m", "--prefix", tmp_path / "x", expect=255)
    assert "xaa" in refused.stderr


def test_completions_and_manual_pages(client: Client, tmp_path: Path) -> None:
    """Made from the definitions that read the command line."""
    for shell in ("bash", "zsh", "fish", "elvish", "powershell"):
        assert "limit-rate" in client("completions", shell).stdout
    client("man", tmp_path / "man")
    pages = {path.name for path in (tmp_path / "man").iterdir()}
    assert {"drystone.1", "drystone-cp.1", "drystone-serve.1"} <= pages
    assert "limit" in (tmp_path / "man" / "drystone-cp.1").read_text()
    assert "part-size" in client("cp", "--help").stdout
