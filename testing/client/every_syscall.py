"""Kill -9 before every system call of a small transfer, then the same command again: it must end with 0 and leave nothing.

strace counts a thread's calls by name and kills at the n-th. One undisturbed run says which calls there are and how many; each
of them is then a round. Calls that a thread makes very often are sampled evenly (--each).

    DRYSTONE_BIN=target/release/drystone target/e2e-venv/bin/python testing/client/every_syscall.py
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kill_resume import ORPHAN_NOTE
from program import Program, program

from lib.data import KIB, MIB
from lib.server import Server

BUCKET = "calls"
MULTIPART = ("--multipart-threshold", "5MiB", "--part-size", "5MiB", "--concurrency", "2")
SECONDS_MAX = 60


@dataclass(frozen=True)
class Case:
    """A small transfer."""

    name: str
    is_upload: bool
    size: int
    flags: tuple[str, ...] = ()


CASES = [
    Case("put", True, 100 * KIB),
    Case("multipart", True, 5 * MIB + 1000, MULTIPART),
    Case("get", False, 100 * KIB),
    Case("ranges", False, 5 * MIB + 1000, MULTIPART),
]


class Bench:
    """A store, and transfers with folders of their own."""

    def __init__(self, store: Server, folder: Path, client: Program) -> None:
        self.store, self.folder, self.client = store, folder, client
        self.s3 = store.client()
        self.s3.create_bucket(Bucket=BUCKET)

    def transfer(self, case: Case, name: str) -> Transfer:
        """A new one: for an upload the file is there, for a download the object."""
        home = self.folder / name
        (home / "files").mkdir(parents=True)
        (home / "state").mkdir()
        return Transfer(self, case, name, home)

    def calls(self, case: Case) -> Counter[str]:
        """How often a thread makes each call at most, in an undisturbed run."""
        transfer = self.transfer(case, f"{case.name}-undisturbed.bin")
        log = transfer.home / "trace"
        code = transfer.run("strace", "-f", "-qq", "-o", str(log))
        if code != 0:
            raise SystemExit(f"{case.name} ended with {code} under strace: {transfer.stderr[-1000:]}")
        counts: Counter[tuple[str, str]] = Counter(re.findall(r"^(\d+) +([a-z]\w*)\(", log.read_text(errors="replace"), re.MULTILINE))
        most: Counter[str] = Counter()
        for (_, call), count in counts.items():
            most[call] = max(most[call], count)
        return most


class Transfer:
    """One transfer, run with or without a wrapper."""

    def __init__(self, bench: Bench, case: Case, name: str, home: Path) -> None:
        self.bench, self.case, self.name, self.home = bench, case, name, home
        self.data = random.Random(name).randbytes(case.size)
        self.file = home / "files" / "file.bin"
        self.stderr = ""
        if case.is_upload:
            self.file.write_bytes(self.data)
        else:
            bench.s3.put_object(Bucket=BUCKET, Key=name, Body=self.data)

    def run(self, *wrapper: str) -> int:
        """Runs the client; its exit code."""
        store, client = self.bench.store, self.bench.client
        remote = f"s3://{BUCKET}/{self.name}"
        pair = (str(self.file), remote) if self.case.is_upload else (remote, str(self.file))
        env = client.environment(store.url, store.access_key, store.secret_key, store.region, self.home / "state")
        done = subprocess.run(
            [*wrapper, *client.cp(*pair, *self.case.flags)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False,
        )
        self.stderr += done.stderr.decode(errors="replace")
        return done.returncode

    def wrong(self) -> str:
        """What is not as it must be after a run that ended with 0."""
        s3 = self.bench.s3
        if self.case.is_upload:
            found = s3.get_object(Bucket=BUCKET, Key=self.name)["Body"].read()
            uploads = s3.list_multipart_uploads(Bucket=BUCKET, Prefix=self.name).get("Uploads", [])
            parts = [s3.list_parts(Bucket=BUCKET, Key=self.name, UploadId=one["UploadId"]).get("Parts") for one in uploads]
            # An empty one, whose id the dead run never learnt or never kept, is told of by the next run.
            if any(parts) or len(uploads) > self.stderr.count(ORPHAN_NOTE):
                return f"{len(uploads)} uploads are left, with parts: {parts}"
        else:
            found = self.file.read_bytes()
        if found != self.data:
            return "the bytes differ"
        left = [path.name for path in (self.home / "state").rglob("*") if path.is_file()]
        left += [path.name for path in self.file.parent.iterdir() if path != self.file]
        return f"left: {left}" if left else ""


def one(bench: Bench, case: Case, call: str, at: int) -> dict[str, object]:
    """Kills at one call, runs again, checks."""
    transfer = bench.transfer(case, f"{case.name}-{call}-{at}.bin")
    inject = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={at}")
    first = transfer.run(*inject)
    code = transfer.run()
    wrong = transfer.wrong() if code == 0 else f"run again: code {code}"
    shutil.rmtree(transfer.home)
    bench.s3.delete_object(Bucket=BUCKET, Key=transfer.name)
    return {"case": case.name, "call": call, "at": at, "killed": first in (-9, 137), "wrong": wrong, "stderr": transfer.stderr[-1500:] if wrong else ""}


def sampled(count: int, each: int) -> list[int]:
    """1 to `count`, or `each` of them, evenly."""
    return list(range(1, count + 1)) if count <= each else sorted({1 + round(n * (count - 1) / (each - 1)) for n in range(each)})


def run(client: Program, each: int, calls: set[str] | None = None, cases: list[Case] = CASES, workers: int = 3) -> list[dict[str, object]]:
    """All rounds; `calls` chooses some by name."""
    with tempfile.TemporaryDirectory(prefix="drystone-calls-") as folder, Server(Path(folder) / "data") as store:
        bench = Bench(store, Path(folder), client)
        jobs = [
            (case, call, at)
            for case in cases
            for call, count in sorted(bench.calls(case).items())
            if call not in ("execve", "exit_group") and (calls is None or call in calls)
            for at in sampled(count, each)
        ]
        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(lambda job: one(bench, *job), jobs))


def main() -> int:
    """Runs what the flags ask for; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=40, help="rounds per call and case at most")
    parser.add_argument("--calls", nargs="*", help="only these")
    parser.add_argument("--cases", nargs="*", choices=[case.name for case in CASES])
    parser.add_argument("--client", default="drystone")
    chosen = parser.parse_args()
    if shutil.which("strace") is None:
        print("SKIPPED: strace is not installed; `apt-get install strace` installs it on Debian")
        return 0
    start = time.monotonic()
    cases = [case for case in CASES if not chosen.cases or case.name in chosen.cases]
    results = run(program(chosen.client, "--no-progress"), chosen.each, set(chosen.calls) if chosen.calls else None, cases)
    for result in results:
        if result["wrong"]:
            print(json.dumps(result))
    wrong = sum(bool(result["wrong"]) for result in results)
    by_case = dict(Counter(result["case"] for result in results))
    killed = sum(bool(result["killed"]) for result in results)
    print(json.dumps({"rounds": len(results), "killed": killed, "wrong": wrong, "cases": by_case, "seconds": round(time.monotonic() - start, 1)}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
