"""SSE-S3, SSE-KMS and SSE-C on every action that reads or writes bytes (b33, b34, b145, b198-b202)."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from lib import multipart
from lib.data import random_bytes
from lib.errors import refused
from lib.sse import CustomerKey, shown, shown_customer, shown_kms

PART = 5 << 20
KEY, OTHER = CustomerKey(1), CustomerKey(2)
AES = {"": "AES256"}
KMS = {"ServerSideEncryption": "aws:kms"}


def md5(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


# --- What answers show ---


def test_b33_without_headers_every_answer_says_aes256(s3, bucket):
    data = random_bytes("sealed", 1000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=data)
    assert (shown(put), put["ETag"]) == (AES, md5(data))
    for read in (s3.get_object, s3.head_object):
        assert shown(read(Bucket=bucket, Key="k")) == AES
    assert shown(s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")) == AES
    created = s3.create_multipart_upload(Bucket=bucket, Key="big")
    upload = {"Bucket": bucket, "Key": "big", "UploadId": created["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=data)
    source = f"{bucket}/k"
    copied = s3.upload_part_copy(**upload, PartNumber=2, CopySource=source)
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    completed = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    again = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    for answer in (created, part, copied, completed, again, s3.get_object(Bucket=bucket, Key="big")):
        assert shown(answer) == AES
    assert part["ETag"] == md5(data)


def test_b202_kms_is_echoed_on_create_upload_part_complete_and_get(s3, bucket):
    data = random_bytes("sealed", 1000)
    context = base64.b64encode(json.dumps({"a": "b"}).encode()).decode()
    sse = {**KMS, "SSEKMSKeyId": "aws/s3", "BucketKeyEnabled": True}
    expected = shown_kms(**{"bucket-key-enabled": "true"})
    created = s3.create_multipart_upload(Bucket=bucket, Key="k", SSEKMSEncryptionContext=context, **sse)
    assert shown(created) == {**expected, "context": context}
    upload = {"Bucket": bucket, "Key": "k", "UploadId": created["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=data)
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    completed = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    for answer in (part, completed, got, s3.head_object(Bucket=bucket, Key="k")):
        assert shown(answer) == expected
    assert got["Body"].read() == data
    # b145: absent in Complete, present in GET
    assert "ChecksumCRC64NVME" not in completed
    assert got["ChecksumCRC64NVME"]
    assert part["ETag"] != md5(data)  # b199


def test_sse_kms_without_a_key_takes_the_one_that_is_always_there(s3, bucket):
    assert shown(s3.put_object(Bucket=bucket, Key="k", Body=b"x", **KMS)) == shown_kms()
    assert multipart.read(s3, bucket, "k") == b"x"


def test_an_unknown_kms_key_is_refused_by_every_write(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    sse = {"Bucket": bucket, "Key": "k", **KMS, "SSEKMSKeyId": "fake-key-id"}
    for write in (
        lambda: s3.put_object(**sse, Body=b"x"),
        lambda: s3.create_multipart_upload(**sse),
        lambda: s3.copy_object(**sse, CopySource=f"{bucket}/source"),
    ):
        with refused("KMS.NotFoundException", 400) as error:
            write()
        assert error.message == "Invalid keyId 'fake-key-id'"


def test_dsse_is_not_promised(s3, bucket):
    with refused("NotImplemented", 501):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms:dsse")


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x-amz-server-side-encryption": "AES128"}, "The encryption method specified is not supported"),
        ({"x-amz-server-side-encryption-aws-kms-key-id": "k"}, "Server Side Encryption with AWS KMS managed key requires"),
    ],
)
def test_methods_that_are_none(raw, bucket, headers, message):
    answer = raw.request("PUT", f"/{bucket}/k", None, headers, b"x").expect(400, "InvalidArgument")
    assert answer.error.message.startswith(message)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_takes_no_method(raw, s3, bucket, method):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    raw.request(method, f"/{bucket}/k", None, {"x-amz-server-side-encryption": "AES256"}).expect(400)


# --- SSE-C ---


def test_b200_an_object_of_a_clients_key_opens_with_that_key_only(s3, bucket):
    data = random_bytes("sealed", 200_000)
    put = s3.put_object(Bucket=bucket, Key="k", Body=data, **KEY.args)
    assert shown(put) == shown_customer(KEY)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", **KEY.args)
    assert shown(got) == shown_customer(KEY)
    assert got["Body"].read() == data
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    assert s3.head_object(Bucket=bucket, Key="k", **KEY.args)["ContentLength"] == len(data)
    for start, end in [(0, 0), (65_487, 65_488), (131_000, 199_999)]:
        part = multipart.read(s3, bucket, "k", Range=f"bytes={start}-{end}", **KEY.args)
        assert part == data[start : end + 1]
    with refused("InvalidRequest", 400) as error:
        s3.get_object(Bucket=bucket, Key="k")
    assert error.message == (
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object."
    )
    with refused("AccessDenied", 403) as error:
        s3.get_object(Bucket=bucket, Key="k", **OTHER.args)
    assert error.message.endswith("must provide the correct secret key.")
    with refused("400", 400):
        s3.head_object(Bucket=bucket, Key="k")
    with refused("403", 403):
        s3.head_object(Bucket=bucket, Key="k", **OTHER.args)
    s3.delete_object(Bucket=bucket, Key="k")  # needs no key


def test_b200_a_key_for_an_object_that_needs_none_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400) as error:
        s3.get_object(Bucket=bucket, Key="k", **KEY.args)
    assert error.message == "The encryption parameters are not applicable to this object."


def test_b200_attributes_need_the_key_too(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 1000, **KEY.args)
    wanted = {"Bucket": bucket, "Key": "k", "ObjectAttributes": ["ETag", "Checksum", "ObjectSize"]}
    with refused("InvalidRequest", 400):
        s3.get_object_attributes(**wanted)
    with refused("AccessDenied", 403):
        s3.get_object_attributes(**wanted, **OTHER.encoded)
    assert s3.get_object_attributes(**wanted, **KEY.encoded)["ObjectSize"] == 1000


def test_b201_headers_that_contradict_each_other(raw, bucket):
    prefix = "x-amz-server-side-encryption"

    def refusal(code: str = "InvalidArgument", **changes: str) -> str:
        headers = dict(KEY.headers)
        for name, value in changes.items():
            headers[f"{prefix}-customer-{name.replace('_', '-')}"] = value
        headers = {name: value for name, value in headers.items() if value}
        answer = raw.request("PUT", f"/{bucket}/k", None, headers, b"x").expect(400, code)
        assert answer.error.fields["ArgumentName"] == prefix
        assert answer.error.fields.get("ArgumentValue") == (changes["algorithm"] if "Algorithm" in code else None)
        assert KEY.text not in answer.text
        return answer.error.message

    assert refusal(key_md5=OTHER.md5) == (
        "The calculated MD5 hash of the key did not match the hash that was provided."
    )
    assert "must provide a valid encryption algorithm" in refusal(algorithm="")
    assert "must provide an appropriate secret key" in refusal(key="")
    assert "client calculated MD5" in refusal(key_md5="")
    assert refusal(key="AAAA") == "The secret key was invalid for the specified algorithm."
    assert "Supported value: AES256" in refusal("InvalidEncryptionAlgorithmError", algorithm="AES128")
    for algorithm in ("AES256", "aws:kms"):
        both = {**KEY.headers, prefix: "AES256", f"{prefix}-customer-algorithm": algorithm}
        answer = raw.request("PUT", f"/{bucket}/k", None, both, b"x").expect(400, "InvalidArgument")
        assert "incompatible with the encryption method specified" in answer.error.message
        assert answer.error.fields["ArgumentValue"] == "AES256"


# --- SSE-C, multipart ---


def test_b198_every_part_brings_the_key_of_its_upload(s3, bucket):
    upload_id = multipart.create(s3, bucket, "k", **KEY.args)
    plain_id = multipart.create(s3, bucket, "k")
    lacking = (
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
        "encryption parameters."
    )
    for which, args, message in [
        (upload_id, {}, lacking),
        (plain_id, KEY.args, lacking),
        (upload_id, OTHER.args, "The provided encryption parameters did not match the ones used originally."),
    ]:
        with refused("InvalidRequest", 400) as error:
            multipart.put_part(s3, bucket, "k", which, 1, b"x", **args)
        assert error.message == message
        with refused("InvalidRequest", 400) as error:
            s3.put_object(Bucket=bucket, Key="source", Body=b"x")
            s3.upload_part_copy(
                Bucket=bucket, Key="k", UploadId=which, PartNumber=1, CopySource=f"{bucket}/source", **args
            )
        assert error.message == message
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


def test_b199_equal_parts_have_etags_of_their_own(s3, bucket):
    data = random_bytes("sealed", PART)
    upload_id = multipart.create(s3, bucket, "k", **KEY.args)
    upload = {"Bucket": bucket, "Key": "k", "UploadId": upload_id}
    answers = [s3.upload_part(**upload, PartNumber=number, Body=data, **KEY.args) for number in (1, 2)]
    assert answers[0]["ETag"] != answers[1]["ETag"]
    assert md5(data) not in (answers[0]["ETag"], answers[1]["ETag"])
    assert all(shown(answer) == shown_customer(KEY) for answer in answers)
    assert all(answer["ChecksumCRC32"] for answer in answers)
    parts = [{"PartNumber": number, "ETag": answer["ETag"]} for number, answer in enumerate(answers, 1)]
    completed = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED", **KEY.args)
    assert got["Body"].read() == data + data
    # b145: the store holds no key at Complete; nobody knows the checksum of the whole
    for answer in (completed, got):
        assert not [name for name in answer if name.startswith("Checksum")]
    for number in (1, 2):
        assert multipart.read(s3, bucket, "k", PartNumber=number, **KEY.args) == data
    border = multipart.read(s3, bucket, "k", Range=f"bytes={PART - 10}-{PART + 9}", **KEY.args)
    assert border == data[-10:] + data[:10]


def test_a_declared_checksum_is_kept_with_a_clients_key(s3, bucket):
    data = random_bytes("sealed", 1000)
    upload_id = multipart.create(s3, bucket, "k", ChecksumAlgorithm="SHA256", **KEY.args)
    upload = {"Bucket": bucket, "Key": "k", "UploadId": upload_id}
    part = s3.upload_part(**upload, PartNumber=1, Body=data, ChecksumAlgorithm="SHA256", **KEY.args)
    parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
    completed = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, **KEY.args)
    assert completed["ChecksumSHA256"].endswith("-1")


# --- Copies ---


@pytest.mark.parametrize("size", [10, 200_000])
def test_copies_go_from_any_key_to_any_other(s3, bucket, size):
    data = random_bytes("sealed", size)
    ways = {
        "s3": ({"ServerSideEncryption": "AES256"}, {}, {}, AES),
        "kms": (KMS, {}, {}, shown_kms()),
        "c": (KEY.args, KEY.args, KEY.source, shown_customer(KEY)),
        "other": (OTHER.args, OTHER.args, OTHER.source, shown_customer(OTHER)),
    }
    for name, (write, _, _, _) in ways.items():
        s3.put_object(Bucket=bucket, Key=name, Body=data, **write)
    for source, (_, _, from_source, _) in ways.items():
        for write, read, _, expected in ways.values():
            copied = s3.copy_object(
                Bucket=bucket, Key="copy", CopySource=f"{bucket}/{source}", **from_source, **write
            )
            assert shown(copied) == expected
            assert multipart.read(s3, bucket, "copy", **read) == data
            upload_id = multipart.create(s3, bucket, "parts", **write)
            upload = {"Bucket": bucket, "Key": "parts", "UploadId": upload_id}
            part = s3.upload_part_copy(
                **upload, PartNumber=1, CopySource=f"{bucket}/{source}", **from_source, **read
            )
            assert shown(part) == expected
            parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
            multipart.complete(s3, bucket, "parts", upload_id, parts)
            assert multipart.read(s3, bucket, "parts", **read) == data


def test_b200_a_copy_needs_the_key_of_its_source(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", **KEY.args)
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/k"}
    with refused("InvalidRequest", 400):
        s3.copy_object(**copy)
    with refused("AccessDenied", 403):
        s3.copy_object(**copy, **OTHER.source)
    with refused("400", 400):
        s3.copy_object(**copy, **KEY.args, **KEY.source) and s3.head_object(Bucket=bucket, Key="copy")


def test_a_copy_onto_itself_may_change_the_encryption(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    itself = {"Bucket": bucket, "Key": "k", "CopySource": f"{bucket}/k"}
    with refused("InvalidRequest", 400):
        s3.copy_object(**itself)
    assert shown(s3.copy_object(**itself, **KMS)) == shown_kms()
    assert shown(s3.copy_object(**itself, ServerSideEncryption="AES256")) == AES
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == md5(b"x")


def test_b200_every_version_needs_the_key_it_was_written_with(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"first", **KEY.args)["VersionId"]
    second = s3.put_object(Bucket=versioned, Key="k", Body=b"second", **OTHER.args)["VersionId"]
    for version, key, wrong, data in ((first, KEY, OTHER, b"first"), (second, OTHER, KEY, b"second")):
        where = {"Bucket": versioned, "Key": "k", "VersionId": version}
        answer = s3.get_object(**where, **key.args)
        assert (answer["Body"].read(), answer["VersionId"], shown(answer)) == (data, version, shown_customer(key))
        with refused("AccessDenied", 403):
            s3.get_object(**where, **wrong.args)
        with refused("InvalidRequest", 400):
            s3.get_object(**where)
    assert s3.get_object(Bucket=versioned, Key="k", **OTHER.args)["Body"].read() == b"second"
