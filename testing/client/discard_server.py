"""A store that throws everything away, as fast as one thread can: for measuring a client with files larger than any disk."""

from __future__ import annotations

import asyncio
import re
import sys

BUFFER = memoryview(bytearray(1 << 20))
"""All connections read into the same memory; nobody looks at it but for heads."""

CREATED = "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>discarded</UploadId></InitiateMultipartUploadResult>"
COMPLETED = '<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>"0-1"</ETag></CompleteMultipartUploadResult>'
NOTHING = "<ListMultipartUploadsResult><Bucket>b</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"


class Discard(asyncio.BufferedProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self.transport = transport
        self.head, self.left, self.answer = b"", 0, b""

    def get_buffer(self, _hint: int) -> memoryview:
        """The shared memory; a head is read in small pieces, so that little of the body comes with it."""
        return BUFFER if self.left else BUFFER[:8192]

    def buffer_updated(self, count: int) -> None:
        """Bytes have come."""
        if self.left:
            self._discard(count)
            return
        self.head += bytes(BUFFER[:count])
        head, found, rest = self.head.partition(b"\r\n\r\n")
        if found:
            self.head = b""
            self.answer = answer_to(head.decode("latin-1"))
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self.left = int(length[1]) if length else 0
            if re.search(rb"(?i)\r\nexpect: *100-continue", head):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._discard(len(rest))

    def _discard(self, count: int) -> None:
        self.left -= count
        if self.left <= 0:
            self.left = 0
            self.transport.write(self.answer)


def answer_to(head: str) -> bytes:
    """What the request gets once its body is gone."""
    method, target, _ = head.split(" ", 2)
    body, more, status = "", "", "200 OK"
    if method == "POST":
        body = CREATED if re.search(r"[?&]uploads", target) else COMPLETED
    elif method == "PUT":
        more = 'ETag: "00000000000000000000000000000000"\r\n'
    elif method == "GET":
        body = NOTHING
    elif method == "HEAD":
        status = "404 Not Found"
    elif method == "DELETE":
        status = "204 No Content"
    return f"HTTP/1.1 {status}\r\nx-amz-request-id: DISCARD\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}".encode()


async def main() -> None:
    """Prints its address and serves for ever."""
    server = await asyncio.get_running_loop().create_server(Discard, "127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
