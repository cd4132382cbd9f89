"""SelectObjectContent: closed to new customers on AWS since 2024, and answered so: 405."""

from lib.errors import refused


def select(s3, bucket):
    """One query."""
    return s3.select_object_content(
        Bucket=bucket, Key="k", Expression="select * from s3object", ExpressionType="SQL",
        InputSerialization={"CSV": {}}, OutputSerialization={"CSV": {}},
    )


def test_select_is_not_offered(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"a,b\n")
    with refused("MethodNotAllowed", 405, method="POST", resource_type="SELECT"):
        select(s3, bucket)


def test_a_missing_object_is_missed_first(s3, bucket):
    with refused("NoSuchKey", 404):
        select(s3, bucket)
