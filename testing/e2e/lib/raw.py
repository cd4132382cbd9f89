"""Raw HTTP requests, signed by botocore's SigV4: what is passed in is what goes on the wire, byte for byte."""

from __future__ import annotations

import datetime
import errno
import hashlib
import http.client
import socket
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .errors import S3Error

UNSIGNED = "UNSIGNED-PAYLOAD"
ABSENT = object()
"""As `payload`: send no x-amz-content-sha256 at all."""

Headers = Mapping[str, str] | Iterable[tuple[str, str]] | None
Query = str | Mapping[str, object] | Iterable[tuple[str, object]] | None


@dataclass
class Response:
    """An answer, unread between the lines."""

    status: int
    reason: str
    headers: http.client.HTTPMessage
    body: bytes
    will_close: bool = False
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def root(self) -> ElementTree.Element:
        """The XML document; leading whitespace is legal before the declaration (b123)."""
        return ElementTree.fromstring(self.body.strip())

    @property
    def xml(self) -> dict[str, Any]:
        """The XML document as nested dicts without namespaces; an element that repeats becomes a list."""
        return _to_dict(self.root) if self.body.strip() else {}

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def error(self) -> S3Error:
        """The `<Error>` of the body."""
        root = self.root
        assert root.tag == "Error", self.text
        values = _to_dict(root)
        code, message = values.pop("Code", ""), values.pop("Message", "")
        return S3Error(code, self.status, message, values, {k.lower(): v for k, v in self.headers.items()})

    def expect(self, status: int, code: str | None = None, **fields: object) -> "Response":
        """Asserts status, error code and error fields (argument_name=... is ArgumentName); returns itself."""
        assert self.status == status, f"{self.status} {self.reason}: {self.text[:2000]}"
        if code is not None:
            error = self.error
            assert error.code == code, error
            for name, value in fields.items():
                element = "".join(word.capitalize() for word in name.split("_"))
                assert error.fields.get(element) == str(value), f"{element} should be {value!r}: {error}"
        return self


