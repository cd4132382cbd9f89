"""GetObjectRetention: mode and date, or why there are none."""

from conftest import bucket_name
from lib import lock
from lib.data import md5_base64
from lib.errors import refused
from lib.lock import FAR


def test_the_xml(raw, s3, locked_bucket):
    lock.put(s3, locked_bucket, ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=FAR)
    answer = raw.request("GET", f"/{locked_bucket}/k", "retention").expect(200)
    assert answer.xml == {"Mode": "GOVERNANCE", "RetainUntilDate": "2099-01-01T00:00:00.000Z"}


def test_a_date_keeps_its_milliseconds(raw, locked_bucket):
    """What is read and put back is not shorter."""
    until = "2099-01-01T00:00:00.730Z"
    headers = {"x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": until, "Content-MD5": md5_base64(b"x")}
    raw.request("PUT", f"/{locked_bucket}/k", headers=headers, body=b"x").expect(200)
    assert raw.request("GET", f"/{locked_bucket}/k", "retention").expect(200).xml["RetainUntilDate"] == until
    assert raw.request("HEAD", f"/{locked_bucket}/k").headers["x-amz-object-lock-retain-until-date"] == until
    document = f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{until}</RetainUntilDate></Retention>".encode()
    raw.request("PUT", f"/{locked_bucket}/k", "retention", {"Content-MD5": md5_base64(document)}, document).expect(200)


def test_an_object_without_retention(s3, locked_bucket):
    lock.put(s3, locked_bucket)
    with refused("NoSuchObjectLockConfiguration", 404):
        s3.get_object_retention(Bucket=locked_bucket, Key="k")


def test_nothing_to_read(s3, bucket):
    with refused("NoSuchBucket", 404):
        s3.get_object_retention(Bucket=bucket_name(), Key="k")
    with refused("NoSuchKey", 404):
        s3.get_object_retention(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("InvalidRequest", 400) as error:
        s3.get_object_retention(Bucket=bucket, Key="k")
    assert error.message == "Bucket is missing Object Lock Configuration"
