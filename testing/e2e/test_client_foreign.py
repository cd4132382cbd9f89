"""The transfer client against an S3 that is not ours: moto. What it must do there is what it does on Drystone.

moto's ways: it keeps everything in memory, keeps no CRC64NVME, lists an upload's parts with ETags and sizes alone and under
another name (ListPartsResponse), compares If-Match with the ETag of a part, and opened every upload in 2010.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lib.client import Client
from lib.data import MIB, md5_hex, random_bytes, write_file
from lib.foreign import Moto
from lib.wait import poll

MULTIPART = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--no-progress")
SIZE = 17 * MIB + 123


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    """moto, once for all tests here."""
    pytest.importorskip("moto")
    server = Moto(tmp_path_factory.mktemp("moto"))
    yield server
    server.close()


@pytest.fixture
def client(moto: Moto, tmp_path: Path) -> Client:
    """The client, pointed at moto."""
    return Client(moto, tmp_path / "home")


@pytest.fixture
def bucket(moto: Moto, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own."""
    name = "f-" + md5_hex(request.node.name.encode())[:16]
    moto.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of four parts."""
    return write_file(tmp_path / "file.bin", "foreign", SIZE)


def read(moto: Moto, bucket: str, key: str) -> bytes:
    """An object's bytes, by boto3."""
    return moto.client().get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.parametrize("size", [0, 1, 100_000, 5 * MIB])
def test_small_files_go_up_and_come_down(moto: Moto, client: Client, bucket: str, tmp_path: Path, size: int) -> None:
    source = write_file(tmp_path / "small.bin", size, size)
    client("cp", source, f"s3://{bucket}/dir/small.bin")
    assert read(moto, bucket, "dir/small.bin") == source.read_bytes()
    client("cp", f"s3://{bucket}/dir/small.bin", tmp_path / "back.bin")
    assert (tmp_path / "back.bin").read_bytes() == source.read_bytes()
    assert client.journals == []


def test_files_go_up_in_parts_and_come_down_in_ranges(moto: Moto, client: Client, bucket: str, file: Path) -> None:
    client("cp", *MULTIPART, file, f"s3://{bucket}/file.bin")
    head = moto.client().head_object(Bucket=bucket, Key="file.bin")
    assert head["ETag"].endswith('-4"')
    assert read(moto, bucket, "file.bin") == file.read_bytes()
    back = file.with_name("back.bin")
    client("cp", *MULTIPART, f"s3://{bucket}/file.bin", back)
    assert back.read_bytes() == file.read_bytes()
    assert client.journals == []
    assert sorted(path.name for path in file.parent.iterdir()) == ["back.bin", "file.bin", "home"]


def test_objects_that_others_made_come_down(moto: Moto, client: Client, bucket: str, tmp_path: Path) -> None:
    """An upload by boto3 without any checksum, whose parts differ in length."""
    s3 = moto.client()
    parts = [random_bytes("a", 6 * MIB), random_bytes("b", 5 * MIB), b"tail"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    sent = [
        {"PartNumber": n, "ETag": s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=part)["ETag"]}
        for n, part in enumerate(parts, 1)
    ]
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": sent})
    client("cp", *MULTIPART, f"s3://{bucket}/k", tmp_path / "k")
    assert (tmp_path / "k").read_bytes() == b"".join(parts)
    assert client("cp", f"s3://{bucket}/k", "-").code == 0


