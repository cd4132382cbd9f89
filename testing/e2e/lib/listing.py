"""What a listing of objects must say, by brute force, and random keys that make it hard."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

ODD_WORDS = ["a", "b", "A", "/", "//", "-", ".", "..", "%", "%2F", "+", " ", "&", "<x>", "'", '"', "é", "☃", "😀", "~", "0", "uploads", "\\", "\t"]


def random_keys(seed: int, count: int) -> list[str]:
    """`count` different keys with many common prefixes, delimiters in every place, and odd characters."""
    rng = random.Random(seed)
    keys: set[str] = set()
    while len(keys) < count:
        keys.add("".join(rng.choices(ODD_WORDS, k=rng.randint(1, 5))))
    return in_order(keys)


def in_order(keys: Any) -> list[str]:
    """S3's order: by UTF-8 bytes."""
    return sorted(keys, key=lambda key: key.encode())


def put_all(s3: Any, bucket: str, keys: list[str]) -> None:
    """Stores an object of no bytes under each key."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b""), keys))


def entries(keys: list[str], prefix: str = "", delimiter: str = "", after: str = "") -> list[tuple[str, str]]:
    """The whole listing: ("key", key) and ("prefix", common prefix), merged in order."""
    found: dict[tuple[str, str], None] = {}
    for key in in_order(keys):
        if not key.startswith(prefix) or key.encode() <= after.encode():
            continue
        rest = key[len(prefix):]
        if delimiter and delimiter in rest:
            found[("prefix", prefix + rest[: rest.index(delimiter) + len(delimiter)])] = None
        else:
            found[("key", key)] = None
    return list(found)


def page_entries(page: dict[str, Any]) -> list[tuple[str, str]]:
    """The entries of one page of boto3's, merged in order; each kind must be in order already."""
    keys = [found["Key"] for found in page.get("Contents", [])]
    prefixes = [found["Prefix"] for found in page.get("CommonPrefixes", [])]
    assert keys == in_order(keys)
    assert prefixes == in_order(prefixes)
    merged = [("key", key) for key in keys] + [("prefix", prefix) for prefix in prefixes]
    return sorted(merged, key=lambda entry: entry[1].encode())


def combinations(prefixes: list[str], delimiters: list[str]) -> list[tuple[str, str, int]]:
    """Prefixes x delimiters x page sizes, without small pages of rare combinations, which would only cost time."""
    return [
        (prefix, delimiter, size)
        for prefix in prefixes
        for delimiter in delimiters
        for size in (7, 100, 1000)
        if size > 7 or not prefix or delimiter in ("", "/")
    ]
