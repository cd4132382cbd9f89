"""The transfer client against a server that drops, resets, stalls, lies and loses answers (testing/client/faults.py).

Whatever happens: code 0 means that exactly the bytes arrived; any other code is a documented one, says why, and has done no
harm; and the same command succeeds once the server behaves. `testing/client/transfers.py --count 10000` is the long form.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "client"))

from faults import KINDS, PASSING, STALLS, once, storm_of  # noqa: E402
from program import program  # noqa: E402
from transfers import PATIENCE, Result, Transfer, rigged, run, run_all  # noqa: E402

COUNT = int(os.environ.get("DRYSTONE_E2E_TRANSFERS", "150"))
SEED = os.environ.get("DRYSTONE_E2E_SEED", "20261122")
TRANSFERS = {"put": "PutObject", "get": "GetObject", "up": "UploadPart", "down": "GetObject", "copy": "CopyObject"}
FLAKY = sorted(set(KINDS) - STALLS)

MENDED = PASSING | {"flip_request", "flip_answer", "short_answer", "wrong_checksum", "lost_then_gone"}
"""What one more attempt, or a look at the object, puts right: happening once, it must not be noticed."""


def told(results: list[Result]) -> str:
    """What to read when one is wrong."""
    return "\n".join(json.dumps(vars(result), indent=1) for result in results if result.wrong)


def scripted(plans: list[tuple[str, Any]]) -> list[Result]:
    """Runs transfers of chosen kinds under chosen moods."""

    async def all_of_them() -> list[Result]:
        async with rigged(program("drystone", *PATIENCE), SEED) as rig:
            transfers = [Transfer(rig, number, kind, mood) for number, (kind, mood) in enumerate(plans)]
            return await run_all(transfers, 6)

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("fault", FLAKY)
def test_b232_a_fault_that_happens_once_is_mended_or_told(fault: str) -> None:
    """Each fault, at the first request it can happen to, of each kind of transfer."""
    results = scripted([(kind, once(fault)) for kind in TRANSFERS])
    assert not any(result.wrong for result in results), told(results)
    if fault in MENDED:
        assert {result.code for result in results} == {0}, [vars(result) for result in results if result.code]


@pytest.mark.parametrize("fault", FLAKY)
def test_b232_a_fault_that_never_ends_does_no_harm(fault: str) -> None:
    """Each fault, at every request it can happen to: nothing wrong is left, and it works once the fault is gone."""
    results = scripted([(kind, storm_of(fault)) for kind in TRANSFERS])
    assert not any(result.wrong for result in results), told(results)


@pytest.mark.parametrize("fault", sorted(STALLS))
def test_what_stands_still_is_given_up_and_tried_again(fault: str) -> None:
    """Nothing moves any more; after --read-timeout another attempt is made."""
    results = scripted([(kind, once(fault)) for kind in TRANSFERS])
    assert not any(result.wrong for result in results), told(results)
    assert {result.code for result in results} == {0}, [vars(result) for result in results if result.code]


def test_transfers_through_a_bad_server_leave_no_wrong_byte() -> None:
    """A seeded mix. DRYSTONE_E2E_TRANSFERS makes it longer, DRYSTONE_E2E_SEED another one."""
    print(f"replay: testing/client/transfers.py --seed {SEED} --count {COUNT} --no-stalls")
    results, figures = run(list(range(COUNT)), SEED, program("drystone", *PATIENCE), parallel=8, stalls=False)
    print(json.dumps(figures))
    assert not any(result.wrong for result in results), told(results)
    assert sum(figures["faults"].values()) > COUNT / 2, "the bad server was too good"
