"""CopyObject: bytes and headers, the metadata directive, conditions on the source."""

import base64
import hashlib
import re
from urllib.parse import quote

import pytest
from conftest import bucket_name
from lib import multipart, versions
from lib.data import MIB, PART_MIN, md5_hex, random_bytes
from lib.errors import refused

DATA = b"copied bytes"
PAST, FUTURE = "Sat, 01 Jan 2000 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.fixture
def source(s3, bucket):
    """The ETag of an object `src` with headers."""
    return s3.put_object(
        Bucket=bucket, Key="src", Body=DATA, ContentType="text/x", CacheControl="no-store", ContentLanguage="de",
        Metadata={"a": "1", "b": "2"},
    )["ETag"]


def copy(raw, bucket, key="dst", source="/{bucket}/src", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return raw.request("PUT", f"/{bucket}/{key}", headers={"x-amz-copy-source": source.format(bucket=bucket), **named})


def test_copy_takes_bytes_and_headers(s3, bucket, source):
    answer = s3.copy_object(Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src"})
    assert answer["CopyObjectResult"]["ETag"] == source
    got = s3.get_object(Bucket=bucket, Key="dst")
    assert got["Body"].read() == DATA
    assert got["Metadata"] == {"a": "1", "b": "2"}
    assert (got["ContentType"], got["CacheControl"], got["ContentLanguage"]) == ("text/x", "no-store", "de")


def test_b10_copy_answer(raw, bucket, source):
    answer = copy(raw, bucket).expect(200)
    assert answer.text.startswith("<?xml")
    assert answer.root.tag == "{http://s3.amazonaws.com/doc/2006-03-01/}CopyObjectResult"
    assert answer.xml["ETag"] == source
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", answer.xml["LastModified"])


def test_copy_between_buckets(s3, bucket, make_bucket, source):
    other = make_bucket()
    s3.copy_object(Bucket=other, Key="dst", CopySource={"Bucket": bucket, "Key": "src"})
    assert multipart.read(s3, other, "dst") == DATA


def test_a_copy_lives_on_when_its_source_is_deleted_or_replaced(s3, bucket):
    """M12: no bytes are shared in a way that cleaning up the source could harm."""
    big = random_bytes("copy", 3 * MIB)
    for key in ("one", "two"):
        s3.put_object(Bucket=bucket, Key=key, Body=big)
        s3.copy_object(Bucket=bucket, Key=key + "-copy", CopySource={"Bucket": bucket, "Key": key})
    s3.delete_object(Bucket=bucket, Key="one")
    s3.put_object(Bucket=bucket, Key="two", Body=b"replaced")
    assert multipart.read(s3, bucket, "one-copy") == big
    assert multipart.read(s3, bucket, "two-copy") == big


def test_replace_directive_takes_only_the_requests_headers(s3, bucket, source):
    s3.copy_object(
        Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src"}, MetadataDirective="REPLACE",
        Metadata={"c": "3"}, ContentType="text/new",
    )
    got = s3.head_object(Bucket=bucket, Key="dst")
    assert got["Metadata"] == {"c": "3"}
    assert got["ContentType"] == "text/new"
    assert "CacheControl" not in got
    assert "ContentLanguage" not in got


def test_copy_directive_ignores_the_requests_headers(s3, bucket, source):
    s3.copy_object(
        Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src"}, MetadataDirective="COPY",
        Metadata={"c": "3"}, ContentType="text/new",
    )
    got = s3.head_object(Bucket=bucket, Key="dst")
    assert got["Metadata"] == {"a": "1", "b": "2"}
    assert got["ContentType"] == "text/x"


def test_unknown_directive(raw, bucket, source):
    copy(raw, bucket, x_amz_metadata_directive="MIX").expect(400, "InvalidArgument")


def test_copy_onto_itself_needs_a_change(raw, s3, bucket, source):
    copy(raw, bucket, key="src").expect(400, "InvalidRequest")
    copy(raw, bucket, key="src", x_amz_metadata_directive="COPY").expect(400, "InvalidRequest")
    assert multipart.read(s3, bucket, "src") == DATA


def test_copy_onto_itself_is_a_change_where_the_bucket_has_an_encryption_of_its_own(raw, s3, bucket, source):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    answer = copy(raw, bucket, key="src").expect(200)
    assert answer.headers["x-amz-server-side-encryption"] == "AES256"
    assert multipart.read(s3, bucket, "src") == DATA


@pytest.mark.parametrize("size", [12, 3 * MIB])
def test_copy_onto_itself_with_replaced_metadata(s3, bucket, size):
    """M12 (rgw 70746): the object must not lose the bytes that it shares with its former self."""
    data = random_bytes("self", size)
    s3.put_object(Bucket=bucket, Key="k", Body=data, Metadata={"old": "1"})
    for round_ in ("2", "3"):
        s3.copy_object(
            Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "k"}, MetadataDirective="REPLACE",
            Metadata={"new": round_},
        )
        got = s3.get_object(Bucket=bucket, Key="k")
        assert got["Body"].read() == data
        assert got["Metadata"] == {"new": round_}


def test_copy_onto_itself_with_another_storage_class(raw, s3, bucket, source):
    copy(raw, bucket, key="src", x_amz_storage_class="STANDARD_IA").expect(200)
    got = s3.get_object(Bucket=bucket, Key="src")
    assert got["StorageClass"] == "STANDARD_IA"
    assert got["Body"].read() == DATA


def test_b188_copy_of_a_multipart_object_is_a_single_part_object(s3, raw, bucket):
    parts = [random_bytes("p1", PART_MIN), random_bytes("p2", 1000)]
    whole = b"".join(parts)
    done = multipart.upload(s3, bucket, "src", parts, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    assert done["ETag"].endswith('-2"')
    answer = copy(raw, bucket).expect(200)
    assert answer.xml["ETag"] == f'"{md5_hex(whole)}"'
    got = raw.request("GET", f"/{bucket}/dst", headers={"x-amz-checksum-mode": "ENABLED"}).expect(200)
    assert got.body == whole
    assert got.headers["ETag"] == f'"{md5_hex(whole)}"'
    assert got.headers["x-amz-checksum-type"] == "FULL_OBJECT"
    assert got.headers["x-amz-checksum-crc32"] == done["ChecksumCRC32"]
    assert "x-amz-mp-parts-count" not in raw.request("GET", f"/{bucket}/dst", "partNumber=1").expect(206).headers


def test_b188_copy_of_a_composite_object_has_a_full_checksum_of_the_same_algorithm(s3, raw, bucket):
    parts = [random_bytes("p1", PART_MIN), random_bytes("p2", 1000)]
    upload_id = multipart.create(s3, bucket, "src", ChecksumAlgorithm="SHA256")
    listed = []
    for number, body in enumerate(parts, 1):
        sent = s3.upload_part(
            Bucket=bucket, Key="src", UploadId=upload_id, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256"
        )
        listed.append({"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": sent["ChecksumSHA256"]})
    multipart.complete(s3, bucket, "src", upload_id, listed)
    copy(raw, bucket).expect(200)
    head = raw.request("HEAD", f"/{bucket}/dst", headers={"x-amz-checksum-mode": "ENABLED"}).expect(200)
    full = base64.b64encode(hashlib.sha256(b"".join(parts)).digest()).decode()
    assert head.headers["x-amz-checksum-sha256"] == full
    assert head.headers["x-amz-checksum-type"] == "FULL_OBJECT"


def test_copy_can_compute_another_checksum(raw, bucket, source):
    copy(raw, bucket, x_amz_checksum_algorithm="SHA256").expect(200)
    head = raw.request("HEAD", f"/{bucket}/dst", headers={"x-amz-checksum-mode": "ENABLED"}).expect(200)
    assert head.headers["x-amz-checksum-sha256"]
    assert "x-amz-checksum-crc32" not in head.headers


# --- Naming the source ---


@pytest.mark.parametrize("key", [" ", "_", "__", "?versionId", "%", "a+b", "a%2Fb", "snow ☃", "a//b", "..", "x?versionId=y"])
@pytest.mark.parametrize("slash", ["/", ""])
def test_b67_source_keys_are_decoded_once(raw, s3, bucket, key, slash):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    copy(raw, bucket, source=f"{slash}{{bucket}}/{quote(key, safe='/')}").expect(200)
    assert multipart.read(s3, bucket, "dst") == key.encode()


def test_b67_a_plus_in_the_source_is_a_space(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="two words+sum", Body=b"spaced")
    copy(raw, bucket, source="{bucket}%2Ftwo+words%2Bsum").expect(200)
    assert multipart.read(s3, bucket, "dst") == b"spaced"


def test_b65_missing_source(raw, bucket):
    copy(raw, bucket).expect(404, "NoSuchKey", key="src")
    copy(raw, bucket, source=f"/{bucket_name()}/src").expect(404, "NoSuchBucket")


def test_b12_missing_target_bucket(raw, bucket, source):
    raw.request("PUT", f"/{bucket_name()}/dst", headers={"x-amz-copy-source": f"/{bucket}/src"}).expect(
        404, "NoSuchBucket"
    )


@pytest.mark.parametrize("value", ["", "/", "nokey", "/nokey", "/{bucket}", "/{bucket}/", "/{bucket}/%zz", "/Bad_Bucket/k"])
def test_b66_bad_source(raw, s3, bucket, value):
    answer = copy(raw, bucket, source=value)
    answer.expect(400, "InvalidArgument", argument_name="x-amz-copy-source")
    if answer.error.message == "Invalid copy source object key":
        assert answer.error.fields["ArgumentValue"] == "x-amz-copy-source"
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="dst")


def test_b13_source_owner(raw, s3, bucket, source):
    copy(raw, bucket, x_amz_source_expected_bucket_owner="111122223333").expect(403, "AccessDenied")
    copy(raw, bucket, x_amz_expected_bucket_owner="111122223333").expect(403, "AccessDenied")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="dst")


