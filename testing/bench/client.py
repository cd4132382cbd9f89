"""Clients side by side: upload and download of a large file, CPU of the client per GB, time, memory; interleaved rounds.

Drystone's client, s5cmd, rclone, aws-cli and aws-cli's engine of version 2 (the CRT), each with its defaults, against the same server. A client that
is not found is skipped, and the report says so. DRYSTONE_BENCH_S5CMD, _RCLONE and _AWS name programs that are not on the PATH;
DRYSTONE_BENCH_CRT_PYTHON a Python that has boto3 and awscrt. Every download is compared with the source.

Then memory for files of any size: a sparse file of 10,000 parts, and one of 5 TiB for a while, sent to a server that throws
everything away.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from common import Server, arguments, report, running_server
from lib.data import MIB
from lib.server import aws_environment, binary

BUCKET = "bench"
GB = 1e9
GIB = 1024 * MIB
TIB = 1024 * GIB
PROBE_SECONDS = 0.02
DISCARD = Path(__file__).resolve().parents[1] / "client" / "discard_server.py"

CRT = """
import os, sys
import botocore.session
from botocore.config import Config
from s3transfer import crt
way, file, bucket, key = sys.argv[1:]
session, url, region = botocore.session.Session(), os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]
place = {"region_name": region, "endpoint_url": url, "config": Config(s3={"addressing_style": "path"})}
credentials = crt.BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider()
client = crt.create_s3_crt_client(region, credentials, use_ssl=url.startswith("https"))
with crt.CRTTransferManager(client, crt.BotocoreCRTRequestSerializer(session, place)) as manager:
    transfer = manager.upload(file, bucket, key) if way == "up" else manager.download(bucket, key, file)
    transfer.result()
"""
"""What aws-cli v2 does on the CRT. boto3 cannot be used: it insists on TLS there."""

@dataclass
class Figures:
    """What the runs of one client came to, by way."""

    wall: dict[str, list[float]] = field(default_factory=lambda: {"up": [], "down": []})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {"up": [], "down": []})
    rss: dict[str, int] = field(default_factory=lambda: {"up": 0, "down": 0})


def peers() -> tuple[dict[str, list[str]], dict[str, str]]:
    """The programs that are there, and why others are skipped."""
    found, skipped = {"drystone": [str(binary())]}, {}
    for name in ("s5cmd", "rclone", "aws"):
        beside = Path(sys.executable).with_name(name)
        path = os.environ.get(f"DRYSTONE_BENCH_{name.upper()}") or shutil.which(name, path=f"{beside.parent}:{os.environ['PATH']}")
        if path:
            found[name] = [path]
        else:
            skipped[name] = f"not on the PATH, and DRYSTONE_BENCH_{name.upper()} names none"
    python = os.environ.get("DRYSTONE_BENCH_CRT_PYTHON")
    if python and subprocess.run([python, "-c", "import boto3, awscrt"], capture_output=True, check=False).returncode == 0:
        found["crt"] = [python]
    else:
        skipped["crt"] = "DRYSTONE_BENCH_CRT_PYTHON names no Python with boto3 and awscrt"
    return found, skipped


def command(name: str, program: list[str], way: str, file: Path, key: str) -> list[str]:
    """What is typed: the defaults of each."""
    remote = f"s3://{BUCKET}/{key}"
    pair = [str(file), remote] if way == "up" else [remote, str(file)]
    if name == "drystone":
        return [*program, "cp", "--no-progress", *pair]
    if name == "s5cmd":
        return [*program, "--log", "error", "cp", *pair]
    if name == "aws":
        return [*program, "s3", "cp", "--no-progress", *pair]
    if name == "crt":
        return [*program, "-c", CRT, way, str(file), BUCKET, key]
    there = f":s3,provider=Other,env_auth=true,endpoint='{{}}':{BUCKET}/{key}"
    pair = [str(file), there] if way == "up" else [there, str(file)]
    return [*program, "copyto", *pair]


def environment(url: str, server: Any, home: Path) -> dict[str, str]:
    """Variables for all of them."""
    env = aws_environment(url, server.access_key, server.secret_key, server.region)
    home.mkdir(exist_ok=True)
    return {**env, "HOME": str(home), "S3_ENDPOINT_URL": url, "AWS_REGION": server.region, "RCLONE_CONFIG": "/dev/null"}


def measured(line: list[str], env: dict[str, str], seconds_max: float | None = None) -> tuple[float, float, int]:
    """Runs it: seconds, CPU seconds, peak of resident bytes. With `seconds_max` it is killed then, and only the peak counts."""
    line = [word.replace("{}", env["S3_ENDPOINT_URL"]) for word in line]
    with tempfile.TemporaryFile() as said:
        start, peak = time.monotonic(), 0
        process = subprocess.Popen(line, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
        while True:
            # The kernel's ru_maxrss also counts what this process had when it forked, so the peak is read while it runs.
            peak = max(peak, _peak(process.pid))
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if seconds_max is not None and time.monotonic() - start > seconds_max:
                process.kill()
            time.sleep(PROBE_SECONDS)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0 and not (seconds_max is not None and process.returncode == -9):
            said.seek(0)
            raise SystemExit(f"{line[0]}: code {process.returncode}: {said.read().decode(errors='replace')[-1000:]}")
    return wall, usage.ru_utime + usage.ru_stime, peak


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def make_file(path: Path, size: int) -> Path:
    """Bytes that do not repeat within a part and cannot be compressed."""
    with path.open("wb") as file:
        for _ in range(size // (8 * MIB)):
            file.write(os.urandom(8 * MIB))
        file.write(os.urandom(size % (8 * MIB)))
    return path


def one_round(server: Server, number: int, programs: dict[str, list[str]], file: Path, figures: dict[str, Figures]) -> None:
    """Every client once, each round in another order: up, then down again."""
    names = list(programs)
    home = file.with_name("home")
    env = environment(server.url, server, home)
    back = file.with_name("back.bin")
    for name in names[number % len(names):] + names[: number % len(names)]:
        for way, local in (("up", file), ("down", back)):
            wall, cpu, rss = measured(command(name, programs[name], way, local, name), env)
            figures[name].wall[way].append(wall)
            figures[name].cpu[way].append(cpu)
            figures[name].rss[way] = max(figures[name].rss[way], rss)
        if not filecmp.cmp(file, back, shallow=False):
            raise SystemExit(f"{name}: what came back differs")
        back.unlink()


def results(figures: dict[str, Figures], size: int) -> dict[str, Any]:
    """Medians, and ratios to Drystone's client of the same round."""
    out: dict[str, Any] = {}
    ours = figures["drystone"]
    for name, of in figures.items():
        for way in ("up", "down"):
            entry = {
                "seconds": round(median(of.wall[way]), 2),
                "cpu_s_per_gb": round(median(of.cpu[way]) / (size / GB), 3),
                "rss_mib": round(of.rss[way] / MIB, 1),
            }
            if name != "drystone":
                entry["cpu_ratio"] = round(median(a / b for a, b in zip(of.cpu[way], ours.cpu[way], strict=True)), 2)
                entry["seconds_ratio"] = round(median(a / b for a, b in zip(of.wall[way], ours.wall[way], strict=True)), 2)
            out[f"{name}_{way}"] = entry
    return out


