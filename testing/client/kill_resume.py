"""Kill and resume: kill -9 of the client at seeded moments, the same command again, until it ends with 0.

A proxy without faults stands before the store, one per round. It sees every request, kills the client at the chosen stage of
the chosen request (or after a chosen time), and says when the dead client's last request has been done with. Checked:

- the object, or the file, is identical to the source;
- no part that the store had when a run began was sent again by that run;
- parts sent in vain, and ranges read in vain, are at most those in flight at a kill;
- no journal and no temporary file is left, and no upload; but for an empty one that was being opened when the client died, whose
  id it therefore never learnt: the next run says so.

    DRYSTONE_BIN=target/release/drystone target/e2e-venv/bin/python testing/client/kill_resume.py --rounds 1000
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bad_server import BadServer
from messages import Request
from program import Program, program

from lib.data import MIB
from lib.raw import UNSIGNED
from lib.server import Server

BUCKET = "kill"
CONCURRENCY = 4
FLAGS = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--concurrency", str(CONCURRENCY))
STAGES = ("head", "half", "received", "done", "answered")
RUNS_MAX = 12
SECONDS_MAX = 120.0
ORPHAN_NOTE = "an earlier run died while it opened an upload"
ROUNDS_PER_STORE = 25
"""Then a new store takes over, so that the disk does not fill."""


@dataclass
class Result:
    """What became of one round."""

    number: int
    kind: str
    size: int
    kills: list[str] = field(default_factory=list)
    runs: int = 0
    wasted_bytes: int = 0
    orphans: int = 0
    wrong: str = ""
    stderr: str = ""


@dataclass
class Moment:
    """When to kill: at a stage of the n-th request of a run, or after a time."""

    request: int = 0
    stage: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.stage} of request {self.request}" if self.stage else f"{1000 * self.seconds:.0f} ms"


class Round:
    """One file, several runs."""

    def __init__(self, store: Server, folder: Path, client: Program, seed: str, number: int) -> None:
        self.store, self.client, self.number = store, client, number
        self.rng = random.Random(f"{seed}/{number}")
        self.kind = self.rng.choice(["up", "up", "down"])
        size = self.rng.randint(5 * MIB + 1, 40 * MIB)
        self.folder = folder / str(number)
        (self.folder / "state").mkdir(parents=True)
        self.file = self.folder / "files" / "file.bin"
        self.file.parent.mkdir()
        self.data = self.rng.randbytes(size)
        self.key = f"round/{number}.bin"  # no key begins with another
        self.result = Result(number, self.kind, size)
        self.raw = store.raw()
        self.run_number = 0
        self.moment: Moment | None = None
        self.process: asyncio.subprocess.Process | None = None
        self.heads = 0
        self.sent: list[tuple[int, int, int]] = []  # run, part, bytes
        self.read: list[tuple[int, str, int]] = []  # run, range, bytes

    # --- The proxy's view ---

    def watch(self, stage: str, request: Request, size: int) -> None:
        """Keeps what was sent and read; kills when the moment has come."""
        if request.action == "UploadPart" and stage in ("received", "broken"):
            self.sent.append((self.run_number, int(request.query["partNumber"]), size))
        if request.action == "GetObject" and stage == "done" and request.status == 206:
            self.read.append((self.run_number, request.header("range") or "", size))
        if stage == "head":
            self.heads += 1
            request.number = self.heads
        at = self.moment
        if at and at.stage == stage and at.request == request.number and self.process:
            self._kill()

    def _kill(self) -> None:
        # Not Process.kill(): that may reap the child before asyncio does, and its exit code is lost.
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)

    # --- Runs ---

    async def run(self) -> Result:
        """Runs, kills, runs again; checks."""
        proxy = await BadServer(self.store.url, str(self.number)).start()
        proxy.watch = self.watch
        self.idle = proxy.idle
        try:
            if self.kind == "up":
                self.file.write_bytes(self.data)
            else:
                await self._ask("PUT", f"/{BUCKET}/{self.key}", body=self.data)
            self.result.wrong = await self._runs(proxy)
        finally:
            await proxy.close()
        return self.result

    async def _runs(self, proxy: BadServer) -> str:
        kills = self.rng.choice([1, 1, 2, 3, 5])
        for self.run_number in range(1, RUNS_MAX):
            before = await self._stored_parts()
            self.moment = self._draw_moment() if self.run_number <= kills else None
            code = await self._one_run(proxy.url)
            if proxy.open:
                await asyncio.wait_for(proxy.idle.wait(), 30)
            if again := [part for run, part, _ in self.sent if run == self.run_number and part in before]:
                return f"run {self.run_number} sent parts {sorted(again)} again, which the store had"
            if code == 0:
                return await self._wrong_at_the_end()
            if self.moment is None or code != -9:
                return f"run {self.run_number} ended with {code}: {self.result.stderr[-1500:]}"
            self.result.kills.append(str(self.moment))
            if await self._is_done():
                return await self._wrong_at_the_end()
        return "too many runs"

    def _draw_moment(self) -> Moment:
        if self.rng.random() < 0.3:
            return Moment(seconds=self.rng.uniform(0.0, 0.6))
        requests = len(self.data) // (5 * MIB) + 4
        return Moment(self.rng.randint(1, requests), self.rng.choice(STAGES))

    async def _one_run(self, url: str) -> int:
        remote = f"s3://{BUCKET}/{self.key}"
        source, target = (str(self.file), remote) if self.kind == "up" else (remote, str(self.file))
        env = self.client.environment(url, self.store.access_key, self.store.secret_key, self.store.region, self.folder / "state")
        self.heads = 0
        self.result.runs += 1
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            *self.client.cp(source, target, *FLAGS), env=env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=pipe
        )
        timer = None
        if self.moment and not self.moment.stage:
            timer = asyncio.get_running_loop().call_later(self.moment.seconds, self._kill)
        try:
            _, stderr = await asyncio.wait_for(self.process.communicate(), SECONDS_MAX)
        except TimeoutError:
            self._kill()
            await self.process.wait()
            self.result.stderr += "hung\n"
            return -1
        finally:
            if timer:
                timer.cancel()
        self.result.stderr += f"--- run {self.run_number}: {self.process.returncode}\n{stderr.decode(errors='replace')}"
        return self.process.returncode or 0

    # --- Checks ---

    async def _wrong_at_the_end(self) -> str:
        wasted_max = CONCURRENCY * len(self.result.kills)
        size = len(self.data)
        if self.kind == "up":
            self.result.wasted_bytes = sum(sent for _, _, sent in self.sent) - size
            again = len(self.sent) - len({part for _, part, _ in self.sent})
        else:
            self.result.wasted_bytes = sum(read for _, _, read in self.read) - size
            again = len(self.read) - len({asked for _, asked, _ in self.read})
            # A range that has come makes room for the next one a moment before the journal has it.
            wasted_max += len(self.result.kills)
        if again > wasted_max:
            return f"{again} parts were moved again after {len(self.result.kills)} kills with {CONCURRENCY} in flight"
        found = await self._ask("GET", f"/{BUCKET}/{self.key}") if self.kind == "up" else self.file.read_bytes()
        if found != self.data:
            return "the bytes differ"
        uploads = (await self._ask("GET", f"/{BUCKET}", {"uploads": None, "prefix": self.key})).count(b"<Upload>")
        self.result.orphans = uploads
        told = self.result.stderr.count(ORPHAN_NOTE)
        if uploads > told or await self._stored_parts():
            return f"{uploads} uploads are left, {told} were told of"
        left = [path for path in (self.folder / "state").rglob("*") if path.is_file()]
        left += [path for path in self.file.parent.iterdir() if path != self.file]
        return f"left: {[path.name for path in left]}" if left else ""

    async def _is_done(self) -> bool:
        """Did the kill come between the end of all work and the end of the process? Nothing is left to go on with then."""
        if any(path.is_file() for path in (self.folder / "state").rglob("*")):
            return False
        if self.kind == "up":
            return await self._ask("GET", f"/{BUCKET}/{self.key}") == self.data
        return self.file.exists() and self.file.read_bytes() == self.data

    async def _stored_parts(self) -> set[int]:
        """The numbers of all parts of the key's open uploads."""
        if self.kind == "down":
            return set()
        page = (await self._ask("GET", f"/{BUCKET}", {"uploads": None, "prefix": self.key})).decode()
        found: set[int] = set()
        for upload_id in re.findall("<UploadId>(.*?)</UploadId>", page):
            parts = await self._ask("GET", f"/{BUCKET}/{self.key}", {"uploadId": upload_id})
            found |= {int(number) for number in re.findall(b"<PartNumber>(\\d+)", parts)}
        return found

    async def _ask(self, method: str, path: str, query: object = None, body: bytes = b"") -> bytes:
        answer = await asyncio.to_thread(self.raw.request, method, path, query, None, body, payload=UNSIGNED)
        return answer.body if answer.status < 300 else b""