class Raw:
    """Sends requests to one endpoint with one key. Every request has its own connection."""

    def __init__(self, url: str, access_key: str, secret_key: str, region: str) -> None:
        parts = urlsplit(url)
        self.url, self.region = url.rstrip("/"), region
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.credentials = Credentials(access_key, secret_key)

    def request(
        self,
        method: str,
        path: str,
        query: Query = None,
        headers: Headers = None,
        body: bytes | Iterable[bytes] = b"",
        *,
        sign: str | None = "header",
        payload: object = None,
        unsigned: Headers = None,
        host: str | None = None,
        when: datetime.datetime | None = None,
        expires: int | str = 3600,
        length: int | None | str = "auto",
        credentials: Credentials | None = None,
        change: Mapping[str, str | None] | None = None,
        timeout: float = 60.0,
    ) -> Response:
        """One request and its answer.

        `path` is sent as it is: percent-encode it yourself (`quote_key`). `query` is sent as it is when it is text;
        pairs and dicts are encoded, with `None` for a bare name (`{"uploads": None}`).

        `sign`: "header", "query" (presigned, `expires` seconds), or None. `payload`: value of x-amz-content-sha256
        (default: the hash of the body); `ABSENT` leaves it out. `unsigned`: headers added after signing.
        `change`: headers set (or with None removed) after signing. `host`: the Host header, signed. `when`: the
        time of signing. `length`: the Content-Length, None for none; an iterable body is sent with
        Transfer-Encoding: chunked when `length` is None, else as it is.
        """
        signed = self.sign(
            method, path, query, headers, body if isinstance(body, bytes) else b"",
            sign=sign, payload=payload, host=host, when=when, expires=expires, credentials=credentials,
        )
        final = [(name, value) for name, value in signed.headers if not (change and _changed(name, change))]
        final += [(name, value) for name, value in (change or {}).items() if value is not None]
        final += _pairs(unsigned)
        names = {name.lower() for name, _ in final}
        chunked = not isinstance(body, bytes) and length is None
        if length == "auto":
            length = len(body) if isinstance(body, bytes) and (body or method in ("PUT", "POST")) else None
        if length is not None and "content-length" not in names:
            final.append(("Content-Length", str(length)))
        if chunked and "transfer-encoding" not in names:
            final.append(("Transfer-Encoding", "chunked"))
        return self.send(method, signed.target, final, body, chunked=chunked, timeout=timeout)

    def sign(
        self,
        method: str,
        path: str,
        query: Query = None,
        headers: Headers = None,
        body: bytes = b"",
        *,
        sign: str | None = "header",
        payload: object = None,
        host: str | None = None,
        when: datetime.datetime | None = None,
        expires: int | str = 3600,
        credentials: Credentials | None = None,
    ) -> "Signed":
        """Signs without sending."""
        text = encode_query(query)
        target = path + ("?" + text if text else "")
        request = AWSRequest(method=method, url=self.url + target, data=None)
        request.headers["Host"] = host or f"{self.host}:{self.port}"
        for name, value in _pairs(headers):
            request.headers[name] = value
        signer: _HeaderSigner | _QuerySigner | None = None
        if sign is not None:
            if payload is None:
                payload = UNSIGNED if sign == "query" else hashlib.sha256(body).hexdigest()
            kind = {"header": _HeaderSigner, "query": _QuerySigner}[sign]
            signer = kind(credentials or self.credentials, self.region, payload, when, expires)
            signer.add_auth(request)
        return Signed(method, request.url[len(self.url):], list(request.headers.items()), request, signer)

    def presign(self, method: str, path: str, query: Query = None, headers: Headers = None, **kwargs: Any) -> str:
        """A presigned SigV4 URL; `headers` are signed and must be sent with it."""
        return self.url + self.sign(method, path, query, headers, sign="query", **kwargs).target

    def send(
        self,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]],
        body: bytes | Iterable[bytes] = b"",
        *,
        chunked: bool = False,
        timeout: float = 60.0,
    ) -> Response:
        """Sends exactly this; adds nothing."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value.encode() if isinstance(value, str) else value)
            connection.endheaders()
            try:
                for piece in [body] if isinstance(body, bytes) else body:
                    if chunked:
                        connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
                    elif piece:
                        connection.send(piece)
                if chunked:
                    connection.send(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # The server answered early and closed; the answer may still be there to read.
            answer = connection.getresponse()
            return Response(answer.status, answer.reason, answer.headers, answer.read(), answer.will_close)
        finally:
            connection.close()

    def connect(self, timeout: float = 60.0) -> socket.socket:
        """A bare connection, for bytes that are not HTTP."""
        return socket.create_connection((self.host, self.port), timeout=timeout)

    def exchange(self, data: bytes, timeout: float = 60.0) -> bytes:
        """Sends `data`, ends our half, and returns all that comes back."""
        with self.connect(timeout) as connection:
            received = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN):
                    raise
            try:
                while piece := connection.recv(65536):
                    received += piece
            except ConnectionResetError:
                pass  # The server answered and closed without reading the rest.
            return received


@dataclass
class Signed:
    """A request ready to send."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    request: AWSRequest
    signer: Any

    @property
    def head(self) -> bytes:
        """The request line and headers without the empty line that ends them, for use on a bare connection."""
        lines = [f"{self.method} {self.target} HTTP/1.1"] + [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n"


class _Timed:
    """Signs at a chosen time with a chosen payload value, and keeps what chunk signatures need."""

    credentials: Credentials
    chosen: object
    when: datetime.datetime | None
    string: str = ""
    seed: str = ""

    def add_auth(self, request: AWSRequest) -> None:
        when = self.when or datetime.datetime.now(datetime.timezone.utc)
        request.context["timestamp"] = when.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)  # type: ignore[attr-defined]
        self.string = self.string_to_sign(request, self.canonical_request(request))  # type: ignore[attr-defined]
        self.seed = self.signature(self.string, request)  # type: ignore[attr-defined]
        self._inject_signature_to_request(request, self.seed)  # type: ignore[attr-defined]

    def payload(self, request: AWSRequest) -> str:
        return UNSIGNED if self.chosen is ABSENT else str(self.chosen)


class _HeaderSigner(_Timed, S3SigV4Auth):
    def __init__(self, credentials: Credentials, region: str, payload: object,
                 when: datetime.datetime | None, _expires: int | str) -> None:
        S3SigV4Auth.__init__(self, credentials, "s3", region)
        self.chosen, self.when = payload, when

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        super()._modify_request_before_signing(request)
        if self.chosen is ABSENT:
            del request.headers["X-Amz-Content-SHA256"]


class _QuerySigner(_Timed, S3SigV4QueryAuth):
    def __init__(self, credentials: Credentials, region: str, payload: object,
                 when: datetime.datetime | None, expires: int | str) -> None:
        S3SigV4QueryAuth.__init__(self, credentials, "s3", region, expires=expires)
        self.chosen, self.when = payload, when


def quote_key(key: str) -> str:
    """Percent-encodes a key for `path`, as S3 clients do: everything but unreserved characters and `/`."""
    return quote(key, safe="/-_.~")


def encode_query(query: Query) -> str:
    """Query text from pairs; `None` as value gives a bare name."""
    if query is None or isinstance(query, str):
        return query or ""
    pairs = query.items() if isinstance(query, Mapping) else query
    return "&".join(
        quote(str(name), safe="-_.~") + ("" if value is None else "=" + quote(str(value), safe="-_.~"))
        for name, value in pairs
    )


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    if headers is None:
        return []
    return [(name, str(value)) for name, value in (headers.items() if isinstance(headers, Mapping) else headers)]


def _changed(name: str, change: Mapping[str, str | None]) -> bool:
    return name.lower() in {other.lower() for other in change}


def _to_dict(element: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        value: Any = _to_dict(child) if len(child) else (child.text or "")
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
