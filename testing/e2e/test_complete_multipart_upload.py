"""CompleteMultipartUpload: b107-b145."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from urllib.parse import quote, urlsplit

import pytest
from lib import checksums, versions
from lib.data import PART_MIN, md5_hex, multipart_etag
from lib.errors import refused
from lib.multipart import read
from lib.uploads import (
    LETTERS,
    PART_1,
    PART_2,
    TAIL,
    UNKNOWN_ID,
    Upload,
    assert_strangers_are_refused,
    checksums_in,
    complete_xml,
    disk_bytes,
    object_path,
)
from lib.wait import poll

COMPOSITE = ("CRC32", "CRC32C", "SHA1", "SHA256")
FULL_OBJECT = ("CRC32", "CRC32C", "CRC64NVME")
LETTERS_FULL = {"CRC32": "WgDhBQ==", "CRC32C": "xU+Krw==", "CRC64NVME": "i+6LR0y3eFo="}
"""Whole-object checksums of LETTERS (b235)."""


@pytest.fixture
def upload(s3, bucket) -> Upload:
    """An upload with one small part."""
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    return upload


def declared(plain, raw, bucket, algorithm: str, kind: str, bodies=(TAIL,)) -> Upload:
    """An upload with a checksum algorithm, and its parts."""
    upload = Upload(plain, bucket, ChecksumAlgorithm=algorithm, ChecksumType=kind)
    for number, body in enumerate(bodies, 1):
        value = checksums.value(algorithm, body)
        upload.part(number, body, **{checksums.element(algorithm): value})
    return upload


def still_open(upload: Upload, numbers: list[int]) -> bool:
    """b121: a refused Complete leaves the upload and its parts as they were, and no object."""
    assert upload.numbers() == numbers
    with refused("404", 404):
        upload.s3.head_object(Bucket=upload.bucket, Key=upload.key)
    return True


# --- The answer and the object ---


def test_b107_the_answer_names_location_bucket_key_and_etag(raw, bucket, upload):
    answer = upload.raw_complete(raw, complete_xml(upload.parts)).expect(200)
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}CompleteMultipartUploadResult"
    assert set(answer.xml) == {"Location", "Bucket", "Key", "ETag", "ChecksumCRC64NVME", "ChecksumType"}
    assert (answer.xml["Bucket"], answer.xml["Key"]) == (bucket, "object")
    assert answer.xml["ETag"] == multipart_etag([TAIL])
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize("key", ["object", "folder/é ü", "a+b&c", "ä?x=y#z", "100%"])
def test_b107_the_location_is_a_url_with_an_encoded_key(s3, raw, bucket, key):
    upload = Upload(s3, bucket, key)
    upload.part(1, TAIL)
    location = upload.complete()["Location"]
    parts = urlsplit(location)
    assert parts.scheme in ("http", "https")
    assert parts.netloc
    assert not parts.query
    assert location.endswith(quote(key, safe="")) or location.endswith(quote(key))
    assert bucket in location


def test_b108_the_etag_is_the_md5_of_the_md5s(s3, bucket):
    upload = Upload(s3, bucket)
    for number, body in enumerate((PART_1, PART_2, TAIL), 1):
        upload.part(number, body)
    etag = upload.complete()["ETag"]
    assert etag == multipart_etag([PART_1, PART_2, TAIL])
    assert s3.head_object(Bucket=bucket, Key="object")["ETag"] == etag
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["ETag"] == etag


def test_b108_the_published_vector(s3, bucket):
    """b235: 5 MiB of A, B and C."""
    upload = Upload(s3, bucket)
    for number, body in enumerate(LETTERS, 1):
        upload.part(number, body)
    assert upload.complete()["ETag"] == '"b2add96cc9702bbf4efb0ccdfc6b7747-3"'


def test_b109_only_listed_parts_make_the_object(s3, bucket):
    """The etag counts the parts listed, not those sent (b108)."""
    upload = Upload(s3, bucket)
    for number, body in ((1, PART_1), (2, PART_2), (3, TAIL), (4, b"too many")):
        upload.part(number, body)
    answer = upload.complete([upload.sent[1], upload.sent[3]])
    assert answer["ETag"] == multipart_etag([PART_1, TAIL])
    assert read(s3, bucket, "object") == PART_1 + TAIL
    assert s3.head_object(Bucket=bucket, Key="object")["ContentLength"] == PART_MIN + len(TAIL)


def test_b109_the_space_of_parts_not_listed_is_freed(own_server):
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    upload = Upload(s3, "bucket")
    upload.part(1, TAIL)
    upload.part(2, PART_1)
    upload.part(3, PART_2)
    assert disk_bytes(server.data) > 2 * PART_MIN
    upload.complete([upload.sent[1]])
    poll("the parts not listed are gone", lambda: disk_bytes(server.data) < PART_MIN)
    assert read(s3, "bucket", "object") == TAIL


def test_b110_numbers_may_have_gaps(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(7, PART_1)
    upload.part(9_999, TAIL)
    assert upload.complete()["ETag"] == multipart_etag([PART_1, TAIL])
    assert read(s3, bucket, "object") == PART_1 + TAIL


def test_b110_gaps_with_a_checksum_algorithm_get_a_clean_answer(s3, raw, bucket):
    """CONTESTED: AWS's documents disagree; accepted or refused, never half done."""
    upload = Upload(s3, bucket, ChecksumAlgorithm="CRC32")
    upload.part(2, PART_1)
    upload.part(5, TAIL)
    answer = upload.raw_complete(raw, complete_xml(upload.parts))
    assert answer.status in (200, 400), answer.text
    if answer.status == 200:
        assert read(s3, bucket, "object") == PART_1 + TAIL
    else:
        assert upload.numbers() == [2, 5]


