"""DeleteObjectTagging: 204, and the object has no tags."""

from conftest import bucket_name
from lib.errors import refused
from lib.tags import of_object


def test_delete_object_tagging_leaves_the_object(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1")
    for _ in range(2):
        assert raw.request("DELETE", f"/{bucket}/k", "tagging").expect(204).body == b""
    assert of_object(s3, bucket) == []
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_delete_object_tagging_of_a_version(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2", Tagging="b=2")["VersionId"]
    assert s3.delete_object_tagging(Bucket=bucket, Key="k", VersionId=first)["VersionId"] == first
    assert of_object(s3, bucket, VersionId=first) == []
    assert of_object(s3, bucket) == [("b", "2")]
    assert s3.delete_object_tagging(Bucket=bucket, Key="k")["VersionId"] == second
    assert of_object(s3, bucket) == []


def test_b12_nothing_to_delete_from(s3, bucket):
    with refused("NoSuchKey", 404):
        s3.delete_object_tagging(Bucket=bucket, Key="k")
    with refused("NoSuchBucket", 404):
        s3.delete_object_tagging(Bucket=bucket_name(), Key="k")