def test_b68_a_version_that_cannot_be_copies_nothing(raw, s3, bucket, source):
    answer = copy(raw, bucket, source="/{bucket}/src?versionId=3HL4kqtJvjVBH40Nrjfkd")
    answer.expect(400, "InvalidArgument", argument_name="versionId")
    with refused("404", 404):
        s3.head_object(Bucket=bucket, Key="dst")


# --- Versions ---


def test_b68_b197_a_version_is_copied_and_the_copy_is_a_version(s3, versioned):
    old, new = versions.put(s3, versioned, "src", b"old"), versions.put(s3, versioned, "src", b"new")
    for named, content, source_version in (({"VersionId": old}, b"old", old), ({}, b"new", new)):
        answer = s3.copy_object(Bucket=versioned, Key="dst", CopySource={"Bucket": versioned, "Key": "src", **named})
        assert answer["CopySourceVersionId"] == source_version
        assert multipart.read(s3, versioned, "dst", VersionId=answer["VersionId"]) == content
    assert [entry.key for entry in versions.all_entries(s3, versioned, Prefix="dst")] == ["dst", "dst"]


def test_b197_a_multipart_version_is_copied_whole(s3, versioned):
    bodies = [random_bytes("part", PART_MIN), b"tail"]
    version = multipart.upload(s3, versioned, "src", bodies)["VersionId"]
    versions.put(s3, versioned, "src", b"newer")
    source = {"Bucket": versioned, "Key": "src", "VersionId": version}
    answer = s3.copy_object(Bucket=versioned, Key="dst", CopySource=source)
    assert (answer["CopySourceVersionId"], answer["VersionId"] not in (None, version)) == (version, True)
    assert multipart.read(s3, versioned, "dst") == b"".join(bodies)


