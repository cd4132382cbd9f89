"""rm, ls, du, stat, mb, rb and presign."""

from __future__ import annotations

import re
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client

KEYS = ("a.txt", "d/b", "d/e/c", "d ", "f")


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The program with a home of its own."""
    return Client(endpoint, tmp_path / "home")


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    """A bucket with a few objects of 2,000 bytes."""
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=bytes(2000))
    return bucket


def keys(s3: Any, bucket: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_ls_shows_what_aws_s3_ls_shows(client: Client, filled: str) -> None:
    lines = client("ls", f"s3://{filled}").stdout.splitlines()
    assert lines[0] == " " * 27 + "PRE d/"
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(moment + r"       2000 a\.txt", lines[1])
    assert [line[31:] for line in lines[1:]] == ["a.txt", "d ", "f"]
    below = client("ls", f"s3://{filled}/d/").stdout.splitlines()
    assert [line[31:] for line in below] == ["e/", "b"]
    deep = client("ls", "-r", f"s3://{filled}", "--human-readable", "--summarize").stdout.splitlines()
    assert [line[31:] for line in deep[:5]] == sorted(KEYS)
    assert deep[0][20:30] == "   2.0 KiB"
    assert deep[5:] == ["", "Total Objects: 5", "   Total Size: 9.8 KiB"]


def test_ls_says_by_its_code_whether_something_is_there(client: Client, filled: str) -> None:
    client("ls", f"s3://{filled}/a")
    client("ls", f"s3://{filled}/none", expect=1)
    client("ls", "s3://no-such-bucket-at-all", expect=254)
    assert filled in client("ls").stdout
    assert filled in client("ls", "s3://").stdout


def test_ls_as_json(client: Client, filled: str) -> None:
    lines = client("ls", f"s3://{filled}", "--output", "json").lines
    assert lines[0]["prefix"] == "d/"
    assert {line["key"]: line["size"] for line in lines[1:]} == {"a.txt": 2000, "d ": 2000, "f": 2000}
    assert len(lines[1]["etag"]) == 32


def test_names_cannot_forge_lines(client: Client, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="a\nb\x1b[2J", Body=b"")
    assert client("ls", f"s3://{bucket}").stdout.count("\n") == 1
    assert client("rm", "-r", f"s3://{bucket}").stdout == f"delete: s3://{bucket}/a\\nb\\u{{1b}}[2J\n"
    assert keys(s3, bucket) == []


def test_rm_deletes_what_is_named_and_no_more(client: Client, s3: Any, filled: str) -> None:
    assert client("rm", f"s3://{filled}/f").stdout == f"delete: s3://{filled}/f\n"
    client("rm", f"s3://{filled}", expect=252)
    dry = client("rm", "-r", f"s3://{filled}/d", "--dry-run").stdout
    assert dry == f"(dryrun) delete: s3://{filled}/d/b\n(dryrun) delete: s3://{filled}/d/e/c\n"
    assert len(keys(s3, filled)) == 4
    client("rm", "-r", f"s3://{filled}/d", "--exclude", "e/*")
    assert keys(s3, filled) == ["a.txt", "d ", "d/e/c"]
    client("rm", "-r", f"s3://{filled}")
    assert keys(s3, filled) == []


def test_rm_does_not_touch_versions(client: Client, s3: Any, versioned: str) -> None:
    s3.put_object(Bucket=versioned, Key="k", Body=b"x")
    client("rm", "-r", f"s3://{versioned}")
    found = s3.list_object_versions(Bucket=versioned)
    assert (len(found["Versions"]), len(found["DeleteMarkers"])) == (1, 1)
    refused = client("rb", f"s3://{versioned}", "--force", expect=254)
    assert "old versions" in refused.stderr


def test_du_sums_prefixes_and_tells_uploads_apart(client: Client, s3: Any, filled: str) -> None:
    upload = s3.create_multipart_upload(Bucket=filled, Key="d/new")["UploadId"]
    s3.upload_part(Bucket=filled, Key="d/new", UploadId=upload, PartNumber=1, Body=bytes(777))
    lines = client("du", f"s3://{filled}", "--uploads", "--output", "json").lines
    told = [(line["type"], line["prefix"], line["bytes"], line["count"]) for line in lines]
    assert told == [("prefix", "d/", 4000, 2), ("total", "", 10000, 5), ("uploads", "", 777, 1)]
    text = client("du", f"s3://{filled}/d", "-d", "0", "--human-readable").stdout
    assert text.split() == ["3.9", "KiB", "2", "objects", f"s3://{filled}/d/"]


def test_stat_tells_size_checksums_and_parts(client: Client, s3: Any, bucket: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 4 * 6000)
    client("cp", source, f"s3://{bucket}/k", "--multipart-threshold", "5MiB", "--part-size", "5MiB",
           "--checksum", "CRC32C", "--metadata", "color=red")
    [found] = client("stat", f"s3://{bucket}/k", "--output", "json").lines
    assert (found["size"], found["partCount"], found["metadata"]) == (6144000, 2, {"color": "red"})
    assert found["checksum"]["algorithm"] == "CRC32C"
    assert found["etag"].endswith("-2")
    text = client("stat", f"s3://{bucket}/k").stdout
    assert "Size:          6144000 (5.9 MiB)" in text
    assert "Metadata:      color=red" in text
    client("stat", f"s3://{bucket}/none", expect=254)
    assert bucket in client("stat", f"s3://{bucket}").stdout


def test_buckets_are_made_and_removed(client: Client, s3: Any) -> None:
    name = f"e2e-{uuid.uuid4().hex[:16]}"
    assert client("mb", f"s3://{name}").stdout == f"make_bucket: {name}\n"
    client("mb", f"s3://{name}/key", expect=252)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    s3.create_multipart_upload(Bucket=name, Key="k")
    assert "--force" in client("rb", f"s3://{name}", expect=254).stderr
    assert client("rb", f"s3://{name}", "--force").stdout == f"remove_bucket: {name}\n"
    client("rb", f"s3://{name}", expect=254)


def test_presigned_urls_work_for_what_they_are_for(client: Client, s3: Any, bucket: str) -> None:
    def send(method: str, *flags: object, data: bytes | None = None) -> Any:
        url = client("presign", f"s3://{bucket}/a b+é", "--method", method.lower(), *flags).stdout.strip()
        return urllib.request.urlopen(urllib.request.Request(url, data=data, method=method), timeout=60)

    send("PUT", data=b"hello")
    assert send("GET", "--expires-in", 60).read() == b"hello"
    send("DELETE")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a b+é")["UploadId"]
    send("PUT", "--upload-id", upload, "--part-number", 3, data=b"part")
    parts = s3.list_parts(Bucket=bucket, Key="a b+é", UploadId=upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(3, 4)]
    client("presign", f"s3://{bucket}/k", "--expires-in", 604801, expect=252)
    client("presign", f"s3://{bucket}", expect=252)


def test_what_is_no_place_in_s3_is_refused(client: Client) -> None:
    for place in ("b/k", "s3://", "s3:///k", "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/ap/k", "s3://a b"):
        client("stat", place, expect=252)
