"""A SigV4 header signature with every element open to change, for requests that no client would sign."""

from __future__ import annotations

import datetime
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def authorization(
    raw,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    query: str = "",
    signed: list[str] | None = None,
    payload: str,
    date: str,
    scope: str | None = None,
    secret: str | None = None,
) -> str:
    """The Authorization header over `headers` (lower-case names). `query` must be canonical already.

    `signed` names the signed headers (default: all of them); `scope` replaces the credential scope that is written,
    not the one that is signed with.
    """
    names = sorted(headers) if signed is None else signed
    canonical_headers = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    request = "\n".join([method, path, query, canonical_headers, ";".join(names), payload])
    true_scope = f"{date[:8]}/{raw.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", date, true_scope, hashlib.sha256(request.encode()).hexdigest()])
    key = signing_key(secret or raw.credentials.secret_key, date[:8], raw.region)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{raw.credentials.access_key}/{scope or true_scope}"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"


def signing_key(secret: str, date: str, region: str) -> bytes:
    """The key of one day and region."""
    key = b"AWS4" + secret.encode()
    for word in (date, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key


def now_text(offset_seconds: float = 0) -> str:
    """x-amz-date, now or some seconds from now."""
    return now(offset_seconds).strftime("%Y%m%dT%H%M%SZ")


def now(offset_seconds: float = 0) -> datetime.datetime:
    """The time in UTC, now or some seconds from now."""
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_seconds)


def canonical_path(decoded: str) -> str:
    """The path as it is signed (b205): encoded once, `/` kept, nothing normalised."""
    return quote(decoded, safe="/-_.~")