def memory(folder: Path, gib: int, seconds: int) -> dict[str, Any]:
    """Peaks with a sparse file of many parts, and with one of 5 TiB until `seconds` are over."""
    server = subprocess.Popen([sys.executable, str(DISCARD)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        url = server.stdout.readline().strip()
        credentials = type("", (), {"access_key": "k", "secret_key": "s" * 20, "region": "us-east-1"})
        env = environment(url, credentials, folder / "home")
        out: dict[str, Any] = {}
        for name, size, flags, limit in (
            (f"parts_{gib * 1024 // 5}", gib * GIB, ["--part-size", "5MiB"], None),
            ("5_tib", 5 * TIB, [], seconds),
        ):
            sparse = folder / "sparse.bin"
            with sparse.open("wb") as file:
                file.truncate(size)
            wall, cpu, rss = measured([str(binary()), "cp", "--no-progress", *flags, str(sparse), f"s3://{BUCKET}/k"], env, limit)
            out[f"rss_mib_{name}"] = round(rss / MIB, 1)
            if limit is None:
                out[f"discard_{name}"] = {"seconds": round(wall, 1), "cpu_s_per_gb": round(cpu / (size / GB), 3)}
        return out
    finally:
        server.kill()
        server.wait()


def main() -> None:
    """Runs the bench."""
    chosen = arguments(__doc__, 1800, mib=2048, rounds=3, rss_gib=48, rss_seconds=15)
    start = time.monotonic()
    programs, skipped = peers()
    figures = {name: Figures() for name in programs}
    size = chosen.mib * MIB
    out: dict[str, Any] = {}
    for number in range(chosen.rounds):
        # A new store each time, so that deleted objects take no room.
        with running_server() as server:
            server.client().create_bucket(Bucket=BUCKET)
            file = make_file(server.data.with_name("file.bin"), size)
            one_round(server, number, programs, file, figures)
            if number == chosen.rounds - 1 and chosen.rss_gib:
                file.unlink()
                out = memory(server.data.parent, chosen.rss_gib, chosen.rss_seconds)
    report("client", start, mib=chosen.mib, rounds=chosen.rounds, **results(figures, size), **out, skipped=skipped)


if __name__ == "__main__":
    main()
