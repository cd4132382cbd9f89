"""Object lock in one line, for tests that are about something else; and the way to get rid of locked buckets."""

from __future__ import annotations

import datetime
from typing import Any

from botocore.exceptions import ClientError

FAR = datetime.datetime(2099, 1, 1, tzinfo=datetime.UTC)
"""A date that no test lives to see."""

PROTECTED = "Access Denied because object protected by object lock."


def create_bucket(s3: Any, name: str) -> str:
    """A bucket with object lock, and so with versions."""
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def put(s3: Any, bucket: str, key: str = "k", body: bytes = b"x", **kwargs: Any) -> str:
    """Puts an object; its version id."""
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **kwargs)["VersionId"]


def retain(s3: Any, bucket: str, key: str, mode: str, until: datetime.datetime, **kwargs: Any) -> None:
    """PutObjectRetention."""
    s3.put_object_retention(
        Bucket=bucket, Key=key, Retention={"Mode": mode, "RetainUntilDate": until}, **kwargs
    )


def set_default(s3: Any, bucket: str, **retention: Any) -> None:
    """Sets the bucket's default retention: Mode, and Days or Years; without any, none."""
    rule = {"Rule": {"DefaultRetention": retention}} if retention else {}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", **rule}
    )


def wipe(s3: Any, bucket: str) -> None:
    """Deletes what may be deleted: holds are lifted and governance is bypassed; what compliance keeps stays."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            name = {"Bucket": bucket, "Key": found["Key"], "VersionId": found["VersionId"]}
            try:
                if "ETag" in found:
                    s3.put_object_legal_hold(**name, LegalHold={"Status": "OFF"})
                s3.delete_object(**name, BypassGovernanceRetention=True)
            except ClientError:
                return
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for found in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=found["Key"], UploadId=found["UploadId"])
    s3.delete_bucket(Bucket=bucket)
