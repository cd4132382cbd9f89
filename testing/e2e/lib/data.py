"""Bytes to upload: pseudo-random, repeatable from a seed, so that a mix of two writes never goes unnoticed."""

from __future__ import annotations

import base64
import hashlib
import random
from pathlib import Path

KIB = 1024
MIB = 1024 * KIB
PART_MIN = 5 * MIB
"""Smallest part that is not the last (b2)."""


def random_bytes(seed: object, size: int) -> bytes:
    """`size` bytes that depend on `seed` alone."""
    return random.Random(str(seed)).randbytes(size)


def write_file(path: Path, seed: object, size: int) -> Path:
    """Writes `size` repeatable bytes to `path`, a few MiB at a time."""
    rng = random.Random(str(seed))
    with path.open("wb") as file:
        left = size
        while left:
            step = min(left, 8 * MIB)
            file.write(rng.randbytes(step))
            left -= step
    return path


def md5_hex(data: bytes) -> str:
    """Hex MD5, the ETag of a part (b37)."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def md5_base64(data: bytes) -> str:
    """Base64 MD5, the value of Content-MD5."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def multipart_etag(parts: list[bytes]) -> str:
    """The quoted ETag of an object made of these parts (b108)."""
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)
    return f'"{md5_hex(digests)}-{len(parts)}"'
