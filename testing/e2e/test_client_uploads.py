"""`drystone uploads`: open uploads listed, shown, finished from what the store lists alone, aborted and pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes, write_file
from lib.proxy import Proxy

PART = 5 * MIB
SIZE = 3 * PART + 1234


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The client."""
    return Client(endpoint, tmp_path / "home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of four parts."""
    return write_file(tmp_path / "file.bin", "uploads", SIZE)


def begin(s3: Any, bucket: str, key: str, parts: dict[int, bytes], **create: Any) -> str:
    """Opens an upload as another program would, with these parts."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)["UploadId"]
    kind = {name: create[name] for name in ("ChecksumAlgorithm",) if name in create}
    for number, data in parts.items():
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data, **kind)
    return upload


def cut(file: Path, *numbers: int, part: int = PART) -> dict[int, bytes]:
    """Parts of a file."""
    data = file.read_bytes()
    return {number: data[(number - 1) * part : number * part] for number in numbers}


def open_ids(s3: Any, bucket: str) -> list[str]:
    """Ids of the open uploads."""
    return [upload["UploadId"] for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def test_ls_shows_parts_bytes_age_owner_and_cost(s3: Any, client: Client, bucket: str, file: Path) -> None:
    first = begin(s3, bucket, "a/1", cut(file, 1, 3))
    begin(s3, bucket, "b/2", {})
    told = client("uploads", "ls", f"s3://{bucket}", "--output", "json", "--price", "1024").lines
    assert [line["type"] for line in told] == ["openUpload", "openUpload", "total"]
    assert (told[0]["key"], told[0]["uploadId"], told[0]["partCount"]) == ("a/1", first, 2)
    assert told[0]["bytes"] == 2 * PART
    assert told[0]["ageSeconds"] >= 0
    assert told[0]["owner"]["id"] and told[0]["initiator"]["id"]
    assert told[0]["monthlyCostUsd"] == pytest.approx(10.0)
    assert told[1]["bytes"] == 0
    assert (told[2]["uploads"], told[2]["partCount"], told[2]["bytes"]) == (2, 2, 2 * PART)

    text = client("uploads", "ls", f"s3://{bucket}/a").stdout
    assert first in text and "b/2" not in text and "10.5 MB" in text
    assert "estimate" in text.splitlines()[-1]
    assert "partCount" not in client("uploads", "ls", f"s3://{bucket}", "--fast", "--output", "json").lines[0]


def test_ls_of_nothing_and_of_all_buckets(s3: Any, client: Client, bucket: str) -> None:
    assert client("uploads", "ls", f"s3://{bucket}").stdout == "no open uploads\n"
    upload = begin(s3, bucket, "k", {})
    assert any(line.get("uploadId") == upload for line in client("uploads", "ls", "--output", "json").lines)


def test_b91_ls_reads_all_pages(s3: Any, client: Client, bucket: str) -> None:
    for number in range(1003):
        s3.create_multipart_upload(Bucket=bucket, Key=f"k{number % 7} +&<\u00e9")
    told = client("uploads", "ls", f"s3://{bucket}", "--fast", "--output", "json").lines
    ids = {line["uploadId"] for line in told[:-1]}
    assert (len(told), len(ids), told[-1]["uploads"]) == (1004, 1003, 1003)
    assert {line["key"] for line in told[:-1]} == {f"k{number} +&<\u00e9" for number in range(7)}


def test_ls_of_a_bucket_that_is_not_there(client: Client) -> None:
    done = client("uploads", "ls", "s3://no-such-bucket-here", expect=254)
    assert "NoSuchBucket" in done.stderr and "hint" in done.stderr


def test_show_tells_parts_checksums_and_gaps(s3: Any, client: Client, bucket: str, file: Path) -> None:
    begin(s3, bucket, "k", cut(file, 2, 4), ChecksumAlgorithm="CRC32")
    told = client("uploads", "show", f"s3://{bucket}/k", "--output", "json").lines
    assert [line.get("partNumber") for line in told] == [2, 4, None]
    assert (told[0]["size"], told[1]["size"]) == (PART, 1234)
    assert told[0]["checksum"]["algorithm"] == "CRC32" and len(told[0]["etag"]) == 32
    assert told[2]["missing"] == [[1, 1], [3, 3]]
    assert "missing 1, 3" in client("uploads", "show", f"s3://{bucket}/k").stdout


def test_show_asks_which_upload_is_meant(s3: Any, client: Client, bucket: str) -> None:
    ids = [begin(s3, bucket, "k", {}) for _ in range(2)]
    done = client("uploads", "show", f"s3://{bucket}/k", expect=252)
    assert "--upload-id" in done.stderr and all(upload in done.stderr for upload in ids)
    client("uploads", "show", f"s3://{bucket}/k", "--upload-id", ids[0])
    assert "no open upload" in client("uploads", "show", f"s3://{bucket}/other", expect=254).stderr
    client("uploads", "show", f"s3://{bucket}", expect=252)


@pytest.mark.parametrize("there", [[], [1], [2], [1, 3], [4], [1, 2, 3, 4]], ids=str)
def test_b232_resume_finishes_what_another_program_began(
    s3: Any, client: Client, bucket: str, file: Path, there: list[int]
) -> None:
    begin(s3, bucket, "k", cut(file, *there), ContentType="text/x")
    size = () if there else ("--part-size", "5MiB")
    told = client("uploads", "resume", f"s3://{bucket}/k", file, *size, "--output", "json").lines[-1]
    assert (told["partsKept"], told["partCount"]) == (len(there), 4)
    found = s3.get_object(Bucket=bucket, Key="k")
    assert found["Body"].read() == file.read_bytes()
    assert found["ContentType"] == "text/x"
    assert open_ids(s3, bucket) == []


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_resume_proves_parts_by_the_checksums_of_the_upload(
    s3: Any, client: Client, bucket: str, file: Path, algorithm: str
) -> None:
    begin(s3, bucket, "k", cut(file, 1, 2), ChecksumAlgorithm=algorithm)
    told = client("uploads", "resume", f"s3://{bucket}/k", file, "--output", "json").lines[-1]
    assert told["partsKept"] == 2
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_resume_sends_parts_again_that_are_not_the_file(s3: Any, client: Client, bucket: str, file: Path) -> None:
    parts = cut(file, 1, 2)
    parts[2] = random_bytes("other", PART)
    begin(s3, bucket, "k", parts)
    told = client("uploads", "resume", f"s3://{bucket}/k", file, "--output", "json").lines[-1]
    assert (told["partsKept"], told["bytesMoved"]) == (1, SIZE - PART)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()


def test_resume_refuses_a_file_that_does_not_fit(s3: Any, client: Client, bucket: str, file: Path, tmp_path: Path) -> None:
    upload = begin(s3, bucket, "k", cut(file, 1, 2))
    small = write_file(tmp_path / "small", "small", PART + 1)
    done = client("uploads", "resume", f"s3://{bucket}/k", small, expect=254)
    assert "was not begun with" in done.stderr and "behind" in done.stderr
    uneven = begin(s3, bucket, "u", {1: random_bytes(1, PART), 2: random_bytes(2, PART + 1), 3: random_bytes(3, PART)})
    done = client("uploads", "resume", f"s3://{bucket}/u", file, expect=254)
    assert "equal parts" in done.stderr
    client("uploads", "resume", f"s3://{bucket}/k", tmp_path / "none", expect=255)
    assert set(open_ids(s3, bucket)) == {upload, uneven}


def test_resume_of_an_upload_that_is_gone(s3: Any, client: Client, bucket: str, file: Path) -> None:
    upload = begin(s3, bucket, "k", cut(file, 1))
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    done = client("uploads", "resume", f"s3://{bucket}/k", file, "--upload-id", upload, expect=254)
    assert "completed or aborted" in done.stderr


def test_abort_one_and_abort_all(s3: Any, client: Client, bucket: str, file: Path) -> None:
    begin(s3, bucket, "a/1", cut(file, 1))
    begin(s3, bucket, "a/2", cut(file, 1))
    begin(s3, bucket, "b", {})
    done = client("uploads", "abort", f"s3://{bucket}/a/1")
    assert "5.24 MB freed" in done.stdout
    client("uploads", "abort", f"s3://{bucket}", expect=252)
    client("uploads", "abort", f"s3://{bucket}/a/", expect=254)
    assert len(open_ids(s3, bucket)) == 2
    told = client("uploads", "abort", f"s3://{bucket}/a", "--yes", "--dry-run", "--output", "json").lines
    assert (told[0]["key"], told[0]["dryRun"], told[-1]["bytes"]) == ("a/2", True, PART)
    assert len(open_ids(s3, bucket)) == 2
    client("uploads", "abort", f"s3://{bucket}/a", "--yes")
    assert len(open_ids(s3, bucket)) == 1
    assert "total: 1 uploads" in client("uploads", "abort", f"s3://{bucket}", "--yes").stdout
    assert open_ids(s3, bucket) == []


def test_prune_ends_only_what_is_old(s3: Any, client: Client, bucket: str, file: Path) -> None:
    begin(s3, bucket, "k", cut(file, 1, 2))
    assert "total: 0 uploads" in client("uploads", "prune", f"s3://{bucket}", "--older-than", "1h").stdout
    assert "--older-than" in client("uploads", "prune", f"s3://{bucket}", expect=252).stderr
    assert len(open_ids(s3, bucket)) == 1
    plan = client("uploads", "prune", f"s3://{bucket}", "--older-than", "0s", "--dry-run", "--output", "json").lines
    assert len(open_ids(s3, bucket)) == 1
    done = client("uploads", "prune", f"s3://{bucket}", "--older-than", "0s", "--output", "json").lines
    key = ("key", "uploadId", "partCount", "bytes")
    assert [plan[0][name] for name in key] == [done[0][name] for name in key]
    assert (done[-1]["uploads"], done[-1]["bytes"]) == (1, 2 * PART)
    assert open_ids(s3, bucket) == []


def test_another_machine_finishes_what_a_failed_upload_left(
    s3: Any, endpoint: Any, bucket: str, file: Path, tmp_path: Path
) -> None:
    """The journal is on the first machine; the second has only the file."""
    proxy = Proxy(endpoint)
    proxy.rule = lambda asked: 500 if asked.action == "UploadPart" and asked.query["partNumber"] == "3" else None
    first = Client(proxy, tmp_path / "home")
    flags = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--concurrency", "1", "--max-attempts", "2")
    first("cp", file, f"s3://{bucket}/k", *flags, expect=1)
    proxy.close()
    done = proxy.count("UploadPart")
    assert done in (2, 3)
    second = Client(endpoint, tmp_path / "other-home")
    told = second("uploads", "resume", f"s3://{bucket}/k", file, "--output", "json").lines[-1]
    assert told["partsKept"] == done and "CRC64NVME" in told["verified"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == file.read_bytes()
    assert second.journals == []
