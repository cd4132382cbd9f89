"""`drystone s3api`: every operation gives what `aws s3api` gives for the same words, and the README's walkthrough works with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lib.data import PART_MIN, multipart_etag, random_bytes, write_file
from lib.server import REPOSITORY, binary

PROGRAMS = ("aws", "drystone")
SMALL, BIG = random_bytes("small", 1000), random_bytes("big", PART_MIN + 12_345)


class Program:
    """`aws s3api` or `drystone s3api` in a folder of its own, against one server, on a bucket of its own."""

    def __init__(self, name: str, folder: Path, env: dict[str, str], bucket: str) -> None:
        self.name, self.folder, self.bucket = name, folder, bucket
        self.words = ["aws", "s3api"] if name == "aws" else [str(binary()), "s3api"]
        # Dates as version 2 of the AWS CLI shows them.
        (folder / "config").write_text("[default]\ncli_timestamp_format = iso8601\n")
        path = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        self.env = {**env, "PATH": path, "AWS_CONFIG_FILE": str(folder / "config")}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs it with these words, in which BUCKET stands for the bucket."""
        line = [*self.words, *(word.replace("BUCKET", self.bucket) for word in words)]
        return subprocess.run(line, cwd=self.folder, env=self.env, text=True, capture_output=True, timeout=120)

    def output(self, *words: str) -> str:
        """What it prints; it must succeed."""
        done = self.run(*words)
        assert done.returncode == 0, f"{self.name} {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def __call__(self, *words: str) -> Any:
        """The JSON that it prints."""
        text = self.output(*words)
        return json.loads(text) if text else None


class Both:
    """Both programs side by side."""

    def __init__(self, programs: list[Program]) -> None:
        self.programs = programs

    def same(self, *words: str, **each: list[str]) -> Any:
        """Runs both with the same words (NAME is the program's own value of `each`); what they print is the same, line by line."""
        texts = []
        for index, program in enumerate(self.programs):
            own = [word for word in words]
            for name, values in each.items():
                own = [word.replace(name, values[index]) for word in own]
            texts.append(plain(program.output(*own), program.bucket))
        assert texts[1] == texts[0], " ".join(words)
        return texts[0]

    def each(self, *words: str, **each: list[str]) -> list[Any]:
        """Runs both; the JSON of each."""
        results = []
        for index, program in enumerate(self.programs):
            own = list(words)
            for name, values in each.items():
                own = [word.replace(name, values[index]) for word in own]
            results.append(program(*own))
        return results


def plain(text: str, bucket: str) -> str:
    """A program's output without what differs from run to run: bucket, upload ids, dates."""
    text = text.replace(bucket, "BUCKET")
    text = re.sub(r"\b01[0-9a-f]{30}\b", "UPLOAD", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", "DATE", text)


@pytest.fixture
def both(endpoint: Any, make_bucket: Any, tmp_path: Path) -> Both:
    programs = []
    for name in PROGRAMS:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "small").write_bytes(SMALL)
        (folder / "big").write_bytes(BIG)
        programs.append(Program(name, folder, endpoint.aws_environment(), make_bucket()))
    return Both(programs)


def test_buckets(both: Both) -> None:
    both.same("create-bucket", "--bucket", "BUCKET-new", "--create-bucket-configuration", "LocationConstraint=us-west-2")
    both.same("head-bucket", "--bucket", "BUCKET-new")
    both.same("list-buckets", "--prefix", "BUCKET-new")
    both.same("list-buckets", "--prefix", "BUCKET-new", "--query", "Buckets[].Name", "--output", "text")
    both.same("delete-bucket", "--bucket", "BUCKET-new")


