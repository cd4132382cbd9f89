"""S3's checksums, computed without the code under test. The two CRCs that Python lacks are slow: small data only."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable

CLASSIC = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
"""The algorithms that every client knows."""

DIGEST_SIZES = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32}
"""Algorithm -> size of its digest in bytes."""


def digest(algorithm: str, data: bytes) -> bytes:
    """The digest of `data`."""
    return _DIGESTS[algorithm](data)


def value(algorithm: str, data: bytes) -> str:
    """The base64 text that headers and XML carry."""
    return base64.b64encode(digest(algorithm, data)).decode()


def wrong_value(algorithm: str) -> str:
    """Well formed, and of no data that a test uses."""
    return base64.b64encode(b"\x5a" * DIGEST_SIZES[algorithm]).decode()


def composite(algorithm: str, parts: list[bytes]) -> str:
    """The COMPOSITE checksum of an object made of `parts` (b133)."""
    joined = b"".join(digest(algorithm, part) for part in parts)
    return f"{value(algorithm, joined)}-{len(parts)}"


def header(algorithm: str) -> str:
    """The header's name."""
    return f"x-amz-checksum-{algorithm.lower()}"


def element(algorithm: str) -> str:
    """The name in XML and in boto3."""
    return f"Checksum{algorithm}"


def _table(polynomial: int) -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ polynomial if byte & 1 else byte >> 1
        table.append(byte)
    return table


def _reflected(polynomial: int, size: int) -> Callable[[bytes], bytes]:
    table, ones = _table(polynomial), (1 << 8 * size) - 1

    def crc(data: bytes) -> bytes:
        register = ones
        for byte in data:
            register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
        return (register ^ ones).to_bytes(size, "big")

    return crc


_DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": _reflected(0x82F63B78, 4),
    "CRC64NVME": _reflected(0x9A6C9329AC4BC9B5, 8),
    "SHA1": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}
