"""Fixtures of the end-to-end tests: one shared server, a client, a fresh bucket, raw requests, servers of one's own.

DRYSTONE_BIN names the program under test. With DRYSTONE_E2E_ENDPOINT (and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_REGION) the tests run against any S3 endpoint instead, and those that need a server of their own are skipped.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED
from lib import lock
from lib.identity import People, Someone
from lib.raw import Raw
from lib.server import REGION, Server, aws_environment, binary, s3_client
from lib.versions import all_entries, enable


class Endpoint:
    """Where the tests send their requests, and as whom."""

    def __init__(self, url: str, access_key: str, secret_key: str, region: str) -> None:
        self.url, self.access_key, self.secret_key, self.region = url, access_key, secret_key, region

    def client(self, **config: Any) -> Any:
        """A boto3 client; `config` goes to botocore's Config."""
        return s3_client(self.url, self.access_key, self.secret_key, self.region, **config)

    def raw(self) -> Raw:
        """Signed raw HTTP requests."""
        return Raw(self.url, self.access_key, self.secret_key, self.region)

    def aws_environment(self) -> dict[str, str]:
        """Variables with which `aws` talks to this endpoint."""
        return aws_environment(self.url, self.access_key, self.secret_key, self.region)


FOREIGN = os.environ.get("DRYSTONE_E2E_ENDPOINT")


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The shared server, or the endpoint named in the environment."""
    if FOREIGN:
        env = os.environ
        region = env.get("AWS_REGION", REGION)
        yield Endpoint(FOREIGN, env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region)
        return
    _need_binary()
    server = Server(tmp_path_factory.mktemp("shared") / "data").start()
    yield Endpoint(server.url, server.access_key, server.secret_key, server.region)
    code = server.stop()
    server.assert_no_panic()
    assert code == 0, f"SIGTERM must end in exit code 0, not {code}\n{server.log_tail()}"


@pytest.fixture(scope="session")
def s3(endpoint: Endpoint) -> Any:
    """A boto3 client: path style, no retries."""
    return endpoint.client()


@pytest.fixture(scope="session")
def plain(endpoint: Endpoint) -> Any:
    """A boto3 client that adds no checksum by itself and asks for none (b228)."""
    return endpoint.client(request_checksum_calculation="when_required", response_checksum_validation="when_required")


@pytest.fixture(scope="session")
def raw(endpoint: Endpoint) -> Raw:
    """Signed raw HTTP requests."""
    return endpoint.raw()


@pytest.fixture(scope="session")
def people(raw: Raw) -> People:
    """Makes accounts and users."""
    if FOREIGN:
        pytest.skip("needs the admin API; DRYSTONE_E2E_ENDPOINT is set")
    return People(raw)


@pytest.fixture(scope="session")
def tenant(people: People) -> Someone:
    """The root of another account than the one that owns the buckets of the tests."""
    return people.account()


@pytest.fixture(scope="session")
def nobody(endpoint: Endpoint) -> Any:
    """A boto3 client that does not sign."""
    return s3_client(endpoint.url, "", "", endpoint.region, signature_version=UNSIGNED)


@pytest.fixture
def open_bucket(s3: Any, bucket: str) -> str:
    """A fresh bucket where ACLs count and nothing is blocked, as buckets on AWS were before 2023."""
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    return bucket


@pytest.fixture
def bucket(s3: Any) -> Iterator[str]:
    """A fresh bucket, emptied and deleted afterwards."""
    name = bucket_name()
    s3.create_bucket(Bucket=name)
    yield name
    wipe(s3, name)


@pytest.fixture
def versioned(s3: Any, bucket: str) -> str:
    """A fresh bucket with versioning enabled."""
    enable(s3, bucket)
    return bucket


@pytest.fixture
def locked_bucket(s3: Any) -> Iterator[str]:
    """A fresh bucket with object lock; what may be deleted is deleted afterwards."""
    name = lock.create_bucket(s3, bucket_name())
    yield name
    lock.wipe(s3, name)


@pytest.fixture
def make_bucket(s3: Any) -> Iterator[Callable[[], str]]:
    """Makes further buckets; each is emptied and deleted afterwards."""
    names: list[str] = []

    def make() -> str:
        names.append(bucket_name())
        s3.create_bucket(Bucket=names[-1])
        return names[-1]

    yield make
    for name in names:
        wipe(s3, name)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers of the test's own: `own_server(args=..., env=..., config=...)` is started and ended for it.

    `start=False` only prepares it; `data` names another folder than the default one.
    """
    if FOREIGN:
        pytest.skip("needs a server of its own; DRYSTONE_E2E_ENDPOINT is set")
    _need_binary()
    servers: list[Server] = []

    def make(*, start: bool = True, data: Path | None = None, **kwargs: Any) -> Server:
        server = Server(data or tmp_path / f"data-{len(servers)}", **kwargs)
        servers.append(server)
        return server.start() if start else server

    yield make
    for server in servers:
        server.kill()
    for server in servers:
        server.assert_no_panic()


def bucket_name() -> str:
    """A name that no other test uses."""
    return f"e2e-{uuid.uuid4().hex[:16]}"


def wipe(s3: Any, bucket: str) -> None:
    """Deletes a bucket and all that is in it; a bucket that is gone already is fine."""
    try:
        for entry in all_entries(s3, bucket):
            s3.delete_object(Bucket=bucket, Key=entry.key, VersionId=entry.version_id)
        for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for found in page.get("Uploads", []):
                s3.abort_multipart_upload(Bucket=bucket, Key=found["Key"], UploadId=found["UploadId"])
        s3.delete_bucket(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        pass


def _need_binary() -> None:
    path = binary()
    if not path.is_file():
        pytest.exit(f"no program to test at {path}; `cargo build --release` makes it, DRYSTONE_BIN names another", 3)