def test_objects(both: Both) -> None:
    where = ("--bucket", "BUCKET", "--key", "a b+é")
    meta = ("--metadata", "k=v,l=m", "--content-type", "text/plain", "--storage-class", "STANDARD_IA")
    both.same("put-object", *where, "--body", "small", "--checksum-algorithm", "SHA256", *meta)
    both.same("head-object", *where, "--checksum-mode", "ENABLED")
    both.same("get-object", *where, "back")
    both.same("get-object", *where, "--range", "bytes=10-19", "range")
    for program in both.programs:
        assert (program.folder / "back").read_bytes() == SMALL
        assert (program.folder / "range").read_bytes() == SMALL[10:20]
    both.same("copy-object", "--bucket", "BUCKET", "--key", "copy", "--copy-source", "BUCKET/a b+é")
    attributes = ("--object-attributes", "ETag", "Checksum", "ObjectSize", "StorageClass")
    both.same("get-object-attributes", "--bucket", "BUCKET", "--key", "copy", *attributes)
    both.same("list-objects-v2", "--bucket", "BUCKET")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--output", "text")
    both.same("delete-object", "--bucket", "BUCKET", "--key", "copy")
    both.same("delete-objects", "--bucket", "BUCKET", "--delete", "Objects=[{Key=a b+é},{Key=nothing}]")
    both.same("delete-objects", "--bucket", "BUCKET", "--delete", '{"Objects": [{"Key": "x"}], "Quiet": true}')
    both.same("list-objects-v2", "--bucket", "BUCKET")


def test_put_object_without_a_body_and_with_an_expiry(both: Both) -> None:
    where = ("--bucket", "BUCKET", "--key", "k")
    both.each("put-object", *where, "--expires", "2027-01-01T00:00:00Z", "--cache-control", "no-cache")
    both.same("head-object", *where)


def test_lists_in_pages(both: Both) -> None:
    keys = ["a", "b/1", "b/2", "c d", "d%2F", "e\u00e9"]
    for key in keys:
        both.each("put-object", "--bucket", "BUCKET", "--key", key, "--body", "small", "--checksum-algorithm", "CRC32")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--page-size", "2")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--delimiter", "/", "--prefix", "b/")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--delimiter", "/")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--no-paginate", "--start-after", "c")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--max-keys", "2", "--query", "length(Contents)")
    both.same("list-objects-v2", "--bucket", "BUCKET", "--max-items", "3", "--page-size", "2")
    tokens: list[str] | None = None
    seen: list[str] = []
    while True:
        more = ("--starting-token", "TOKEN") if tokens else ()
        words = ("list-objects-v2", "--bucket", "BUCKET", "--max-items", "2", "--page-size", "3", *more)
        pages = both.each(*words, **({"TOKEN": tokens} if tokens else {}))
        assert [entry["Key"] for entry in pages[0]["Contents"]] == [entry["Key"] for entry in pages[1]["Contents"]]
        seen += [entry["Key"] for entry in pages[1]["Contents"]]
        if "NextToken" not in pages[1]:
            break
        # Tokens of one are good for the other.
        tokens = [pages[1]["NextToken"], pages[0]["NextToken"]]
    assert seen == keys


