"""A bad S3: a proxy before a good store that drops, resets, stalls, lies and loses answers, by a seeded script.

Every request is read whole and treated as the mood of its key says (faults.py). `python bad_server.py URL` puts one before
any store, for trying a client by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from faults import PASSING, Mood
from messages import Answer, Request, parse_request, read_answer, read_body, request_head

STALL_SECONDS_MAX = 20.0
"""How long nothing moves; clients under test give up earlier."""
CLOSE, KEEP = False, True


class BadServer:
    """The proxy. `moods` says per `bucket/key` how it is treated; `faults` counts what was done.

    `watch` hears of every request: `head`, `half` of its body, `received` or `broken`, `done` by the store, `answered`, each
    with the bytes of the body so far. `idle` is set while no connection is open.
    """

    def __init__(
        self,
        upstream: str,
        seed: str,
        default: Mood | None = None,
        abort: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        parts = urlsplit(upstream)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.seed, self.default, self.abort = seed, default, abort
        self.moods: dict[str, Mood] = {}
        self.faults: Counter[str] = Counter()
        self.gone: set[str] = set()
        self.url = ""
        self.requests = 0
        self.watch: Callable[[str, Request, int], None] | None = None
        self.open = 0
        self.idle = asyncio.Event()
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> BadServer:
        """Listens."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=1 << 20)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def close(self) -> None:
        """Accepts no more, and drops what is open."""
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(task := asyncio.current_task())
        self.open += 1
        self.idle.clear()
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, asyncio.CancelledError):
            pass  # The other side went away, or the test is over.
        finally:
            writer.close()
            self.tasks.discard(task)
            self.open -= 1
            if self.open == 0:
                self.idle.set()

    def _tell(self, stage: str, request: Request, size: int = 0) -> None:
        if self.watch:
            self.watch(stage, request, size)

    async def _read(self, reader: asyncio.StreamReader, request: Request) -> bytes:
        """The body; who watches hears of its half, and how much there was when it broke."""
        if self.watch is None or not request.length:
            return await read_body(reader, request)
        first = b""
        try:
            first = await reader.readexactly(request.length // 2)
            self._tell("half", request, len(first))
            return first + await reader.readexactly(request.length - len(first))
        except asyncio.IncompleteReadError as error:
            self._tell("broken", request, len(first) + len(error.partial))
            raise

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = parse_request(await reader.readuntil(b"\r\n\r\n"))
        self.requests += 1
        self._tell("head", request)
        mood = self.moods.get(request.key, self.default)
        fault = mood.fault(self.seed, request.action, request.identity) if mood else None
        if fault:
            self.faults[fault] += 1
        rng = random.Random(f"{self.seed}/{request.identity}/{fault}")
        if (request.header("expect") or "").lower() == "100-continue" and fault not in ("drop", "reset"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if fault in BEFORE:
            return await BEFORE[fault](reader, writer, request)
        request.body = await self._read(reader, request)
        self._tell("received", request, len(request.body))
        if error := ERRORS.get(fault or ""):
            return await send_error(writer, request, *error)
        return await self._forwarded(writer, request, fault, rng)

    async def _forwarded(self, writer: asyncio.StreamWriter, request: Request, fault: str | None, rng: random.Random) -> bool:
        upload_id = request.query.get("uploadId", "")
        if upload_id in self.gone and request.action == "CompleteMultipartUpload":
            return await send_error(writer, request, 404, "NoSuchUpload")
        if fault == "vanished" and self.abort:
            await self.abort(request.key, upload_id)
        if fault == "flip_request" and request.body:
            request.body = flipped(request.body, rng)
        answer = await self._ask(request)
        request.status = answer.status
        self._tell("done", request, len(answer.body))
        if fault in ("lost_answer", "lost_then_gone"):
            if fault == "lost_then_gone" and answer.status == 200:
                self.gone.add(upload_id)
            return CLOSE
        if fault == "error_200_done":
            return await send_error(writer, request, 200, "InternalError")
        if fault in AFTER and answer.status < 300:
            return await AFTER[fault](writer, request, answer)
        if fault in LIED and answer.status < 300:
            LIED[fault](answer, rng)
        writer.write(answer.head() + (b"" if request.method == "HEAD" else answer.body))
        await writer.drain()
        self._tell("answered", request, len(answer.body))
        return KEEP

    async def _ask(self, request: Request) -> Answer:
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
        try:
            writer.write(request_head(request))
            writer.write(request.body)
            return await read_answer(reader, request)
        finally:
            writer.close()


# --- Before the store is asked ---


async def _drop(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _request: Request) -> bool:
    return CLOSE


async def _reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _request: Request) -> bool:
    reset(writer)
    return CLOSE


async def _drop_mid_request(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, request: Request) -> bool:
    await reader.readexactly(request.length // 2)
    return CLOSE


async def _reset_mid_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> bool:
    await reader.readexactly(request.length // 2)
    reset(writer)
    return CLOSE


async def _stall_mid_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request) -> bool:
    await reader.readexactly(request.length // 2)
    writer.transport.pause_reading()
    await asyncio.sleep(STALL_SECONDS_MAX)
    return CLOSE


async def _stall_answer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, request: Request) -> bool:
    await read_body(reader, request)
    await asyncio.wait_for(reader.read(1), STALL_SECONDS_MAX)  # Until the client goes away.
    return CLOSE


BEFORE = {
    "drop": _drop,
    "reset": _reset,
    "drop_mid_request": _drop_mid_request,
    "reset_mid_request": _reset_mid_request,
    "stall_mid_request": _stall_mid_request,
    "stall_answer": _stall_answer,
}

ERRORS = {
    "internal_error": (500, "InternalError"),
    "slow_down": (503, "SlowDown"),
    "error_200": (200, "InternalError"),
    "expired_token": (400, "ExpiredToken"),
    "skewed": (403, "RequestTimeTooSkewed"),
    "precondition": (412, "PreconditionFailed"),
}


# --- After the store has answered ---


async def _drop_mid_answer(writer: asyncio.StreamWriter, _request: Request, answer: Answer) -> bool:
    writer.write(answer.head() + answer.body[: len(answer.body) // 2])
    await writer.drain()
    return CLOSE


async def _reset_mid_answer(writer: asyncio.StreamWriter, request: Request, answer: Answer) -> bool:
    await _drop_mid_answer(writer, request, answer)
    reset(writer)
    return CLOSE


async def _stall_mid_answer(writer: asyncio.StreamWriter, request: Request, answer: Answer) -> bool:
    await _drop_mid_answer(writer, request, answer)
    await asyncio.sleep(STALL_SECONDS_MAX)
    return CLOSE


async def _short_answer(writer: asyncio.StreamWriter, _request: Request, answer: Answer) -> bool:
    body = answer.body[: len(answer.body) * 2 // 3]
    writer.write(answer.head(len(body)) + body)
    await writer.drain()
    return KEEP


AFTER = {
    "drop_mid_answer": _drop_mid_answer,
    "reset_mid_answer": _reset_mid_answer,
    "stall_mid_answer": _stall_mid_answer,
    "short_answer": _short_answer,
}


def _flip_answer(answer: Answer, rng: random.Random) -> None:
    answer.body = flipped(answer.body, rng) if answer.body else answer.body


def _wrong_etag(answer: Answer, _rng: random.Random) -> None:
    answer.replace("etag", lambda value: value.translate(str.maketrans("0123456789abcdef", "123456789abcdef0")))


def _wrong_checksum(answer: Answer, _rng: random.Random) -> None:
    for name, _ in list(answer.headers):
        if re.fullmatch("x-amz-checksum-(crc|sha|md5|xx).*", name.lower()):
            answer.replace(name.lower(), lambda value: ("B" if value[0] == "A" else "A") + value[1:])


def _no_etag(answer: Answer, _rng: random.Random) -> None:
    answer.replace("etag", lambda _: None)


def _wrong_size(answer: Answer, rng: random.Random) -> None:
    answer.replace("content-length", lambda value: str(max(0, int(value) + rng.choice([-1, 1, 4096]))))


def _wrong_range(answer: Answer, rng: random.Random) -> None:
    if answer.status == 206:
        shift = rng.choice([1, 4096])
        answer.replace("content-range", lambda value: re.sub(r"\d+", lambda found: str(int(found[0]) + shift), value))


def _missing_part(answer: Answer, rng: random.Random) -> None:
    parts = re.findall(b"<Part>.*?</Part>", answer.body, re.DOTALL)
    if parts:
        answer.body = answer.body.replace(rng.choice(parts), b"")
        answer.replace("content-length", lambda _: str(len(answer.body)))


LIED = {
    "flip_answer": _flip_answer,
    "wrong_etag": _wrong_etag,
    "wrong_checksum": _wrong_checksum,
    "no_etag": _no_etag,
    "wrong_size": _wrong_size,
    "wrong_range": _wrong_range,
    "missing_part": _missing_part,
}


# --- Ways to end ---


async def send_error(writer: asyncio.StreamWriter, request: Request, status: int, code: str) -> bool:
    """An error document."""
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>as scripted</Message>'
        f"<RequestId>BAD0SERVER</RequestId></Error>"
    ).encode()
    shown = b"" if request.method == "HEAD" else body
    head = f"HTTP/1.1 {status} Scripted\r\nContent-Type: application/xml\r\nx-amz-request-id: BAD0SERVER\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + shown)
    await writer.drain()
    return KEEP


def reset(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def flipped(data: bytes, rng: random.Random) -> bytes:
    """`data` with one bit flipped."""
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upstream", help="http://127.0.0.1:9000")
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rate", type=float, default=0.2, help="faults per request")
    parser.add_argument("--kinds", nargs="*", default=sorted(PASSING))
    chosen = parser.parse_args()
    mood = Mood("by hand", chosen.rate, frozenset(chosen.kinds), 10**9, 10**9)
    server = await BadServer(chosen.upstream, chosen.seed, mood).start(chosen.port)
    print(server.url, flush=True)
    await server.server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
