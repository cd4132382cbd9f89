"""Reading multipart objects, whole and by part, with GetObject and HeadObject: b176-b183, b189, b190."""

from __future__ import annotations

import datetime
import random
import time

import pytest
from lib import checksums
from lib.data import PART_MIN, multipart_etag, random_bytes
from lib.errors import refused
from lib.multipart import read
from lib.uploads import PART_1, PART_2, TAIL, Upload, checksums_in, is_checksum, object_path

BODIES = [PART_1, PART_2, TAIL]
WHOLE = b"".join(BODIES)
KEY = "object"


def make(client, bucket: str, bodies=(), numbers=(), key: str = KEY, **create) -> Upload:
    """A finished multipart object."""
    upload = Upload(client, bucket, key, **create)
    algorithm = create.get("ChecksumAlgorithm")
    for number, body in zip(numbers or range(1, len(bodies) + 1), bodies, strict=True):
        upload.part(number, body, **({"ChecksumAlgorithm": algorithm} if algorithm in ("SHA256", "CRC32") else {}))
    upload.complete()
    return upload


@pytest.fixture
def name(s3, bucket) -> dict[str, str]:
    """An object of three parts."""
    make(s3, bucket, BODIES)
    return {"Bucket": bucket, "Key": KEY}


# --- One part ---


@pytest.mark.parametrize("number", [1, 2, 3])
def test_b176_get_and_head_of_one_part(s3, name, number):
    body = BODIES[number - 1]
    first = sum(map(len, BODIES[: number - 1]))
    for found in (s3.get_object(**name, PartNumber=number), s3.head_object(**name, PartNumber=number)):
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert found["ContentRange"] == f"bytes {first}-{first + len(body) - 1}/{len(WHOLE)}"
        assert found["ContentLength"] == len(body)
        assert found["ETag"] == multipart_etag(BODIES)
        assert found["PartsCount"] == 3
    assert read(s3, name["Bucket"], KEY, PartNumber=number) == body


def test_b176_without_a_part_number_the_count_is_not_sent(raw, name):
    path = object_path(name["Bucket"], KEY)
    for method in ("GET", "HEAD"):
        answer = raw.request(method, path, headers={"Range": "bytes=0-9"} if method == "GET" else None)
        assert "x-amz-mp-parts-count" not in answer.headers
    assert "x-amz-mp-parts-count" not in raw.request("GET", path).expect(200).headers


@pytest.mark.parametrize("number", [4, 10_000])
def test_b177_a_part_number_past_the_last(s3, name, number):
    with refused("InvalidPartNumber", 416, actual_part_count=3, part_number_requested=number):
        s3.get_object(**name, PartNumber=number)
    with refused("416", 416):
        s3.head_object(**name, PartNumber=number)


def test_b177_head_has_no_body(raw, name):
    answer = raw.request("HEAD", object_path(name["Bucket"], KEY), {"partNumber": 4}).expect(416)
    assert answer.body == b""


def test_b178_a_part_number_and_a_range_contradict_each_other(s3, name):
    with refused("InvalidRequest", 400) as error:
        s3.get_object(**name, PartNumber=1, Range="bytes=0-1")
    assert error.message == "Cannot specify both Range header and partNumber query parameter"


def test_b179_an_object_that_is_not_multipart_is_its_own_part_1(plain, raw, bucket):
    value = checksums.value("SHA256", TAIL)
    plain.put_object(Bucket=bucket, Key=KEY, Body=TAIL, ChecksumSHA256=value)
    mode = {"x-amz-checksum-mode": "ENABLED"}
    answer = raw.request("GET", object_path(bucket, KEY), {"partNumber": 1}, mode).expect(206)
    assert answer.body == TAIL
    assert answer.headers["Content-Range"] == f"bytes 0-{len(TAIL) - 1}/{len(TAIL)}"
    assert "x-amz-mp-parts-count" not in answer.headers
    assert (answer.headers["x-amz-checksum-sha256"], answer.headers["x-amz-checksum-type"]) == (value, "FULL_OBJECT")
    with refused("InvalidPartNumber", 416, actual_part_count=1, part_number_requested=2):
        plain.get_object(Bucket=bucket, Key=KEY, PartNumber=2)


