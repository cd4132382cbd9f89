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

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "client"))

from faults import KINDS, PASSING, STALLS, once, storm_of  # noqa: E402
from program import program  # noqa: E402
from transfers import PATIENCE, Result, Transfer, rigged, run, run_all  # noqa: E402

COUNT = int(os.environ.get("DRYSTONE_E2E_TRANSFERS", "200"))
SEED = os.environ.get("DRYSTONE_E2E_SEED", "20261122")
TRANSFERS = ("put", "get", "up", "down", "copy", "copy_parts", "delta")
FLAKY = sorted(set(KINDS) - STALLS)

MENDED = PASSING | {"flip_request", "short_answer", "lost_then_gone"}
"""What one more attempt, or a look at the object, puts right: happening once, it must not be noticed."""

ENDLESS = sorted(set(FLAKY) - {"slow_down"})
"""What may go on for ever in a test; a store that asks for patience gets some minutes of it."""


def told(results: list[Result]) -> str:
    """What to read when one is wrong."""
    return "\n".join(json.dumps(vars(result), indent=1) for result in results)


def scripted(plans: list[tuple[str, Any]], *flags: str) -> list[Result]:
    """Runs transfers of chosen kinds under chosen moods."""

    async def all_of_them() -> list[Result]:
        async with rigged(program("drystone", *(flags or PATIENCE)), SEED) as rig:
            transfers = [Transfer(rig, number, kind, mood) for number, (kind, mood) in enumerate(plans)]
            return await run_all(transfers, 8)

    return asyncio.run(all_of_them())


def assert_none_is_wrong(results: list[Result]) -> None:
    """Shows those that are."""
    wrong = [result for result in results if result.wrong]
    assert not wrong, told(wrong)


def test_b232_a_fault_that_happens_once_is_mended_or_told() -> None:
    """Each fault, at the first request it can happen to, of each kind of transfer."""
    results = scripted([(kind, once(fault)) for fault in FLAKY for kind in TRANSFERS])
    assert_none_is_wrong(results)
    noticed = [result for result in results if result.code != 0 and result.faults and result.faults[0] in MENDED]
    assert not noticed, told(noticed)


def test_b232_a_fault_that_never_ends_does_no_harm() -> None:
    """Each fault, at every request it can happen to: nothing wrong is left, and it works once the fault is gone."""
    flags = (*PATIENCE[:-1], "3")
    assert_none_is_wrong(scripted([(kind, storm_of(fault)) for fault in ENDLESS for kind in TRANSFERS], *flags))


def test_a_store_that_always_asks_to_slow_down_is_given_up() -> None:
    """Attempts that were answered SlowDown are bounded by --max-attempts, too."""
    results = scripted([(kind, storm_of("slow_down")) for kind in TRANSFERS], *PATIENCE[:-1], "1")
    assert_none_is_wrong(results)
    assert all(result.code != 0 and "503" in result.stderr for result in results), told(results)


def test_what_stands_still_is_given_up_and_tried_again() -> None:
    """Nothing moves any more; after --read-timeout another attempt is made."""
    results = scripted([(kind, once(fault)) for fault in sorted(STALLS) for kind in TRANSFERS])
    assert_none_is_wrong(results)
    noticed = [result for result in results if result.code != 0]
    assert not noticed, told(noticed)


def test_transfers_through_a_bad_server_leave_no_wrong_byte() -> None:
    """A seeded mix. DRYSTONE_E2E_TRANSFERS makes it longer, DRYSTONE_E2E_SEED another one."""
    print(f"replay: testing/client/transfers.py --seed {SEED} --count {COUNT} --no-stalls")
    results, figures = run(list(range(COUNT)), SEED, program("drystone", *PATIENCE), parallel=8, stalls=False)
    print(json.dumps(figures))
    assert_none_is_wrong(results)
    assert sum(figures["faults"].values()) > COUNT / 2, "the bad server was too good"
