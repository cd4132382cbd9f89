"""Transfers through a bad server: whatever it does, a client that says 0 has moved exactly the bytes.

Each transfer has a number; number and seed alone say what is sent and how the server treats it. Checked after each one, by
direct reads from the store behind the bad server:

- exit code 0: object and file are identical;
- any other code: it is a documented one, stderr says why, and what is at the target is what was there before (or, when only
  the answer was lost, exactly the new bytes), never anything else;
- after a failure the same command succeeds once the server behaves.

    DRYSTONE_BIN=target/release/drystone target/e2e-venv/bin/python testing/client/transfers.py --count 10000
    ... --only 4711          # one transfer again, with what the client said
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from bad_server import BadServer
from faults import Mood, calm, mood
from program import DOCUMENTED_CODES, Program, program

from lib.data import KIB, MIB
from lib.raw import UNSIGNED, Raw, quote_key
from lib.server import Server

BUCKET = "bad"
PART_SIZE = 5 * MIB
MULTIPART = ("--multipart-threshold", "5MiB", "--part-size", "5MiB")
PATIENCE = ("--no-progress", "--read-timeout", "6", "--connect-timeout", "10", "--max-attempts", "5")
"""Less than the stalls of the bad server, and fewer attempts than by default, so that 10,000 transfers end."""
SIZES = [0, 1, 1000, 70 * KIB, MIB, 5 * MIB, 7 * MIB + 1, 16 * MIB]
SECONDS_MAX = 400.0
"""A transfer that takes longer hangs."""


@dataclass
class Result:
    """What became of one transfer."""

    number: int
    kind: str
    size: int
    mood: str
    code: int = -1
    again: int | None = None
    seconds: float = 0.0
    wrong: str = ""
    faults: list[str] = field(default_factory=list)
    stderr: str = ""


class Rig:
    """A good store, the bad server before it, and the client."""

    def __init__(self, folder: Path, store: Server, bad: BadServer, client: Program, seed: str, stalls: bool) -> None:
        self.folder, self.bad, self.client, self.seed, self.stalls = folder, bad, client, seed, stalls
        self.store, self.raw = store, store.raw()
        bad.abort = self._abort

    async def prepare(self) -> None:
        """The bucket."""
        await self._ask("PUT", "", status=200)

    async def _ask(self, method: str, key: str, query: object = None, body: bytes = b"", status: int | None = None) -> bytes | None:
        path = f"/{BUCKET}/{quote_key(key)}" if key else f"/{BUCKET}"
        answer = await asyncio.to_thread(self.raw.request, method, path, query, None, body, payload=UNSIGNED)
        if status is not None and answer.status != status:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.text[:300]}")
        return answer.body if answer.status < 300 else None

    async def _abort(self, key: str, upload_id: str) -> None:
        await self._ask("DELETE", key.partition("/")[2], {"uploadId": upload_id})

    async def put(self, key: str, body: bytes) -> None:
        """Stores an object directly."""
        await self._ask("PUT", key, body=body, status=200)

    async def get(self, key: str) -> bytes | None:
        """Reads an object directly."""
        return await self._ask("GET", key)

    async def run(self, command: list[str]) -> tuple[int, str]:
        """Runs the client; exit code and stderr."""
        env = self.client.environment(self.bad.url, self.store.access_key, self.store.secret_key, self.store.region, self.folder / "state")
        process = await asyncio.create_subprocess_exec(
            *command, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        try:
            _, stderr = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
        except TimeoutError:
            process.kill()
            _, stderr = await process.communicate()
            return -1, f"hung for {SECONDS_MAX} s: {stderr.decode(errors='replace')}"
        return process.returncode or 0, stderr.decode(errors="replace")


def content(seed: str, size: int) -> bytes:
    """Repeatable bytes."""
    return random.Random(seed).randbytes(size)


def draw_size(rng: random.Random) -> int:
    """Mostly small, with the edges."""
    return rng.choice([0, 1, rng.randrange(200), rng.randrange(64 * KIB), rng.randrange(64 * KIB), rng.randrange(MIB)])


def draw_kind(rng: random.Random) -> str:
    """put and get: one request; up and down: several parts; copy: within the store. (By name alone: copy_parts, delta.)"""
    return rng.choices(["put", "get", "up", "down", "copy"], [50, 30, 8, 8, 4])[0]


class Transfer:
    """One transfer: its plan, its run, its checks."""

    def __init__(self, rig: Rig, number: int, kind: str | None = None, chosen: Mood | None = None) -> None:
        self.rig, self.number = rig, number
        rng = random.Random(f"{rig.seed}/{number}")
        drawn = draw_kind(rng)
        self.kind = kind or drawn
        self.size = rng.randint(PART_SIZE + 1, 16 * MIB) if self.kind in ("up", "delta", "copy_parts") else draw_size(rng)
        if self.kind in ("get", "copy"):
            self.size = rng.choice(SIZES[:6])
        elif self.kind == "down":
            self.size = rng.choice(SIZES[5:])
        drawn_mood = mood(rng, stalls=rig.stalls)
        self.mood = chosen or drawn_mood
        self.key = f"t/{number}"
        self.file = rig.folder / f"{number}.bin"
        self.is_upload = self.kind in ("put", "up", "delta")
        self.is_copy = self.kind in ("copy", "copy_parts")
        self.has_old = rng.random() < 0.3 or self.kind == "delta"
        self.data, self.old = b"", None

    def command(self, client: Program) -> list[str]:
        """What is typed."""
        remote = f"s3://{BUCKET}/{self.key}"
        flags = MULTIPART if self.kind in ("up", "down", "delta", "copy_parts") else ()
        flags = (*flags, "--delta") if self.kind == "delta" else flags
        source, target = (str(self.file), remote) if self.is_upload else (f"s3://{BUCKET}/{self.alias}", str(self.file))
        if self.is_copy:
            target = remote
        return client.cp(source, target, *flags)

    @property
    def alias(self) -> str:
        """The key a download reads: one per transfer, so that each has a mood of its own."""
        return f"from/{self.number}"

    async def run(self) -> Result:
        """Prepares, runs, checks, cleans."""
        result = Result(self.number, self.kind, self.size, self.mood.name)
        await self._prepare()
        moods = self.rig.bad.moods
        moods[f"{BUCKET}/{self.key}"] = moods[f"{BUCKET}/{self.alias}"] = self.mood
        start = time.monotonic()
        result.code, result.stderr = await self.rig.run(self.command(self.rig.client))
        result.seconds = time.monotonic() - start
        result.faults = list(self.mood.used)
        result.wrong = await self._wrong(result.code, result.stderr)
        if result.code != 0 and not result.wrong:
            moods[f"{BUCKET}/{self.key}"] = moods[f"{BUCKET}/{self.alias}"] = calm()
            patient = replace(self.rig.client, flags=("--no-progress",))
            result.again, stderr = await self.rig.run(self.command(patient))
            result.wrong = await self._wrong(result.again, stderr)
            if result.again != 0 and not result.wrong:
                result.wrong = f"run again without faults: code {result.again}"
            result.stderr += f"--- again\n{stderr}"
        await self._clean(moods)
        return result

    async def _prepare(self) -> None:
        seed = f"{self.rig.seed}/{self.number}"
        self.data = content(f"{seed}/data", self.size)
        self.old = content(f"{seed}/old", self.size or 3) if self.has_old else None
        if self.kind == "delta":
            # An older version: another first part, the others as they are.
            self.old = content(f"{seed}/old", PART_SIZE) + self.data[PART_SIZE:]
        if self.is_upload:
            self.file.write_bytes(self.data)
        elif self.old is not None and not self.is_copy:
            self.file.write_bytes(self.old)
        if not self.is_upload:
            await self.rig.put(self.alias, self.data)
        if self.old is not None and (self.is_upload or self.is_copy):
            await self.rig.put(self.key, self.old)

    async def _wrong(self, code: int, stderr: str) -> str:
        found = await self._target()
        if "panicked" in stderr:
            return "it panicked"
        if self.is_upload and self.file.read_bytes() != self.data:
            return "the source was changed"
        if code == 0:
            return "" if found == self.data else f"code 0, but {describe(found, self)}"
        if code not in DOCUMENTED_CODES:
            return f"code {code}"
        if not stderr.strip():
            return "it failed and did not say why"
        after_failure = [self.data, self.old] if self.is_upload or self.is_copy else [self.old]
        return "" if found in after_failure else f"code {code}, and {describe(found, self)}"

    async def _target(self) -> bytes | None:
        if self.is_upload or self.is_copy:
            return await self.rig.get(self.key)
        return self.file.read_bytes() if self.file.exists() else None

    async def _clean(self, moods: dict[str, Mood]) -> None:
        self.file.unlink(missing_ok=True)
        self.data, self.old = b"", None
        for key in {self.key, self.alias}:
            moods.pop(f"{BUCKET}/{key}", None)
            await self.rig._ask("DELETE", key)  # noqa: SLF001


def describe(found: bytes | None, transfer: Transfer) -> str:
    """What is at the target instead."""
    if found is None:
        return "nothing is there"
    if found == transfer.old:
        return "the old bytes are there"
    same = next((at for at, (a, b) in enumerate(zip(found, transfer.data)) if a != b), min(len(found), transfer.size))
    return f"{len(found)} of {transfer.size} bytes are there, different from byte {same} on"


@asynccontextmanager
async def rigged(client: Program, seed: str, *, stalls: bool = True) -> AsyncIterator[Rig]:
    """A store, the bad server and all else, in a folder that goes with them."""
    with tempfile.TemporaryDirectory(prefix="drystone-bad-") as folder, Server(Path(folder) / "data") as store:
        (Path(folder) / "state").mkdir()
        bad = await BadServer(store.url, seed).start()
        rig = Rig(Path(folder), store, bad, client, seed, stalls)
        await rig.prepare()
        yield rig
        await bad.close()
        store.assert_no_panic()


async def run_all(transfers: list[Transfer], parallel: int) -> list[Result]:
    """Runs transfers, some at once; results in their order."""
    slots = asyncio.Semaphore(parallel)

    async def one(transfer: Transfer) -> Result:
        async with slots:
            return await transfer.run()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(transfer)) for transfer in transfers]
    return [task.result() for task in tasks]


async def run_shard(
    numbers: list[int], seed: str, client: Program, parallel: int, stalls: bool, kind: str | None = None
) -> tuple[list[Result], Counter[str], int]:
    """Runs these transfers on a store of their own."""
    async with rigged(client, seed, stalls=stalls) as rig:
        results = await run_all([Transfer(rig, number, kind) for number in numbers], parallel)
        return results, rig.bad.faults, rig.bad.requests


def shard(job: tuple) -> tuple[list[Result], Counter[str], int]:
    """One process's share."""
    return asyncio.run(run_shard(*job))


