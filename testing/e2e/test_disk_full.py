"""P5, a full disk: new data is refused with a 5xx S3 error, nothing acknowledged is lost, reads and deletes go on, and
when space is back writes go on without a restart."""

from __future__ import annotations

import os
import subprocess

import pytest
from lib.data import random_bytes
from lib.errors import error_of
from lib.wait import poll

PART = 5 << 20


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 96 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_p5_a_full_disk_refuses_data_loses_nothing_and_recovers(own_server, small_disk):
    reserve = str(16 << 20)
    server = own_server(data=small_disk / "data", env={"DRYSTONE_STORAGE_FREE_SPACE_MIN_BYTES": reserve})
    s3 = server.client()
    s3.create_bucket(Bucket="full-bucket")
    s3.put_object(Bucket="full-bucket", Key="kept", Body=random_bytes("kept", 9 << 20))
    upload = s3.create_multipart_upload(Bucket="full-bucket", Key="big")["UploadId"]
    sent = {}
    refused = None
    for number in range(1, 40):
        body = random_bytes(number, PART)
        try:
            sent[number] = s3.upload_part(
                Bucket="full-bucket", Key="big", UploadId=upload, PartNumber=number, Body=body
            )["ETag"]
        except s3.exceptions.ClientError as error:
            refused = error_of(error)
            break
    assert refused is not None and refused.status == 507 and refused.code == "InsufficientStorage", refused
    assert 5 <= len(sent) <= 16

    # reads, lists and small steps go on; what was acknowledged survives a crash of the full store
    assert s3.get_object(Bucket="full-bucket", Key="kept")["Body"].read() == random_bytes("kept", 9 << 20)
    server.kill()
    server.start()
    s3 = server.client()
    listed = s3.list_parts(Bucket="full-bucket", Key="big", UploadId=upload)["Parts"]
    assert {part["PartNumber"]: part["ETag"] for part in listed} == sent

    # the very parts that fill the disk can be completed, and deletes give their space back
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in sent.items()]
    s3.complete_multipart_upload(Bucket="full-bucket", Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    whole = s3.get_object(Bucket="full-bucket", Key="big")["Body"].read()
    assert whole == b"".join(random_bytes(number, PART) for number in sent)
    s3.delete_object(Bucket="full-bucket", Key="big")

    def accepted() -> bool:
        try:
            s3.put_object(Bucket="full-bucket", Key="again", Body=random_bytes("again", 20 << 20))
        except s3.exceptions.ClientError as error:
            assert error_of(error).status == 507
            return False
        return True

    poll("the space of a deleted object comes back", accepted)
    assert s3.get_object(Bucket="full-bucket", Key="again")["Body"].read() == random_bytes("again", 20 << 20)


def test_p5_deletes_and_aborts_work_with_no_byte_free(own_server, small_disk):
    """Something else fills the disk to the last byte: deletes and aborts still work, at once."""
    server = own_server(data=small_disk / "data")
    s3 = server.client()
    s3.create_bucket(Bucket="full-bucket")
    for number in range(100):
        s3.put_object(Bucket="full-bucket", Key=f"small-{number}", Body=b"x" * 4096)
    upload = s3.create_multipart_upload(Bucket="full-bucket", Key="open")["UploadId"]
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    with pytest.raises(s3.exceptions.ClientError):
        s3.put_object(Bucket="full-bucket", Key="new", Body=b"x" * (8 << 20))
    for number in range(50):
        s3.delete_object(Bucket="full-bucket", Key=f"small-{number}")
    s3.abort_multipart_upload(Bucket="full-bucket", Key="open", UploadId=upload)
    server.kill()
    server.start()
    s3 = server.client()
    left = {entry["Key"] for entry in s3.list_objects_v2(Bucket="full-bucket")["Contents"]}
    assert left == {f"small-{number}" for number in range(50, 100)}
    for number in range(50, 100):
        s3.delete_object(Bucket="full-bucket", Key=f"small-{number}")
    filler.unlink()

    def accepted() -> bool:
        try:
            s3.put_object(Bucket="full-bucket", Key="new", Body=b"x" * 4096)
            return True
        except s3.exceptions.ClientError:
            return False

    poll("writes go on when space is back", accepted)
