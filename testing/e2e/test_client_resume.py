"""kill -9 of the transfer client, and the same command again: nothing lost, nothing sent twice, nothing left (b232).

`testing/client/kill_resume.py --rounds 1000` and `testing/client/every_syscall.py` are the long forms.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "client"))

import every_syscall  # noqa: E402
import kill_resume  # noqa: E402
from program import program  # noqa: E402

ROUNDS = int(os.environ.get("DRYSTONE_E2E_KILL_ROUNDS", "30"))
SEED = os.environ.get("DRYSTONE_E2E_SEED", "20261122")
CALLS = {"fsync", "fdatasync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "sendto", "writev", "pwrite64", "openat"}
"""The calls between which something is half done."""


def test_killed_transfers_go_on_where_they_were() -> None:
    """Seeded kills at stages of requests and after times; see kill_resume.py for what is checked."""
    print(f"replay: testing/client/kill_resume.py --seed {SEED} --rounds {ROUNDS}")
    results, figures = kill_resume.run(list(range(ROUNDS)), SEED, program("drystone", "--no-progress"))
    print(json.dumps(figures))
    wrong = [vars(result) for result in results if result.wrong]
    assert not wrong, json.dumps(wrong, indent=1)
    assert figures["kills"] >= ROUNDS / 2


@pytest.mark.parametrize("case", every_syscall.CASES, ids=lambda case: case.name)
def test_a_kill_before_any_system_call_is_survived(case: every_syscall.Case) -> None:
    """A sample of the calls that change something."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed; `apt-get install strace` installs it on Debian")
    results = every_syscall.run(program("drystone", "--no-progress"), 3, CALLS, [case])
    wrong = [result for result in results if result["wrong"]]
    assert not wrong, json.dumps(wrong, indent=1)
    assert any(result["killed"] for result in results)
