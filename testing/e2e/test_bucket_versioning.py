"""PutBucketVersioning, GetBucketVersioning; what the null version is before, while and after versioning is enabled."""

from __future__ import annotations

import pytest
from conftest import bucket_name
from lib.errors import refused
from lib.multipart import read, upload
from lib.versions import Entry, all_entries, delete, enable, put, suspend

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def put_raw(raw, bucket, body):
    return raw.request("PUT", f"/{bucket}", "versioning", {}, body.encode())


def test_a_bucket_that_was_never_versioned_has_no_status(s3, raw, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    answer = raw.request("GET", f"/{bucket}", "versioning").expect(200)
    assert answer.root.tag.endswith("VersioningConfiguration")
    assert len(answer.root) == 0


def test_versioning_is_enabled_suspended_and_enabled_again(s3, bucket):
    """PutBucketVersioning and GetBucketVersioning."""
    for _ in range(2):
        enable(s3, bucket)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        suspend(s3, bucket)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_versioning_may_be_suspended_before_it_was_ever_enabled(s3, bucket):
    suspend(s3, bucket)
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


@pytest.mark.parametrize(
    ("inside", "code", "status"),
    [
        ("<Status>enabled</Status>", "MalformedXML", 400),
        ("<Status>Disabled</Status>", "MalformedXML", 400),
        ("<Status></Status>", "MalformedXML", 400),
        ("", "IllegalVersioningConfigurationException", 400),
        ("<MfaDelete>Disabled</MfaDelete>", "IllegalVersioningConfigurationException", 400),
        ("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>", "NotImplemented", 501),
        ("<Status>Enabled</Status><MfaDelete>perhaps</MfaDelete>", "MalformedXML", 400),
        ("<Status>Enabled", "MalformedXML", 400),
    ],
)
def test_b15_a_bad_configuration_changes_nothing(s3, raw, bucket, inside, code, status):
    body = f"<VersioningConfiguration {NAMESPACE}>{inside}</VersioningConfiguration>"
    put_raw(raw, bucket, body).expect(status, code)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_an_empty_body_is_refused(raw, bucket):
    put_raw(raw, bucket, "").expect(400, "MissingRequestBodyError")


def test_mfa_delete_disabled_is_what_it_is(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled", "MFADelete": "Disabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_b12_an_unknown_bucket_has_no_versioning(s3):
    name = bucket_name()
    with refused("NoSuchBucket", 404):
        s3.get_bucket_versioning(Bucket=name)
    with refused("NoSuchBucket", 404):
        enable(s3, name)


def test_objects_from_before_become_null_versions(s3, bucket):
    assert put(s3, bucket, "k", b"before") == "null"
    assert "VersionId" not in s3.get_object(Bucket=bucket, Key="k"), "nothing is versioned yet"
    enable(s3, bucket)
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == "null"
    version = put(s3, bucket, "k", b"after")
    assert version != "null"
    assert read(s3, bucket, "k") == b"after"
    assert read(s3, bucket, "k", VersionId="null") == b"before"
    assert sorted(all_entries(s3, bucket), key=lambda entry: entry.is_latest) == [
        Entry("k", "null", False, False), Entry("k", version, True, False)
    ]


def test_b192_a_suspended_bucket_replaces_only_the_null_version(s3, versioned):
    """PutObject and Complete name no version there; reads do."""
    kept = [put(s3, versioned, "k", b"one"), put(s3, versioned, "k", b"two")]
    suspend(s3, versioned)
    assert read(s3, versioned, "k") == b"two"
    answer = s3.put_object(Bucket=versioned, Key="k", Body=b"null one")
    assert "VersionId" not in answer
    assert "VersionId" not in upload(s3, versioned, "k", [b"null two"])
    found = s3.get_object(Bucket=versioned, Key="k")
    assert (found["VersionId"], found["Body"].read()) == ("null", b"null two")
    ids = [entry.version_id for entry in all_entries(s3, versioned)]
    assert ids == ["null", *reversed(kept)]
    assert [read(s3, versioned, "k", VersionId=id) for id in kept] == [b"one", b"two"]


def test_suspended_deletes_leave_one_null_delete_marker(s3, versioned):
    kept = put(s3, versioned, "k", b"one")
    suspend(s3, versioned)
    put(s3, versioned, "k", b"null")
    for _ in range(3):
        answer = s3.delete_object(Bucket=versioned, Key="k")
        assert (answer["DeleteMarker"], answer["VersionId"]) == (True, "null")
    with refused("NoSuchKey", 404):
        read(s3, versioned, "k")
    assert all_entries(s3, versioned) == [Entry("k", kept, False, False), Entry("k", "null", True, True)]
    delete(s3, versioned, "k", "null")
    assert read(s3, versioned, "k") == b"one"


def test_the_null_version_can_be_removed_under_versions(s3, bucket):
    put(s3, bucket, "k", b"null")
    enable(s3, bucket)
    version = put(s3, bucket, "k", b"new")
    assert delete(s3, bucket, "k", "null") == "null"
    with refused("NoSuchVersion", 404, version_id="null"):
        read(s3, bucket, "k", VersionId="null")
    assert all_entries(s3, bucket) == [Entry("k", version, True, False)]