@pytest.mark.parametrize("kind", ["put", "multipart"])
def test_b180_part_1_of_an_empty_object(s3, bucket, kind):
    if kind == "put":
        s3.put_object(Bucket=bucket, Key=KEY, Body=b"")
    else:
        make(s3, bucket, [b""])
    for found in (
        s3.get_object(Bucket=bucket, Key=KEY, PartNumber=1),
        s3.head_object(Bucket=bucket, Key=KEY, PartNumber=1),
    ):
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert "ContentRange" not in found
        assert found["ContentLength"] == 0


@pytest.mark.parametrize("number", ["-1", "0", "10001", "one"])
def test_b180_part_numbers_that_cannot_be(raw, name, number):
    raw.request("GET", object_path(name["Bucket"], KEY), {"partNumber": number}).expect(400, "InvalidArgument")
    raw.request("HEAD", object_path(name["Bucket"], KEY), {"partNumber": number}).expect(400)


def test_b180_parts_of_an_object_with_gaps_are_counted(s3, bucket):
    """CONTESTED; recommended is the place among the listed parts."""
    make(s3, bucket, [PART_1, TAIL], [3, 8])
    for number, body in ((1, PART_1), (2, TAIL)):
        found = s3.get_object(Bucket=bucket, Key=KEY, PartNumber=number)
        assert found["PartsCount"] == 2
        assert found["Body"].read() == body
    with refused("InvalidPartNumber", 416):
        s3.get_object(Bucket=bucket, Key=KEY, PartNumber=3)


def test_b176_an_empty_last_part_can_be_asked_for(raw, s3, bucket):
    """It has no range to name: any answer that is not an error of the server."""
    make(s3, bucket, [PART_1, b""])
    answer = raw.request("GET", object_path(bucket, KEY), {"partNumber": 2})
    assert answer.status in (200, 206, 416)
    assert answer.status == 416 or answer.body == b""


def test_b176_conditions_hold_for_parts_too(s3, name):
    etag = multipart_etag(BODIES)
    assert s3.get_object(**name, PartNumber=3, IfMatch=etag)["ContentLength"] == len(TAIL)
    with refused("PreconditionFailed", 412):
        s3.get_object(**name, PartNumber=3, IfMatch='"another"')
    with refused("304", 304):
        s3.get_object(**name, PartNumber=3, IfNoneMatch=etag)


# --- Checksums ---


def test_b181_checksums_only_when_asked_for(plain, bucket):
    make(plain, bucket, BODIES)
    for send in (plain.get_object, plain.head_object):
        assert checksums_in(send(Bucket=bucket, Key=KEY)) == {}
        found = checksums_in(send(Bucket=bucket, Key=KEY, ChecksumMode="ENABLED"))
        assert set(found) == {"ChecksumCRC64NVME", "ChecksumType"}


@pytest.mark.parametrize("algorithm", ["SHA256", "CRC32"])
def test_b182_composite_a_part_has_its_own_checksum(s3, bucket, algorithm):
    make(s3, bucket, BODIES, ChecksumAlgorithm=algorithm)
    for number, body in enumerate(BODIES, 1):
        for send in (s3.get_object, s3.head_object):
            found = send(Bucket=bucket, Key=KEY, PartNumber=number, ChecksumMode="ENABLED")
            assert checksums_in(found) == {
                checksums.element(algorithm): checksums.value(algorithm, body),
                "ChecksumType": "COMPOSITE",
            }


@pytest.mark.parametrize("create", [{}, {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}])
def test_b182_full_object_a_part_of_several_has_none(plain, bucket, create):
    make(plain, bucket, BODIES, **create)
    found = plain.head_object(Bucket=bucket, Key=KEY, PartNumber=3, ChecksumMode="ENABLED")
    assert not [one for one in found if is_checksum(one)]


def test_b182_full_object_the_only_part_has_the_whole_one(plain, bucket):
    make(plain, bucket, [TAIL])
    found = plain.get_object(Bucket=bucket, Key=KEY, PartNumber=1, ChecksumMode="ENABLED")
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert checksums_in(found) == {
        "ChecksumCRC64NVME": checksums.value("CRC64NVME", TAIL), "ChecksumType": "FULL_OBJECT"
    }


def test_b183_a_range_has_a_checksum_only_if_it_covers_all(plain, name):
    part = plain.get_object(**name, Range="bytes=0-9", ChecksumMode="ENABLED")
    assert not [one for one in part if is_checksum(one)]
    whole = plain.get_object(**name, Range=f"bytes=0-{len(WHOLE) - 1}", ChecksumMode="ENABLED")
    assert [one for one in whole if is_checksum(one)] == ["ChecksumCRC64NVME"]