def test_b116_one_part_of_any_size_completes(s3, bucket):
    for key, body in (("empty", b""), ("one byte", b"x"), ("large", PART_1)):
        upload = Upload(s3, bucket, key)
        upload.part(1, body)
        assert upload.complete()["ETag"] == multipart_etag([body])
        assert upload.complete()["ETag"].endswith('-1"')
        assert read(s3, bucket, key) == body


# --- Lists that are refused ---


def test_b111_the_list_must_ascend(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, PART_1)
    upload.part(2, TAIL)
    one, two = upload.parts
    for listed in ([two, one], [one, one], [one, two, two]):
        upload.raw_complete(raw, complete_xml(listed)).expect(400, "InvalidPartOrder", upload_id=upload.id)
    assert still_open(upload, [1, 2])


def test_b112_a_part_that_was_never_uploaded(upload):
    missing = {"PartNumber": 2, "ETag": f'"{md5_hex(b"x")}"'}
    with refused("InvalidPart", 400, upload_id=upload.id, part_number=2, e_tag=md5_hex(b"x")):
        upload.complete([*upload.parts, missing])
    assert still_open(upload, [1])


@pytest.mark.parametrize("form", ["{}", '"{}"'])
def test_b112_another_etag(upload, form):
    with refused("InvalidPart", 400, upload_id=upload.id, part_number=1, e_tag=md5_hex(b"x")):
        upload.complete([{"PartNumber": 1, "ETag": form.format(md5_hex(b"x"))}])
    assert still_open(upload, [1])


def test_b112_an_etag_that_is_none(upload):
    with refused("InvalidPart", 400, upload_id=upload.id, part_number=1):
        upload.complete([{"PartNumber": 1, "ETag": "not an etag"}])
    assert still_open(upload, [1])


def test_b113_the_etag_of_a_replaced_part(s3, bucket, upload):
    old = upload.parts
    upload.part(1, b"replaced")
    with refused("InvalidPart", 400, part_number=1):
        upload.complete(old)
    upload.complete()
    assert read(s3, bucket, "object") == b"replaced"


@pytest.mark.parametrize("number", ["0", "-1"])
def test_b114_part_numbers_below_1(raw, upload, number):
    answer = upload.raw_complete(raw, complete_xml([{"PartNumber": number, "ETag": md5_hex(TAIL)}]))
    answer.expect(400, "InvalidArgument")
    assert answer.error.message == "PartNumber must be >= 1"
    assert still_open(upload, [1])


@pytest.mark.parametrize("number", ["10001", "65537"])
def test_b114_part_numbers_above_10000(raw, upload, number):
    """65537 is 1 in 16 bits."""
    upload.raw_complete(raw, complete_xml([{"PartNumber": number, "ETag": md5_hex(TAIL)}])).expect(400, "InvalidPart")
    assert still_open(upload, [1])


def test_b2_b115_a_part_that_is_not_the_last_has_5_mib(s3, raw, bucket):
    upload = Upload(s3, bucket)
    small = PART_1[:-1]
    for number, body in ((1, PART_2), (2, small), (3, TAIL)):
        upload.part(number, body)
    answer = upload.raw_complete(raw, complete_xml(upload.parts)).expect(400, "EntityTooSmall")
    fields = answer.error.fields
    assert (fields["ProposedSize"], fields["MinSizeAllowed"]) == (str(PART_MIN - 1), "5242880")
    assert (fields["PartNumber"], fields["ETag"]) == ("2", md5_hex(small))
    assert still_open(upload, [1, 2, 3])
    assert upload.complete([upload.sent[1], upload.sent[2]])["ETag"] == multipart_etag([PART_2, small])


