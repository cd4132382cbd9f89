"""HTTP/1.1 messages as the bad server handles them: read whole, changed, written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

BODY_MAX = 256 * 1024 * 1024
"""A body that is larger does not belong in a test."""


@dataclass
class Request:
    """One request as it came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    length: int = 0
    status: int = 0
    number: int = 0
    """For whoever counts requests."""

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for known, value in self.headers if known.lower() == name), None)

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def key(self) -> str:
        """`bucket/key`, decoded."""
        return unquote(urlsplit(self.target).path).lstrip("/")

    @property
    def action(self) -> str:
        """S3's name of the action, as far as the faults need it."""
        query, method = self.query, self.method
        if "/" not in self.key.rstrip("/"):
            return "List" if method == "GET" else "Other"
        if method == "PUT":
            kind = "UploadPart" if "partNumber" in query else "PutObject" if len(query) <= 1 else "Other"
            copies = {"UploadPart": "UploadPartCopy", "PutObject": "CopyObject"}
            return copies.get(kind, kind) if self.header("x-amz-copy-source") else kind
        if method == "POST":
            return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload" if "uploadId" in query else "Other"
        if method == "GET":
            return "ListParts" if "uploadId" in query else "Other" if {"attributes", "tagging", "acl"} & set(query) else "GetObject"
        if method == "DELETE":
            return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
        return "HeadObject" if method == "HEAD" else "Other"

    @property
    def identity(self) -> str:
        """What makes two requests attempts of the same one."""
        return f"{self.action} {self.key} {self.query.get('partNumber', '')} {self.header('range') or ''}".strip()


@dataclass
class Answer:
    """One answer of the store."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    def replace(self, name: str, change: Callable[[str], str | None]) -> None:
        """Changes the value of a header where it is; None removes it."""
        headers = [(known, change(value) if known.lower() == name else value) for known, value in self.headers]
        self.headers = [(known, value) for known, value in headers if value is not None]

    def head(self, length: int | None = None) -> bytes:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        for name, value in self.headers:
            if length is not None and name.lower() == "content-length":
                value = str(length)
            lines.append(f"{name}: {value}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def parse_request(head: bytes) -> Request:
    """The head of a request."""
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]
    request = Request(method, target, headers)
    request.length = int(request.header("content-length") or 0)
    if request.length > BODY_MAX:
        raise ConnectionError("too large for a test")
    return request


async def read_body(reader: asyncio.StreamReader, request: Request) -> bytes:
    """The body, of either framing; the framing of a chunked one is kept."""
    if (request.header("transfer-encoding") or "").lower() != "chunked":
        return await reader.readexactly(request.length)
    raw = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        piece = await reader.readexactly(int(line.split(b";")[0], 16) + 2)
        raw += line + piece
        if piece == b"\r\n":
            return raw


def request_head(request: Request) -> bytes:
    """As it came, for a connection of its own."""
    kept = [(name, value) for name, value in request.headers if name.lower() not in ("connection", "expect")]
    lines = [f"{request.method} {request.target} HTTP/1.1", "Connection: close"]
    return ("\r\n".join(lines + [f"{name}: {value}" for name, value in kept]) + "\r\n\r\n").encode("latin-1")


async def read_answer(reader: asyncio.StreamReader, request: Request) -> Answer:
    """The final answer, whole; the connection was the request's own."""
    while True:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        _, status, reason = (first + " ").split(" ", 2)
        if status[0] != "1":
            break
    skipped = ("connection", "transfer-encoding", "keep-alive")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]
    chunked = any(name.lower() == "transfer-encoding" for name, _ in headers)
    headers = [(name, value) for name, value in headers if name.lower() not in skipped]
    if request.method == "HEAD" or status in ("204", "304"):
        return Answer(int(status), reason.strip(), headers, b"")
    body = await (_read_chunks(reader) if chunked else reader.read(-1))
    headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
    return Answer(int(status), reason.strip(), [*headers, ("Content-Length", str(len(body)))], body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        length = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        body += (await reader.readexactly(length + 2))[:-2]
        if length == 0:
            return body
