"""`drystone cp` as people type it: what it prints, where things end up, what objects carry."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes, write_file
from lib.wait import poll

SMALL_PARTS = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--no-progress")


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The client, pointed at the shared server."""
    return Client(endpoint, tmp_path / "home")


def body(s3: Any, bucket: str, key: str) -> bytes:
    """An object's bytes."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def test_a_small_file_goes_there_and_back(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """The lines are the AWS CLI's; a target that ends with a slash gives the name."""
    (tmp_path / "a b.txt").write_bytes(b"hello")
    done = client("cp", tmp_path / "a b.txt", f"s3://{bucket}/folder/")
    assert done.stdout == f"upload: {tmp_path}/a b.txt to s3://{bucket}/folder/a b.txt\n"
    assert done.stderr == ""
    head = s3.head_object(Bucket=bucket, Key="folder/a b.txt")
    assert (head["ContentType"], head["ContentLength"]) == ("text/plain", 5)
    done = client("cp", f"s3://{bucket}/folder/a b.txt", tmp_path / "back.txt")
    assert done.stdout == f"download: s3://{bucket}/folder/a b.txt to {tmp_path}/back.txt\n"
    assert (tmp_path / "back.txt").read_bytes() == b"hello"
    done = client("cp", f"s3://{bucket}/folder/a b.txt", f"s3://{bucket}/copy")
    assert done.stdout == f"copy: s3://{bucket}/folder/a b.txt to s3://{bucket}/copy\n"
    assert body(s3, bucket, "copy") == b"hello"