def test_b115_an_empty_part_cannot_stand_first(upload):
    upload.part(2, b"x")
    upload.part(1, b"")
    with refused("EntityTooSmall", 400, proposed_size=0, part_number=1):
        upload.complete()


def test_b117_no_body_at_all(s3, raw, upload):
    """b230: boto3 without MultipartUpload sends an empty body."""
    answer = upload.raw_complete(raw, "").expect(400, "InvalidRequest")
    assert answer.error.message == "You must specify at least one part"
    with refused("InvalidRequest", 400):
        s3.complete_multipart_upload(**upload.name)
    assert still_open(upload, [1])


ETAG = f"<ETag>{md5_hex(TAIL)}</ETag>"


@pytest.mark.parametrize(
    "body",
    [
        "<CompleteMultipartUpload/>",
        "<CompleteMultipartUpload></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part/></CompleteMultipartUpload>",
        f"<CompleteMultipartUpload><Part>{ETAG}</Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
        f"<CompleteMultipartUpload><Part><PartNumber>one</PartNumber>{ETAG}</Part></CompleteMultipartUpload>",
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>{ETAG}</Part>",
        f"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>{ETAG}</CompleteMultipartUpload>",
        f"<Other><Part><PartNumber>1</PartNumber>{ETAG}</Part></Other>",
        "not xml at all",
        "<",
        "\ufeff",
        '<?xml version="1.0"?>',
        f'<!DOCTYPE x [<!ENTITY e "{md5_hex(TAIL)}">]><CompleteMultipartUpload><Part><PartNumber>1</PartNumber>'
        "<ETag>&e;</ETag></Part></CompleteMultipartUpload>",
        "<CompleteMultipartUpload>" * 500,
    ],
)
def test_b118_a_body_that_lists_nothing(raw, upload, body):
    upload.raw_complete(raw, body).expect(400, "MalformedXML")
    assert still_open(upload, [1])


def test_b118_bytes_that_are_not_utf8(raw, upload):
    upload.raw_complete(raw, b"<CompleteMultipartUpload><Part>\xff\xfe</Part>").expect(400, "MalformedXML")
    assert still_open(upload, [1])


def test_b118_boto3_with_an_empty_list(upload):
    """b230: it sends an empty element."""
    with refused("MalformedXML", 400):
        upload.complete([])
    assert still_open(upload, [1])


def test_b118_a_body_of_a_hundred_megabytes_is_not_read_to_its_end(raw, upload):
    """10,000 parts take 1 to 3 MB; the length alone is enough to refuse."""
    answer = upload.raw_complete(raw, b"", {"Expect": "100-continue"}, length=100_000_000, payload="UNSIGNED-PAYLOAD")
    assert 400 <= answer.status < 500
    assert still_open(upload, [1])


@pytest.mark.parametrize("body", ["", "<CompleteMultipartUpload/>", "not xml"])
@pytest.mark.parametrize("upload_id", [UNKNOWN_ID, ""])
def test_b119_the_upload_is_looked_up_before_the_body(raw, bucket, body, upload_id):
    answer = raw.request("POST", object_path(bucket, "object"), {"uploadId": upload_id}, body=body.encode())
    answer.expect(404, "NoSuchUpload", upload_id=upload_id)


def test_b41_an_aborted_upload_and_an_upload_of_another_key(s3, bucket, upload):
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        s3.complete_multipart_upload(
            Bucket=bucket, Key="other", UploadId=upload.id, MultipartUpload={"Parts": upload.parts}
        )
    upload.abort()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.complete()


@pytest.mark.parametrize("namespace", [True, False])
@pytest.mark.parametrize("form", ['"{}"', "{}", "&quot;{}&quot;"])
def test_b120_etags_with_quotes_or_without_and_xml_with_namespace_or_without(s3, raw, bucket, upload, namespace, form):
    body = complete_xml([{"PartNumber": 1, "ETag": "ETAG"}], namespace=namespace)
    upload.raw_complete(raw, body.replace("ETAG", form.format(md5_hex(TAIL)))).expect(200)
    assert read(s3, bucket, "object") == TAIL


def test_b120_elements_in_any_order_white_space_and_a_declaration(raw, upload):
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Part>
    <ETag>"{md5_hex(TAIL)}"</ETag>
    <PartNumber>1</PartNumber>
  </Part>
