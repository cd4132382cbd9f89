"""Identities for a test: accounts, users, keys and policies through the admin API, and clients that act as them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from .raw import Raw, Response
from .server import s3_client

API = "/-/api/v1/"


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> str:
    """A policy's JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def bucket_policy(*statements: dict[str, Any], principal: Any = "*") -> str:
    """A bucket policy; `principal` for the statements that have none."""
    return policy(*({"Principal": principal, **statement} for statement in statements))


class Admin:
    """The admin API of one server, as its root or with another key."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw

    def send(self, method: str, path: str, body: Any = None, query: Any = None, **kwargs: Any) -> Response:
        """One request."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.raw.request(method, API + path, query, None, data, **kwargs)

    def call(self, method: str, path: str, body: Any = None, query: Any = None) -> Any:
        """One request that must be done; its JSON."""
        answer = self.send(method, path, body, query)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return json.loads(answer.body) if answer.body else None

    def refused(self, status: int, code: str, method: str, path: str, body: Any = None, query: Any = None) -> str:
        """One request that must be refused so; the message."""
        answer = self.send(method, path, body, query)
        assert answer.status == status, f"{answer.status} {answer.text}"
        error = json.loads(answer.body)["error"]
        assert error["code"] == code, error
        return error["message"]


@dataclass
class Someone:
    """A user, or the root of an account, with one key."""

    url: str
    region: str
    access_key: str
    secret_key: str
    account: str
    number: str
    name: str = ""
    token: str | None = None
    arn: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def s3(self, **config: Any) -> Any:
        """A boto3 client."""
        return s3_client(self.url, self.access_key, self.secret_key, self.region, token=self.token, **config)

    def raw(self) -> Raw:
        """Raw requests."""
        raw = Raw(self.url, self.access_key, self.secret_key, self.region)
        raw.credentials.token = self.token
        return raw


class People:
    """Makes accounts and users with names of their own."""

    def __init__(self, raw: Raw) -> None:
        self.admin = Admin(raw)
        self.url, self.region = raw.url, raw.region

    def account(self, **properties: Any) -> Someone:
        """A new account with a root key."""
        name = f"tenant-{uuid.uuid4().hex[:10]}"
        made = self.admin.call("POST", "accounts", {"displayName": name, **properties})
        key = self.admin.call("POST", "keys", {}, {"account": made["id"]})
        arn = f"arn:aws:iam::{made['number']}:root"
        return self._someone(key, made["id"], made["number"], made["displayName"], arn)

    def user(self, *policies: str, account: Someone | None = None, statements: Any = None) -> Someone:
        """A new user with a key, with built-in policies, and with a policy of its own made of `statements`."""
        name = f"user-{uuid.uuid4().hex[:10]}"
        query = {"account": account.account} if account else None
        attached = list(policies)
        if statements is not None:
            document = policy(*(statements if isinstance(statements, (list, tuple)) else [statements]))
            self.admin.call("PUT", f"policies/p-{name}", document.encode(), query)
            attached.append(f"p-{name}")
        made = self.admin.call("POST", "users", {"name": name, "policies": attached}, query)
        key = self.admin.call("POST", "keys", {"user": name}, query)
        return self._someone(key, key["account"], made["arn"].split(":")[4], name, made["arn"])

    def _someone(self, key: dict[str, Any], account: str, number: str, name: str, arn: str) -> Someone:
        return Someone(
            self.url, self.region, key["accessKeyId"], key["secretAccessKey"], account, number, name, arn=arn,
        )
