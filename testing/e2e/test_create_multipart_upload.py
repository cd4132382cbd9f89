"""CreateMultipartUpload: b16-b36."""

from __future__ import annotations

import datetime

import pytest
from lib import checksums
from lib.errors import refused
from lib.multipart import read
from lib.raw import Raw
from lib.uploads import TAIL, Upload, assert_strangers_are_refused, checksums_in, complete_xml, object_path

NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
UPLOADS = {"uploads": None}


def create(raw: Raw, bucket: str, key: str = "object", headers: dict[str, str] | None = None, body: bytes = b""):
    """CreateMultipartUpload with exactly these headers."""
    return raw.request("POST", object_path(bucket, key), UPLOADS, headers, body)


# --- The answer ---


def test_b16_the_answer_names_bucket_key_and_upload(raw, bucket):
    answer = create(raw, bucket, "folder/a key & <more>").expect(200)
    assert answer.root.tag == NAMESPACE + "InitiateMultipartUploadResult"
    assert set(answer.xml) == {"Bucket", "Key", "UploadId"}
    assert (answer.xml["Bucket"], answer.xml["Key"]) == (bucket, "folder/a key & <more>")
    assert answer.xml["UploadId"]


def test_b10_the_xml_has_its_declaration(raw, bucket):
    answer = create(raw, bucket).expect(200)
    assert answer.body.startswith(b"<?xml ")
    assert answer.headers["Content-Type"] == "application/xml"


def test_b16_a_body_is_ignored(s3, raw, bucket):
    answer = create(raw, bucket, body=b"<not even xml").expect(200)
    assert s3.list_parts(Bucket=bucket, Key="object", UploadId=answer.xml["UploadId"])["MaxParts"] == 1000


def test_b16_the_id_may_come_back_with_every_byte_percent_encoded(s3, raw, bucket):
    upload = Upload(s3, bucket)
    signed = raw.sign("GET", upload.path, {"uploadId": upload.id})
    encoded = "".join(f"%{byte:02X}" for byte in upload.id.encode())
    answer = raw.send("GET", f"{upload.path}?uploadId={encoded}", signed.headers).expect(200)
    assert answer.xml["UploadId"] == upload.id


def test_b17_every_create_gives_an_upload_of_its_own(s3, bucket):
    uploads = [Upload(s3, bucket) for _ in range(4)]
    assert len({upload.id for upload in uploads}) == 4
    for number, upload in enumerate(uploads, 1):
        upload.part(number, b"part of upload %d" % number)
    uploads[0].abort()
    assert [upload.numbers() for upload in uploads[1:]] == [[2], [3], [4]]
    listed = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert {found["UploadId"] for found in listed} == {upload.id for upload in uploads[1:]}


def test_b18_nothing_is_visible_before_complete(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="object")
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket=bucket, Key="object")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    upload.complete()
    assert read(s3, bucket, "object") == TAIL


def test_b18_an_existing_object_keeps_being_served(s3, bucket):
    before = s3.put_object(Bucket=bucket, Key="object", Body=b"before")
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    assert read(s3, bucket, "object") == b"before"
    assert s3.head_object(Bucket=bucket, Key="object")["ETag"] == before["ETag"]
    assert [found["Size"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [6]
    upload.complete()
    assert read(s3, bucket, "object") == TAIL


# --- Checksums ---


def test_b19_no_algorithm_no_checksum_headers(raw, bucket):
    answer = create(raw, bucket).expect(200)
    assert not [name for name in answer.headers if name.lower().startswith("x-amz-checksum")]


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("CRC32", "COMPOSITE"),
        ("CRC32C", "COMPOSITE"),
        ("SHA1", "COMPOSITE"),
        ("SHA256", "COMPOSITE"),
        ("CRC64NVME", "FULL_OBJECT"),
    ],
)
def test_b19_b20_the_algorithm_is_echoed_with_its_default_type(s3, bucket, algorithm, kind):
    answer = s3.create_multipart_upload(Bucket=bucket, Key="object", ChecksumAlgorithm=algorithm)
    assert checksums_in(answer) == {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}


