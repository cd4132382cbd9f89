"""Faults: what a bad server does to a request, to which actions it can happen, and by what seeded script. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

BODIES = frozenset({"PutObject", "UploadPart"})
"""Actions whose request carries the user's bytes."""

DOCUMENTS = frozenset({"CreateMultipartUpload", "CompleteMultipartUpload", "CopyObject", "UploadPartCopy", "ListParts", "List"})
"""Actions that are answered with XML."""

LATE_ERRORS = frozenset({"CompleteMultipartUpload", "CopyObject", "UploadPartCopy"})
"""Actions that may answer 200 with an error inside (b122, b232)."""

ALL = BODIES | DOCUMENTS | {"GetObject", "HeadObject", "AbortMultipartUpload", "DeleteObject", "Other"}

KINDS: dict[str, frozenset[str]] = {
    # The connection.
    "drop": ALL,
    "reset": ALL,
    "drop_mid_request": BODIES,
    "reset_mid_request": BODIES,
    "lost_answer": ALL,
    "drop_mid_answer": DOCUMENTS | {"GetObject"},
    "reset_mid_answer": DOCUMENTS | {"GetObject"},
    "stall_mid_request": BODIES,
    "stall_answer": ALL,
    "stall_mid_answer": DOCUMENTS | {"GetObject"},
    # Errors that pass.
    "internal_error": ALL,
    "slow_down": ALL,
    "error_200": LATE_ERRORS,
    "error_200_done": LATE_ERRORS,
    "expired_token": ALL,
    "skewed": ALL,
    # Lies.
    "flip_request": BODIES,
    "flip_answer": DOCUMENTS | {"GetObject"},
    "short_answer": DOCUMENTS | {"GetObject"},
    "wrong_etag": BODIES | {"GetObject", "HeadObject"},
    "wrong_checksum": BODIES | {"GetObject", "HeadObject"},
    "no_etag": BODIES | {"GetObject", "HeadObject"},
    "wrong_size": frozenset({"HeadObject"}),
    "wrong_range": frozenset({"GetObject"}),
    "precondition": frozenset({"GetObject"}),
    "missing_part": frozenset({"ListParts"}),
    # Ends of an upload that only its client can settle (b232).
    "lost_then_gone": frozenset({"CompleteMultipartUpload"}),
    "vanished": frozenset({"CompleteMultipartUpload"}),
}
"""Each kind of fault and the actions it can happen to."""

STALLS = frozenset(kind for kind in KINDS if kind.startswith("stall"))
LIES = frozenset(
    "flip_request flip_answer short_answer wrong_etag wrong_checksum no_etag wrong_size wrong_range missing_part".split()
)
SETTLED = frozenset({"lost_then_gone", "vanished"})
PASSING = frozenset(KINDS) - STALLS - LIES - SETTLED - {"expired_token", "skewed", "precondition"}


@dataclass
class Mood:
    """How the server treats one key.

    `rate` is the chance of a fault per request, `kinds` which ones, `budget` how many in all, `first_attempts` how often the
    same request may be hit one after the other.
    """

    name: str
    rate: float
    kinds: frozenset[str]
    budget: int
    first_attempts: int = 3
    used: list[str] = field(default_factory=list)
    attempts: dict[str, int] = field(default_factory=dict)

    def fault(self, seed: str, action: str, identity: str) -> str | None:
        """The fault for the next attempt of the request `identity`: from the seed alone, whatever the order of requests."""
        attempt = self.attempts[identity] = self.attempts.get(identity, 0) + 1
        if len(self.used) >= self.budget or attempt > self.first_attempts:
            return None
        rng = random.Random(f"{seed}/{identity}/{attempt}")
        possible = sorted(kind for kind in self.kinds if action in KINDS[kind])
        if not possible or rng.random() >= self.rate:
            return None
        self.used.append(rng.choice(possible))
        return self.used[-1]


ALWAYS = 10**6


def calm() -> Mood:
    """No fault at all."""
    return Mood("calm", 0.0, frozenset(), 0)


def storm_of(kind: str) -> Mood:
    """One kind of fault whenever it can happen, for ever."""
    return Mood(f"always {kind}", 1.0, frozenset({kind}), ALWAYS, ALWAYS)


def once(kind: str) -> Mood:
    """One fault of this kind, at the first request it can happen to."""
    return Mood(f"once {kind}", 1.0, frozenset({kind}), 1)


def mood(rng: random.Random, *, stalls: bool) -> Mood:
    """Draws how the server treats one transfer."""
    draw = rng.random()
    if draw < 0.05:
        return calm()
    if draw < 0.40:
        return Mood("hiccup", 0.25, PASSING, 2)
    if draw < 0.50:
        return Mood("storm", 0.5, PASSING | LIES, 8, 4)
    if draw < 0.70:
        return Mood("liar", 0.5, LIES, 4)
    if draw < 0.76:
        return Mood("slow_down", 1.0, frozenset({"slow_down"}), rng.randint(2, 8), 4)
    if draw < 0.80:
        return Mood("identity", 0.3, frozenset({"expired_token", "skewed", "precondition"}), 2)
    if draw < 0.88:
        return once(rng.choice(["lost_then_gone", "vanished", "lost_answer", "error_200", "error_200_done"]))
    if draw < 0.90 and stalls:
        return once(rng.choice(sorted(STALLS)))
    if draw < 0.96:
        return once(rng.choice(sorted(frozenset(KINDS) - STALLS)))
    # A store that never stops asking for patience is given minutes of it, so the short forms of the test do without.
    endless = frozenset(KINDS) - STALLS - (frozenset() if stalls else {"slow_down"})
    return storm_of(rng.choice(sorted(endless)))