</CompleteMultipartUpload>
"""
    upload.raw_complete(raw, body).expect(200)


def test_b121_a_corrected_complete_succeeds(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, PART_1)
    upload.part(2, TAIL)
    one, two = upload.parts
    for listed, code in (
        ([two, one], "InvalidPartOrder"),
        ([one, {**two, "ETag": md5_hex(b"x")}], "InvalidPart"),
        ([one, two, {"PartNumber": 3, "ETag": md5_hex(b"x")}], "InvalidPart"),
        ([], "MalformedXML"),
    ):
        upload.raw_complete(raw, complete_xml(listed)).expect(400, code)
        assert still_open(upload, [1, 2])
    upload.complete()
    assert read(s3, bucket, "object") == PART_1 + TAIL


def test_b122_the_object_size_may_be_stated(raw, upload):
    headers = {"x-amz-mp-object-size": str(len(TAIL))}
    upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(200)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("5", "The provided 'x-amz-mp-object-size' header value 5 does not match what was computed: 4"),
        ("0", "The provided 'x-amz-mp-object-size' header value 0 does not match what was computed: 4"),
        ("-1", "is less than zero"),
        ("four", "Value for x-amz-mp-object-size header is invalid"),
    ],
)
def test_b122_a_wrong_object_size_is_refused(s3, raw, bucket, size, message):
    upload = Upload(s3, bucket)
    upload.part(1, b"four")
    answer = upload.raw_complete(raw, complete_xml(upload.parts), {"x-amz-mp-object-size": size})
    answer.expect(400, "InvalidRequest")
    assert message in answer.error.message
    assert still_open(upload, [1])


def test_b4_an_object_size_above_5_tib_is_a_size_like_any_other(raw, upload):
    """The limit is 10,000 parts of 5 GiB: a stated size below it is compared, not refused for being large."""
    for size in (6 * 1024**4, 10_000 * 5 * 1024**3):
        answer = upload.raw_complete(raw, complete_xml(upload.parts), {"x-amz-mp-object-size": str(size)})
        answer.expect(400, "InvalidRequest")
        assert f"value {size} does not match what was computed: {len(TAIL)}" in answer.error.message
    assert still_open(upload, [1])


def test_b123_an_error_may_come_inside_a_200(raw, upload):
    """Whatever the status, the body without leading white space is one XML document with its declaration."""
    good = upload.raw_complete(raw, complete_xml(upload.parts)).expect(200)
    assert good.body.lstrip().startswith(b"<?xml ")
    assert good.root.tag.endswith("CompleteMultipartUploadResult")
    bad = upload.raw_complete(raw, complete_xml([{"PartNumber": 3, "ETag": md5_hex(b"x")}]))
    assert bad.body.lstrip().startswith(b"<?xml ")
    assert bad.error.code in ("InvalidPart", "NoSuchUpload")


# --- Again, and at the same time ---


@pytest.mark.parametrize("algorithm", [None, "SHA256", "CRC64NVME"])
def test_b124_a_repeat_of_complete_answers_the_same(plain, raw, bucket, algorithm):
    if algorithm is None:
        upload = Upload(plain, bucket)
        upload.part(1, TAIL)
    else:
        upload = declared(plain, raw, bucket, algorithm, "COMPOSITE" if algorithm == "SHA256" else "FULL_OBJECT")
    body = complete_xml(upload.parts)
    first = upload.raw_complete(raw, body).expect(200)
    modified = plain.head_object(Bucket=bucket, Key="object")["LastModified"]
    for _ in range(3):
        assert upload.raw_complete(raw, body).expect(200).xml == first.xml
    assert plain.head_object(Bucket=bucket, Key="object")["LastModified"] == modified


def test_b124_a_repeat_does_not_bring_back_what_was_overwritten(s3, bucket, upload):
    first = upload.complete()
    s3.put_object(Bucket=bucket, Key="object", Body=b"newer")
    assert upload.complete()["ETag"] == first["ETag"]
    assert read(s3, bucket, "object") == b"newer"


def test_b124_a_repeat_does_not_bring_back_what_was_deleted(s3, bucket, upload):
    upload.complete()
    s3.delete_object(Bucket=bucket, Key="object")
    try:
        upload.complete()
    except s3.exceptions.NoSuchUpload:
        pass
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="object")


def test_b124_a_repeat_with_other_parts_is_not_a_repeat(s3, bucket, upload):
    upload.complete()
    with refused("NoSuchUpload", 404):
        upload.complete([{"PartNumber": 1, "ETag": md5_hex(b"x")}])
    assert read(s3, bucket, "object") == TAIL


def test_b124_a_repeat_after_a_crash_answers_the_same(own_server):
    server = own_server()
    server.client().create_bucket(Bucket="bucket")
    upload = Upload(server.client(), "bucket")
    upload.part(1, TAIL)
    first = upload.complete()
    server.restart()
    upload.s3 = server.client()
    again = upload.complete()
    assert (again["ETag"], checksums_in(again)) == (first["ETag"], checksums_in(first))
    assert read(server.client(), "bucket", "object") == TAIL


def test_b125_a_repeat_succeeds_with_if_none_match(upload):
    first = upload.complete(IfNoneMatch="*")
    assert upload.complete(IfNoneMatch="*")["ETag"] == first["ETag"]


def test_b126_racing_identical_completes_all_succeed(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, PART_1)
    upload.part(2, TAIL)
    with ThreadPoolExecutor(8) as pool:
        etags = [future.result()["ETag"] for future in [pool.submit(upload.complete) for _ in range(8)]]
    assert set(etags) == {multipart_etag([PART_1, TAIL])}
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["object"]
    assert read(s3, bucket, "object") == PART_1 + TAIL


def test_b127_after_complete_the_upload_is_gone(s3, bucket, upload):
    upload.complete()
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.part(2, TAIL)
    with refused("NoSuchUpload", 404, upload_id=upload.id):
        upload.list()
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b128_readers_see_all_old_or_all_new(s3, endpoint, bucket):
    old, new = PART_1 + b"old", PART_2 + b"the new tail"
    whole = {f'"{md5_hex(old)}"': old}
    s3.put_object(Bucket=bucket, Key="object", Body=old)
    upload = Upload(s3, bucket)
    upload.part(1, PART_2)
    upload.part(2, b"the new tail")
    whole[multipart_etag([PART_2, b"the new tail"])] = new
    started, done = Event(), Event()

    def keep_reading() -> int:
        client, rounds = endpoint.client(), 0
        while rounds == 0 or not done.is_set():
            found = client.get_object(Bucket=bucket, Key="object")
            assert found["Body"].read() == whole[found["ETag"]]
            rounds += 1
            started.set()
        return rounds

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(keep_reading) for _ in range(2)]
        try:
            assert started.wait(30)
            upload.complete()
            assert read(s3, bucket, "object") == new
        finally:
            done.set()
        assert all(reader.result() > 0 for reader in readers)


def test_b128_an_open_download_of_the_old_object_is_finished(s3, bucket):
    old = PART_1 + PART_2
    s3.put_object(Bucket=bucket, Key="object", Body=old)
    stream = s3.get_object(Bucket=bucket, Key="object")["Body"]
    start = stream.read(1000)
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    upload.complete()
    assert read(s3, bucket, "object") == TAIL
    assert start + stream.read() == old


def test_b129_two_uploads_of_one_key_complete_independently(s3, bucket):
    first, second = Upload(s3, bucket), Upload(s3, bucket)
    first.part(1, b"first")
    second.part(1, b"second")
    second.complete()
    assert read(s3, bucket, "object") == b"second"
    assert first.numbers() == [1]
    first.complete()
    assert read(s3, bucket, "object") == b"first"


@pytest.mark.parametrize("kind", [None, "text/xml", "application/xml", "application/octet-stream", "nonsense"])
def test_b130_any_content_type_is_fine(raw, upload, kind):
    headers = {"Content-Type": kind} if kind else {}
    upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(200)


@pytest.mark.parametrize("algorithm", ["SHA256", "CRC64NVME", "nonsense"])
def test_b132_the_algorithm_header_is_ignored(raw, upload, algorithm):
    headers = {"x-amz-checksum-algorithm": algorithm}
    answer = upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(200)
    assert answer.xml["ChecksumCRC64NVME"] == checksums.value("CRC64NVME", TAIL)


# --- COMPOSITE ---


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_b133_the_composite_checksum_is_of_the_parts_checksums(plain, raw, bucket, algorithm):
    upload = declared(plain, raw, bucket, algorithm, "COMPOSITE")
    element, value = checksums.element(algorithm), checksums.composite(algorithm, [TAIL])
    assert checksums_in(upload.complete()) == {element: value, "ChecksumType": "COMPOSITE"}
    head = plain.head_object(Bucket=bucket, Key="object", ChecksumMode="ENABLED")
    assert checksums_in(head) == {element: value, "ChecksumType": "COMPOSITE"}


@pytest.mark.parametrize(
    ("algorithm", "bodies", "value"),
    [
        ("SHA256", LETTERS, "uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4=-3"),  # b235
        ("CRC32", [b"a" * 5242881, b"a" * 5242881, b"a" * 10], "5FRUiw==-3"),  # b236
        ("SHA256", [b"a" * 5242881, b"a" * 5242881], "2Wjxbc3N6c1y3Eqve6x8X+xPy4qXhB1vAMgge0qeZJM=-2"),  # b236
    ],
)
def test_b133_the_published_vectors(plain, raw, bucket, algorithm, bodies, value):
    upload = declared(plain, raw, bucket, algorithm, "COMPOSITE", bodies)
    assert upload.complete()[checksums.element(algorithm)] == value


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_b134_composite_needs_every_parts_checksum(plain, raw, bucket, algorithm):
    upload = declared(plain, raw, bucket, algorithm, "COMPOSITE")
    answer = upload.raw_complete(raw, complete_xml([{"PartNumber": 1, "ETag": md5_hex(TAIL)}]))
    answer.expect(400, "InvalidRequest")
    assert answer.error.message == (
        f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the checksum "
        "for each part. It was missing for part 1 in the request."
    )
    assert still_open(upload, [1])


def test_b134_the_part_that_lacks_it_is_named(plain, raw, bucket):
    upload = declared(plain, raw, bucket, "CRC32", "COMPOSITE", (PART_1, TAIL))
    one, two = upload.parts
    del two["ChecksumCRC32"]
    answer = upload.raw_complete(raw, complete_xml([one, two])).expect(400, "InvalidRequest")
    assert "It was missing for part 2 in the request." in answer.error.message


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("CRC64NVME", "FULL_OBJECT")]
)
def test_b135_a_wrong_part_checksum(plain, raw, bucket, algorithm, kind):
    upload = declared(plain, raw, bucket, algorithm, kind)
    wrong = [{**upload.parts[0], checksums.element(algorithm): checksums.wrong_value(algorithm)}]
    upload.raw_complete(raw, complete_xml(wrong)).expect(400, "InvalidPart", part_number=1)
    assert still_open(upload, [1])


@pytest.mark.parametrize(
    ("algorithm", "kind", "other"),
    [("CRC32C", "COMPOSITE", "SHA256"), ("SHA1", "COMPOSITE", "CRC32"), ("CRC32", "FULL_OBJECT", "SHA1")],
)
def test_b136_a_part_checksum_of_another_algorithm(plain, raw, bucket, algorithm, kind, other):
    upload = declared(plain, raw, bucket, algorithm, kind)
    part = {"PartNumber": 1, "ETag": md5_hex(TAIL), checksums.element(other): checksums.value(other, TAIL)}
    answer = upload.raw_complete(raw, complete_xml([part])).expect(400, "BadDigest")
    assert answer.error.message == f"The {other.lower()} you specified for part 1 did not match what we received."
    assert still_open(upload, [1])


@pytest.mark.parametrize(
    "elements",
    [
        {"ChecksumCRC32": "not base64!"},
        {"ChecksumCRC32": checksums.value("CRC32", TAIL), "ChecksumSHA256": checksums.value("SHA256", TAIL)},
        {"ChecksumCRC32": [checksums.value("CRC32", TAIL)] * 2},
    ],
)
def test_b137_a_part_checksum_that_is_malformed_or_double(plain, raw, bucket, elements):
    upload = declared(plain, raw, bucket, "CRC32", "COMPOSITE")
    part = {"PartNumber": 1, "ETag": md5_hex(TAIL), **elements}
    answer = upload.raw_complete(raw, complete_xml([part])).expect(400, "InvalidArgument", argument_name="Checksum")
    assert answer.error.message == "Invalid Base64 or multiple checksums present in request"
    assert still_open(upload, [1])


# --- FULL_OBJECT ---


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
@pytest.mark.parametrize("with_elements", [True, False])
def test_b138_full_object_combines_and_part_elements_are_optional(plain, raw, bucket, algorithm, with_elements):
    """b235: the server computed the parts' CRCs (b51) and combines them."""
    upload = Upload(plain, bucket, ChecksumAlgorithm=algorithm, ChecksumType="FULL_OBJECT")
    for number, body in enumerate(LETTERS, 1):
        upload.part(number, body)
    parts = upload.parts if with_elements else [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in upload.parts]
    wanted = {checksums.element(algorithm): LETTERS_FULL[algorithm], "ChecksumType": "FULL_OBJECT"}
    assert checksums_in(upload.complete(parts)) == wanted
    assert checksums_in(plain.head_object(Bucket=bucket, Key="object", ChecksumMode="ENABLED")) == wanted


