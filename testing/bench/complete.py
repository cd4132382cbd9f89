"""CompleteMultipartUpload: server CPU and wall time for 10,000 parts, and the blob bytes read meanwhile (must be none).

Every part but the last must have 5 MiB (b2), so 10,000 parts are 49 GiB of real data; with less free disk the bench takes
fewer parts and says so. The blob reads are counted by strace during the Complete of a smaller upload, so that tracing does
not distort the CPU figure. With at most 1,000 parts the object is read back and compared.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

from common import UNSIGNED, Connection, Server, arguments, in_parallel, report, running_server
from lib.data import MIB, md5_hex, random_bytes

PART_SIZE = 5 * MIB
READ_BACK_PARTS_MAX = 1000
TAIL = random_bytes("bench", PART_SIZE)


def body_of(number: int) -> bytes:
    """Part `number`: its number, then bytes that all parts share."""
    return number.to_bytes(8, "big") + TAIL[8:]


def start_upload(http: Connection, key: str) -> str:
    """CreateMultipartUpload; the upload id."""
    answer = http("POST", f"/bench/{key}", {"uploads": None}).decode()
    return re.search("<UploadId>(.+?)</UploadId>", answer)[1]


def send_parts(server: Server, key: str, upload_id: str, count: int) -> str:
    """UploadPart for all numbers on four connections; the XML list for Complete."""
    etags: dict[int, str] = {}

    def send(http: Connection, number: int) -> None:
        body = body_of(number)
        http("PUT", f"/bench/{key}", {"partNumber": number, "uploadId": upload_id}, body)
        etags[number] = md5_hex(body)

    in_parallel(server.raw(), 4, range(1, count + 1), send)
    parts = "".join(
        f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>' for number, etag in sorted(etags.items())
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"


def cpu_seconds(pid: int) -> float:
    """CPU of all threads, to the nanosecond where the kernel tells (schedstat), else in ticks from /proc/PID/stat."""
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (OSError, IndexError, ValueError):
        return -1.0


def wait_until_idle(server: Server) -> None:
    """Waits until the server has used next to no CPU for a quarter of a second: what came before is not measured."""
    before = server.cpu_seconds()
    while True:
        time.sleep(0.25)
        now = server.cpu_seconds()
        if now - before < 0.01:
            return
        before = now


def complete(server: Server, http: Connection, key: str, upload_id: str, parts: str) -> dict[str, Any]:
    """Completes, measured."""
    wait_until_idle(server)
    before, ticks_before, start = cpu_seconds(server.pid), server.cpu_seconds(), time.monotonic()
    answer = http("POST", f"/bench/{key}", {"uploadId": upload_id}, parts.encode())
    wall = time.monotonic() - start
    after, ticks_after = cpu_seconds(server.pid), server.cpu_seconds()
    assert b"<CompleteMultipartUploadResult" in answer, answer[:500]
    exact = before >= 0 and after >= 0
    return {
        "complete_cpu_ms": 1000 * (after - before if exact else ticks_after - ticks_before),
        "complete_cpu_ms_from_stat": 1000 * (ticks_after - ticks_before),
        "complete_wall_ms": 1000 * wall,
    }


def count_blob_reads(server: Server, http: Connection, parts: int) -> dict[str, Any]:
    """Opens and bytes read below the blob folder during one Complete, as strace sees them."""
    if shutil.which("strace") is None:
        return {"blob_bytes_read": None, "blob_reads_note": "strace is not installed"}
    upload_id = start_upload(http, "traced")
    xml = send_parts(server, "traced", upload_id, parts)
    trace = server.data.with_name("trace")
    calls = "openat,open,mmap,read,pread64,readv,preadv,preadv2,copy_file_range,sendfile,splice"
    command = ["strace", "-f", "-y", "-e", f"trace={calls}", "-o", str(trace), "-p", str(server.pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        line = tracer.stderr.readline()  # It says "attached" when it is.
        if "attached" not in line:
            return {"blob_bytes_read": None, "blob_reads_note": line.strip()}
        complete(server, http, "traced", upload_id, xml)
    finally:
        tracer.terminate()
        tracer.wait()
    blobs = str(server.data / "blobs")
    touched = [line for line in trace.read_text(errors="replace").splitlines() if blobs in line]
    numbers = (int(found[1]) for line in touched if (found := re.search(r"read(?:v|64|v2)?\(.* = (\d+)$", line)))
    return {"traced_parts": parts, "blob_calls": len(touched), "blob_bytes_read": sum(numbers)}


def read_back(server: Server, http: Connection, count: int) -> bool:
    """GETs the object and compares every byte."""
    signed = server.raw().sign("GET", "/bench/big", payload=UNSIGNED)
    http.http.close()
    http.http.request("GET", signed.target, headers=dict(signed.headers))
    answer = http.http.getresponse()
    same = all(answer.read(PART_SIZE) == body_of(number) for number in range(1, count + 1))
    return same and answer.read() == b""


def main() -> None:
    """Runs the bench."""
    chosen = arguments(__doc__, 1200, parts=10_000, traced_parts=20)
    start = time.monotonic()
    with running_server() as server:
        room = shutil.disk_usage(server.data).free - 10 * 1024 * MIB
        count = max(2, min(chosen.parts, room // PART_SIZE - chosen.traced_parts))
        http = Connection(server.raw())
        http("PUT", "/bench")
        upload_id = start_upload(http, "big")
        sent = time.monotonic()
        parts = send_parts(server, "big", upload_id, count)
        sent_seconds = time.monotonic() - sent
        results = complete(server, http, "big", upload_id, parts)
        results.update(count_blob_reads(server, http, chosen.traced_parts))
        if count <= READ_BACK_PARTS_MAX:
            results["read_back_equal"] = read_back(server, http, count)
        note = {} if count == chosen.parts else {"parts_note": f"{chosen.parts} asked for; no room on the disk"}
        report("complete", start, parts=count, upload_mib_per_s=count * 5 / sent_seconds, **note, **results)


if __name__ == "__main__":
    main()
