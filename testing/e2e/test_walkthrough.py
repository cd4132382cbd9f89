"""The walkthrough, as a new user types it, and its promises: with `aws s3api`, with boto3, with `aws s3 cp`."""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from lib import multipart
from lib.data import MIB, PART_MIN, md5_hex, multipart_etag, random_bytes, write_file
from lib.errors import refused
from lib.server import REPOSITORY, Server, binary, clean_environment
from lib.wait import poll

FILE_SIZE = 104_000_000
"""The walkthrough's myfile.mp4: `split -b 40m` makes two pieces of 40 MiB and a shorter third."""


class Aws:
    """The `aws` command of this virtualenv, in one folder, against one server."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = {**env, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs `aws WORDS` and returns whatever came of it."""
        return subprocess.run(
            ["aws", *words], cwd=self.folder, env=self.env, text=True, capture_output=True, timeout=240
        )

    def __call__(self, *words: str) -> Any:
        """Runs `aws WORDS`, which must succeed; its JSON, if it printed any."""
        done = self.run(*words)
        assert done.returncode == 0, f"aws {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout


def test_walkthrough_with_aws_s3api(own_server: Callable[..., Server], tmp_path: Path) -> None:
    """A file goes up in three parts, out of order, and comes back the same: every step of the walkthrough, literally.

    Shows b16, b37, b38, b77, b78, b107, b108, b127, b160, b161, b167 and b174 with the most used client.
    """
    # Idle uploads are left alone, so that only the rule can end one.
    server = own_server(env={"DRYSTONE_LIFECYCLE_DAY_SECONDS": "2", "DRYSTONE_LIFECYCLE_IDLE_UPLOAD_DAYS": "off"})
    aws = Aws(tmp_path, server.aws_environment())
    name, key = "walkthrough", "myfile.mp4"
    where = ("--bucket", name, "--key", key)
    myfile = write_file(tmp_path / key, "walkthrough", FILE_SIZE)
    subprocess.run(["split", "-b", "40m", key], cwd=tmp_path, check=True)
    assert sorted(path.name for path in tmp_path.glob("xa?")) == ["xaa", "xab", "xac"]

    aws("s3api", "create-bucket", "--bucket", name)
    upload_id = aws("s3api", "create-multipart-upload", *where)["UploadId"]
    upload = (*where, "--upload-id", upload_id)

    for number, piece in ((3, "xac"), (1, "xaa"), (2, "xab")):
        sent = aws("s3api", "upload-part", *upload, "--part-number", str(number), "--body", piece)
        assert sent["ETag"] == f'"{md5_hex((tmp_path / piece).read_bytes())}"'

    listed = aws("s3api", "list-parts", *upload)["Parts"]
    assert [part["PartNumber"] for part in listed] == [1, 2, 3]
    assert [part["Size"] for part in listed] == [40 * MIB, 40 * MIB, FILE_SIZE - 80 * MIB]

    entries = [{"ETag": part["ETag"], "PartNumber": part["PartNumber"]} for part in listed]
    (tmp_path / "fileparts.json").write_text(json.dumps({"Parts": entries}, indent=2))
    done = aws("s3api", "complete-multipart-upload", *upload, "--multipart-upload", "file://fileparts.json")
    pieces = [(tmp_path / piece).read_bytes() for piece in ("xaa", "xab", "xac")]
    assert done["ETag"] == multipart_etag(pieces)

    aws("s3api", "get-object", *where, "back.mp4")
    subprocess.run(["cmp", key, "back.mp4"], cwd=tmp_path, check=True)
    assert myfile.stat().st_size == FILE_SIZE

    # A second upload, to be listed and aborted.
    second = aws("s3api", "create-multipart-upload", *where)["UploadId"]
    aws("s3api", "upload-part", *where, "--upload-id", second, "--part-number", "1", "--body", "xac")
    uploads = aws("s3api", "list-multipart-uploads", "--bucket", name)["Uploads"]
    assert [(entry["Key"], entry["UploadId"]) for entry in uploads] == [(key, second)]
    aws("s3api", "abort-multipart-upload", *where, "--upload-id", second)
    refusal = aws.run("s3api", "list-parts", *where, "--upload-id", second)
    assert refusal.returncode != 0 and "NoSuchUpload" in refusal.stderr, refusal
    assert "Uploads" not in (aws("s3api", "list-multipart-uploads", "--bucket", name) or {})

    # A third one, left to the lifecycle rule; a day lasts two seconds here.
    third = aws("s3api", "create-multipart-upload", *where)["UploadId"]
    aws("s3api", "upload-part", *where, "--upload-id", third, "--part-number", "1", "--body", "xac")
    rule = {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    (tmp_path / "lifecycle.json").write_text(json.dumps({"Rules": [rule]}))
    aws(
        "s3api", "put-bucket-lifecycle-configuration", "--bucket", name,
        "--lifecycle-configuration", "file://lifecycle.json",
    )  # fmt: skip

    def gone() -> bool:
        answer = aws.run("s3api", "list-parts", *where, "--upload-id", third)
        return answer.returncode != 0 and "NoSuchUpload" in answer.stderr

    poll("the lifecycle rule aborts the upload", gone, deadline_seconds=60)
    assert "Uploads" not in (aws("s3api", "list-multipart-uploads", "--bucket", name) or {})

    # The finished object is none of the rule's business (b173).
    head = aws("s3api", "head-object", *where)
    assert (head["ContentLength"], head["ETag"]) == (FILE_SIZE, done["ETag"])


def run_as_printed(document: str, own_server: Callable[..., Server], folder: Path, env: dict[str, str]) -> str:
    """Every command of a document's walkthrough runs, in order, in a bare folder, with the key of the first start.

    The server makes its own root key; only the folder and the address that are printed are replaced. A command that the
    document says is refused (`|| echo "refused: ..."`) must be. Returns what was said.
    """
    text = (REPOSITORY / document).read_text()
    section = re.search(r"<!-- walkthrough -->(.*?)<!-- /walkthrough -->", text, re.DOTALL)
    assert section, f"{document} has no walkthrough"
    blocks = re.findall(r"```sh\n(.*?)```", section[1], re.DOTALL)
    assert blocks, "the walkthrough has no commands"
    folder.mkdir()
    server = own_server(data=folder / "drystone-data", keys=False, env=env)
    assert (server.data / "root-credentials").stat().st_mode & 0o777 == 0o600
    script = "\n".join(["set -euo pipefail", *blocks]).replace("http://127.0.0.1:9000", server.url)
    tools = folder / "tools"
    tools.mkdir()
    (tools / "drystone").symlink_to(binary().resolve())
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=clean_environment(PATH=path, HOME=str(folder)),
        text=True,
        capture_output=True,
        timeout=240,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{server.log_tail()}"
    (folder / "stderr.txt").write_text(done.stderr)
    for refusal in re.findall(r'\|\| echo "(refused: .*)"', script):
        assert refusal in done.stdout, f"was not refused: {refusal}\n{done.stdout}"
    return done.stdout


def test_readme_walkthrough_works_as_printed(own_server: Callable[..., Server], tmp_path: Path) -> None:
    """A file goes up in parts and comes back the same; the client is killed and goes on."""
    folder = tmp_path / "user"
    said = run_as_printed("README.md", own_server, folder, {})
    assert filecmp.cmp(folder / "myfile.mp4", folder / "copy.mp4", shallow=False)
    assert filecmp.cmp(folder / "myfile.mp4", folder / "resumed.mp4", shallow=False)
    assert "killed" in said and "of 20 parts were there already" in (folder / "stderr.txt").read_text()


@pytest.mark.heavy  # starts the AWS command some fifty times
def test_the_tour_works_as_printed(own_server: Callable[..., Server], tmp_path: Path) -> None:
    """Versions, users, sessions, encryption, locks, rules, quotas, as docs/TOUR.md shows them."""
    said = run_as_printed("docs/TOUR.md", own_server, tmp_path / "user", {"DRYSTONE_ENCRYPTION_KMS_KEYS": "invoices"})
    for word in ("AES256", "SSEKMSKeyId", "hello", "access-control-allow-origin", "AllowedOrigin for https://other", "quotaBytes", "equal: disk.img", "X-Amz-Signature"):
        assert word in said, f"{word}\n{said}"


def test_the_admin_api_works_as_printed_with_curl(own_server: Callable[..., Server], tmp_path: Path) -> None:
    """A policy, a user with it and a key, as docs/ADMIN-API.md shows them."""
    said = run_as_printed("docs/ADMIN-API.md", own_server, tmp_path / "user", {})
    assert "secretAccessKey" in said
    assert "error" not in said


def test_upload_id_alone_shows_nothing(s3: Any, bucket: str) -> None:
    """Before Complete there is no object: not by GET, HEAD or lists, with or without parts (b18, b105)."""
    upload_id = multipart.create(s3, bucket, "film")

    def nothing_to_see() -> None:
        with refused("NoSuchKey", 404):
            s3.get_object(Bucket=bucket, Key="film")
        with refused("404", 404):
            s3.head_object(Bucket=bucket, Key="film")
        assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
        assert "Contents" not in s3.list_objects(Bucket=bucket)

    nothing_to_see()
    body = random_bytes("film", PART_MIN)
    part = multipart.put_part(s3, bucket, "film", upload_id, 1, body)
    nothing_to_see()
    assert multipart.listed_parts(s3, bucket, "film", upload_id) == {1: part["ETag"]}
    multipart.complete(s3, bucket, "film", upload_id, [part])
    assert multipart.read(s3, bucket, "film") == body


def test_part_sent_again_replaces_the_earlier_one(s3: Any, bucket: str) -> None:
    """The last finished write of a part number wins; the old ETag is refused at Complete (b38, b113, b121)."""
    upload_id = multipart.create(s3, bucket, "film")
    first, second, last = (random_bytes(name, PART_MIN) for name in ("first", "second", "last"))
    old = multipart.put_part(s3, bucket, "film", upload_id, 1, first)
    end = multipart.put_part(s3, bucket, "film", upload_id, 2, last)
    new = multipart.put_part(s3, bucket, "film", upload_id, 1, second)
    assert multipart.listed_parts(s3, bucket, "film", upload_id) == {1: new["ETag"], 2: end["ETag"]}
    with refused("InvalidPart", 400):
        multipart.complete(s3, bucket, "film", upload_id, [old, end])
    done = multipart.complete(s3, bucket, "film", upload_id, [new, end])
    assert done["ETag"] == multipart_etag([second, last])
    assert multipart.read(s3, bucket, "film") == second + last


def test_nothing_changes_for_readers_until_complete(s3: Any, bucket: str) -> None:
    """An object under the key is served, whole and unchanged, until Complete replaces it in one step (b18, b128).

    Buckets are not versioned, so Complete names no version (b192).
    """
    s3.put_object(Bucket=bucket, Key="film", Body=b"the old one")
    body = random_bytes("new", PART_MIN)
    upload_id = multipart.create(s3, bucket, "film")
    assert multipart.read(s3, bucket, "film") == b"the old one"
    part = multipart.put_part(s3, bucket, "film", upload_id, 1, body)
    assert multipart.read(s3, bucket, "film") == b"the old one"
    done = multipart.complete(s3, bucket, "film", upload_id, [part])
    assert "VersionId" not in done
    assert multipart.read(s3, bucket, "film") == body
    with refused("NoSuchUpload", 404):
        multipart.put_part(s3, bucket, "film", upload_id, 2, b"too late")


def test_upload_file_and_download_file_with_transfer_config(s3: Any, bucket: str, tmp_path: Path) -> None:
    """boto3's managed transfer: above the threshold it goes in parts, below it in one piece (b229)."""
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)
    for name, size, parts in (("large", 20 * MIB + 12_345, 3), ("small", 8 * MIB - 1, None)):
        source = write_file(tmp_path / name, name, size)
        s3.upload_file(str(source), bucket, name, Config=config)
        etag = s3.head_object(Bucket=bucket, Key=name)["ETag"].strip('"')
        assert etag.partition("-")[2] == (str(parts) if parts else "")
        s3.download_file(bucket, name, str(tmp_path / "back"), Config=config)
        assert filecmp.cmp(source, tmp_path / "back", shallow=False)


