"""aws-chunked bodies (b209-b215): signed, signed with trailers, unsigned with trailers; and ways to break them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping

from .raw import Query, Raw, Response

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()


def put_chunked(
    raw: Raw,
    path: str,
    data: bytes,
    query: Query = None,
    *,
    mode: str = SIGNED,
    chunk_size: int = 64 * 1024,
    trailers: Mapping[str, str] | None = None,
    announce: str | None = None,
    headers: Mapping[str, str] | None = None,
    decoded_length: int | str | None = "auto",
    encoding: str | None = "aws-chunked",
    change: Callable[[bytes], bytes] | None = None,
) -> Response:
    """PUTs `data` as an aws-chunked body.

    `announce` is the x-amz-trailer header (default: the names of `trailers`); `decoded_length` None leaves
    x-amz-decoded-content-length out. `change` gets the whole framed body and returns what is really sent.
    """
    sent = dict(headers or {})
    if encoding is not None:
        sent["Content-Encoding"] = encoding
    if decoded_length is not None:
        sent["x-amz-decoded-content-length"] = str(len(data) if decoded_length == "auto" else decoded_length)
    names = ",".join(trailers or {}) if announce is None else announce
    if names:
        sent["x-amz-trailer"] = names
    signed = raw.sign("PUT", path, query, sent, payload=mode)
    if mode == UNSIGNED_TRAILER:
        body = b"".join(_unsigned(data, chunk_size, trailers or {}))
    else:
        body = b"".join(_signed(raw, signed, data, chunk_size, trailers if mode == SIGNED_TRAILER else None))
    if change is not None:
        body = change(body)
    return raw.send("PUT", signed.target, [*signed.headers, ("Content-Length", str(len(body)))], body)


def _pieces(data: bytes, size: int) -> Iterable[bytes]:
    yield from (data[at : at + size] for at in range(0, len(data), size))


def _unsigned(data: bytes, size: int, trailers: Mapping[str, str]) -> Iterable[bytes]:
    for piece in _pieces(data, size):
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n"
    for name, value in trailers.items():
        yield f"{name}:{value}\r\n".encode()
    yield b"\r\n"


def _signed(raw: Raw, signed, data: bytes, size: int, trailers: Mapping[str, str] | None) -> Iterable[bytes]:
    context = signed.request.context["timestamp"]
    scope = signed.signer.credential_scope(signed.request)
    key = _signing_key(raw.credentials.secret_key, context[:8], raw.region)
    previous = signed.signer.seed

    def sign(kind: str, *lines: str) -> str:
        text = "\n".join([kind, context, scope, previous, *lines])
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    for piece in [*_pieces(data, size), b""]:
        previous = sign("AWS4-HMAC-SHA256-PAYLOAD", EMPTY_HASH, hashlib.sha256(piece).hexdigest())
        yield f"{len(piece):x};chunk-signature={previous}\r\n".encode()
        if piece:
            yield piece + b"\r\n"
    if trailers is None:
        yield b"\r\n"
        return
    lines = "".join(f"{name}:{value}\n" for name, value in trailers.items())
    yield lines.replace("\n", "\r\n").encode()
    signature = sign("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines.encode()).hexdigest())
    yield f"x-amz-trailer-signature:{signature}\r\n\r\n".encode()


def _signing_key(secret: str, date: str, region: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for word in (date, region, "s3", "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return key