def test_uploads(both: Both) -> None:
    where = ("--bucket", "BUCKET", "--key", "film")
    both.same("create-multipart-upload", *where, "--checksum-algorithm", "CRC32", "--metadata", '{"a": "b"}')
    ids = [result["UploadId"] for result in both.each("create-multipart-upload", *where, "--checksum-algorithm", "SHA256")]
    upload = (*where, "--upload-id", "ID")
    words = ("--part-number", "3", "--body", "small", "--checksum-algorithm", "SHA256")
    both.same("upload-part", *upload, *words, ID=ids)
    both.same("upload-part", *upload, "--part-number", "1", "--body", "big", "--checksum-algorithm", "SHA256", ID=ids)
    both.each("put-object", "--bucket", "BUCKET", "--key", "source", "--body", "big", "--checksum-algorithm", "CRC32")
    source = ("--copy-source", "BUCKET/source", "--copy-source-range", f"bytes=5-{PART_MIN + 4}")
    both.same("upload-part-copy", *upload, "--part-number", "2", *source, ID=ids)
    both.same("list-parts", *upload, ID=ids)
    both.same("list-parts", *upload, "--max-items", "2", "--page-size", "1", ID=ids)
    both.same("list-parts", *upload, "--max-items", "2", "--output", "text", ID=ids)
    both.same("list-parts", *upload, "--no-paginate", ID=ids)
    both.same("list-parts", *upload, "--output", "text", "--query", "Parts[].[PartNumber,Size]", ID=ids)
    both.same("list-multipart-uploads", "--bucket", "BUCKET", "--prefix", "fi")
    query = "{Parts: Parts[].{ETag: ETag, PartNumber: PartNumber, ChecksumSHA256: ChecksumSHA256}}"
    listed = both.same("list-parts", *upload, "--query", query, ID=ids)
    for program in both.programs:
        (program.folder / "fileparts.json").write_text(listed)
    both.same("complete-multipart-upload", *upload, "--multipart-upload", "file://fileparts.json", ID=ids)
    attributes = ("--object-attributes", "ETag", "Checksum", "ObjectParts", "ObjectSize", "--max-parts", "2")
    both.same("get-object-attributes", *where, *attributes)
    both.same("head-object", *where, "--part-number", "2", "--checksum-mode", "ENABLED")
    both.same("get-object", *where, "back")
    for program in both.programs:
        assert (program.folder / "back").read_bytes() == BIG + BIG[5 : PART_MIN + 5] + SMALL
    open_ids = [found["Uploads"][0]["UploadId"] for found in both.each("list-multipart-uploads", "--bucket", "BUCKET")]
    both.same("abort-multipart-upload", *upload, ID=open_ids)
    both.same("list-multipart-uploads", "--bucket", "BUCKET")


def test_lifecycle(both: Both) -> None:
    rules = {
        "Rules": [
            {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""},
             "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
            {"ID": "old", "Status": "Disabled",
             "Filter": {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "b"}], "ObjectSizeGreaterThan": 5}},
             "Expiration": {"Date": "2030-01-01T00:00:00Z"}},
        ]
    }  # fmt: skip
    put = ("put-bucket-lifecycle-configuration", "--bucket", "BUCKET", "--lifecycle-configuration", json.dumps(rules))
    both.same(*put)
    both.same("get-bucket-lifecycle-configuration", "--bucket", "BUCKET")
    both.same("get-bucket-lifecycle-configuration", "--bucket", "BUCKET", "--output", "text")
    both.same("delete-bucket-lifecycle", "--bucket", "BUCKET")


def test_input_may_be_json(both: Both) -> None:
    skeleton = both.each("upload-part", "--generate-cli-skeleton")
    assert set(skeleton[0]) == set(skeleton[1])
    for program in both.programs:
        given = {"Bucket": program.bucket, "Key": "k", "Metadata": {"a": "b"}, "ContentType": "text/x"}
        (program.folder / "input.json").write_text(json.dumps(given))
    words = ("put-object", "--cli-input-json", "file://input.json", "--key", "other", "--body", "small", "--checksum-algorithm", "SHA1")
    both.same(*words)
    both.same("head-object", "--bucket", "BUCKET", "--key", "other")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("get-object", "--bucket", "BUCKET", "--key", "nothing", "out"), 254),
        (("head-object", "--bucket", "BUCKET", "--key", "nothing"), 254),
        (("list-parts", "--bucket", "BUCKET", "--key", "k", "--upload-id", "nothing"), 254),
        (("abort-multipart-upload", "--bucket", "BUCKET", "--key", "k", "--upload-id", "nothing"), 254),
    ],
)
def test_refusals_are_told_in_the_same_words(both: Both, words: tuple[str, ...], code: int) -> None:
    aws, drystone = (program.run(*words) for program in both.programs)
    assert drystone.stderr == aws.stderr
    assert (drystone.stdout, drystone.returncode) == ("", code)
    assert not (both.programs[1].folder / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("get-object", "--bucket", "BUCKET", "out"),
        ("list-parts", "--bucket", "BUCKET", "--key", "k", "--upload-id", "u", "--bogus"),
        ("put-object", "--bucket", "BUCKET", "--key", "k", "--body", "nothing"),
        ("complete-multipart-upload", "--bucket", "BUCKET", "--key", "k", "--upload-id", "u", "--multipart-upload", "file://no"),
        ("list-objects-v2", "--bucket", "BUCKET", "--query", "Contents["),
        ("list-objects-v2", "--bucket", "BUCKET", "--starting-token", "x"),
    ],
)
def test_wrong_usage_ends_in_252(both: Both, words: tuple[str, ...]) -> None:
    assert both.programs[0].run(*words).returncode != 0
    done = both.programs[1].run(*words)
    assert (done.stdout, done.returncode) == ("", 252), done.stderr
    assert done.stderr