def test_b138_the_published_vector(plain, bucket):
    """b236."""
    upload = Upload(plain, bucket, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    for number, body in enumerate((b"a" * 5242881, b"a" * 5242881, b"a" * 10), 1):
        upload.part(number, body)
    assert upload.complete()["ChecksumCRC32"] == "qSEQSA=="


def final(algorithm: str, value: str) -> dict[str, str]:
    """The headers that state the whole object's checksum."""
    return {checksums.header(algorithm): value}


@pytest.mark.parametrize("algorithm", FULL_OBJECT)
def test_b139_a_final_checksum_is_verified(plain, raw, bucket, algorithm):
    upload = declared(plain, raw, bucket, algorithm, "FULL_OBJECT")
    kind = {"x-amz-checksum-type": "FULL_OBJECT"}
    body = complete_xml(upload.parts)
    answer = upload.raw_complete(raw, body, final(algorithm, checksums.wrong_value(algorithm)) | kind)
    answer.expect(400, "BadDigest")
    assert answer.error.message == (
        f"The {algorithm.lower()} you specified did not match the calculated checksum."
    )
    assert still_open(upload, [1])
    upload.raw_complete(raw, body, final(algorithm, checksums.value(algorithm, TAIL)) | kind).expect(200)


@pytest.mark.parametrize("algorithm", COMPOSITE)
def test_b139_b144_a_final_composite_checksum_is_verified(plain, raw, bucket, algorithm):
    upload = declared(plain, raw, bucket, algorithm, "COMPOSITE")
    body, right = complete_xml(upload.parts), checksums.composite(algorithm, [TAIL])
    wrong = final(algorithm, checksums.wrong_value(algorithm) + "-1")
    upload.raw_complete(raw, body, wrong).expect(400, "BadDigest")
    assert still_open(upload, [1])
    upload.raw_complete(raw, body, final(algorithm, right) | {"x-amz-checksum-type": "COMPOSITE"}).expect(200)


def test_b144_a_final_composite_checksum_needs_the_right_count(plain, raw, bucket):
    upload = declared(plain, raw, bucket, "SHA256", "COMPOSITE")
    body, right = complete_xml(upload.parts), checksums.composite("SHA256", [TAIL])
    bare = right.removesuffix("-1")
    for value, code in ((bare, "BadDigest"), (f"{bare}-2", "BadDigest"), (f"{bare}-11", "BadDigest"), (f"{bare}-x", "InvalidRequest")):
        upload.raw_complete(raw, body, final("SHA256", value)).expect(400, code)
    assert still_open(upload, [1])


@pytest.mark.parametrize(("created", "sent"), [("FULL_OBJECT", "COMPOSITE"), ("COMPOSITE", "FULL_OBJECT")])
def test_b140_the_type_must_be_that_of_create(plain, raw, bucket, created, sent):
    upload = declared(plain, raw, bucket, "CRC32", created)
    answer = upload.raw_complete(raw, complete_xml(upload.parts), {"x-amz-checksum-type": sent})
    answer.expect(400, "InvalidRequest")
    assert answer.error.message == (
        f"The upload was created using the {created} checksum mode. The complete request must use the same checksum mode."
    )
    assert still_open(upload, [1])


def test_b141_a_right_final_checksum_without_its_type_is_accepted(plain, raw, bucket):
    """CONTESTED: AWS answered BadDigest once; accepting it is recommended."""
    upload = declared(plain, raw, bucket, "CRC32", "FULL_OBJECT")
    headers = final("CRC32", checksums.value("CRC32", TAIL))
    upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(200)


@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"xyz").decode()])
def test_b144_a_malformed_final_checksum(plain, raw, bucket, value):
    upload = declared(plain, raw, bucket, "CRC32", "FULL_OBJECT")
    headers = final("CRC32", value) | {"x-amz-checksum-type": "FULL_OBJECT"}
    answer = upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(400, "InvalidRequest")
    assert answer.error.message == "Value for x-amz-checksum-crc32 header is invalid."
    assert still_open(upload, [1])