def test_an_old_version_is_brought_back_by_copying_it_onto_its_key(s3, versioned):
    old = versions.put(s3, versioned, "k", b"old")
    versions.put(s3, versioned, "k", b"new")
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k"})
    s3.copy_object(Bucket=versioned, Key="k", CopySource={"Bucket": versioned, "Key": "k", "VersionId": old})
    assert multipart.read(s3, versioned, "k") == b"old"
    assert len(versions.all_entries(s3, versioned)) == 3


def test_b68_null_versions_have_no_source_version_id(s3, bucket):
    versions.put(s3, bucket, "src", b"null")
    versions.enable(s3, bucket)
    answer = s3.copy_object(Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src", "VersionId": "null"})
    assert "CopySourceVersionId" not in answer
    assert multipart.read(s3, bucket, "dst") == b"null"
    versions.suspend(s3, bucket)
    answer = s3.copy_object(Bucket=bucket, Key="dst", CopySource={"Bucket": bucket, "Key": "src"})
    assert answer["VersionId"] == "null", "unlike PutObject, CopyObject names the null version it made"


def test_b68_b69_versions_that_are_not_there(s3, versioned):
    version = versions.put(s3, versioned, "src")
    marker = versions.delete(s3, versioned, "src")
    source = {"Bucket": versioned, "Key": "src"}
    with refused("NoSuchKey", 404):
        s3.copy_object(Bucket=versioned, Key="dst", CopySource=source)
    with refused("InvalidRequest", 400) as error:
        s3.copy_object(Bucket=versioned, Key="dst", CopySource={**source, "VersionId": marker})
    assert error.message == "The source of a copy request may not specifically refer to a delete marker by version id."
    versions.delete(s3, versioned, "src", version)
    with refused("NoSuchVersion", 404, key="src", version_id=version):
        s3.copy_object(Bucket=versioned, Key="dst", CopySource={**source, "VersionId": version})
    assert versions.all_entries(s3, versioned, Prefix="dst") == []


# --- Conditions ---


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"if-match": "ETAG"}, 200),
        ({"if-match": "UNQUOTED"}, 200),
        ({"if-match": '"abc"'}, 412),
        ({"if-none-match": '"abc"'}, 200),
        ({"if-none-match": "ETAG"}, 412),
        ({"if-none-match": "UNQUOTED"}, 412),
        ({"if-modified-since": PAST}, 200),
        ({"if-modified-since": FUTURE}, 200),
        ({"if-unmodified-since": FUTURE}, 200),
        ({"if-unmodified-since": PAST}, 412),
        ({"if-match": "ETAG", "if-unmodified-since": PAST}, 200),
        ({"if-none-match": "ETAG", "if-modified-since": PAST}, 412),
    ],
)
def test_b70_b71_b72_source_conditions(raw, s3, bucket, source, conditions, status):
    values = {"ETAG": source, "UNQUOTED": source.strip('"')}
    headers = {f"x-amz-copy-source-{name}": values.get(value, value) for name, value in conditions.items()}
    answer = copy(raw, bucket, **headers)
    if status == 412:
        answer.expect(412, "PreconditionFailed")
        assert answer.error.fields["Condition"].lower() in headers
        with refused("404", 404):
            s3.head_object(Bucket=bucket, Key="dst")
    else:
        answer.expect(200)
        assert multipart.read(s3, bucket, "dst") == DATA


def test_b70_not_modified_since_its_own_date_is_412_never_304(raw, s3, bucket, source):
    modified = raw.request("HEAD", f"/{bucket}/src").headers["Last-Modified"]
    copy(raw, bucket, **{"x-amz-copy-source-if-modified-since": modified}).expect(412, "PreconditionFailed")


def test_b147_copy_if_none_match_star_on_the_target(s3, bucket, source):
    where = {"Bucket": bucket, "CopySource": {"Bucket": bucket, "Key": "src"}}
    s3.copy_object(Key="dst", IfNoneMatch="*", **where)
    with refused("PreconditionFailed", 412):
        s3.copy_object(Key="dst", IfNoneMatch="*", **where)
