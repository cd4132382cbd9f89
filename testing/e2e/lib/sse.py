"""Keys of clients (SSE-C), and what answers say about encryption."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

PREFIX = "x-amz-server-side-encryption"


class CustomerKey:
    """A key of a client, as parameters of boto3 and as headers."""

    def __init__(self, seed: int) -> None:
        self.key = bytes((seed + i) % 256 for i in range(32))
        self.text = base64.b64encode(self.key).decode()
        self.md5 = base64.b64encode(hashlib.md5(self.key).digest()).decode()

    @property
    def args(self) -> dict[str, Any]:
        """For an object that is written, read or added to."""
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": self.key}

    @property
    def encoded(self) -> dict[str, Any]:
        """The same where boto3 does not encode the key by itself: GetObjectAttributes."""
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": self.text, "SSECustomerKeyMD5": self.md5}

    @property
    def source(self) -> dict[str, Any]:
        """For the object to copy from."""
        return {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": self.key}

    @property
    def headers(self) -> dict[str, str]:
        """The three headers."""
        names = [f"{PREFIX}-customer-{name}" for name in ("algorithm", "key", "key-md5")]
        return dict(zip(names, ["AES256", self.text, self.md5], strict=True))


def shown(answer: dict[str, Any]) -> dict[str, str]:
    """What the headers of an answer say about encryption, by what follows the common prefix."""
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return {name.removeprefix(PREFIX).lstrip("-"): value for name, value in headers.items() if name.startswith(PREFIX)}


def shown_customer(key: CustomerKey) -> dict[str, str]:
    """What they say of an object that `key` encrypts."""
    return {"customer-algorithm": "AES256", "customer-key-md5": key.md5}


def shown_kms(key_id: str = "aws/s3", **more: str) -> dict[str, str]:
    """What they say of an object that a named key encrypts."""
    return {"": "aws:kms", "aws-kms-key-id": key_id, **more}