def test_a_killed_upload_goes_on_where_it_was(moto: Moto, client: Client, bucket: str, file: Path) -> None:
    """kill -9 once the store has a part: the same command sends the others only."""
    s3, key = moto.client(), "killed.bin"
    words = ("cp", *MULTIPART, "--concurrency", "1", file, f"s3://{bucket}/{key}")
    process = client.start(*words, "--limit-rate", "4MiB/s")

    def stored() -> list[int]:
        uploads = s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", [])
        parts = [s3.list_parts(Bucket=bucket, Key=key, UploadId=upload["UploadId"]) for upload in uploads]
        return [part["PartNumber"] for page in parts for part in page.get("Parts", [])]

    poll("a part is there", lambda: stored() or process.poll() is not None)
    process.kill()
    process.communicate()
    before = stored()
    assert before and len(before) < 4, before
    assert client.journals != []
    sent = len(moto.parts_sent(key))
    client(*words)
    assert not set(moto.parts_sent(key)[sent:]) & set(before), "a part that the store had was sent again"
    assert read(moto, bucket, key) == file.read_bytes()
    assert client.journals == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_uploads_are_listed_resumed_and_aborted(moto: Moto, client: Client, bucket: str, file: Path) -> None:
    s3, data = moto.client(), file.read_bytes()
    for key in ("one", "two"):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=data[: 5 * MIB])
    listed = client("uploads", "ls", f"s3://{bucket}", "--output", "json").stdout
    assert "one" in listed and "two" in listed
    client("uploads", "resume", f"s3://{bucket}/one", file)
    assert moto.parts_sent("one").count(1) == 1, "part 1 was there"
    assert read(moto, bucket, "one") == data
    client("uploads", "abort", f"s3://{bucket}/two")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_verify_proves_from_etags_or_says_that_it_cannot(moto: Moto, client: Client, bucket: str, file: Path) -> None:
    """moto keeps no CRC64NVME and does not tell the lengths of parts: an object of parts cannot be proved, one of a piece can."""
    client("cp", file, f"s3://{bucket}/whole")
    client("verify", file, f"s3://{bucket}/whole")
    other = write_file(file.with_name("other.bin"), "other", SIZE)
    assert client("verify", other, f"s3://{bucket}/whole", expect=None).code == 1
    client("cp", *MULTIPART, file, f"s3://{bucket}/parts")
    done = client("verify", file, f"s3://{bucket}/parts", expect=None)
    assert done.code == 2 and "not proved" in done.stdout + done.stderr


def test_sync_makes_equal_and_deletes(moto: Moto, client: Client, bucket: str, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    for n in range(5):
        write_file(folder / "sub" / f"{n}.bin", n, 1000 + n)
    moto.client().put_object(Bucket=bucket, Key="tree/old", Body=b"x")
    client("sync", folder, f"s3://{bucket}/tree", "--delete")
    keys = [item["Key"] for item in moto.client().list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == [f"tree/sub/{n}.bin" for n in range(5)]
    (folder / "sub" / "0.bin").write_bytes(b"changed")
    client("sync", folder, f"s3://{bucket}/tree", "--dry-run")
    assert read(moto, bucket, "tree/sub/0.bin") != b"changed"
    client("sync", folder, f"s3://{bucket}/tree")
    assert read(moto, bucket, "tree/sub/0.bin") == b"changed"
    client("sync", f"s3://{bucket}/tree", tmp_path / "back")
    assert sorted(path.name for path in (tmp_path / "back" / "sub").iterdir()) == [f"{n}.bin" for n in range(5)]


def test_the_small_commands(moto: Moto, client: Client, bucket: str, tmp_path: Path) -> None:
    """mb, ls, cat, stat, du, mv, rm, rb."""
    client("mb", f"s3://{bucket}-new")
    source = write_file(tmp_path / "a.bin", "a", 5000)
    client("cp", source, f"s3://{bucket}-new/a.bin")
    assert "a.bin" in client("ls", f"s3://{bucket}-new/").stdout
    assert "5000" in client("stat", f"s3://{bucket}-new/a.bin", "--output", "json").stdout
    assert "5000" in client("du", f"s3://{bucket}-new", "--output", "json").stdout
    client("cp", source, f"s3://{bucket}-new/text")
    client("mv", f"s3://{bucket}-new/a.bin", f"s3://{bucket}-new/b.bin")
    assert read(moto, f"{bucket}-new", "b.bin") == source.read_bytes()
    client("rm", f"s3://{bucket}-new/", "--recursive")
    assert "Contents" not in moto.client().list_objects_v2(Bucket=f"{bucket}-new")
    client("rb", f"s3://{bucket}-new")


def test_copies_inside_the_store(moto: Moto, client: Client, bucket: str, file: Path) -> None:
    client("cp", *MULTIPART, file, f"s3://{bucket}/k")
    client("cp", f"s3://{bucket}/k", f"s3://{bucket}/copy")
    assert read(moto, bucket, "copy") == file.read_bytes()


def test_what_is_not_there_is_told_with_the_documented_code(client: Client, bucket: str, tmp_path: Path) -> None:
    done = client("cp", f"s3://{bucket}/missing", tmp_path / "x", expect=None)
    assert done.code in (1, 254) and "missing" in done.stderr
    assert not (tmp_path / "x").exists()
