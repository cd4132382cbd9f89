"""HTTPS: the certificate and key of --tls-cert and --tls-key; boto3 then sends unsigned-payload trailers (b227)."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import subprocess

import boto3
import pytest
from botocore.config import Config
from lib.data import random_bytes
from lib.server import binary, clean_environment
from lib.wait import poll


def make_certificate(folder, name="localhost", address="127.0.0.1"):
    """Writes a certificate that is signed by itself, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed; apt-get install openssl")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
        + ["-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for 127.0.0.1."""
    return make_certificate(tmp_path)


def shown(server):
    """The certificate that the server shows (DER)."""
    host, port = server.url.removeprefix("https://").split(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection((host, int(port)), 10) as plain, context.wrap_socket(plain) as secure:
        return secure.getpeercert(binary_form=True)


def der(cert):
    """A PEM file as DER."""
    return ssl.PEM_cert_to_DER_cert(cert.read_text())


def test_b227_https_takes_parts_with_unsigned_trailers_and_names_itself(own_server, certificate):
    cert, key = certificate
    server = own_server(args=["--tls-cert", str(cert), "--tls-key", str(key)])
    assert server.url.startswith("https://")
    client = boto3.client(
        "s3",
        endpoint_url=server.url,
        verify=str(cert),
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name=server.region,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    client.create_bucket(Bucket="tls-bucket")
    upload = client.create_multipart_upload(Bucket="tls-bucket", Key="k")["UploadId"]
    pieces = [random_bytes(1, 5 << 20), random_bytes(2, 1000)]
    parts = []
    for number, piece in enumerate(pieces, 1):
        sent = client.upload_part(Bucket="tls-bucket", Key="k", UploadId=upload, PartNumber=number, Body=piece)
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    done = client.complete_multipart_upload(
        Bucket="tls-bucket", Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    assert done["Location"].startswith("https://")
    assert client.get_object(Bucket="tls-bucket", Key="k")["Body"].read() == b"".join(pieces)


@pytest.mark.parametrize("told", [True, False], ids=["SIGHUP", "changed-files"])
def test_a_new_certificate_is_used_without_a_restart(own_server, certificate, tmp_path, told):
    cert, key = certificate
    every = "3600" if told else "1"
    server = own_server(
        args=["--tls-cert", str(cert), "--tls-key", str(key)], env={"DRYSTONE_TLS_RELOAD_SECONDS": every}
    )
    old = der(cert)
    assert shown(server) == old
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    new_cert, new_key = make_certificate(fresh, "fresh")
    # Half of the pair: the old one stays in use, and the log says why.
    shutil.copy(new_cert, cert)
    if told:
        server.process.send_signal(signal.SIGHUP)
    poll("the refusal of half a pair", lambda: "the old one stays in use" in server.log_text())
    assert shown(server) == old
    shutil.copy(new_key, key)
    if told:
        server.process.send_signal(signal.SIGHUP)
    poll("the new certificate", lambda: shown(server) == der(new_cert))


def test_a_certificate_that_cannot_be_used_is_refused_at_the_start(own_server, certificate):
    cert, key = certificate
    key.write_text("no key")
    server = own_server(start=False, args=["--tls-cert", str(cert), "--tls-key", str(key)])
    assert server.spawn().wait(20) == 253
    assert "key.pem" in server.log_text()


def admin(server, *words, **env):
    """`drystone admin user list` against this server."""
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    command = [binary(), "admin", "user", "list", "--endpoint", server.url, *words]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(**keys, **env), timeout=60)


def test_the_admin_command_trusts_what_it_is_told_to_or_what_the_system_trusts(own_server, certificate):
    cert, key = certificate
    server = own_server(args=["--tls-cert", str(cert), "--tls-key", str(key)])
    for done in (admin(server, "--ca-cert", str(cert)), admin(server, SSL_CERT_FILE=str(cert))):
        assert done.returncode == 0, done.stderr
    strange = admin(server, SSL_CERT_FILE=str(key))
    assert (strange.returncode, "no certificate in it" in strange.stderr) == (253, True), strange.stderr


@pytest.mark.parametrize("is_named", [True, False])
def test_the_admin_command_refuses_a_certificate_for_others_and_one_that_nobody_named(own_server, tmp_path, is_named):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    cert, key = make_certificate(one, address="127.0.0.2" if is_named else "127.0.0.1")
    named = cert if is_named else make_certificate(other)[0]
    server = own_server(args=["--tls-cert", str(cert), "--tls-key", str(key)])
    done = admin(server, "--ca-cert", str(named))
    assert (done.returncode, "invalid peer certificate" in done.stderr) == (255, True), done.stderr