@pytest.mark.parametrize("algorithm", checksums.CLASSIC)
@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_b21_which_types_go_with_which_algorithms(s3, bucket, algorithm, kind):
    def send():
        return s3.create_multipart_upload(
            Bucket=bucket, Key="object", ChecksumAlgorithm=algorithm, ChecksumType=kind
        )

    legal = algorithm.startswith("CRC32") or (kind == "FULL_OBJECT") == (algorithm == "CRC64NVME")
    if legal:
        assert checksums_in(send()) == {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
        return
    with refused("InvalidRequest", 400) as error:
        send()
    assert error.message == (
        f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
    )
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b23_an_unknown_algorithm_is_refused(raw, bucket):
    answer = create(raw, bucket, headers={"x-amz-checksum-algorithm": "CRC33"}).expect(400, "InvalidRequest")
    assert answer.error.message.startswith("Checksum algorithm provided is unsupported")


@pytest.mark.parametrize("spelling", ["sha256", "Sha256", "SHA256"])
def test_b23_the_algorithm_is_read_in_any_case(raw, bucket, spelling):
    answer = create(raw, bucket, headers={"x-amz-checksum-algorithm": spelling}).expect(200)
    assert answer.headers["x-amz-checksum-algorithm"] == "SHA256"


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_b24_a_type_without_an_algorithm_is_refused(raw, bucket, kind):
    answer = create(raw, bucket, headers={"x-amz-checksum-type": kind}).expect(400, "InvalidRequest")
    assert answer.error.message == (
        "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
    )


def test_b25_an_unknown_type_is_refused(raw, bucket):
    headers = {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "HALF_OBJECT"}
    answer = create(raw, bucket, headers=headers).expect(400, "InvalidRequest")
    assert answer.error.message == "Value for x-amz-checksum-type header is invalid."


# --- What is set here lands on the object ---


def test_b26_headers_and_metadata_land_on_the_object(s3, bucket):
    expires = datetime.datetime(2031, 5, 6, 7, 8, 9, tzinfo=datetime.timezone.utc)
    upload = Upload(
        s3,
        bucket,
        Metadata={"colour": "green", "size": "large"},
        ContentType="text/csv; charset=utf-8",
        CacheControl="max-age=60",
        ContentDisposition='attachment; filename="a.csv"',
        ContentEncoding="gzip",
        ContentLanguage="de",
        Expires=expires,
        WebsiteRedirectLocation="/elsewhere",
    )
    upload.part(1, TAIL)
    upload.complete()
    for found in (s3.head_object(Bucket=bucket, Key="object"), s3.get_object(Bucket=bucket, Key="object")):
        assert found["Metadata"] == {"colour": "green", "size": "large"}
        assert found["ContentType"] == "text/csv; charset=utf-8"
        assert found["CacheControl"] == "max-age=60"
        assert found["ContentDisposition"] == 'attachment; filename="a.csv"'
        assert found["ContentEncoding"] == "gzip"
        assert found["ContentLanguage"] == "de"
        assert found["ExpiresString"] == "Tue, 06 May 2031 07:08:09 GMT"
        assert found["WebsiteRedirectLocation"] == "/elsewhere"


def test_b26_the_default_content_type_is_binary(s3, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    upload.complete()
    assert s3.head_object(Bucket=bucket, Key="object")["ContentType"] == "binary/octet-stream"


def test_b26_complete_cannot_change_them(s3, raw, bucket):
    upload = Upload(s3, bucket, Metadata={"colour": "green"}, ContentType="text/plain")
    upload.part(1, TAIL)
    late = {"Content-Type": "image/png", "x-amz-meta-colour": "red", "x-amz-meta-late": "yes", "Cache-Control": "no-store"}
    upload.raw_complete(raw, complete_xml(upload.parts), late).expect(200)
    found = s3.head_object(Bucket=bucket, Key="object")
    assert (found["Metadata"], found["ContentType"]) == ({"colour": "green"}, "text/plain")
    assert "CacheControl" not in found


def test_b26_an_overwritten_object_keeps_nothing_of_its_own(s3, bucket):
    s3.put_object(Bucket=bucket, Key="object", Body=b"", Metadata={"old": "1"}, ContentType="text/html")
    upload = Upload(s3, bucket, Metadata={"new": "1"})
    upload.part(1, TAIL)
    upload.complete()
    found = s3.head_object(Bucket=bucket, Key="object")
    assert (found["Metadata"], found["ContentType"]) == ({"new": "1"}, "binary/octet-stream")


def test_b27_an_unknown_storage_class_is_refused(s3, bucket):
    with refused("InvalidStorageClass", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="object", StorageClass="IGLOO")


def test_b27_standard_is_shown_in_lists_and_not_in_headers(s3, raw, bucket):
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    assert upload.list()["StorageClass"] == "STANDARD"
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["StorageClass"] == "STANDARD"
    upload.complete()
    for method in ("GET", "HEAD"):
        answer = raw.request(method, upload.path).expect(200)
        assert "x-amz-storage-class" not in answer.headers


def test_b27_another_storage_class_is_shown_everywhere(s3, bucket):
    upload = Upload(s3, bucket, StorageClass="STANDARD_IA")
    upload.part(1, TAIL)
    assert upload.list()["StorageClass"] == "STANDARD_IA"
    assert s3.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["StorageClass"] == "STANDARD_IA"
    upload.complete()
    assert s3.head_object(Bucket=bucket, Key="object")["StorageClass"] == "STANDARD_IA"
    assert s3.get_object(Bucket=bucket, Key="object")["StorageClass"] == "STANDARD_IA"
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["StorageClass"] == "STANDARD_IA"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-mfa", "1 2"),
        ("x-amz-write-offset-bytes", "0"),
    ],
)
def test_b15_headers_of_features_not_built_yet_are_named(s3, raw, bucket, header, value):
    """Never silently ignored."""
    answer = create(raw, bucket, headers={header: value}).expect(501, "NotImplemented")
    assert answer.error.fields["Header"].lower() == header
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize("target", ["elsewhere", "ftp://example.com/", "httpx://example.com", "?x"])
def test_b30_a_redirect_must_be_a_path_or_a_url(s3, bucket, target):
    with refused("InvalidRedirectLocation", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="object", WebsiteRedirectLocation=target)


