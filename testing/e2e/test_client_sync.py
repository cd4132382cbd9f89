"""sync, mv and cp -r: folders and prefixes become alike; nothing else is touched."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from lib.client import Client
from lib.wait import poll

OLD = time.time() - 3600


@pytest.fixture
def client(endpoint: Any, tmp_path: Path) -> Client:
    """The program with a home of its own."""
    return Client(endpoint, tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files that are an hour old."""
    return fill(tmp_path / "folder", {"a.txt": b"a", "d/b.txt": b"bb", "d/e/c.bin": b"ccc", "é ü.txt": b"dddd"})


def fill(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (OLD, OLD))
    return root


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def objects(s3: Any, bucket: str, prefix: str = "") -> dict[str, bytes]:
    """Keys below a prefix, and their data."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {key.removeprefix(prefix): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_a_folder_goes_up_and_comes_back(client: Client, s3: Any, bucket: str, folder: Path, tmp_path: Path) -> None:
    client("sync", folder, f"s3://{bucket}/p")
    assert objects(s3, bucket, "p/") == files(folder)
    again = client("sync", folder, f"s3://{bucket}/p/")
    assert again.stdout == ""
    client("sync", f"s3://{bucket}/p", tmp_path / "back")
    assert files(tmp_path / "back") == files(folder)
    again = client("sync", f"s3://{bucket}/p", tmp_path / "back")
    assert again.stdout == ""


def test_what_changed_is_copied_and_with_delete_what_is_gone_is_deleted(
    client: Client, s3: Any, bucket: str, folder: Path
) -> None:
    client("sync", folder, f"s3://{bucket}/p")
    s3.put_object(Bucket=bucket, Key="p-outside", Body=b"x")
    (folder / "a.txt").write_bytes(b"new")
    (folder / "d/b.txt").unlink()
    kept = client("sync", folder, f"s3://{bucket}/p")
    assert kept.stdout == f"upload: {folder}/a.txt to s3://{bucket}/p/a.txt\n"
    dry = client("sync", folder, f"s3://{bucket}/p", "--delete", "--dry-run")
    assert dry.stdout == f"(dryrun) delete: s3://{bucket}/p/d/b.txt\n"
    assert "p/d/b.txt" in objects(s3, bucket)
    real = client("sync", folder, f"s3://{bucket}/p", "--delete")
    assert "(dryrun) " + real.stdout == dry.stdout
    assert objects(s3, bucket, "p/") == files(folder)
    assert "p-outside" in objects(s3, bucket)


def test_the_dry_run_as_json_names_what_the_run_does(client: Client, bucket: str, folder: Path) -> None:
    plan = client("sync", folder, f"s3://{bucket}", "--dry-run", "--output", "json").lines
    done = client("sync", folder, f"s3://{bucket}", "--output", "json").lines
    assert all(line["dryRun"] for line in plan)

    def named(lines: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
        return sorted((line["type"], line["source"], line["target"]) for line in lines)

    assert named(plan) == named(done)
    assert len(plan) == 4


def test_what_is_excluded_is_neither_copied_nor_deleted(client: Client, s3: Any, bucket: str, folder: Path) -> None:
    s3.put_object(Bucket=bucket, Key="keep.tmp", Body=b"x")
    (folder / "own.tmp").write_bytes(b"y")
    client("sync", folder, f"s3://{bucket}", "--delete", "--exclude", "*.tmp")
    assert set(objects(s3, bucket)) == {*files(folder), "keep.tmp"} - {"own.tmp"}
    client("cp", "-r", folder, f"s3://{bucket}/only", "--exclude", "*", "--include", "d/*", "--exclude", "*.bin")
    assert list(objects(s3, bucket, "only/")) == ["d/b.txt"]


def test_nothing_is_deleted_for_a_source_that_is_not_there(client: Client, s3: Any, bucket: str, tmp_path: Path) -> None:
    s3.put_object(Bucket=bucket, Key="p/a", Body=b"x")
    gone = client("sync", tmp_path / "none", f"s3://{bucket}/p", "--delete", expect=255)
    assert "none" in gone.stderr
    target = fill(tmp_path / "target", {"a": b"1"})
    empty = client("sync", f"s3://{bucket}/typo", target, "--delete", expect=255)
    assert "nothing at" in empty.stderr
    missing = client("sync", "s3://no-such-bucket-at-all", target, "--delete", expect=254)
    assert "NoSuchBucket" in missing.stderr
    assert files(target) == {"a": b"1"}
    assert list(objects(s3, bucket)) == ["p/a"]


def test_a_download_deletes_inside_of_the_folder_only(client: Client, s3: Any, bucket: str, tmp_path: Path) -> None:
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    outside = fill(tmp_path / "outside", {"precious": b"x"})
    target = fill(tmp_path / "target", {"old": b"y", "d/old": b"z"})
    (target / "link").symlink_to(outside)
    client("sync", f"s3://{bucket}", target, "--delete", expect=1)
    assert files(outside) == {"precious": b"x"}
    assert (target / "a").read_bytes() == b"1"
    assert not (target / "old").exists()
    assert not (target / "d/old").exists()


def test_keys_that_lead_out_are_refused_and_the_rest_arrives(client: Client, s3: Any, bucket: str, tmp_path: Path) -> None:
    for key in ("ok", "../out", "a/../../out"):
        s3.put_object(Bucket=bucket, Key=f"p/{key}", Body=b"x")
    done = client("cp", "-r", f"s3://{bucket}/p", tmp_path / "in", expect=1)
    assert files(tmp_path / "in") == {"ok": b"x"}
    assert not (tmp_path / "out").exists()
    assert done.stderr.count("cannot be a file here") == 2


def test_checksums_are_compared_without_moving_data(client: Client, bucket: str, folder: Path) -> None:
    client("sync", folder, f"s3://{bucket}")
    (folder / "a.txt").write_bytes(b"z")  # the same size
    os.utime(folder / "a.txt", (OLD, OLD))
    assert client("sync", folder, f"s3://{bucket}").stdout == ""
    done = client("sync", folder, f"s3://{bucket}", "--checksum-compare")
    assert done.stdout == f"upload: {folder}/a.txt to s3://{bucket}/a.txt\n"
    assert client("sync", folder, f"s3://{bucket}", "--checksum-compare").stdout == ""


def test_prefixes_become_alike_inside_of_a_store(client: Client, s3: Any, bucket: str, folder: Path) -> None:
    client("sync", folder, f"s3://{bucket}/one")
    client("sync", f"s3://{bucket}/one", f"s3://{bucket}/two")
    assert objects(s3, bucket, "two/") == files(folder)
    for flags in ([], ["--checksum-compare"]):
        assert client("sync", f"s3://{bucket}/one", f"s3://{bucket}/two", *flags).stdout == ""
    client("sync", f"s3://{bucket}/one", f"s3://{bucket}/one/below", expect=252)


def test_what_cannot_be_read_is_skipped_with_code_2(client: Client, s3: Any, bucket: str, folder: Path) -> None:
    (folder / "broken").symlink_to("nowhere")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    s3.put_object(Bucket=bucket, Key="pipe", Body=b"stays")
    done = client("sync", folder, f"s3://{bucket}", "--delete", expect=2)
    assert done.stderr.count("skipped") == 3
    assert "pipe" in objects(s3, bucket)
    client("sync", folder, f"s3://{bucket}", "--no-follow-symlinks", "--exclude", "pipe")


def test_moving_takes_the_source_away_when_the_target_is_there(
    client: Client, s3: Any, bucket: str, folder: Path, tmp_path: Path
) -> None:
    before = files(folder)
    done = client("mv", folder / "a.txt", f"s3://{bucket}/x/")
    assert done.stdout == f"move: {folder}/a.txt to s3://{bucket}/x/a.txt\n"
    assert not (folder / "a.txt").exists()
    client("mv", f"s3://{bucket}/x/a.txt", f"s3://{bucket}/a.txt")
    assert objects(s3, bucket) == {"a.txt": b"a"}
    client("mv", "-r", folder, f"s3://{bucket}")
    assert files(folder) == {}
    client("mv", "-r", f"s3://{bucket}", tmp_path / "back")
    assert objects(s3, bucket) == {}
    assert files(tmp_path / "back") == before


def test_nothing_is_moved_onto_itself_or_when_it_fails(client: Client, s3: Any, bucket: str, folder: Path) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    client("mv", f"s3://{bucket}/k", f"s3://{bucket}/k", expect=252)
    client("mv", f"s3://{bucket}/k", f"s3://{bucket}", expect=252)
    client("mv", "-r", f"s3://{bucket}", f"s3://{bucket}/below", expect=252)
    assert objects(s3, bucket) == {"k": b"x"}
    client("mv", folder / "a.txt", "s3://no-such-bucket-at-all/k", expect=1)
    assert (folder / "a.txt").exists()


def test_one_thousand_small_files(client: Client, s3: Any, bucket: str, tmp_path: Path) -> None:
    names = {f"d{n % 7}/f{n:04}": b"%d" % n for n in range(1000)}
    folder = fill(tmp_path / "many", names)
    client("cp", "-r", folder, f"s3://{bucket}/m", "--quiet")
    client("cp", "-r", f"s3://{bucket}/m", tmp_path / "back", "--quiet")
    assert files(tmp_path / "back") == names
    done = client("rm", "-r", f"s3://{bucket}/m")
    assert len(done.stdout.splitlines()) == 1000
    assert objects(s3, bucket) == {}


def test_without_credentials_it_is_said_once(client: Client, folder: Path) -> None:
    unset = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
    done = client("cp", "-r", folder, "s3://bucket", expect=253, **unset)
    assert done.stderr.count("no credentials") == 1


@pytest.mark.parametrize("on_failure", ["keep", "abort"])
def test_a_signal_keeps_or_aborts_what_was_sent(
    client: Client, s3: Any, bucket: str, tmp_path: Path, on_failure: str
) -> None:
    folder = fill(tmp_path / "large", {"one": bytes(12 << 20), "two": bytes(12 << 20)})
    flags = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--no-progress", "--on-failure", on_failure)
    process = client.start("sync", folder, f"s3://{bucket}", *flags, "--limit-rate", "1MiB")

    def open_uploads() -> int:
        return len(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []))

    poll("both are open", lambda: open_uploads() == 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "type the same again" in said
    assert open_uploads() == (2 if on_failure == "keep" else 0)
    client("sync", folder, f"s3://{bucket}", *flags)
    assert objects(s3, bucket) == files(folder)
    assert open_uploads() == 0
