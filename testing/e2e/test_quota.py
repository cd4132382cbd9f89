"""Quotas of buckets: set by an administrator, enforced on every way in, and given back by every delete."""

from __future__ import annotations

import json
import subprocess

import pytest
from lib.data import MIB, PART_MIN, random_bytes
from lib.errors import refused
from lib.forms import post, signed
from lib.server import binary
from lib.wait import poll


@pytest.fixture
def server(own_server):
    """A server of the test's own."""
    return own_server()


@pytest.fixture
def s3(server):
    """Its client, with a bucket `bkt`."""
    client = server.client()
    client.create_bucket(Bucket="bkt")
    return client


def admin(server, *args, code=0):
    """`drystone admin bucket ...`; what it prints."""
    done = subprocess.run(
        [binary(), "admin", "bucket", *args, "--endpoint", server.url],
        env={"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def shown(server):
    """`drystone admin bucket show`, as a dict."""
    return json.loads(admin(server, "show", "bkt", "--output", "json"))


def test_the_quota_is_set_shown_and_removed(server, s3):
    assert shown(server)["quotaBytes"] is None
    admin(server, "quota", "bkt", "--set", "2MiB")
    assert shown(server)["quotaBytes"] == 2 * MIB
    s3.put_object(Bucket="bkt", Key="k", Body=bytes(1000))
    now = shown(server)
    assert (now["versions"], now["versionBytes"], now["partBytes"]) == (1, 1000, 0)
    assert "quotaBytes: 2097152" in admin(server, "quota", "bkt")
    assert "bkt" in admin(server, "list")
    admin(server, "quota", "bkt", "--remove")
    assert shown(server)["quotaBytes"] is None
    assert "there is no such bucket" in admin(server, "show", "missing", code=254)
    admin(server, "quota", "bkt", "--set", "lots", code=252)


def test_an_object_that_does_not_fit_is_refused_and_says_what_to_do(server, s3):
    admin(server, "quota", "bkt", "--set", "1MiB")
    s3.put_object(Bucket="bkt", Key="a", Body=bytes(MIB - 10))
    with refused("QuotaExceeded", 403, bucket_name="bkt", quota_bytes=str(MIB)) as error:
        s3.put_object(Bucket="bkt", Key="b", Body=bytes(11))
    assert "drystone admin bucket quota bkt --set" in error.message
    s3.put_object(Bucket="bkt", Key="b", Body=bytes(10))
    s3.put_object(Bucket="bkt", Key="a", Body=bytes(MIB - 10))  # replaces as many bytes
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket="bkt", Key="a", Body=bytes(MIB - 9))
    s3.delete_object(Bucket="bkt", Key="b")
    s3.put_object(Bucket="bkt", Key="a", Body=bytes(MIB))


def test_a_body_that_cannot_fit_is_not_taken_in(server, s3):
    admin(server, "quota", "bkt", "--set", "1MiB")
    raw = server.raw()
    head = raw.sign("PUT", "/bkt/k", payload="UNSIGNED-PAYLOAD", headers={"Expect": "100-continue", "Content-Length": "5000000000"})
    with raw.connect(20) as connection:
        connection.sendall(head.head + b"\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"QuotaExceeded" in answer


def test_every_way_in_is_limited(server, s3):
    s3.put_object(Bucket="bkt", Key="source", Body=bytes(600_000))
    admin(server, "quota", "bkt", "--set", "1MB")
    raw = server.raw()
    with refused("QuotaExceeded", 403):
        s3.copy_object(Bucket="bkt", Key="copy", CopySource="bkt/source")
    post(raw, "bkt", signed(raw, "bkt", {"key": "form"}), bytes(500_000)).expect(403, "QuotaExceeded")
    pieces = [bytes(100_000)] * 5
    raw.request("PUT", "/bkt/chunked", body=pieces, length=None, payload="UNSIGNED-PAYLOAD").expect(
        403, "QuotaExceeded"
    )
    upload = s3.create_multipart_upload(Bucket="bkt", Key="u")["UploadId"]
    part = {"Bucket": "bkt", "Key": "u", "UploadId": upload}
    with refused("QuotaExceeded", 403):
        s3.upload_part(**part, PartNumber=1, Body=bytes(400_001))
    with refused("QuotaExceeded", 403):
        s3.upload_part_copy(**part, PartNumber=1, CopySource="bkt/source")
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="bkt")["Contents"]] == ["source"]


def test_parts_count_and_completing_needs_no_more_room(server, s3):
    admin(server, "quota", "bkt", "--set", str(2 * PART_MIN))
    upload = s3.create_multipart_upload(Bucket="bkt", Key="u")["UploadId"]
    part = {"Bucket": "bkt", "Key": "u", "UploadId": upload}
    sent = [s3.upload_part(**part, PartNumber=n, Body=random_bytes(n, PART_MIN)) for n in (1, 2)]
    assert (shown(server)["parts"], shown(server)["partBytes"]) == (2, 2 * PART_MIN)
    with refused("QuotaExceeded", 403):
        s3.upload_part(**part, PartNumber=3, Body=b"x")
    s3.upload_part(**part, PartNumber=2, Body=random_bytes(2, PART_MIN))  # replaces
    parts = [{"PartNumber": n, "ETag": answer["ETag"]} for n, answer in enumerate(sent, 1)]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": parts})
    now = shown(server)
    assert (now["versionBytes"], now["partBytes"]) == (2 * PART_MIN, 0)
    s3.delete_object(Bucket="bkt", Key="u")
    poll("room for more", lambda: shown(server)["versionBytes"] == 0)
    s3.put_object(Bucket="bkt", Key="k", Body=b"x")


def test_old_versions_count(server, s3):
    s3.put_bucket_versioning(Bucket="bkt", VersioningConfiguration={"Status": "Enabled"})
    admin(server, "quota", "bkt", "--set", "1000")
    first = s3.put_object(Bucket="bkt", Key="k", Body=bytes(600))["VersionId"]
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket="bkt", Key="k", Body=bytes(600))
    s3.delete_object(Bucket="bkt", Key="k")  # a marker takes no room, and gives none back
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket="bkt", Key="k", Body=bytes(600))
    s3.delete_object(Bucket="bkt", Key="k", VersionId=first)
    s3.put_object(Bucket="bkt", Key="k", Body=bytes(1000))


def test_a_quota_below_what_is_held_keeps_it_and_survives_a_restart(server, s3):
    s3.put_object(Bucket="bkt", Key="k", Body=bytes(1000))
    admin(server, "quota", "bkt", "--set", "10")
    server.restart()
    s3 = server.client()
    assert s3.get_object(Bucket="bkt", Key="k")["Body"].read() == bytes(1000)
    with refused("QuotaExceeded", 403):
        s3.put_object(Bucket="bkt", Key="l", Body=b"x")
    s3.put_object(Bucket="bkt", Key="k", Body=bytes(999))  # smaller than what it replaces
