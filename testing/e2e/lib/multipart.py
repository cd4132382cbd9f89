"""Multipart uploads in one line, for tests that are about something else."""

from __future__ import annotations

from typing import Any

Parts = list[dict[str, Any]]


def create(s3: Any, bucket: str, key: str, **kwargs: Any) -> str:
    """Opens an upload; its id."""
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **kwargs)["UploadId"]


def put_part(s3: Any, bucket: str, key: str, upload_id: str, number: int, body: bytes, **kwargs: Any) -> dict[str, Any]:
    """Uploads one part; its entry for the list of Complete."""
    answer = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body, **kwargs)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def complete(s3: Any, bucket: str, key: str, upload_id: str, parts: Parts, **kwargs: Any) -> dict[str, Any]:
    """Completes an upload; the answer."""
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}, **kwargs
    )


def upload(s3: Any, bucket: str, key: str, bodies: list[bytes], **kwargs: Any) -> dict[str, Any]:
    """Create, one part per body, Complete; the answer of Complete. `kwargs` go to Create."""
    upload_id = create(s3, bucket, key, **kwargs)
    parts = [put_part(s3, bucket, key, upload_id, number, body) for number, body in enumerate(bodies, 1)]
    return complete(s3, bucket, key, upload_id, parts)


def listed_parts(s3: Any, bucket: str, key: str, upload_id: str) -> dict[int, str]:
    """Part number -> ETag of all parts, over all pages."""
    pages = s3.get_paginator("list_parts").paginate(Bucket=bucket, Key=key, UploadId=upload_id)
    return {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", [])}


def read(s3: Any, bucket: str, key: str, **kwargs: Any) -> bytes:
    """All bytes of an object."""
    return s3.get_object(Bucket=bucket, Key=key, **kwargs)["Body"].read()
