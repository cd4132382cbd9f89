"""`drystone cp --delta`: only what changed is sent; the store copies the rest, and everything is proved as in any upload."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes, write_file
from lib.proxy import Asked, Proxy

PART = 5 * MIB
COUNT = 4
SIZE = (COUNT - 1) * PART + 4321
FLAGS = ("--multipart-threshold", "5MiB", "--no-progress", "--output", "json")
KINDS = ["CRC64NVME", "SHA256", "CRC32C"]


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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of four parts."""
    return write_file(tmp_path / "file.bin", "delta", SIZE)


def send(client: Client, file: Path, bucket: str, *flags: str) -> None:
    """A whole upload, in parts of 5 MiB."""
    client("cp", file, f"s3://{bucket}/k", *FLAGS, "--part-size", "5MiB", *flags)


def delta(client: Client, proxy: Proxy, file: Path, bucket: str, *flags: str) -> dict[str, Any]:
    """A delta; what it says of itself."""
    proxy.forget()
    return client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS, *flags).lines[-1]


def read(s3: Any, bucket: str) -> bytes:
    """The object's bytes."""
    return s3.get_object(Bucket=bucket, Key="k")["Body"].read()


def change(file: Path, at: int, data: bytes = b"changed") -> None:
    """Writes into a file."""
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(data)


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_part_that_changed_is_sent(
    s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path, kind: str
) -> None:
    send(client, file, bucket, "--checksum", kind)
    change(file, PART + 17)
    told = delta(client, proxy, file, bucket, "--checksum", kind)
    assert read(s3, bucket) == file.read_bytes()
    assert (told["bytesMoved"], told["partsKept"], told["partCount"]) == (PART, COUNT - 1, COUNT)
    assert proxy.count("UploadPart") == 1
    assert f"{kind} of" in told["verified"]
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == [] and client.journals == []
    # And again: by now nothing is different.
    told = delta(client, proxy, file, bucket, "--checksum", kind)
    assert told["bytesMoved"] == 0 and "already there" in told["verified"]


def test_b185_checksums_of_parts_decide_where_the_store_tells_them(
    s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path
) -> None:
    """Of a composite SHA256 the parts' own are listed: what changed is not even copied."""
    send(client, file, bucket, "--checksum", "SHA256")
    change(file, 0)
    change(file, SIZE - 8)
    delta(client, proxy, file, bucket, "--checksum", "SHA256")
    assert (proxy.count("UploadPart"), proxy.count("UploadPartCopy")) == (2, COUNT - 2)
    assert read(s3, bucket) == file.read_bytes()


def test_every_copy_demands_the_object_that_was_compared(
    s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path
) -> None:
    send(client, file, bucket)
    etag = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    change(file, 0)
    delta(client, proxy, file, bucket)
    copies = [asked for asked in proxy.asked if asked.action == "UploadPartCopy"]
    assert copies and all(asked.headers["x-amz-copy-source-if-match"] == etag for asked in copies)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [SIZE + 1, SIZE + 2 * PART, SIZE - 1, 2 * PART, PART + 1], ids=str)
def test_a_file_that_grew_or_shrank(
    s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path, size: int, kind: str
) -> None:
    data = random_bytes("grow", SIZE + 2 * PART)
    file = tmp_path / "file"
    file.write_bytes(data[:SIZE])
    send(client, file, bucket, "--checksum", kind)
    file.write_bytes(data[:size])
    told = delta(client, proxy, file, bucket, "--checksum", kind)
    assert read(s3, bucket) == data[:size]
    whole_parts = min(size, SIZE) // PART
    assert told["partsKept"] >= whole_parts


def test_what_is_equal_is_not_sent(s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path) -> None:
    send(client, file, bucket)
    before = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    told = delta(client, proxy, file, bucket)
    assert told["bytesMoved"] == 0 and "already there" in told["verified"]
    assert {asked.method for asked in proxy.asked} <= {"HEAD", "GET"}
    assert s3.head_object(Bucket=bucket, Key="k")["LastModified"] == before


def test_equal_bytes_with_other_metadata_are_copied_not_sent(
    s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path
) -> None:
    send(client, file, bucket)
    told = delta(client, proxy, file, bucket, "--metadata", "color=red")
    assert (told["bytesMoved"], told["partsKept"]) == (0, COUNT)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert head["Metadata"] == {"color": "red"}
    assert read(s3, bucket) == file.read_bytes()


