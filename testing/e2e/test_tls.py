"""HTTPS: the certificate and key of --tls-cert and --tls-key; boto3 then sends unsigned-payload trailers (b227)."""

from __future__ import annotations

import shutil
import subprocess

import boto3
import pytest
from botocore.config import Config
from lib.data import random_bytes


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for 127.0.0.1."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed; apt-get install openssl")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    return cert, key


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