@pytest.mark.parametrize("target", ["/elsewhere", "http://example.com/", "https://example.com/a"])
def test_b30_a_good_redirect_is_kept(s3, bucket, target):
    upload = Upload(s3, bucket, WebsiteRedirectLocation=target)
    upload.part(1, b"")
    upload.complete()
    assert s3.head_object(Bucket=bucket, Key="object")["WebsiteRedirectLocation"] == target


def test_b8_a_key_may_have_1024_bytes_and_no_more(s3, bucket):
    longest = "é" * 512
    upload = Upload(s3, bucket, longest)
    upload.part(1, TAIL)
    upload.complete()
    assert read(s3, bucket, longest) == TAIL
    with refused("KeyTooLongError", 400):
        s3.create_multipart_upload(Bucket=bucket, Key=longest + "x")


def test_b8_user_metadata_may_have_2_kb_and_no_more(s3, bucket):
    s3.create_multipart_upload(Bucket=bucket, Key="object", Metadata={"name": "v" * (2048 - 4)})
    with refused("MetadataTooLarge", 400):
        s3.create_multipart_upload(Bucket=bucket, Key="object", Metadata={"name": "v" * 2048})


# --- Who and where ---


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.create_multipart_upload(Bucket="e2e-no-such-bucket", Key="object")


def test_b13_the_expected_owner_must_be_the_owner(s3, bucket):
    with refused("AccessDenied", 403):
        s3.create_multipart_upload(Bucket=bucket, Key="object", ExpectedBucketOwner="999999999999")


def test_b35_anonymous_callers_may_not_initiate(s3, raw, bucket):
    raw.request("POST", object_path(bucket, "object"), UPLOADS, sign=None).expect(403, "AccessDenied")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_b36_the_root_key_may_and_strangers_may_not(s3, raw, bucket):
    """Create, UploadPart and Complete all need s3:PutObject."""
    upload = Upload(s3, bucket)
    upload.part(1, TAIL)
    assert_strangers_are_refused(raw, "POST", upload.path, UPLOADS)
    assert_strangers_are_refused(raw, "PUT", upload.path, {"partNumber": 1, "uploadId": upload.id})
    assert_strangers_are_refused(raw, "POST", upload.path, {"uploadId": upload.id})
    upload.complete()
