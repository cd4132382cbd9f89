"""Addressing (b225): path style, virtual-hosted style, a bucket as its own host name; the signature covers the Host."""

import socket

import boto3
import pytest
from botocore.config import Config
from lib.multipart import read

DOMAIN = "s3.example.test"


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """A server whose buckets are sub-domains, with the buckets `bkt` and `files.example.org`."""
    from conftest import FOREIGN, _need_binary
    from lib.server import Server

    if FOREIGN:
        pytest.skip("needs a server of its own; DRYSTONE_E2E_ENDPOINT is set")
    _need_binary()
    with Server(tmp_path_factory.mktemp("hosted") / "data", args=("--domain", DOMAIN)) as server:
        s3 = server.client()
        s3.create_bucket(Bucket="bkt")
        s3.create_bucket(Bucket="files.example.org")
        yield server
        server.assert_no_panic()


@pytest.mark.parametrize(
    "host", [f"bkt.{DOMAIN}", f"bkt.{DOMAIN}:9000", f"BKT.{DOMAIN.upper()}", f"bkt.{DOMAIN}."], ids=str
)
def test_b225_virtual_hosted_and_path_style_see_the_same_object(hosted, host):
    raw = hosted.raw()
    raw.request("PUT", "/dir/k", body=host.encode(), host=host).expect(200)
    assert raw.request("GET", "/bkt/dir/k").expect(200).body == host.encode()
    assert raw.request("GET", "/dir/k", host=host).expect(200).body == host.encode()


def test_b225_path_style_on_the_bare_domain_and_on_any_other_host(hosted):
    raw = hosted.raw()
    raw.request("PUT", "/bkt/k", body=b"x").expect(200)
    for host in (DOMAIN, f"{DOMAIN}:9000", "127.0.0.1", "localhost:80", "[::1]:9000"):
        assert raw.request("GET", "/bkt/k", host=host).expect(200).body == b"x"


def test_b225_a_bucket_can_be_its_own_host_name(hosted):
    raw = hosted.raw()
    raw.request("PUT", "/k", body=b"x", host="files.example.org").expect(200)
    assert raw.request("GET", "/files.example.org/k").expect(200).body == b"x"
    assert raw.request("GET", "/k", host="files.example.org:9000").expect(200).body == b"x"


def test_b225_bucket_operations_by_host(hosted):
    raw, host = hosted.raw(), f"fresh.{DOMAIN}"
    raw.request("PUT", "/", host=host).expect(200)
    raw.request("HEAD", "/", host=host).expect(200)
    raw.request("PUT", "/k", body=b"x", host=host).expect(200)
    assert raw.request("GET", "/", "list-type=2", host=host).expect(200).xml["Contents"]["Key"] == "k"
    raw.request("DELETE", "/k", host=host).expect(204)
    raw.request("DELETE", "/", host=host).expect(204)
    raw.request("HEAD", "/fresh").expect(404)


def test_b225_a_key_that_looks_like_a_bucket_stays_a_key(hosted):
    raw = hosted.raw()
    raw.request("PUT", "/bkt/k", body=b"nested", host=f"bkt.{DOMAIN}").expect(200)
    assert raw.request("GET", "/bkt/bkt/k").expect(200).body == b"nested"


def test_b225_the_signature_covers_the_host_as_sent(hosted):
    raw = hosted.raw()
    raw.request("PUT", "/bkt/k", body=b"x").expect(200)
    answer = raw.request("GET", "/k", host=f"bkt.{DOMAIN}", change={"Host": f"other.{DOMAIN}"})
    answer.expect(403, "SignatureDoesNotMatch")


def test_b225_two_host_headers_are_refused(hosted):
    raw = hosted.raw()
    signed = raw.sign("GET", "/k", host=f"bkt.{DOMAIN}")
    answer = raw.exchange(signed.head + f"Host: other.{DOMAIN}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400"), answer


def test_b225_presigned_by_host(hosted):
    raw = hosted.raw()
    raw.request("PUT", "/bkt/k", body=b"x").expect(200)
    assert raw.request("GET", "/k", host=f"bkt.{DOMAIN}", sign="query").expect(200).body == b"x"


def test_b225_b226_boto3_with_virtual_hosted_addressing(hosted, monkeypatch):
    """SigV4 headers, a multipart upload and a SigV2 presigned URL, all with the bucket in the host name."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo",
        lambda host, *rest, **kw: real("127.0.0.1" if str(host).endswith(DOMAIN) else host, *rest, **kw),
    )
    port = hosted.url.rpartition(":")[2]
    s3 = boto3.session.Session(hosted.access_key, hosted.secret_key, region_name=hosted.region).client(
        "s3", endpoint_url=f"http://{DOMAIN}:{port}", config=Config(s3={"addressing_style": "virtual"})
    )
    s3.put_object(Bucket="bkt", Key="virtual", Body=b"x")
    assert read(s3, "bkt", "virtual") == b"x"
    upload_id = s3.create_multipart_upload(Bucket="bkt", Key="parts")["UploadId"]
    etag = s3.upload_part(Bucket="bkt", Key="parts", UploadId=upload_id, PartNumber=1, Body=b"part")["ETag"]
    s3.complete_multipart_upload(
        Bucket="bkt", Key="parts", UploadId=upload_id, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
    )
    assert read(hosted.client(), "bkt", "parts") == b"part"
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bkt", "Key": "virtual"})
    assert url.startswith(f"http://bkt.{DOMAIN}:{port}/virtual?")
    raw = hosted.raw()
    target = url.removeprefix(f"http://bkt.{DOMAIN}:{port}")
    answer = raw.send("GET", target, [("Host", f"bkt.{DOMAIN}:{port}")])
    assert answer.expect(200).body == b"x"


def test_b225_without_a_domain_every_request_is_path_style(raw, bucket):
    raw.request("PUT", f"/{bucket}/k", body=b"x", host="www.example.org").expect(200)
    assert raw.request("GET", f"/{bucket}/k").expect(200).body == b"x"
