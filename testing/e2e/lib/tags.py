"""Tag sets as boto3 spells them, and back."""

from __future__ import annotations

from typing import Any

Tags = list[tuple[str, str]]

LEGAL = [
    ("", []),
    ("&&", []),
    ("alone", [("alone", "")]),
    ("alone=&", [("alone", "")]),
    ("one=1&two=2", [("one", "1"), ("two", "2")]),
    ("two=2&one", [("one", ""), ("two", "2")]),
    ("who%40here=a%2Fb", [("who@here", "a/b")]),
    ("a+b=c%20d", [("a b", "c d")]),
    ("sum=1%2B1%3D2", [("sum", "1+1=2")]),
    ("gr%C3%BC%C3%9Fe=%E4%BD%A0%E5%A5%BD", [("grüße", "你好")]),
]
"""Values of x-amz-tagging and what they mean (b28)."""

ILLEGAL = [
    ("=", "InvalidArgument"),
    ("broken%", "InvalidArgument"),
    ("broken=%zz", "InvalidArgument"),
    ("latin=%ff", "InvalidArgument"),
    ("twice=1&twice=2", "InvalidArgument"),
    ("one=1,two=2", "InvalidArgument"),
    ("what?=1", "InvalidTag"),
    ("price=1$", "InvalidTag"),
    ("list=1,2", "InvalidTag"),
    ("aws:name=1", "InvalidTag"),
    (f"{'k' * 129}=1", "InvalidTag"),
    (f"k={'v' * 257}", "InvalidTag"),
    ("&".join(f"k{n}=v" for n in range(11)), "BadRequest"),
]
"""Values of x-amz-tagging that are refused, and with what code (b28)."""


def tagging(*tags: tuple[str, str]) -> dict[str, Any]:
    """The parameter `Tagging` of PutObjectTagging and PutBucketTagging."""
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}


def tags_in(answer: dict[str, Any]) -> Tags:
    """The tags of an answer, in its order."""
    return [(tag["Key"], tag["Value"]) for tag in answer["TagSet"]]


def of_object(s3: Any, bucket: str, key: str = "k", **kwargs: Any) -> Tags:
    """The tags of an object."""
    return tags_in(s3.get_object_tagging(Bucket=bucket, Key=key, **kwargs))
