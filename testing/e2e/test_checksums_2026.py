"""The checksum algorithms of the 2026 model: MD5, SHA512, XXHASH64, XXHASH3, XXHASH128 (b22). Vectors: the `xxhash` tool."""

from __future__ import annotations

import pytest
from lib.chunked import UNSIGNED_TRAILER, put_chunked
from lib.errors import refused
from lib.uploads import PART_MIN, Upload, checksums_in, complete_xml, object_path

SMALL = b"a small object"
PARTS = [b"a" * PART_MIN, b"tail of the object"]

VECTORS = {
    "MD5": ("ZOLWbmph2rzqrathxX7ADg==", ["ebKBBg0ze5srhMzzkK3PdA==", "lgI4qAwF4dP9GVPTjvlSzQ=="], "2ml5kxxkGa+tTJfEp3xPzA==-2"),
    "SHA512": (
        "Z7ito4g5n/lK8X8DIIaB8Fh996P9xFfQ+hXsDIsfPDRbCqAll6g8HOJ5S3sw8IInuq/eB+f+I4AlbrGVi8q1tg==",
        [
            "dG/apTY4zOym1QXc+SnT+n6yiLzvGpvzC+vzf3jfumP2uDUBPETzj+18ptxibqHPpNa7fYUMWQ+MkqZiZAcs+g==",
            "1sXrcEQb5IK2tKHbRIu1XWe56kFAhSz5mOcTab7EDwQ3ia3L4FDiuj0DTVLncs50KG9wXa+64cO1MCJeOpTrew==",
        ],
        "4IJAzXbqlPDBG2US/vuEkJmJ7shyJBVjbM+j8Lxu8wz+sYTZatQAx3tHydOqTluV5/dVkZm5LK6vLjwhbpVUbw==-2",
    ),
    "XXHASH64": ("eQGEBUy5vMc=", ["SrGuhw/sEV4=", "F9NUKAsb7Lo="], "QrItVnNEBjA=-2"),
    "XXHASH3": ("NfKb4NLZZx0=", ["IYg8Ke7DmeQ=", "+nn8Z8K7hX8="], "6z9v5QDrQkM=-2"),
    "XXHASH128": ("9FUQepp6WujdZvJWBNAtmg==", ["fq8v9rMrjkMhiDwp7sOZ5A==", "RuJhJgoX26MWiZAWDem1sg=="], "Je8PPmRZrThNhJXTz1CjQQ==-2"),
}
"""Algorithm -> checksum of SMALL, those of PARTS, and the COMPOSITE one of an object made of PARTS."""

MODE = {"x-amz-checksum-mode": "ENABLED"}

every_algorithm = pytest.mark.parametrize("algorithm", VECTORS)


def header(algorithm):
    return f"x-amz-checksum-{algorithm.lower()}"


@every_algorithm
def test_b22_an_object_in_one_piece_keeps_its_checksum(raw, bucket, algorithm):
    name, value = header(algorithm), VECTORS[algorithm][0]
    path = object_path(bucket, "one-piece")
    put = raw.request("PUT", path, None, {name: value}, SMALL).expect(200)
    assert (put.headers[name], put.headers["x-amz-checksum-type"]) == (value, "FULL_OBJECT")
    for method in ("GET", "HEAD"):
        got = raw.request(method, path, None, MODE).expect(200)
        assert (got.headers[name], got.headers["x-amz-checksum-type"]) == (value, "FULL_OBJECT")


@every_algorithm
def test_b22_b46_wrong_and_malformed_checksums_store_nothing(raw, bucket, algorithm):
    name, path = header(algorithm), object_path(bucket, "refused")
    answer = raw.request("PUT", path, None, {name: VECTORS[algorithm][1][1]}, SMALL).expect(400, "BadDigest")
    assert answer.error.message == f"The {algorithm} you specified did not match the calculated checksum."
    answer = raw.request("PUT", path, None, {name: "AAAAAA=="}, SMALL).expect(400, "InvalidRequest")
    assert answer.error.message == f"Value for {name} header is invalid."
    raw.request("GET", path).expect(404, "NoSuchKey")


