"""`drystone cp` from a store, `cat` and `verify`: what arrives is the object, or nothing; what is proved is said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes
from lib.multipart import upload
from lib.proxy import Proxy
from lib.server import binary
from lib.sse import CustomerKey

PART = 5 * MIB
LENS = [PART, 6 * MIB, PART, 1234]
IN_PARTS = ("--multipart-threshold", "5MiB", "--no-progress", "--output", "json")


@pytest.fixture
def proxy(endpoint: Any) -> Iterator[Proxy]:
    """Between the client and the store."""
    proxy = Proxy(endpoint)
    yield proxy
    proxy.close()


@pytest.fixture
def client(proxy: Proxy, tmp_path: Path) -> Client:
    """The client."""
    return Client(proxy, tmp_path / "home")


def bodies(lens: list[int]) -> list[bytes]:
    """Bytes of parts."""
    return [random_bytes(f"download {number}", size) for number, size in enumerate(lens)]


def names(folder: Path) -> list[str]:
    """What is in a folder, but the client's home."""
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


@pytest.mark.parametrize("size", [0, 1, 300_000, 3 * PART + 7])
def test_a_download_is_the_object(s3: Any, client: Client, bucket: str, tmp_path: Path, size: int) -> None:
    """Any size, in one piece and in several; the file has the object's time."""
    data = random_bytes(size, size)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    target = tmp_path / "new" / "file"
    done = client("cp", *IN_PARTS, f"s3://{bucket}/k", target)
    assert target.read_bytes() == data
    assert done.lines[0]["verified"].endswith("of the whole object")
    assert target.stat().st_mtime == s3.head_object(Bucket=bucket, Key="k")["LastModified"].timestamp()
    assert not client.journals
    assert names(tmp_path / "new") == ["file"]


