"""Versioned buckets in one line, and the list of versions as a model tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


def enable(s3: Any, bucket: str) -> None:
    """Turns versioning on."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def suspend(s3: Any, bucket: str) -> None:
    """Suspends versioning."""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def put(s3: Any, bucket: str, key: str, body: bytes = b"x", **kwargs: Any) -> str:
    """PutObject; the version id, `null` when the answer has none."""
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **kwargs).get("VersionId", "null")


def delete(s3: Any, bucket: str, key: str, version_id: str | None = None) -> str | None:
    """DeleteObject; the version id of the answer."""
    named = {"VersionId": version_id} if version_id else {}
    return s3.delete_object(Bucket=bucket, Key=key, **named).get("VersionId")


@dataclass(frozen=True)
class Entry:
    """One line of a list of versions."""

    key: str
    version_id: str
    is_latest: bool
    is_marker: bool


def entries(page: dict[str, Any]) -> list[Entry]:
    """Versions and delete markers of one answer. botocore sorts them into two lists: by key, the order within a key lost."""
    found = [(item, False) for item in page.get("Versions", [])] + [(item, True) for item in page.get("DeleteMarkers", [])]
    return [Entry(item["Key"], item["VersionId"], item["IsLatest"], marker) for item, marker in found]


def all_entries(s3: Any, bucket: str, **kwargs: Any) -> list[Entry]:
    """All versions and delete markers, over all pages."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, **kwargs)
    return [entry for page in pages for entry in entries(page)]