@every_algorithm
def test_b22_b213_a_checksum_may_follow_the_body(raw, bucket, algorithm):
    name, value, path = header(algorithm), VECTORS[algorithm][0], object_path(bucket, "trailer")
    put_chunked(raw, path, SMALL, mode=UNSIGNED_TRAILER, trailers={name: value}).expect(200)
    assert raw.request("HEAD", path, None, MODE).headers[name] == value
    wrong = {name: VECTORS[algorithm][1][1]}
    put_chunked(raw, path, b"other", mode=UNSIGNED_TRAILER, trailers=wrong).expect(400, "BadDigest")
    assert raw.request("GET", path).body == SMALL


@every_algorithm
def test_b22_b188_a_copy_may_ask_for_it_and_keeps_it(raw, s3, bucket, algorithm):
    s3.put_object(Bucket=bucket, Key="source", Body=SMALL)
    source = {"x-amz-copy-source": f"/{bucket}/source", "x-amz-checksum-algorithm": algorithm}
    copied = raw.request("PUT", object_path(bucket, "asked"), None, source).expect(200)
    assert copied.xml[f"Checksum{algorithm}"] == VECTORS[algorithm][0]
    source = {"x-amz-copy-source": f"/{bucket}/asked"}
    copied = raw.request("PUT", object_path(bucket, "kept"), None, source).expect(200)
    assert copied.xml[f"Checksum{algorithm}"] == VECTORS[algorithm][0]


@every_algorithm
def test_b22_b133_an_upload_that_declares_it_is_composite(raw, s3, bucket, algorithm):
    _, values, composite = VECTORS[algorithm]
    name, element = header(algorithm), f"Checksum{algorithm}"
    upload = Upload(s3, bucket, ChecksumAlgorithm=algorithm)
    assert checksums_in(upload.created) == {"ChecksumAlgorithm": algorithm, "ChecksumType": "COMPOSITE"}
    for number, (body, value) in enumerate(zip(PARTS, values, strict=True), 1):
        part = upload.raw_part(raw, number, body, {name: value}).expect(200)
        assert part.headers[name] == value
        upload.sent[number] = {"PartNumber": number, "ETag": part.headers["ETag"], element: value}
    listed = upload.list()
    assert checksums_in(listed) == {"ChecksumAlgorithm": algorithm, "ChecksumType": "COMPOSITE"}
    assert [part[element] for part in listed["Parts"]] == values
    bare = [{key: part[key] for key in ("PartNumber", "ETag")} for part in upload.parts]
    answer = upload.raw_complete(raw, complete_xml(bare)).expect(400, "InvalidRequest")
    assert f"created using a {algorithm.lower()} checksum" in answer.error.message  # b134
    done = upload.complete()
    assert checksums_in(done) == {element: composite, "ChecksumType": "COMPOSITE"}
    whole = raw.request("HEAD", upload.path, None, MODE).expect(200)
    assert (whole.headers[name], whole.headers["x-amz-checksum-type"]) == (composite, "COMPOSITE")
    second = raw.request("GET", upload.path, {"partNumber": 2}, MODE).expect(206)
    assert (second.body, second.headers[name]) == (PARTS[1], values[1])  # b182
    asked = ["Checksum", "ObjectParts"]
    attributes = s3.get_object_attributes(Bucket=bucket, Key=upload.key, ObjectAttributes=asked)
    assert attributes["Checksum"] == {element: composite.removesuffix("-2"), "ChecksumType": "COMPOSITE"}
    assert [part[element] for part in attributes["ObjectParts"]["Parts"]] == values


@every_algorithm
def test_b22_b50_a_part_must_bring_what_was_declared(s3, raw, bucket, algorithm):
    upload = Upload(s3, bucket, ChecksumAlgorithm=algorithm)
    answer = upload.raw_part(raw, 1, PARTS[1]).expect(400, "InvalidRequest")
    assert answer.error.message == (
        f"Checksum Type mismatch occurred, expected checksum Type: {algorithm.lower()}, actual checksum Type: null"
    )


@every_algorithm
def test_b22_b58_a_copied_part_gets_the_declared_checksum(s3, bucket, algorithm):
    s3.put_object(Bucket=bucket, Key="source", Body=PARTS[1])
    upload = Upload(s3, bucket, ChecksumAlgorithm=algorithm)
    copied = upload.copy(1, {"Bucket": bucket, "Key": "source"})
    assert copied[f"Checksum{algorithm}"] == VECTORS[algorithm][1][1]


@every_algorithm
def test_b22_full_object_is_refused(s3, bucket, algorithm):
    with refused("InvalidRequest", 400) as error:
        s3.create_multipart_upload(
            Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT"
        )
    assert error.message == (
        f"The FULL_OBJECT checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
    )