@pytest.mark.heavy
def test_aws_s3_cp_of_300_mb_both_ways(endpoint: Any, s3: Any, bucket: str, tmp_path: Path) -> None:
    """`aws s3 cp` moves 300 MB up in parts of 8 MiB and down again; `cmp` finds no difference (b229)."""
    if shutil.disk_usage(tmp_path).free < 2_000_000_000:
        pytest.skip("needs 2 GB of free disk space")
    aws = Aws(tmp_path, endpoint.aws_environment())
    size = 300_000_000
    write_file(tmp_path / "up.bin", "cp", size)
    aws("s3", "cp", "--no-progress", "up.bin", f"s3://{bucket}/folder/up.bin")
    head = s3.head_object(Bucket=bucket, Key="folder/up.bin")
    assert (head["ContentLength"], head["ETag"].strip('"').partition("-")[2]) == (size, str(-(-size // (8 * MIB))))
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/folder/up.bin", "down.bin")
    subprocess.run(["cmp", "up.bin", "down.bin"], cwd=tmp_path, check=True)


def test_lifecycle_day_length_from_the_config_file(own_server: Callable[..., Server]) -> None:
    """`lifecycle.day_seconds` in the TOML file shortens the day; a rule covers uploads opened before it (b168, b175)."""
    server = own_server(config='[lifecycle]\nday_seconds = 1\nidle_upload_days = "off"\n')
    s3 = server.client()
    s3.create_bucket(Bucket="tidy")
    upload_id = multipart.create(s3, "tidy", "logs/a")
    kept = multipart.create(s3, "tidy", "other/a")
    rule = {
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="tidy", LifecycleConfiguration={"Rules": [rule]})

    def open_uploads() -> list[str]:
        return [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket="tidy").get("Uploads", [])]

    poll("the covered upload is aborted", lambda: upload_id not in open_uploads(), deadline_seconds=60)
    assert open_uploads() == [kept]
    with refused("NoSuchUpload", 404):
        multipart.put_part(s3, "tidy", "logs/a", upload_id, 1, b"late")