def summary(results: list[Result], faults: Counter[str], requests: int, seconds: float, seed: str) -> dict[str, object]:
    """The figures of a run."""
    by_mood: dict[str, Counter[str]] = {}
    for result in results:
        by_mood.setdefault(result.mood, Counter())[str(result.code)] += 1
    return {
        "seed": seed,
        "transfers": len(results),
        "wrong": sum(bool(result.wrong) for result in results),
        "codes": dict(sorted(Counter(str(result.code) for result in results).items())),
        "kinds": dict(Counter(result.kind for result in results)),
        "done_despite_faults": sum(result.code == 0 and bool(result.faults) for result in results),
        "faults": dict(sorted(faults.items())),
        "requests": requests,
        "seconds": round(seconds, 1),
        "seconds_longest": round(max(result.seconds for result in results), 1),
        "moods": {name: dict(sorted(codes.items())) for name, codes in sorted(by_mood.items())},
    }


def run(numbers: list[int], seed: str, client: Program, parallel: int = 12, workers: int = 2, stalls: bool = True, kind: str | None = None) -> tuple[list[Result], dict[str, object]]:
    """Runs transfers on several processes; results by number, and the figures."""
    start = time.monotonic()
    jobs = [(numbers[n::workers], seed, client, parallel, stalls, kind) for n in range(workers) if numbers[n::workers]]
    if len(jobs) == 1:
        shares = [shard(jobs[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(len(jobs)) as pool:
            shares = pool.map(shard, jobs)
    results = sorted((result for share in shares for result in share[0]), key=lambda result: result.number)
    faults = sum((share[1] for share in shares), Counter())
    return results, summary(results, faults, sum(share[2] for share in shares), time.monotonic() - start, seed)


def main() -> int:
    """Runs what the flags ask for; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of transfers to run again")
    parser.add_argument("--seed", default="20261122")
    parser.add_argument("--parallel", type=int, default=12, help="transfers at once per process")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-stalls", action="store_true")
    parser.add_argument("--kind", help="transfers of this kind only, also copy_parts and delta")
    parser.add_argument("--client", default="drystone", help="drystone, s5cmd, aws, or a path to one")
    parser.add_argument("--all", action="store_true", help="print a line for every transfer")
    chosen = parser.parse_args()
    numbers = chosen.only or list(range(chosen.first, chosen.first + chosen.count))
    workers = 1 if chosen.only else chosen.workers
    results, figures = run(numbers, chosen.seed, program(chosen.client, *PATIENCE), chosen.parallel, workers, not chosen.no_stalls, chosen.kind)
    for result in results:
        if result.wrong or chosen.only or chosen.all:
            print(json.dumps(asdict(result)))
    print(json.dumps(figures))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
