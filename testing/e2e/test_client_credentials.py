"""Whose credentials the transfer client uses, and which store it asks: found as the AWS tools find them."""

from __future__ import annotations

import json
import shlex
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from lib.client import Client
from test_tls import make_certificate

ROLE = "arn:aws:iam::000000000000:role/anything"
UNSET = {name: "" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION",
                               "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")}
NO_INSTANCE = {"AWS_EC2_METADATA_DISABLED": "true"}


class Machine:
    """A home folder, and one upload as a probe."""

    def __init__(self, endpoint: Any, s3: Any, bucket: str, home: Path) -> None:
        self.endpoint, self.s3, self.bucket = endpoint, s3, bucket
        self.client = Client(endpoint, home)
        self.aws = home / ".aws"
        self.aws.mkdir()
        self.source = home / "source"
        self.source.write_bytes(b"whose?")

    def write(self, name: str, text: str) -> None:
        (self.aws / name).write_text(text)

    def keys(self, session: str = "") -> str:
        """The key's lines of a profile."""
        token = f"aws_session_token = {session}\n" if session else ""
        return f"aws_access_key_id = {self.endpoint.access_key}\naws_secret_access_key = {self.endpoint.secret_key}\n{token}"

    def document(self, **extra: Any) -> str:
        return json.dumps({"AccessKeyId": self.endpoint.access_key, "SecretAccessKey": self.endpoint.secret_key, **extra})

    def uploads(self, *flags: str, **variables: str) -> None:
        """The upload arrives."""
        self.client("cp", self.source, f"s3://{self.bucket}/k", *flags, **{**UNSET, **NO_INSTANCE, **variables})
        assert self.s3.get_object(Bucket=self.bucket, Key="k")["Body"].read() == b"whose?"
        self.s3.delete_object(Bucket=self.bucket, Key="k")

    def fails(self, code: int, *flags: str, **variables: str) -> str:
        """The upload does not; what is said."""
        words = ("cp", self.source, f"s3://{self.bucket}/k", *flags)
        done = self.client(*words, expect=None, **{**UNSET, **NO_INSTANCE, **variables})
        assert done.code == code, done
        assert 0 < len(done.stderr.strip().splitlines()) <= 6, done.stderr
        assert self.endpoint.secret_key not in done.stdout + done.stderr
        return done.stderr


@pytest.fixture
def machine(endpoint: Any, s3: Any, bucket: str, tmp_path: Path) -> Machine:
    return Machine(endpoint, s3, bucket, tmp_path / "home")