def test_a_file_in_parts_goes_there_and_back(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """Results as JSON say what was moved and what it was verified by."""
    file = write_file(tmp_path / "film.mp4", "cp", 17 * MIB + 5)
    (up,) = client("cp", *SMALL_PARTS, "--output", "json", file, f"s3://{bucket}/film.mp4").lines
    assert (up["schema"], up["type"], up["ok"]) == (1, "upload", True)
    assert (up["bytes"], up["bytesMoved"], up["partCount"], up["partsKept"]) == (17 * MIB + 5, 17 * MIB + 5, 4, 0)
    assert up["checksum"]["algorithm"].upper() == "CRC64NVME" and "CRC64NVME" in up["verified"]
    assert up["etag"] == s3.head_object(Bucket=bucket, Key="film.mp4")["ETag"].strip('"')
    (down,) = client("cp", *SMALL_PARTS, "--output", "json", f"s3://{bucket}/film.mp4", tmp_path / "back").lines
    assert (down["type"], down["bytes"]) == ("download", 17 * MIB + 5) and down["verified"]
    assert (tmp_path / "back").read_bytes() == file.read_bytes()


def test_standard_input_and_output(s3: Any, bucket: str, client: Client) -> None:
    """Streams of any length; on stdout there is the object and nothing else."""
    data = random_bytes("stdin", 12 * MIB + 1)
    client("cp", *SMALL_PARTS, "-", f"s3://{bucket}/stream", stdin=data)
    assert body(s3, bucket, "stream") == data
    client("cp", "-", f"s3://{bucket}/empty", stdin=b"")
    assert body(s3, bucket, "empty") == b""
    line = [*client.start("cp", f"s3://{bucket}/stream", "-").args]
    back = subprocess.run(line, env=client.environment(), capture_output=True, check=True, timeout=60)
    assert back.stdout == data and back.stderr == b""


def test_what_objects_carry(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """Headers, metadata, tags and storage class, of small objects and of those in parts; a copy keeps them or not."""
    flags = (
        "--content-type", "text/x", "--cache-control", "no-cache", "--content-disposition", "inline", "--content-language", "de",
        "--metadata", "color=red,size=1", "--tagging", "a=1&b=2", "--storage-class", "STANDARD_IA",
    )  # fmt: skip
    for name, size in (("small", 10), ("large", 6 * MIB)):
        file = write_file(tmp_path / name, name, size)
        client("cp", *SMALL_PARTS, *flags, file, f"s3://{bucket}/{name}")
        head = s3.head_object(Bucket=bucket, Key=name)
        found = [head[field] for field in ("ContentType", "CacheControl", "ContentDisposition", "ContentLanguage", "StorageClass")]
        assert found == ["text/x", "no-cache", "inline", "de", "STANDARD_IA"]
        assert head["Metadata"] == {"color": "red", "size": "1"}
        assert len(s3.get_object_tagging(Bucket=bucket, Key=name)["TagSet"]) == 2
        client("cp", f"s3://{bucket}/{name}", f"s3://{bucket}/{name}-copy")
        assert s3.head_object(Bucket=bucket, Key=f"{name}-copy")["Metadata"] == {"color": "red", "size": "1"}
        client("cp", f"s3://{bucket}/{name}", f"s3://{bucket}/{name}-bare", "--copy-props", "none")
        assert s3.head_object(Bucket=bucket, Key=f"{name}-bare")["Metadata"] == {}


def test_keys_of_ones_own(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """SSE-C: in one piece and in parts; without the key nobody reads it."""
    key_file = tmp_path / "key"
    key_file.write_bytes(os.urandom(32))
    for name, size in (("small", 10), ("large", 6 * MIB)):
        file = write_file(tmp_path / name, name, size)
        client("cp", *SMALL_PARTS, file, f"s3://{bucket}/{name}", "--sse-c", "--sse-c-key", f"fileb://{key_file}")
        client("cp", f"s3://{bucket}/{name}", tmp_path / "refused", expect=1)
        assert not (tmp_path / "refused").exists()
        key = base64.b64encode(key_file.read_bytes()).decode()
        client("cp", *SMALL_PARTS, f"s3://{bucket}/{name}", tmp_path / "back", "--sse-c-key", key)
        assert (tmp_path / "back").read_bytes() == file.read_bytes()


def test_a_dry_run_does_nothing(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x")
    done = client("cp", "--dry-run", tmp_path / "f", f"s3://{bucket}/f")
    assert done.stdout == f"(dryrun) upload: {tmp_path}/f to s3://{bucket}/f\n"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_folder_goes_there_and_back(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """cp -r; of several patterns the last one that matches counts."""
    folder = tmp_path / "in"
    for name in ("a.txt", "b.jpg", "deep/c.txt", "deep/d.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    client("cp", "-r", folder, f"s3://{bucket}/p", "--exclude", "*", "--include", "*.txt", "--include", "deep/d*")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["p/a.txt", "p/deep/c.txt", "p/deep/d.jpg"]
    client("cp", "-r", f"s3://{bucket}/p", tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")): path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert found == {name: name for name in ("a.txt", "deep/c.txt", "deep/d.jpg")}


def test_usage_that_makes_no_sense(client: Client, tmp_path: Path) -> None:
    """252 and a sentence, before anything is asked of the store."""
    (tmp_path / "f").write_bytes(b"x")
    for words in (
        ("cp", tmp_path / "f", tmp_path / "g"),
        ("cp", "-", "-"),
        ("cp", "-", "s3://bucket"),
        ("cp", "s3://bucket/k", "s3://bucket/k"),
        ("cp", "s3:///k", "."),
        ("cp", tmp_path / "f", "s3://bucket/k", "--part-size", "x"),
        ("cp", tmp_path / "f", "s3://bucket/k", "--limit-rate", "1"),
        ("cp", tmp_path / "f"),
    ):
        assert client(*words, expect=252).stderr


def test_the_second_signal_ends_at_once(s3: Any, bucket: str, client: Client, tmp_path: Path) -> None:
    """SIGTERM is as good as Ctrl-C; two of them never hang."""
    file = write_file(tmp_path / "f", "signals", 11 * MIB)
    process = client.start("cp", *SMALL_PARTS, "--limit-rate", "2MiB/s", file, f"s3://{bucket}/k")
    poll("it has begun", lambda: client.journals or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 130
    process.communicate()
    client("cp", *SMALL_PARTS, file, f"s3://{bucket}/k")
    assert body(s3, bucket, "k") == file.read_bytes()
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_the_state_folder_is_nobody_elses(bucket: str, client: Client, tmp_path: Path) -> None:
    """Journals name files and uploads: they are for their owner only."""
    file = write_file(tmp_path / "f", "state", 11 * MIB)
    process = client.start("cp", *SMALL_PARTS, "--limit-rate", "2MiB/s", file, f"s3://{bucket}/k")
    poll("a journal is there", lambda: client.journals or process.poll() is not None)
    process.kill()
    process.communicate()
    (journal,) = client.journals
    assert journal.stat().st_mode & 0o777 == 0o600
    assert journal.parent.stat().st_mode & 0o777 == 0o700
    assert "secret" not in journal.read_text()