def test_an_object_of_one_piece_is_compared_by_ranges(
    s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path
) -> None:
    data = random_bytes("single", 20 * MIB)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    file = tmp_path / "file"
    file.write_bytes(data + b"appended")
    told = delta(client, proxy, file, bucket, "--part-size", "5MiB")
    assert read(s3, bucket) == data + b"appended"
    assert (told["bytesMoved"], told["partsKept"]) == (len(b"appended"), 4)


def test_an_object_of_unequal_parts(s3: Any, client: Client, proxy: Proxy, bucket: str, tmp_path: Path) -> None:
    """As a stream leaves them."""
    data = random_bytes("unequal", 21 * MIB)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts, start = [], 0
    for number, size in enumerate([5 * MIB, 9 * MIB, 7 * MIB], 1):
        body = data[start : start + size]
        start += size
        told = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": told["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    file = tmp_path / "file"
    file.write_bytes(data)
    change(file, 0)
    told = delta(client, proxy, file, bucket, "--part-size", "7MiB")
    assert read(s3, bucket) == file.read_bytes()
    assert told["bytesMoved"] == 7 * MIB


def test_nothing_in_common_is_a_plain_upload(s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path) -> None:
    proxy.forget()
    done = client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS, "-v")
    assert "no older version" in done.stderr
    assert read(s3, bucket) == file.read_bytes()
    write_file(file, "other", SIZE)
    told = delta(client, proxy, file, bucket)
    assert (told["bytesMoved"], told["partsKept"]) == (SIZE, 0)
    assert read(s3, bucket) == file.read_bytes()


def test_a_store_that_copies_no_parts_gets_them_all(s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path) -> None:
    send(client, file, bucket)
    change(file, 0)
    proxy.forget()
    proxy.rule = lambda asked: 501 if asked.action == "UploadPartCopy" else None
    told = client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS).lines[-1]
    assert told["bytesMoved"] == SIZE
    assert read(s3, bucket) == file.read_bytes()


def test_a_store_without_attributes_and_part_numbers(s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path) -> None:
    send(client, file, bucket, "--checksum", "SHA256")
    change(file, 0)
    proxy.forget()

    def poor(asked: Asked) -> int | None:
        return 501 if asked.action == "GetObjectAttributes" or "partNumber" in asked.query and asked.method == "HEAD" else None

    proxy.rule = poor
    told = client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS, "--part-size", "5MiB").lines[-1]
    assert told["bytesMoved"] == PART
    assert read(s3, bucket) == file.read_bytes()


def test_a_delta_that_failed_goes_on(s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path) -> None:
    send(client, file, bucket)
    change(file, 0)
    change(file, 2 * PART)
    proxy.forget()
    proxy.rule = lambda asked: 500 if asked.action == "UploadPart" and asked.query["partNumber"] == "3" else None
    words = ("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS, "--concurrency", "1")
    client(*words, "--max-attempts", "2", expect=1)
    assert len(client.journals) == 1
    proxy.forget()
    told = client(*words).lines[-1]
    assert proxy.count("UploadPart") == 1 and proxy.count("CreateMultipartUpload") == 0
    assert told["bytesMoved"] == PART
    assert read(s3, bucket) == file.read_bytes()
    assert client.journals == [] and s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_an_object_that_somebody_else_writes_is_not_mixed(
    s3: Any, client: Client, proxy: Proxy, bucket: str, file: Path
) -> None:
    send(client, file, bucket)
    change(file, 0)
    proxy.forget()

    def write(asked: Asked) -> None:
        if asked.action == "UploadPartCopy" and asked.query["partNumber"] == "3":
            s3.put_object(Bucket=bucket, Key="k", Body=b"somebody else's")

    proxy.rule = write
    done = client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS, "--concurrency", "1", expect=1)
    assert "changed while it was read" in done.stderr
    assert read(s3, bucket) == b"somebody else's"
    proxy.forget()
    client("cp", "--delta", file, f"s3://{bucket}/k", *FLAGS)
    assert read(s3, bucket) == file.read_bytes()
