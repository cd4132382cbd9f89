"""RestoreObject: every class is at hand here, so there is nothing to restore, as on AWS for a class that is no archive."""

import pytest
from conftest import bucket_name
from lib.data import md5_base64
from lib.errors import refused

REQUEST = {"Days": 1, "GlacierJobParameters": {"Tier": "Standard"}}


@pytest.mark.parametrize("storage_class", ["STANDARD", "STANDARD_IA", "GLACIER_IR", "GLACIER"])
def test_nothing_needs_to_be_restored(s3, bucket, storage_class):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass=storage_class)
    with refused("InvalidObjectState", 403) as error:
        s3.restore_object(Bucket=bucket, Key="k", RestoreRequest=REQUEST)
    assert error.message == "Restore is not allowed for the object's current storage class"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_restore_names_a_version(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    with refused("InvalidObjectState", 403):
        s3.restore_object(Bucket=bucket, Key="k", VersionId=version, RestoreRequest=REQUEST)
    with refused("NoSuchVersion", 404):
        s3.restore_object(Bucket=bucket, Key="k", VersionId="0" * 32, RestoreRequest=REQUEST)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "MissingRequestBodyError"), (b"<Other/>", "MalformedXML"), (b"<RestoreRequest>", "MalformedXML")],
)
def test_a_bad_document(raw, s3, bucket, body, code):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    raw.request("POST", f"/{bucket}/k", "restore", {"Content-MD5": md5_base64(body)}, body).expect(400, code)


def test_nothing_to_restore(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.restore_object(Bucket=bucket, Key="k", RestoreRequest=REQUEST)
    with refused("NoSuchBucket", 404):
        s3.restore_object(Bucket=bucket_name(), Key="k", RestoreRequest=REQUEST)