def test_b144_several_final_checksums(plain, raw, bucket):
    upload = declared(plain, raw, bucket, "CRC32", "FULL_OBJECT")
    headers = final("CRC32", checksums.value("CRC32", TAIL)) | final("CRC32C", checksums.value("CRC32C", TAIL))
    upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(400, "InvalidRequest")
    assert still_open(upload, [1])


# --- No algorithm declared ---


@pytest.mark.parametrize("kind", ["FULL_OBJECT", "COMPOSITE"])
def test_b142_without_an_algorithm_a_type_is_refused(raw, upload, kind):
    answer = upload.raw_complete(raw, complete_xml(upload.parts), {"x-amz-checksum-type": kind})
    answer.expect(400, "InvalidRequest")
    assert "null checksum mode" in answer.error.message
    assert still_open(upload, [1])


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_b142_without_an_algorithm_part_checksums_are_refused(raw, upload, algorithm):
    """Even the right one that came with the part: it was not kept (b52)."""
    part = {**upload.parts[0], checksums.element(algorithm): checksums.value(algorithm, TAIL)}
    upload.raw_complete(raw, complete_xml([part])).expect(400, "InvalidPart", part_number=1)
    assert still_open(upload, [1])


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_b142_without_an_algorithm_a_final_checksum_is_ignored(raw, upload, algorithm):
    headers = final(algorithm, checksums.wrong_value(algorithm))
    upload.raw_complete(raw, complete_xml(upload.parts), headers).expect(200)


