"""GetBucketTagging: the tags as they were put, or NoSuchTagSet."""

from conftest import bucket_name
from lib.errors import refused
from lib.tags import tagging, tags_in


def test_a_bucket_without_tags(s3, bucket):
    with refused("NoSuchTagSet", 404, bucket_name=bucket) as error:
        s3.get_bucket_tagging(Bucket=bucket)
    assert error.message == "The TagSet does not exist"


def test_tags_of_the_bucket_are_not_those_of_its_objects(s3, bucket):
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tagging(("z", "1"), ("a", "é")))
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert tags_in(s3.get_bucket_tagging(Bucket=bucket)) == [("z", "1"), ("a", "é")]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        s3.get_bucket_tagging(Bucket=bucket_name())
