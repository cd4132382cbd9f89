"""A store that throws everything away, as fast as one thread can: for measuring a client with files larger than any disk."""

from __future__ import annotations

import asyncio
import re
import sys

BUFFER = memoryview(bytearray(1 << 20))
"""All connections read into the same memory; nobody looks at it but for heads."""

TAIL = 256
"""Bytes at the end of a body that are kept: the trailer is there."""

CREATED = "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>discarded</UploadId></InitiateMultipartUploadResult>"
COMPLETED = '<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>"discarded"</ETag>{}</CompleteMultipartUploadResult>'
NOTHING = "<ListMultipartUploadsResult><Bucket>b</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"


class Discard(asyncio.BufferedProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self.transport = transport
        self.head, self.left, self.request, self.tail = b"", 0, "", b""

    def get_buffer(self, _hint: int) -> memoryview:
        """The shared memory; a head is read in small pieces, so that little of the body comes with it."""
        return BUFFER if self.left else BUFFER[:8192]

    def buffer_updated(self, count: int) -> None:
        """Bytes have come."""
        if self.left:
            self.tail = (self.tail + bytes(BUFFER[max(0, count - TAIL) : count]))[-TAIL:]
            self._discard(count)
            return
        self.head += bytes(BUFFER[:count])
        head, found, rest = self.head.partition(b"\r\n\r\n")
        if found:
            self.head = b""
            self.request, self.tail = head.decode("latin-1"), rest[-TAIL:]
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self.left = int(length[1]) if length else 0
            if re.search(rb"(?i)\r\nexpect: *100-continue", head):
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._discard(len(rest))

    def _discard(self, count: int) -> None:
        self.left -= count
        if self.left <= 0:
            self.left = 0
            self.transport.write(answer_to(self.request, self.tail.decode("latin-1")))


def answer_to(head: str, tail: str) -> bytes:
    """What the request gets once its body is gone: the checksum that it came with is believed and told."""
    method, target, _ = head.split(" ", 2)
    body, more, status = "", "", "200 OK"
    checksum = re.search(r"(?i)x-amz-checksum-crc64nvme: *([^\r]+)\r", head + tail)
    if method == "POST":
        told = f"<ChecksumCRC64NVME>{checksum[1]}</ChecksumCRC64NVME>" if checksum else ""
        body = CREATED if re.search(r"[?&]uploads", target) else COMPLETED.format(told)
    elif method == "PUT":
        more = 'ETag: "discarded"\r\n' + (f"x-amz-checksum-crc64nvme: {checksum[1]}\r\n" if checksum else "")
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