def test_b143_without_an_algorithm_the_object_has_crc64nvme(plain, bucket):
    """b235; in Complete, HEAD, GET and GetObjectAttributes. The parts came without any checksum."""
    upload = Upload(plain, bucket)
    for number, body in enumerate(LETTERS, 1):
        upload.part(number, body)
    wanted = {"ChecksumCRC64NVME": "i+6LR0y3eFo=", "ChecksumType": "FULL_OBJECT"}
    assert checksums_in(upload.complete()) == wanted
    name = {"Bucket": bucket, "Key": "object"}
    assert checksums_in(plain.head_object(**name, ChecksumMode="ENABLED")) == wanted
    assert checksums_in(plain.get_object(**name, ChecksumMode="ENABLED")) == wanted
    assert plain.get_object_attributes(**name, ObjectAttributes=["Checksum"])["Checksum"] == wanted


def test_b143_also_when_the_parts_came_with_other_checksums(s3, plain, bucket):
    """b234; boto3 sends CRC32 by default (b228)."""
    upload = Upload(s3, bucket)
    upload.part(1, b"upload-part-1" * 5)
    answer = upload.complete()
    assert answer["ETag"] == '"e747540af6911dbc890f8d3e0b48549b-1"'
    assert checksums_in(answer) == {"ChecksumCRC64NVME": "CTXktO4pIQs=", "ChecksumType": "FULL_OBJECT"}


