"""`drystone cp s3://... s3://...`: copied by the store itself, whole or in parts, with all that the source carries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.data import MIB, random_bytes
from lib.proxy import Asked, Proxy

PART = 5 * MIB
SIZE = 3 * PART + 1234
IN_PARTS = ("--multipart-threshold", "5MiB", "--no-progress", "--output", "json")
PATIENT = ("--max-attempts", "2")
CARRIED = {
    "ContentType": "video/mp4",
    "CacheControl": "no-cache",
    "ContentLanguage": "de",
    "ContentDisposition": "inline",
    "Metadata": {"color": "red", "name": "b"},
}


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


def put_in_parts(s3: Any, bucket: str, key: str, lens: list[int], **create: Any) -> str:
    """Makes an object of parts of these lengths; its ETag."""
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, **create)["UploadId"]
    parts = []
    for number, size in enumerate(lens, 1):
        data = random_bytes(f"{key} {number}", size)
        kind = {name: create[name] for name in ("ChecksumAlgorithm",) if name in create}
        told = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=data, **kind)
        sums = {name: value for name, value in told.items() if name.startswith("Checksum") and name != "ChecksumType"}
        sums = sums if "ChecksumAlgorithm" in create else {}
        parts.append({"PartNumber": number, "ETag": told["ETag"], **sums})
    done = s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    return done["ETag"].strip('"')


def read(s3: Any, bucket: str, key: str) -> bytes:
    """An object's bytes."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def open_uploads(s3: Any, bucket: str) -> list[Any]:
    """The open uploads."""
    return s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])


def carried(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    """What an object carries, of what is set here."""
    head = s3.head_object(Bucket=bucket, Key=key)
    tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {**{name: head.get(name) for name in CARRIED}, "tags": {tag["Key"]: tag["Value"] for tag in tags}}


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "parts"])
def test_b188_a_copy_carries_what_its_source_does(s3: Any, client: Client, bucket: str, in_parts: bool) -> None:
    data = random_bytes("carried", SIZE)
    s3.put_object(Bucket=bucket, Key="a b+\u00e9", Body=data, Tagging="t=1&a%20b=x%2Fy", **CARRIED)
    words = IN_PARTS if in_parts else ("--output", "json")
    told = client("cp", f"s3://{bucket}/a b+\u00e9", f"s3://{bucket}/copy", *words).lines[-1]
    assert read(s3, bucket, "copy") == data
    assert carried(s3, bucket, "copy") == {**CARRIED, "tags": {"t": "1", "a b": "x/y"}}
    assert (told["type"], told["bytes"], told["partCount"]) == ("copy", SIZE, 1 if in_parts else 0)
    assert "as the source's" in told["verified"]
    assert open_uploads(s3, bucket) == []


@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "parts"])
def test_props_and_directives_are_the_aws_clis(s3: Any, client: Client, bucket: str, in_parts: bool) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=random_bytes("props", SIZE), Tagging="t=1", **CARRIED)
    words = IN_PARTS if in_parts else ()

    def copied(*flags: str) -> dict[str, Any]:
        client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *words, *flags)
        return carried(s3, bucket, "copy")

    nothing = {"ContentType": "binary/octet-stream", "CacheControl": None, "ContentLanguage": None, "ContentDisposition": None}
    nothing = {**nothing, "Metadata": {}}
    assert copied("--copy-props", "none") == {**nothing, "tags": {}}
    assert copied("--copy-props", "metadata-directive") == {**CARRIED, "tags": {}}
    changed = copied("--content-type", "text/x", "--metadata", "color=blue")
    metadata = {"color": "blue", "name": "b"}
    assert changed == {**CARRIED, "ContentType": "text/x", "Metadata": metadata, "tags": {"t": "1"}}
    replaced = copied("--metadata-directive", "REPLACE", "--content-type", "text/x", "--tagging", "u=2")
    assert replaced == {**nothing, "ContentType": "text/x", "tags": {"u": "2"}}


@pytest.mark.parametrize("lens", [[PART] * 3 + [77], [7 * MIB, 6 * MIB, 5 * MIB, 9]], ids=["equal", "unequal"])
def test_b108_a_copy_in_parts_keeps_the_etag(s3: Any, client: Client, bucket: str, lens: list[int]) -> None:
    etag = put_in_parts(s3, bucket, "a", lens)
    told = client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS).lines[-1]
    assert (told["etag"], told["partCount"]) == (etag, len(lens))
    assert read(s3, bucket, "copy") == read(s3, bucket, "a")


@pytest.mark.parametrize(
    "create",
    [
        {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"},
        {"ChecksumAlgorithm": "CRC32"},
        {"ChecksumAlgorithm": "SHA256"},
    ],
    ids=lambda create: "-".join(create.values()),
)
def test_b133_a_copy_in_parts_keeps_the_checksum(s3: Any, client: Client, bucket: str, create: dict[str, str]) -> None:
    put_in_parts(s3, bucket, "a", [PART, PART, 5], **create)
    told = client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS).lines[-1]
    source, copy = (s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED") for key in ("a", "copy"))
    field = f"Checksum{create['ChecksumAlgorithm']}"
    assert copy[field] == source[field]
    assert (copy["ChecksumType"], copy["ETag"]) == (source["ChecksumType"], source["ETag"])
    assert f"{create['ChecksumAlgorithm']} as the source's" in told["verified"]


def test_parts_are_copied_by_the_store(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 4)
    client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS)
    assert (proxy.count("UploadPartCopy"), proxy.count("UploadPart"), proxy.count("GetObject")) == (4, 0, 0)
    copies = [asked for asked in proxy.asked if asked.action == "UploadPartCopy"]
    etag = s3.head_object(Bucket=bucket, Key="a")["ETag"]
    assert all(asked.headers["x-amz-copy-source-if-match"] == etag for asked in copies)
    [complete] = [asked for asked in proxy.asked if asked.action == "CompleteMultipartUpload"]
    assert complete.headers["x-amz-mp-object-size"] == str(4 * PART)