@pytest.fixture
def service() -> Iterator[Callable[[dict[tuple[str, str], str]], tuple[str, list[Any]]]]:
    """Starts a service on loopback that answers `(method, path)` with a text; gives its address and what it was asked."""
    servers = []

    def start(answers: dict[tuple[str, str], str]) -> tuple[str, list[Any]]:
        asked: list[Any] = []

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                asked.append((self.command, self.path, dict(self.headers)))
                text = answers.get((self.command, self.path))
                self.send_response(404 if text is None else 200)
                self.send_header("Content-Length", str(len(text or "")))
                self.end_headers()
                self.wfile.write((text or "").encode())

            do_GET = do_PUT = answer  # noqa: N815 - the base class names them

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_profiles_name_credentials_and_endpoint(machine: Machine, endpoint: Any) -> None:
    machine.write("credentials", f"[default]\n{machine.keys()}[other]\n{machine.keys()}")
    machine.write("config", f"[services here]\ns3 =\n  endpoint_url = {endpoint.url}\n\n[profile other]\nservices = here\n"
                            f"[default]\nendpoint_url = {endpoint.url} # as the tools have it\n")
    nowhere = {"AWS_ENDPOINT_URL": ""}
    machine.uploads(**nowhere)
    machine.uploads("--profile", "other", **nowhere)
    machine.uploads(AWS_PROFILE="other", **nowhere)
    machine.uploads("--endpoint-url", endpoint.url, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    machine.uploads(AWS_ENDPOINT_URL_S3=endpoint.url, AWS_ENDPOINT_URL="http://127.0.0.1:9")


def test_the_environment_comes_first_and_a_named_profile_before_it(machine: Machine, endpoint: Any) -> None:
    machine.write("credentials", f"[good]\n{machine.keys()}[bad]\naws_access_key_id = AKIANOBODY\naws_secret_access_key = nothing\n")
    good = {"AWS_ACCESS_KEY_ID": endpoint.access_key, "AWS_SECRET_ACCESS_KEY": endpoint.secret_key}
    bad = {"AWS_ACCESS_KEY_ID": "AKIANOBODY", "AWS_SECRET_ACCESS_KEY": "nothing"}
    machine.uploads(AWS_PROFILE="bad", **good)
    machine.uploads("--profile", "good", **bad)
    assert "InvalidAccessKeyId" in machine.fails(1, "--profile", "bad", **good)


def test_a_program_prints_credentials(machine: Machine) -> None:
    words = ["/bin/echo", machine.document(Version=1)]
    machine.write("config", f"[profile printed]\ncredential_process = {shlex.join(words)}\n[profile broken]\n"
                            "credential_process = /bin/sh -c \"echo log in first >&2; exit 7\"\n")
    machine.uploads("--profile", "printed")
    assert "log in first" in machine.fails(253, "--profile", "broken")


def test_a_role_is_assumed_at_the_stores_own_token_service(machine: Machine) -> None:
    """AssumeRole and then the session's own token in every request."""
    machine.write("credentials", f"[base]\n{machine.keys()}")
    machine.write("config", f"[profile role]\nrole_arn = {ROLE}\nsource_profile = base\nduration_seconds = 900\nregion = us-east-1\n"
                            "[profile strange]\nrole_arn = nonsense\nsource_profile = base\n")
    machine.uploads("--profile", "role")
    assert "ValidationError" in machine.fails(253, "--profile", "strange")


def test_a_container_is_given_credentials(machine: Machine, service: Any) -> None:
    url, asked = service({("GET", "/creds"): machine.document(Expiration="2100-01-01T00:00:00Z")})
    machine.uploads(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{url}/creds", AWS_CONTAINER_AUTHORIZATION_TOKEN="let me")
    assert [(method, headers["authorization"]) for method, _, headers in asked] == [("GET", "let me")]
    said = machine.fails(253, AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/creds")
    assert "is not asked" in said


def test_an_instance_is_given_credentials(machine: Machine, service: Any) -> None:
    roles = "/latest/meta-data/iam/security-credentials/"
    url, asked = service({
        ("PUT", "/latest/api/token"): "token",
        ("GET", roles): "tester",
        ("GET", f"{roles}tester"): machine.document(Code="Success", Expiration="2100-01-01T00:00:00Z"),
    })
    machine.uploads(AWS_EC2_METADATA_DISABLED="", AWS_EC2_METADATA_SERVICE_ENDPOINT=url)
    assert [method for method, _, _ in asked] == ["PUT", "GET", "GET"]


def test_who_has_none_is_told_what_to_type(machine: Machine, tmp_path: Path) -> None:
    said = machine.fails(253)
    assert "AWS_ACCESS_KEY_ID is not set" in said and "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in said
    assert "AWS_SECRET_ACCESS_KEY is not" in machine.fails(253, AWS_ACCESS_KEY_ID="AKIA")
    assert 'no profile "gone"' in machine.fails(253, "--profile", "gone")
    data = tmp_path / "data"
    data.mkdir()
    (data / "root-credentials").write_text("export AWS_ACCESS_KEY_ID=x\n")
    assert f"`. {data}/root-credentials`" in machine.fails(253, DRYSTONE_DATA=str(data))


def test_a_broken_file_is_named_by_its_line(machine: Machine, endpoint: Any) -> None:
    machine.write("config", "[default]\nregion = us-east-1\nnonsense\n")
    assert "config, line 3: neither a section nor a name = value" in machine.fails(253)


def test_over_https_the_bundle_is_trusted_for_store_and_token_service(own_server: Any, tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    server = own_server(args=["--tls-cert", str(cert), "--tls-key", str(key)])
    s3 = boto3.client("s3", endpoint_url=server.url, verify=str(cert), region_name=server.region,
                      aws_access_key_id=server.access_key, aws_secret_access_key=server.secret_key)
    s3.create_bucket(Bucket="over-tls")
    machine = Machine(server, s3, "over-tls", tmp_path / "home")
    machine.write("credentials", f"[base]\n{machine.keys()}")
    machine.write("config", f"[profile role]\nrole_arn = {ROLE}\nsource_profile = base\n[profile own]\nca_bundle = {cert}\n"
                            f"source_profile = base\nrole_arn = {ROLE}\n")
    machine.uploads("--profile", "role", "--ca-bundle", str(cert))
    machine.uploads("--profile", "role", AWS_CA_BUNDLE=str(cert))
    machine.uploads("--profile", "own")
    assert "certificate" in machine.fails(253, "--profile", "role").lower()