# --- Who and where ---


def test_b36_strangers_may_not(s3, raw, bucket, upload):
    assert_strangers_are_refused(raw, "POST", upload.path, {"uploadId": upload.id})
    assert still_open(upload, [1])


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.complete_multipart_upload(
            Bucket="e2e-no-such-bucket", Key="k", UploadId=UNKNOWN_ID,
            MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]},
        )


def test_b13_the_expected_owner_must_be_the_owner(upload):
    with refused("AccessDenied", 403):
        upload.complete(ExpectedBucketOwner="999999999999")
    assert still_open(upload, [1])


# --- Versions ---


def test_b192_b193_a_complete_adds_a_version(s3, versioned):
    old = versions.put(s3, versioned, "object", b"old")
    upload = Upload(s3, versioned)
    upload.part(1, TAIL)
    version = upload.complete()["VersionId"]
    assert read(s3, versioned, "object") == TAIL
    assert read(s3, versioned, "object", VersionId=old) == b"old"
    assert upload.complete()["VersionId"] == version, "b124: a repeat has the same answer"
    assert [entry.version_id for entry in versions.all_entries(s3, versioned)] == [version, old]


def test_b191_the_upload_initiated_last_is_current(s3, versioned):
    first, second = Upload(s3, versioned), Upload(s3, versioned)
    first.part(1, b"first")
    second.part(1, b"second")
    newer = second.complete()["VersionId"]
    older = first.complete()["VersionId"]
    assert read(s3, versioned, "object") == b"second"
    assert read(s3, versioned, "object", VersionId=older) == b"first"
    assert [(entry.version_id, entry.is_latest) for entry in versions.all_entries(s3, versioned)] == [
        (newer, True), (older, False)
    ]


def test_b190_b191_a_version_put_meanwhile_stays_current(s3, versioned):
    """An upload counts from its initiation: what was put after that is newer."""
    upload = Upload(s3, versioned)
    upload.part(1, b"multipart")
    put = versions.put(s3, versioned, "object", b"put")
    version = upload.complete()["VersionId"]
    assert read(s3, versioned, "object") == b"put"
    assert [entry.version_id for entry in versions.all_entries(s3, versioned)] == [put, version]
    found = s3.head_object(Bucket=versioned, Key="object", VersionId=version)["LastModified"]
    assert found <= s3.head_object(Bucket=versioned, Key="object")["LastModified"]
