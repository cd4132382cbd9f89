"""A webhook that listens: keeps what it is sent, and refuses when told to."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

from .wait import poll


class Webhook:
    """An HTTP server on a port of its own."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        self.refused = 0
        webhook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if webhook.status == 200:
                    webhook.headers.append({name.lower(): value for name, value in self.headers.items()})
                    webhook.received.extend(json.loads(body)["Records"])
                else:
                    webhook.refused += 1
                self.send_response(webhook.status)
                if webhook.status == 302:
                    self.send_header("Location", webhook.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int) -> list[dict[str, Any]]:
        """Waits until `count` records are there, and returns all."""
        poll(f"{count} events, there are {len(self.received)}", lambda: len(self.received) >= count)
        return self.received

    def close(self) -> None:
        """Ends the server."""
        self.server.shutdown()
        self.server.server_close()
