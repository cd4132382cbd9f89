"""kill -9 at random moments: whatever was answered with 2xx is there afterwards, and nothing is half done (P1, P2).

Each round starts one action, kills the server after a random delay, restarts it on the same data and checks what must
hold. DRYSTONE_E2E_SEED replays a run; DRYSTONE_E2E_CRASH_ROUNDS makes it longer.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from lib import multipart
from lib.data import PART_MIN, md5_hex, multipart_etag, random_bytes
from lib.errors import error_of
from lib.server import Server

BUCKET = "crash"
ROUNDS = int(os.environ.get("DRYSTONE_E2E_CRASH_ROUNDS", "8"))
SEED = os.environ.get("DRYSTONE_E2E_SEED", "20261122")


@dataclass
class Attempt:
    """One action in flight while the server dies: its answer, or nothing when none came."""

    action: Callable[[], Any]
    answer: Any = None
    error: BaseException | None = None

    def run(self) -> None:
        """Runs the action and keeps what came of it."""
        try:
            self.answer = self.action()
        except (ClientError, BotoCoreError) as error:
            self.error = error

    def outcome(self) -> str:
        """`done` (2xx), `refused` (the server said no) or `unknown` (no answer, or a 5xx)."""
        if self.error is None:
            return "done"
        if isinstance(self.error, ClientError) and error_of(self.error).status < 500:
            return "refused"
        return "unknown"


@dataclass
class Upload:
    """What the client knows of one upload."""

    key: str
    id: str
    bodies: dict[int, bytes] = field(default_factory=dict)

    def entries(self) -> list[dict[str, Any]]:
        """The list of Complete, from acknowledged parts alone."""
        return [{"PartNumber": n, "ETag": f'"{md5_hex(body)}"'} for n, body in sorted(self.bodies.items())]

    def etags(self) -> dict[int, str]:
        """Part number -> ETag of acknowledged parts."""
        return {entry["PartNumber"]: entry["ETag"] for entry in self.entries()}

    def content(self) -> bytes:
        """The object that Complete makes."""
        return b"".join(body for _, body in sorted(self.bodies.items()))

    def etag(self) -> str:
        """Its ETag."""
        return multipart_etag([body for _, body in sorted(self.bodies.items())])


def kill_during(server: Server, action: Callable[[], Any], delay_seconds: float) -> Attempt:
    """Starts `action`, kills the server `delay_seconds` later, restarts it."""
    attempt = Attempt(action)
    worker = threading.Thread(target=attempt.run)
    worker.start()
    # Not synchronisation: the moment of the crash is what the test varies.
    time.sleep(delay_seconds)
    server.kill()
    worker.join(60)
    assert not worker.is_alive(), "the request survived its server"
    print(f"killed after {1000 * delay_seconds:.1f} ms: {attempt.outcome()}")
    server.start()
    return attempt


def prepared(s3: Any, key: str, rng: random.Random) -> Upload:
    """An upload with two acknowledged parts."""
    upload = Upload(key, multipart.create(s3, BUCKET, key))
    for number, size in ((1, PART_MIN), (2, 100_000)):
        body = random_bytes(rng.random(), size)
        multipart.put_part(s3, BUCKET, key, upload.id, number, body)
        upload.bodies[number] = body
    return upload


def object_or_none(s3: Any, key: str) -> bytes | None:
    """The whole object, or None when there is none."""
    try:
        return multipart.read(s3, BUCKET, key)
    except s3.exceptions.NoSuchKey:
        return None


def complete_as_a_client_would(s3: Any, upload: Upload) -> None:
    """Completes (again), which must succeed with the one right ETag, and compares every byte."""
    done = multipart.complete(s3, BUCKET, upload.key, upload.id, upload.entries())
    assert done["ETag"] == upload.etag()
    assert object_or_none(s3, upload.key) == upload.content()


@pytest.fixture
def server(own_server: Callable[..., Server]) -> Server:
    """A server with one bucket."""
    server = own_server()
    server.client().create_bucket(Bucket=BUCKET)
    return server


def rounds(name: str) -> list[tuple[str, random.Random]]:
    """A key and a random generator for each round; prints how to replay."""
    print(f"replay: DRYSTONE_E2E_SEED={SEED} DRYSTONE_E2E_CRASH_ROUNDS={ROUNDS} pytest test_crash.py -k {name}")
    return [(f"{name}-{n}", random.Random(f"{SEED}/{name}/{n}")) for n in range(ROUNDS)]


def test_kill_during_upload_part_loses_no_acknowledged_part(server: Server) -> None:
    """P1: acknowledged parts are listed after the crash; the part in flight is whole or absent; Complete works (b39)."""
    for key, rng in rounds("upload_part"):
        s3 = server.client()
        upload = prepared(s3, key, rng)
        # Half the rounds replace an acknowledged part: then the old one or the new one must be listed.
        number = rng.choice((2, 3))
        body = random_bytes(rng.random(), rng.choice((70_000, PART_MIN)))
        attempt = kill_during(
            server, lambda: multipart.put_part(s3, BUCKET, key, upload.id, number, body), rng.uniform(0, 0.08)
        )
        assert attempt.outcome() != "refused", attempt.error
        s3 = server.client()
        listed = multipart.listed_parts(s3, BUCKET, key, upload.id)
        new = f'"{md5_hex(body)}"'
        if attempt.outcome() == "done":
            assert listed[number] == new
        if listed.get(number) == new:
            upload.bodies[number] = body
        assert listed == upload.etags()
        if number == 3 and 3 in upload.bodies:
            # Part 2 is too small to stand in the middle; a client sends it again, larger.
            upload.bodies[2] = random_bytes(rng.random(), PART_MIN)
            multipart.put_part(s3, BUCKET, key, upload.id, 2, upload.bodies[2])
        complete_as_a_client_would(s3, upload)


def test_kill_during_complete_leaves_the_object_whole_or_absent(server: Server) -> None:
    """P1, P2: an acknowledged Complete stays; else object and upload are both as before or both as after (b121, b124)."""
    for key, rng in rounds("complete"):
        s3 = server.client()
        upload = prepared(s3, key, rng)
        entries = upload.entries()
        attempt = kill_during(
            server, lambda: multipart.complete(s3, BUCKET, key, upload.id, entries), rng.uniform(0, 0.02)
        )
        assert attempt.outcome() != "refused", attempt.error
        s3 = server.client()
        found = object_or_none(s3, key)
        assert found in (None, upload.content()), "the object is neither whole nor absent"
        if attempt.outcome() == "done":
            assert attempt.answer["ETag"] == upload.etag()
            assert found is not None
        if found is None:
            assert multipart.listed_parts(s3, BUCKET, key, upload.id) == upload.etags()
        complete_as_a_client_would(s3, upload)
        complete_as_a_client_would(s3, upload)


def test_kill_during_abort_leaves_the_upload_open_or_gone(server: Server) -> None:
    """P1: an acknowledged Abort stays; else the upload has all of its parts or none, and a repeat ends it (b160, b163)."""
    for key, rng in rounds("abort"):
        s3 = server.client()
        upload = prepared(s3, key, rng)
        where = {"Bucket": BUCKET, "Key": key, "UploadId": upload.id}
        attempt = kill_during(server, lambda: s3.abort_multipart_upload(**where), rng.uniform(0, 0.02))
        assert attempt.outcome() != "refused", attempt.error
        s3 = server.client()
        try:
            assert multipart.listed_parts(s3, BUCKET, key, upload.id) == upload.etags()
            assert attempt.outcome() != "done", "an acknowledged Abort was undone"
            if rng.random() < 0.5:
                complete_as_a_client_would(s3, upload)
                continue
            s3.abort_multipart_upload(**where)
        except s3.exceptions.NoSuchUpload:
            pass
        open_ids = [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]
        assert upload.id not in open_ids
        assert object_or_none(s3, key) is None


def test_kill_during_put_and_delete_keeps_old_or_new(server: Server) -> None:
    """P1, P2: an overwrite or delete that was answered stays; one that was not is old or new, never a mix."""
    s3 = server.client()
    current: bytes | None = None
    for name, rng in rounds("put"):
        s3 = server.client()
        wanted = None if current is not None and rng.random() < 0.3 else random_bytes(name, rng.choice((10, 3_000_000)))
        if wanted is None:
            attempt = kill_during(server, lambda: s3.delete_object(Bucket=BUCKET, Key="put"), rng.uniform(0, 0.02))
        else:
            body = wanted
            attempt = kill_during(
                server, lambda: s3.put_object(Bucket=BUCKET, Key="put", Body=body), rng.uniform(0, 0.05)
            )
        s3 = server.client()
        found = object_or_none(s3, "put")
        allowed = (wanted,) if attempt.outcome() == "done" else (wanted, current)
        assert found in allowed, f"{name}: neither what was nor what was sent"
        current = found