def test_a_copy_that_failed_goes_on_where_it_was(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 4)
    copy = ("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS, *PATIENT, "--concurrency", "1")
    proxy.rule = lambda asked: 500 if asked.action == "UploadPartCopy" and asked.query["partNumber"] == "3" else None
    assert "part 3 of 4, attempt 2" in client(*copy, expect=1).stderr
    done = proxy.count("UploadPartCopy")  # the last part may have had its turn while the third one waited
    assert done in (2, 3)
    assert len(client.journals) == 1 and len(open_uploads(s3, bucket)) == 1
    proxy.forget()
    told = client(*copy).lines[-1]
    assert (told["partsKept"], told["bytesMoved"]) == (done, (4 - done) * PART)
    assert proxy.count("UploadPartCopy") == 4 - done and proxy.count("CreateMultipartUpload") == 0
    assert read(s3, bucket, "copy") == read(s3, bucket, "a")
    assert client.journals == [] and open_uploads(s3, bucket) == []


def test_a_failed_copy_is_aborted_when_asked(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 3)
    proxy.rule = lambda asked: 500 if asked.action == "UploadPartCopy" and asked.query["partNumber"] == "2" else None
    copy = ("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS, *PATIENT)
    client(*copy, "--on-failure", "abort", expect=1)
    assert client.journals == [] and open_uploads(s3, bucket) == []


def test_a_source_that_changes_is_noticed(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 3)

    def change(asked: Asked) -> None:
        if asked.action == "UploadPartCopy" and asked.query["partNumber"] == "2":
            s3.put_object(Bucket=bucket, Key="a", Body=random_bytes("another", 3 * PART))

    proxy.rule = change
    done = client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS, "--concurrency", "1", expect=1)
    assert "changed while it was read" in done.stderr
    assert client.journals == [] and open_uploads(s3, bucket) == []
    assert "Contents" in s3.list_objects_v2(Bucket=bucket) and s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_between_two_runs_the_source_changes(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 3)
    copy = ("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS, *PATIENT, "--concurrency", "1")
    proxy.rule = lambda asked: 500 if asked.action == "UploadPartCopy" and asked.query["partNumber"] == "2" else None
    client(*copy, expect=1)
    proxy.forget()
    data = random_bytes("another", SIZE)
    s3.put_object(Bucket=bucket, Key="a", Body=data)
    told = client(*copy).lines[-1]
    assert told["partsKept"] == 0
    assert read(s3, bucket, "copy") == data
    assert client.journals == [] and open_uploads(s3, bucket) == []


def test_b232_a_lost_answer_to_complete_is_settled(s3: Any, client: Client, proxy: Proxy, endpoint: Any, bucket: str) -> None:
    """The first Complete is done by somebody else's hands; the client's own finds no upload, and the right object."""
    put_in_parts(s3, bucket, "a", [PART] * 3)
    lost: list[str] = []

    def lose(asked: Asked) -> int | None:
        if asked.action != "CompleteMultipartUpload" or lost:
            return None
        upload = asked.query["uploadId"]
        listed = s3.list_parts(Bucket=bucket, Key="copy", UploadId=upload)["Parts"]
        parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listed]
        s3.complete_multipart_upload(Bucket=bucket, Key="copy", UploadId=upload, MultipartUpload={"Parts": parts})
        lost.append(upload)
        return 500

    proxy.rule = lose
    client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS)
    assert lost and read(s3, bucket, "copy") == read(s3, bucket, "a")


def test_a_version_is_copied(s3: Any, client: Client, versioned: str) -> None:
    old = s3.put_object(Bucket=versioned, Key="a", Body=b"old")["VersionId"]
    s3.put_object(Bucket=versioned, Key="a", Body=b"new")
    client("cp", f"s3://{versioned}/a", f"s3://{versioned}/copy", "--version-id", old)
    assert read(s3, versioned, "copy") == b"old"


def test_what_is_not_there_is_not_copied(client: Client, bucket: str) -> None:
    done = client("cp", f"s3://{bucket}/none", f"s3://{bucket}/copy", expect=1)
    assert "no object" in done.stderr


def test_a_store_without_tags_is_copied_from(s3: Any, client: Client, proxy: Proxy, bucket: str) -> None:
    put_in_parts(s3, bucket, "a", [PART] * 2)
    proxy.rule = lambda asked: 501 if asked.action == "GetObjectTagging" else None
    client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy", *IN_PARTS)
    proxy.rule = lambda asked: 403 if asked.action == "GetObjectTagging" else None
    done = client("cp", f"s3://{bucket}/a", f"s3://{bucket}/copy2", *IN_PARTS, expect=1)
    assert "--copy-props metadata-directive" in done.stderr
