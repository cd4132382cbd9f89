"""What goes wrong around the transfer client: one line that says what and what to type next, the documented code, no data lost."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes, write_file
from lib.wait import poll

MULTIPART = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--concurrency", "1", "--no-progress")
SLOW = ("--limit-rate", "6MiB/s")
SIZE = 17 * MIB + 123
ONE_FAILED = (1, 254, 255)


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The client, pointed at the shared server."""
    return Client(endpoint, tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of four parts."""
    return write_file(tmp_path / "file.bin", "bad input", SIZE)


def stored(s3: Any, bucket: str) -> dict[str, list[int]]:
    """Upload id -> part numbers, of all open uploads of a bucket."""
    uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    ids = [(upload["Key"], upload["UploadId"]) for upload in uploads]
    pages = {upload: s3.list_parts(Bucket=bucket, Key=key, UploadId=upload) for key, upload in ids}
    return {upload: [part["PartNumber"] for part in page.get("Parts", [])] for upload, page in pages.items()}


def stop_when_a_part_is_there(s3: Any, bucket: str, client: Client, how: int, *words: object) -> subprocess.Popen[str]:
    """Starts a slow upload and sends it a signal once the store has a part; the process, ended."""
    process = client.start(*words, *SLOW)
    poll("a part is there", lambda: any(stored(s3, bucket).values()) or process.poll() is not None)
    process.send_signal(how)
    process.said, process.told = process.communicate(timeout=60)
    return process


def is_one_message(stderr: str) -> bool:
    """A few lines at most, without carriage returns."""
    return 0 < len(stderr.strip().splitlines()) <= 6 and "\r" not in stderr


# --- Interrupts ---


def test_ctrl_c_leaves_an_upload_that_goes_on_and_says_how(s3: Any, bucket: str, client: Client, file: Path) -> None:
    """Exit code 130, the command on stderr; typed again it sends the other parts only."""
    words = ("cp", *MULTIPART, file, f"s3://{bucket}/k")
    process = stop_when_a_part_is_there(s3, bucket, client, signal.SIGINT, *words)
    assert process.returncode == 130, process.told
    assert " cp " in process.told and f"s3://{bucket}/k" in process.told
    ((upload, parts),) = stored(s3, bucket).items()
    assert parts and client.journals
    client(*words)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()
    assert not stored(s3, bucket) and not client.journals


def test_ctrl_c_with_on_failure_abort_leaves_nothing(s3: Any, bucket: str, client: Client, file: Path) -> None:
    words = ("cp", *MULTIPART, "--on-failure", "abort", file, f"s3://{bucket}/k")
    process = stop_when_a_part_is_there(s3, bucket, client, signal.SIGINT, *words)
    assert process.returncode == 130, process.told
    assert not stored(s3, bucket) and not client.journals


# --- What changes between two runs ---


def test_a_source_that_changed_is_noticed_and_sent_as_it_is_now(s3: Any, bucket: str, client: Client, file: Path) -> None:
    """The same length, other bytes: no part of the old file may end up in the object."""
    words = ("cp", *MULTIPART, file, f"s3://{bucket}/k")
    stop_when_a_part_is_there(s3, bucket, client, signal.SIGKILL, *words)
    write_file(file, "other bytes", SIZE)
    done = client(*words)
    assert "changed" in done.stderr
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_a_source_that_changed_in_one_byte_behind_its_dates_is_noticed(s3: Any, bucket: str, client: Client, file: Path) -> None:
    """Part 1 is there; one byte of it changes and the file's times are set back: the checksum tells."""
    words = ("cp", *MULTIPART, file, f"s3://{bucket}/k")
    times = file.stat()
    stop_when_a_part_is_there(s3, bucket, client, signal.SIGKILL, *words)
    with file.open("r+b") as opened:
        opened.seek(100_000)
        byte = opened.read(1)
        opened.seek(100_000)
        opened.write(bytes([byte[0] ^ 1]))
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    done = client(*words, expect=None)
    if done.code == 0:
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_an_upload_that_vanished_is_begun_anew(s3: Any, bucket: str, client: Client, file: Path) -> None:
    words = ("cp", *MULTIPART, file, f"s3://{bucket}/k")
    stop_when_a_part_is_there(s3, bucket, client, signal.SIGKILL, *words)
    for upload in stored(s3, bucket):
        s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    client(*words)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_an_object_that_changed_under_a_download_is_never_mixed(s3: Any, bucket: str, client: Client, file: Path) -> None:
    """Killed half way, overwritten with as many other bytes, run again: the file is the new object."""
    s3.put_object(Bucket=bucket, Key="k", Body=file.read_bytes())
    target = file.with_name("back.bin")
    words = ("cp", *MULTIPART, f"s3://{bucket}/k", target)
    process = client.start(*words, *SLOW)
    poll("a journal is there", lambda: client.journals or process.poll() is not None)
    poll("a range is there", lambda: list(file.parent.glob(".back.bin*")) or process.poll() is not None)
    process.kill()
    process.communicate()
    other = random_bytes("the new object", SIZE)
    s3.put_object(Bucket=bucket, Key="k", Body=other)
    client(*words)
    assert target.read_bytes() == other
    assert sorted(path.name for path in file.parent.iterdir()) == ["back.bin", "file.bin", "home"]


def test_an_object_overwritten_while_it_is_read_is_told(s3: Any, bucket: str, client: Client, file: Path) -> None:
    """If-Match on every range: either the old object or the new one arrives, or nothing and a message."""
    s3.put_object(Bucket=bucket, Key="k", Body=file.read_bytes())
    target = file.with_name("back.bin")
    process = client.start("cp", *MULTIPART, *SLOW, f"s3://{bucket}/k", target)
    poll("it has begun", lambda: list(file.parent.glob(".back.bin*")) or process.poll() is not None)
    other = random_bytes("overwritten", SIZE)
    s3.put_object(Bucket=bucket, Key="k", Body=other)
    _, told = process.communicate(timeout=60)
    if process.returncode == 0:
        assert target.read_bytes() in (other, file.read_bytes())
    else:
        assert process.returncode in ONE_FAILED and "changed" in told
        assert not target.exists()


# --- Who and where ---


def test_missing_credentials(client: Client, bucket: str, file: Path) -> None:
    done = client("cp", file, f"s3://{bucket}/k", expect=253, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert is_one_message(done.stderr) and "credentials" in done.stderr


def test_a_wrong_secret(client: Client, bucket: str, file: Path) -> None:
    done = client("cp", file, f"s3://{bucket}/k", expect=None, AWS_SECRET_ACCESS_KEY="not-the-secret")
    assert done.code in ONE_FAILED and is_one_message(done.stderr) and "SignatureDoesNotMatch" in done.stderr
    assert "not-the-secret" not in done.stderr


def test_a_wrong_region_is_mended(s3: Any, client: Client, bucket: str, file: Path) -> None:
    """The store says which region it is in."""
    client("cp", file, f"s3://{bucket}/k", AWS_REGION="eu-west-9", AWS_DEFAULT_REGION="eu-west-9")
    assert s3.head_object(Bucket=bucket, Key="k")["ContentLength"] == SIZE


def test_nobody_listens(client: Client, bucket: str, file: Path) -> None:
    done = client("cp", "--max-attempts", "2", file, f"s3://{bucket}/k", expect=None, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert done.code in ONE_FAILED and is_one_message(done.stderr) and "127.0.0.1:9" in done.stderr


def test_no_such_bucket(client: Client, file: Path) -> None:
    done = client("cp", file, "s3://no-such-bucket-here/k", expect=None)
    assert done.code in (1, 254) and is_one_message(done.stderr) and "NoSuchBucket" in done.stderr


def test_no_such_key(client: Client, bucket: str, tmp_path: Path) -> None:
    done = client("cp", f"s3://{bucket}/missing", tmp_path / "x", expect=None)
    assert done.code in (1, 254) and is_one_message(done.stderr) and "missing" in done.stderr
    assert not (tmp_path / "x").exists()


# --- Files ---


@pytest.mark.parametrize("words", [("cp",), ("cp", "a"), ("cp", "a", "b"), ("cp", "--part-size", "x", "a", "s3://b/k"), ("sync", "x")])
def test_wrong_usage(client: Client, words: tuple[str, ...]) -> None:
    client(*words, expect=252)


def test_a_source_that_is_not_there(client: Client, bucket: str, tmp_path: Path) -> None:
    done = client("cp", tmp_path / "missing", f"s3://{bucket}/k", expect=None)
    assert done.code in (1, 252, 255) and is_one_message(done.stderr) and "missing" in done.stderr


def test_parts_that_no_store_takes(client: Client, bucket: str, file: Path) -> None:
    done = client("cp", "--multipart-threshold", "5MiB", "--part-size", "1KiB", file, f"s3://{bucket}/k", expect=None)
    assert done.code in (1, 252) and is_one_message(done.stderr) and "5 MiB" in done.stderr.replace("5242880", "5 MiB")


def test_a_source_that_is_no_file(client: Client, bucket: str, tmp_path: Path) -> None:
    """A pipe would be waited for without end."""
    os.mkfifo(tmp_path / "pipe")
    done = client("cp", tmp_path / "pipe", f"s3://{bucket}/k", expect=None)
    assert done.code in (1, 2, 252, 255) and is_one_message(done.stderr)


def test_a_folder_needs_recursive(client: Client, bucket: str, tmp_path: Path) -> None:
    done = client("cp", tmp_path, f"s3://{bucket}/k", expect=None)
    assert done.code in (1, 252) and "-r" in done.stderr or "--recursive" in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_no_space_left_for_a_download(s3: Any, bucket: str, client: Client, small_disk: Path) -> None:
    """The old file stays; the message says what happened; nothing else is left that takes the space."""
    s3.put_object(Bucket=bucket, Key="k", Body=random_bytes("large", 12 * MIB))
    target = small_disk / "target.bin"
    target.write_bytes(b"the old file")
    done = client("cp", *MULTIPART, f"s3://{bucket}/k", target, expect=None)
    assert done.code in (1, 255) and is_one_message(done.stderr) and "space" in done.stderr.lower()
    assert target.read_bytes() == b"the old file"


def test_standard_input_of_unknown_length(s3: Any, bucket: str, client: Client, file: Path) -> None:
    client("cp", "--part-size", "5MiB", "-", f"s3://{bucket}/k", stdin=file.read_bytes())
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_standard_output_carries_the_object_and_nothing_else(s3: Any, bucket: str, client: Client) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"line one\nline two\n")
    assert client("cp", f"s3://{bucket}/k", "-").stdout == "line one\nline two\n"