async def run_shard(numbers: list[int], seed: str, client: Program, parallel: int) -> list[Result]:
    """Runs these rounds, on a new store every now and then."""
    results: list[Result] = []
    for first in range(0, len(numbers), ROUNDS_PER_STORE):
        with tempfile.TemporaryDirectory(prefix="drystone-kill-") as folder, Server(Path(folder) / "data") as store:
            store.client().create_bucket(Bucket=BUCKET)
            slots = asyncio.Semaphore(parallel)

            async def one(number: int) -> None:
                async with slots:
                    results.append(await Round(store, Path(folder), client, seed, number).run())

            async with asyncio.TaskGroup() as group:
                for number in numbers[first : first + ROUNDS_PER_STORE]:
                    group.create_task(one(number))
            store.assert_no_panic()
    return results


def shard(job: tuple) -> list[Result]:
    """One process's share."""
    return asyncio.run(run_shard(*job))


def run(numbers: list[int], seed: str, client: Program, parallel: int = 3, workers: int = 2) -> tuple[list[Result], dict[str, object]]:
    """Runs rounds on several processes; results by number, and the figures."""
    start = time.monotonic()
    jobs = [(numbers[n::workers], seed, client, parallel) for n in range(workers) if numbers[n::workers]]
    if len(jobs) == 1:
        shares = [shard(jobs[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(len(jobs)) as pool:
            shares = pool.map(shard, jobs)
    results = sorted((result for share in shares for result in share), key=lambda result: result.number)
    kills = sum(len(result.kills) for result in results)
    figures = {
        "seed": seed,
        "rounds": len(results),
        "wrong": sum(bool(result.wrong) for result in results),
        "kinds": dict(Counter(result.kind for result in results)),
        "runs": sum(result.runs for result in results),
        "kills": kills,
        "stages": dict(Counter(kill.split()[0] if kill[0].isalpha() else "time" for result in results for kill in result.kills)),
        "orphans": sum(result.orphans for result in results),
        "bytes": sum(result.size for result in results),
        "wasted_parts_per_kill": round(sum(result.wasted_bytes for result in results) / (5 * MIB) / max(kills, 1), 2),
        "seconds": round(time.monotonic() - start, 1),
    }
    return results, figures


def main() -> int:
    """Runs what the flags ask for; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of rounds to run again")
    parser.add_argument("--seed", default="20261122")
    parser.add_argument("--parallel", type=int, default=3, help="rounds at once per process")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--client", default="drystone", help="drystone, s5cmd, aws, or a path to one")
    chosen = parser.parse_args()
    numbers = chosen.only or list(range(chosen.first, chosen.first + chosen.rounds))
    workers = 1 if chosen.only else chosen.workers
    results, figures = run(numbers, chosen.seed, program(chosen.client, "--no-progress"), chosen.parallel, workers)
    for result in results:
        if result.wrong or chosen.only:
            print(json.dumps(asdict(result)))
    print(json.dumps(figures))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
