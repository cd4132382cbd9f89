"""Proxy: stands before an endpoint, remembers what was asked, and refuses what a test wants refused."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Rule = Callable[["Asked"], int | None]
"""Says with which status a request is refused; `None` lets it pass."""

HOP = {"connection", "transfer-encoding", "keep-alive"}


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    size: int

    @property
    def query(self) -> dict[str, str]:
        """Query parameters."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}

    @property
    def action(self) -> str:
        """AWS's name of the action, of those that copies and uploads use."""
        query, is_copy = self.query, "x-amz-copy-source" in self.headers
        if "uploadId" in query:
            put = "UploadPartCopy" if is_copy else "UploadPart"
            return {"PUT": put, "POST": "CompleteMultipartUpload", "GET": "ListParts", "DELETE": "AbortMultipartUpload"}[self.method]
        if "uploads" in query:
            return {"POST": "CreateMultipartUpload", "GET": "ListMultipartUploads"}[self.method]
        if "attributes" in query:
            return "GetObjectAttributes"
        if "tagging" in query:
            return {"GET": "GetObjectTagging", "PUT": "PutObjectTagging"}.get(self.method, self.method)
        if is_copy:
            return "CopyObject"
        return {"PUT": "PutObject", "GET": "GetObject", "HEAD": "HeadObject"}.get(self.method, self.method)


class Proxy:
    """Forwards to `endpoint`; has its url and keys, so that a client can be pointed at it. `hide` names headers of answers."""

    def __init__(self, endpoint: Any) -> None:
        self.access_key, self.secret_key, self.region = endpoint.access_key, endpoint.secret_key, endpoint.region
        self.asked: list[Asked] = []
        self.refused: list[Asked] = []
        self.rule: Rule = lambda _: None
        self.hide: set[str] = set()
        self._lock = threading.Lock()
        self._backend = urlsplit(endpoint.url).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, action: str) -> int:
        """How many requests of an action were let through."""
        return sum(asked.action == action for asked in self.asked)

    def forget(self) -> None:
        """Begins to count anew, and refuses nothing."""
        self.asked, self.refused, self.rule = [], [], lambda _: None

    def _take(self, asked: Asked) -> int | None:
        with self._lock:
            status = self.rule(asked)
            (self.asked if status is None else self.refused).append(asked)
            return status

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = proxy._take(Asked(self.command, self.path, headers, len(body)))
                if status is not None:
                    self._refuse(status)
                    return
                connection = http.client.HTTPConnection(proxy._backend, timeout=60)
                connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in HOP:
                        connection.putheader(name, value)
                connection.endheaders(body)
                answer = connection.getresponse()
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() in proxy.hide:
                        continue
                    if name.lower() not in HOP | {"content-length"} or (name.lower() == "content-length" and self.command == "HEAD"):
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                connection.close()

            def _refuse(self, status: int) -> None:
                codes = {403: "AccessDenied", 404: "NoSuchKey", 501: "NotImplemented", 500: "InternalError", 503: "SlowDown"}
                data = f"<Error><Code>{codes[status]}</Code><Message>refused by a test</Message></Error>".encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass

        return Handler