@pytest.mark.parametrize(
    ("create", "verified"),
    [
        ({}, "CRC64NVME of the whole object"),
        ({"ChecksumAlgorithm": "CRC32C", "ChecksumType": "FULL_OBJECT"}, "CRC32C of the whole object"),
    ],
)
def test_b138_parts_are_proved_by_the_checksum_of_the_whole(
    plain: Any, client: Client, bucket: str, tmp_path: Path, create: dict[str, str], verified: str
) -> None:
    """CRCs of ranges make that of the object, however it is cut."""
    parts = bodies(LENS)
    upload(plain, bucket, "k", parts, **create)
    done = client("cp", *IN_PARTS, f"s3://{bucket}/k", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"".join(parts)
    assert done.lines[0]["verified"] == verified


def test_b185_parts_with_checksums_of_their_own_are_asked_for_one_by_one(
    s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path
) -> None:
    """A composite SHA-256: every range is a part."""
    parts = bodies(LENS)
    created = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    entries = []
    for number, body in enumerate(parts, 1):
        told = s3.upload_part(
            Bucket=bucket, Key="k", UploadId=created, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        entries.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA256": told["ChecksumSHA256"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=created, MultipartUpload={"Parts": entries})
    done = client("cp", *IN_PARTS, f"s3://{bucket}/k", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"".join(parts)
    ranges = {asked.headers.get("range") for asked in proxy.asked if asked.action == "GetObject"}
    # A CRC of the whole object costs less and is used where the store has one.
    if done.lines[0]["verified"] == "SHA256 of 4 parts":
        assert f"bytes={PART}-{PART + LENS[1] - 1}" in ranges
    verified = client("verify", "--output", "json", tmp_path / "file", f"s3://{bucket}/k").lines[0]
    assert (verified["verdict"], verified["strength"]) == ("equal", "everything")


def test_a_download_goes_on_where_it_was(s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path) -> None:
    """One range is refused; the same command fetches what is missing, and nothing else."""
    data = random_bytes("resume", 4 * PART)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    target = tmp_path / "file"
    words = ("cp", *IN_PARTS, "--part-size", "5MiB", "--concurrency", "1", f"s3://{bucket}/k", target)
    last = f"bytes={3 * PART}-{4 * PART - 1}"
    proxy.rule = lambda asked: 403 if asked.headers.get("range") == last else None
    done = client(*words, expect=1)
    assert "part 4 of 4" in done.stderr
    assert len(client.journals) == 1
    [left] = names(tmp_path)
    assert left.startswith(".file.drystone-")
    proxy.rule = lambda _: None
    proxy.asked.clear()
    done = client(*words)
    assert target.read_bytes() == data
    assert [asked.headers["range"] for asked in proxy.asked if asked.action == "GetObject"] == [last]
    assert names(tmp_path) == ["file"]
    assert not client.journals


def test_on_failure_abort_leaves_nothing(s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path) -> None:
    """Neither a file nor a journal."""
    s3.put_object(Bucket=bucket, Key="k", Body=random_bytes("abort", 4 * PART))
    proxy.rule = lambda asked: 403 if asked.headers.get("range", "").startswith(f"bytes={2 * PART}-") else None
    words = ("cp", *IN_PARTS, "--part-size", "5MiB", "--on-failure", "abort")
    client(*words, f"s3://{bucket}/k", tmp_path / "file", expect=1)
    assert names(tmp_path) == []
    assert not client.journals


def test_every_range_demands_the_same_object(s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path) -> None:
    """If-Match on the ETag."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=random_bytes("match", 3 * PART))["ETag"]
    client("cp", *IN_PARTS, f"s3://{bucket}/k", tmp_path / "file")
    gets = [asked for asked in proxy.asked if asked.action == "GetObject"]
    assert gets and all(asked.headers.get("if-match") == etag for asked in gets)


def test_a_version_is_downloaded(s3: Any, client: Client, versioned: str, tmp_path: Path) -> None:
    """--version-id, by cp, cat and verify."""
    old = s3.put_object(Bucket=versioned, Key="k", Body=b"old")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"new")
    which = ("--version-id", old, f"s3://{versioned}/k")
    client("cp", *which, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert client("cat", *which).stdout == "old"
    client("verify", "--version-id", old, tmp_path / "file", f"s3://{versioned}/k")
    client("verify", tmp_path / "file", f"s3://{versioned}/k", expect=1)


def test_cat_writes_objects_one_after_the_other(s3: Any, client: Client, bucket: str) -> None:
    """In order, whole, and nothing else."""
    data = random_bytes("cat", 9 * MIB + 1)
    s3.put_object(Bucket=bucket, Key="a", Body=data)
    s3.put_object(Bucket=bucket, Key="b", Body=b"end")
    line = [str(binary()), "cat", f"s3://{bucket}/a", f"s3://{bucket}/b"]
    done = subprocess.run(line, env=client.environment(), capture_output=True, timeout=60, check=True)
    assert done.stdout == data + b"end"
    assert done.stderr == b""
    assert client("cat", f"s3://{bucket}/none", expect=254).stdout == ""


def test_cat_ends_quietly_when_nobody_reads(s3: Any, client: Client, bucket: str) -> None:
    """As `| head` does."""
    s3.put_object(Bucket=bucket, Key="k", Body=random_bytes("pipe", 20 * MIB))
    with subprocess.Popen(
        [str(binary()), "cat", f"s3://{bucket}/k"], env=client.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        assert len(process.stdout.read(1000)) == 1000
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


def test_verify_says_what_it_proved(plain: Any, client: Client, bucket: str, tmp_path: Path) -> None:
    """Equal, by the CRC of the whole and by the ETag of parts of unequal length."""
    parts = bodies(LENS)
    upload(plain, bucket, "k", parts)
    file = tmp_path / "file"
    file.write_bytes(b"".join(parts))
    done = client("verify", file, f"s3://{bucket}/k")
    assert done.stdout.startswith(f"equal: {file} and s3://{bucket}/k, {sum(LENS)} bytes\n")
    assert "CRC64NVME of the whole object: " in done.stdout
    assert "MD5 of 4 parts (ETag): " in done.stdout
    assert "4 parts of unequal length, as the store says of each" in done.stdout
    assert "strength: detects every accidental change" in done.stdout


def test_verify_tells_a_difference(plain: Any, client: Client, bucket: str, tmp_path: Path) -> None:
    """One bit, and one byte more."""
    data = random_bytes("verify", 6 * MIB)
    plain.put_object(Bucket=bucket, Key="k", Body=data)
    file = tmp_path / "file"
    file.write_bytes(data[:1000] + bytes([data[1000] ^ 1]) + data[1001:])
    done = client("verify", "--output", "json", file, f"s3://{bucket}/k", expect=1)
    assert done.lines[0]["verdict"] == "different"
    assert done.lines[0]["compared"][0]["object"] != done.lines[0]["compared"][0]["file"]
    file.write_bytes(data + b"x")
    done = client("verify", file, f"s3://{bucket}/k", expect=1)
    assert f"has {6 * MIB + 1} bytes" in done.stdout


def test_verify_finds_the_part_that_differs(s3: Any, client: Client, bucket: str, tmp_path: Path) -> None:
    """Where parts have checksums of their own (b185)."""
    parts = bodies(LENS)
    created = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA1")["UploadId"]
    entries = []
    for number, body in enumerate(parts, 1):
        told = s3.upload_part(Bucket=bucket, Key="k", UploadId=created, PartNumber=number, Body=body, ChecksumAlgorithm="SHA1")
        entries.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA1": told["ChecksumSHA1"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=created, MultipartUpload={"Parts": entries})
    file = tmp_path / "file"
    file.write_bytes(b"".join(parts)[:-1] + b"x")
    done = client("verify", "--output", "json", file, f"s3://{bucket}/k", expect=1).lines[0]
    found = [compared.get("firstDifferentPart") for compared in done["compared"] if compared["result"] == "different"]
    assert {"partNumber": 4, "start": sum(LENS[:3]), "length": LENS[3]} in found or found == [None]


def test_verify_does_not_guess(s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path) -> None:
    """Nothing to compare: neither equal nor different, and what to type next."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    file = tmp_path / "file"
    file.write_bytes(b"x")
    assert client("verify", file, f"s3://{bucket}/none", expect=254).stdout == ""
    proxy.hide = {"etag", "x-amz-checksum-crc64nvme", "x-amz-checksum-crc32"}
    done = client("verify", file, f"s3://{bucket}/k", expect=2)
    assert done.stdout.startswith("not proved: ")
    assert "because it has no checksum" in done.stdout
    assert f"drystone cat s3://{bucket}/k | cmp - {file}" in done.stderr


def test_an_object_with_a_key_of_its_own_is_read_and_proved(s3: Any, client: Client, bucket: str, tmp_path: Path) -> None:
    """SSE-C: its ETag is no MD5, its checksum proves it; without the key nothing is read."""
    key, data = CustomerKey(7), random_bytes("key", 300_000)
    s3.put_object(Bucket=bucket, Key="k", Body=data, **key.args)
    file, secret = tmp_path / "file", ("--sse-c-key", key.text)
    file.write_bytes(data)
    done = client("verify", "--output", "json", *secret, file, f"s3://{bucket}/k").lines[0]
    assert [compared["from"] for compared in done["compared"]] == ["checksum"]
    assert client("cat", *secret, f"s3://{bucket}/k").code == 0
    client("cat", f"s3://{bucket}/k", expect=254)


@pytest.mark.parametrize("key", ["../out", "/etc/out", "a/../../out", "a//b", "./a"])
def test_no_key_leaves_the_folder(s3: Any, client: Client, bucket: str, tmp_path: Path, key: str) -> None:
    """cp -r: the key is told, the others arrive, and nothing is written elsewhere."""
    s3.put_object(Bucket=bucket, Key="good", Body=b"good")
    s3.put_object(Bucket=bucket, Key=key, Body=b"bad")
    folder = tmp_path / "deep" / "folder"
    done = client("cp", "-r", "--no-progress", f"s3://{bucket}/", folder, expect=None)
    assert done.code in (1, 2), done.stderr
    assert key in done.stderr
    assert names(folder) == ["good"]
    assert names(tmp_path / "deep") == ["folder"]
    assert names(tmp_path) == ["deep"]


def test_links_that_leave_the_folder_are_not_followed(s3: Any, client: Client, bucket: str, tmp_path: Path) -> None:
    """Neither one in the middle of a path nor one at its end."""
    for key in ("out/x", "link", "in/x"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"new")
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    (outside / "file").write_bytes(b"old")
    (folder / "real").mkdir(parents=True)
    os.symlink(outside, folder / "out")
    os.symlink(outside / "file", folder / "link")
    os.symlink("real", folder / "in")
    done = client("cp", "-r", "--no-progress", f"s3://{bucket}/", folder, expect=None)
    assert done.code in (1, 2) and "out/x" in done.stderr
    assert names(outside) == ["file"]
    assert (outside / "file").read_bytes() == b"old"
    assert (folder / "link").read_bytes() == b"new" and not (folder / "link").is_symlink()
    assert (folder / "real" / "x").read_bytes() == b"new"
