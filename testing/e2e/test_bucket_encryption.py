"""GetBucketEncryption, PutBucketEncryption, DeleteBucketEncryption: the default of a bucket (b33, b34)."""

from __future__ import annotations

import pytest
from conftest import bucket_name
from lib import multipart
from lib.errors import refused
from lib.sse import CustomerKey, shown, shown_kms

DEFAULT = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
    "BucketKeyEnabled": False,
}


def rule(algorithm: str, key_id: str | None = None, **more: object) -> dict[str, object]:
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key_id} if key_id else {})}
    return {"ApplyServerSideEncryptionByDefault": default, **more}


def put(s3, bucket: str, *rules: dict[str, object]) -> None:
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": list(rules)})


def rules(s3, bucket: str) -> list[dict[str, object]]:
    return s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def test_b33_every_bucket_has_a_default(s3, bucket):
    assert rules(s3, bucket) == [DEFAULT]


def test_what_is_put_is_got_until_it_is_deleted(s3, bucket):
    """PutBucketEncryption, GetBucketEncryption and DeleteBucketEncryption."""
    for sent in (rule("aws:kms", BucketKeyEnabled=True), rule("aws:kms", "aws/s3"), rule("AES256")):
        put(s3, bucket, sent)
        assert rules(s3, bucket) == [{"BucketKeyEnabled": False, **sent}]
    put(s3, bucket, rule("aws:kms"))
    for _ in range(2):
        s3.delete_bucket_encryption(Bucket=bucket)
        assert rules(s3, bucket) == [DEFAULT]


def test_the_default_is_used_where_a_request_says_nothing(s3, bucket):
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    put(s3, bucket, rule("aws:kms", BucketKeyEnabled=True))
    expected = shown_kms(**{"bucket-key-enabled": "true"})
    assert shown(s3.put_object(Bucket=bucket, Key="k", Body=b"x")) == expected
    assert shown(s3.get_object(Bucket=bucket, Key="k")) == expected
    assert shown(s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/before")) == expected
    assert shown(s3.get_object(Bucket=bucket, Key="before")) == {"": "AES256"}
    asked = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")
    assert shown(asked) == {"": "AES256"}


def test_b34_the_default_in_force_at_create_holds_for_the_whole_upload(s3, bucket):
    put(s3, bucket, rule("aws:kms"))
    upload_id = multipart.create(s3, bucket, "k")
    put(s3, bucket, rule("AES256"))
    answer = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"x")
    assert shown(answer) == shown_kms()
    parts = [{"PartNumber": 1, "ETag": answer["ETag"]}]
    assert shown(multipart.complete(s3, bucket, "k", upload_id, parts)) == shown_kms()
    assert shown(s3.head_object(Bucket=bucket, Key="k")) == shown_kms()


def test_a_bucket_may_block_clients_keys(s3, raw, bucket):
    blocked = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    document = (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>"
        "</Rule></ServerSideEncryptionConfiguration>"
    )
    raw.request("PUT", f"/{bucket}", "encryption", None, document.encode()).expect(200)
    got = raw.request("GET", f"/{bucket}", "encryption").expect(200)
    assert got.xml["Rule"]["BlockedEncryptionTypes"]["EncryptionType"] == blocked["BlockedEncryptionTypes"][
        "EncryptionType"
    ][0]
    key = CustomerKey(1)
    with refused("AccessDenied", 403):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **key.args)
    with refused("AccessDenied", 403):
        s3.create_multipart_upload(Bucket=bucket, Key="k", **key.args)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")


def test_a_bucket_that_does_not_exist(s3):
    name = bucket_name()
    with refused("NoSuchBucket", 404):
        rules(s3, name)
    with refused("NoSuchBucket", 404):
        put(s3, name, rule("AES256"))
    with refused("NoSuchBucket", 404):
        s3.delete_bucket_encryption(Bucket=name)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ([], "MalformedXML"),
        ([rule("AES256"), rule("AES256")], "MalformedXML"),
        ([rule("AES128")], "MalformedXML"),
        ([{"BucketKeyEnabled": True}], "MalformedXML"),
        ([rule("AES256", "key")], "InvalidArgument"),
        ([rule("aws:kms", "unknown")], "KMS.NotFoundException"),
    ],
)
def test_configurations_that_cannot_be_change_nothing(s3, bucket, sent, code):
    put(s3, bucket, rule("aws:kms"))
    with refused(code, 400):
        put(s3, bucket, *sent)
    assert rules(s3, bucket) == [{"BucketKeyEnabled": False, **rule("aws:kms")}]


def test_dsse_is_not_promised(s3, bucket):
    with refused("NotImplemented", 501):
        put(s3, bucket, rule("aws:kms:dsse"))
