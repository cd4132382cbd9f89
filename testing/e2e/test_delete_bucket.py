"""DeleteBucket: only empty buckets, and open uploads do not count."""

from conftest import bucket_name
from lib import multipart, versions
from lib.errors import refused


def test_delete_bucket_answers_204_and_the_bucket_is_gone(s3):
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    assert s3.delete_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
    assert name not in [found["Name"] for found in s3.list_buckets()["Buckets"]]


def test_b12_delete_bucket_that_is_missing(s3):
    name = bucket_name()
    with refused("NoSuchBucket", 404, bucket_name=name):
        s3.delete_bucket(Bucket=name)


def test_delete_bucket_with_objects_is_refused_and_keeps_them(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=bucket)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


def test_b166_delete_bucket_discards_open_uploads(s3):
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    upload_id = multipart.create(s3, name, "k")
    multipart.put_part(s3, name, "k", upload_id, 1, b"part")
    s3.delete_bucket(Bucket=name)

    s3.create_bucket(Bucket=name)
    try:
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=name)
        with refused("NoSuchUpload", 404):
            s3.list_parts(Bucket=name, Key="k", UploadId=upload_id)
        with refused("NoSuchUpload", 404):
            multipart.put_part(s3, name, "k", upload_id, 1, b"part")
    finally:
        s3.delete_bucket(Bucket=name)


def test_delete_bucket_takes_its_lifecycle_rules_along(s3):
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    rule = {
        "ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    s3.delete_bucket(Bucket=name)
    s3.create_bucket(Bucket=name)
    try:
        with refused("NoSuchLifecycleConfiguration", 404):
            s3.get_bucket_lifecycle_configuration(Bucket=name)
    finally:
        s3.delete_bucket(Bucket=name)


def test_a_bucket_with_versions_or_delete_markers_is_not_empty(s3, versioned):
    version = versions.put(s3, versioned, "k")
    marker = versions.delete(s3, versioned, "k")
    for gone in (version, marker):
        with refused("BucketNotEmpty", 409) as error:
            s3.delete_bucket(Bucket=versioned)
        assert error.message.endswith("You must delete all versions in the bucket.")
        versions.delete(s3, versioned, "k", gone)
    s3.delete_bucket(Bucket=versioned)
