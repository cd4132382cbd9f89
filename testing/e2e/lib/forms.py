"""POST forms: policies, their signatures of both versions, and multipart bodies with every byte open to change."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from .raw import Raw, Response
from .sigv4 import now, now_text, signing_key

BOUNDARY = "----a-boundary-0123456789"

Fields = list[tuple[str, str]]


def policy(conditions: list[Any], expires_seconds: float = 600, **more: Any) -> str:
    """The field `policy`: a document that ends some seconds from now."""
    end = now(expires_seconds).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    document = {"expiration": end, "conditions": conditions, **more}
    return encode({name: value for name, value in document.items() if value is not None})


def encode(document: Any) -> str:
    """Base64 of JSON."""
    return base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def signed(
    raw: Raw,
    bucket: str,
    fields: Mapping[str, str],
    conditions: Iterable[Any] = (),
    *,
    version: int = 4,
    expires_seconds: float = 600,
    cover: bool = True,
    document: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    region: str | None = None,
) -> Fields:
    """`fields` and those that sign them. `cover` adds a condition for the bucket and for each field."""
    date = now_text()
    access_key = access_key or raw.credentials.access_key
    secret_key = secret_key or raw.credentials.secret_key
    region = region or raw.region
    all_fields = dict(fields)
    if version == 4:
        all_fields |= {
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "x-amz-credential": f"{access_key}/{date[:8]}/{region}/s3/aws4_request",
            "x-amz-date": date,
        }
    all_conditions = list(conditions)
    if cover:
        all_conditions += [{"bucket": bucket}]
        all_conditions += [
            ["starts-with", f"${name}", ""] if "${filename}" in value else {name: value}
            for name, value in all_fields.items()
        ]
    text = policy(all_conditions, expires_seconds) if document is None else document
    all_fields["policy"] = text
    if version == 4:
        key = signing_key(secret_key, date[:8], region)
        all_fields["x-amz-signature"] = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    else:
        all_fields["AWSAccessKeyId"] = access_key
        digest = hmac.new(secret_key.encode(), text.encode(), hashlib.sha1).digest()
        all_fields["signature"] = base64.b64encode(digest).decode()
    return list(all_fields.items())


def change(fields: Fields, **values: str | None) -> Fields:
    """The same fields with some set, or with None removed; `_` stands for `-`."""
    names = {name.replace("_", "-") if "_action_" not in name else name: value for name, value in values.items()}
    kept = [(name, value) for name, value in fields if name.lower() not in names]
    return kept + [(name, value) for name, value in names.items() if value is not None]


def body(
    fields: Fields, data: bytes | None, file_name: str | None = "upload.bin", boundary: str = BOUNDARY, after: bytes = b""
) -> bytes:
    """The multipart body. `data` None: no file at all; `file_name` None: a file without a name. `after` stands between the
    file and the last boundary."""
    pieces = []
    for name, value in fields:
        pieces.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
    if data is not None:
        named = "" if file_name is None else f'; filename="{file_name}"'
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"{named}\r\n'
        pieces.append(head.encode() + b"Content-Type: application/x-ignored\r\n\r\n" + data + b"\r\n")
    return b"".join(pieces) + after + f"--{boundary}--\r\n".encode()


def post(
    raw: Raw,
    bucket: str,
    fields: Fields,
    data: bytes | None = b"data",
    file_name: str | None = "upload.bin",
    *,
    boundary: str = BOUNDARY,
    after: bytes = b"",
    headers: Mapping[str, str] | None = None,
    path: str | None = None,
) -> Response:
    """Sends the form, without any other credentials than its own."""
    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}", **(headers or {})}
    payload = body(fields, data, file_name, boundary, after)
    return raw.request("POST", path or f"/{bucket}", None, content_type, payload, sign=None)