# --- Ranges ---


RANGES = [
    (0, 0),
    (0, PART_MIN - 1),
    (PART_MIN - 1, PART_MIN - 1),
    (PART_MIN, PART_MIN),
    (PART_MIN - 1, PART_MIN),
    (PART_MIN - 100, PART_MIN + 100),
    (PART_MIN + 1, 2 * PART_MIN - 2),
    (PART_MIN - 1, 2 * PART_MIN),
    (2 * PART_MIN - 1, len(WHOLE) - 1),
    (0, len(WHOLE) - 1),
    (len(WHOLE) - 1, len(WHOLE) - 1),
]


def test_b189_any_range_across_part_borders_returns_exact_bytes(s3, name):
    for first, last in RANGES:
        found = s3.get_object(**name, Range=f"bytes={first}-{last}")
        assert found["ContentRange"] == f"bytes {first}-{last}/{len(WHOLE)}"
        assert found["Body"].read() == WHOLE[first : last + 1], (first, last)


def test_b189_open_and_suffix_ranges(s3, name):
    for text, wanted in (
        (f"bytes={2 * PART_MIN - 3}-", WHOLE[2 * PART_MIN - 3 :]),
        (f"bytes=-{len(TAIL) + 5}", WHOLE[-len(TAIL) - 5 :]),
        (f"bytes={PART_MIN + 7}-99999999999", WHOLE[PART_MIN + 7 :]),
    ):
        assert s3.get_object(**name, Range=text)["Body"].read() == wanted, text


def test_b189_an_object_of_many_odd_ranges(s3, bucket):
    """Parts made of copied ranges, whose sources have part borders of their own."""
    make(s3, bucket, BODIES, key="source")
    cuts = [0, PART_MIN + 1, 2 * PART_MIN + 3, len(WHOLE)]
    upload = Upload(s3, bucket)
    for number, (first, end) in enumerate(zip(cuts, cuts[1:], strict=False), 1):
        upload.copy(number, {"Bucket": bucket, "Key": "source"}, CopySourceRange=f"bytes={first}-{end - 1}")
    upload.complete()
    for first, last in [*RANGES, *((cut - 2, cut + 2) for cut in cuts[1:-1])]:
        found = s3.get_object(Bucket=bucket, Key=KEY, Range=f"bytes={first}-{last}")["Body"].read()
        assert found == WHOLE[first : last + 1], (first, last)


def test_b189_a_hundred_random_ranges(s3, bucket):
    """Seed 189 chooses them; small reads, so that borders of blocks are met as well as those of parts."""
    import random

    make(s3, bucket, BODIES)
    rng = random.Random(189)
    for _ in range(100):
        first = rng.randrange(len(WHOLE))
        last = min(first + rng.randrange(200_000), len(WHOLE) - 1)
        found = s3.get_object(Bucket=bucket, Key=KEY, Range=f"bytes={first}-{last}")["Body"].read()
        assert found == WHOLE[first : last + 1], (first, last)


# --- Time ---


def test_b190_last_modified_is_the_time_of_the_initiation(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    (listed,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    initiated = listed["Initiated"]
    # Times have seconds: let the second of the initiation pass, so that a wrong answer differs.
    time.sleep(max(0.0, 1.1 - (datetime.datetime.now(datetime.timezone.utc) - initiated).total_seconds()))
    upload.complete()
    assert s3.head_object(Bucket=bucket, Key=KEY)["LastModified"] == initiated
    assert s3.get_object(Bucket=bucket, Key=KEY)["LastModified"] == initiated
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["LastModified"] == initiated
    attributes = s3.get_object_attributes(Bucket=bucket, Key=KEY, ObjectAttributes=["ETag"])
    assert attributes["LastModified"] == initiated


def test_b189_parts_of_uneven_sizes(s3, bucket):
    bodies = [random_bytes("uneven", PART_MIN + 12_345), random_bytes("more", PART_MIN + 1), b"", ]
    make(s3, bucket, bodies[:2])
    whole = b"".join(bodies)
    for first in range(PART_MIN + 12_340, PART_MIN + 12_350):
        found = s3.get_object(Bucket=bucket, Key=KEY, Range=f"bytes={first}-{first + 10}")["Body"].read()
        assert found == whole[first : first + 11]
    assert read(s3, bucket, KEY) == whole