def test_a_part_may_be_a_range_of_a_file(both: Both) -> None:
    """What `aws` needs `split` for."""
    program = both.programs[1]
    where = ("--bucket", "BUCKET", "--key", "k")
    upload_id = program("create-multipart-upload", *where)["UploadId"]
    cut = PART_MIN
    for number, first, last in ((2, cut, len(BIG) - 1), (1, 0, cut - 1)):
        words = ("--part-number", str(number), "--body", "big", "--body-range", f"{first}-{last}")
        program("upload-part", *where, "--upload-id", upload_id, *words)
    parts = program("list-parts", *where, "--upload-id", upload_id, "--query", "{Parts: Parts[].{ETag: ETag, PartNumber: PartNumber}}")
    done = program("complete-multipart-upload", *where, "--upload-id", upload_id, "--multipart-upload", json.dumps(parts))
    assert done["ETag"] == multipart_etag([BIG[:cut], BIG[cut:]])


def test_an_object_goes_to_a_device_or_replaces_a_file_when_it_is_whole(both: Both) -> None:
    program = both.programs[1]
    program("put-object", "--bucket", "BUCKET", "--key", "k", "--body", "small")
    (program.folder / "out").write_bytes(b"before")
    assert program.run("get-object", "--bucket", "BUCKET", "--key", "nothing", "out").returncode == 254
    assert (program.folder / "out").read_bytes() == b"before"
    program("get-object", "--bucket", "BUCKET", "--key", "k", "out")
    assert (program.folder / "out").read_bytes() == SMALL
    assert program("get-object", "--bucket", "BUCKET", "--key", "k", "/dev/null")["ContentLength"] == len(SMALL)


def test_the_walkthrough_of_the_readme_works_with_drystone_in_place_of_aws(endpoint: Any, make_bucket: Any, tmp_path: Path) -> None:
    """Shows b16, b37, b77, b107: the README's commands as they stand."""
    readme = (REPOSITORY / "README.md").read_text()
    found = re.search(r"<!-- walkthrough -->(.*?)<!-- /walkthrough -->", readme, re.DOTALL)
    blocks = re.findall(r"```sh\n(.*?)```", found.group(1) if found else readme, re.DOTALL)
    lines = "".join(block for block in blocks if "aws s3api" in block)
    bucket = make_bucket()
    script = lines.replace("aws s3api create-bucket --bucket films\n", "").replace("films", bucket)
    script = script.replace("aws s3api", f"'{binary()}' s3api")
    assert script.count("s3api") >= 12
    write_file(tmp_path / "myfile.mp4", "walkthrough", 2 * PART_MIN + 100)
    subprocess.run(["split", "-b", str(PART_MIN), "myfile.mp4"], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, env=endpoint.aws_environment(), text=True, capture_output=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "same\n" in done.stdout
