"""The access log: a line per request in S3's format, rotation, and what stays out of it."""

from __future__ import annotations

import re
import signal
from collections import Counter

import pytest
from lib.data import random_bytes
from lib.forms import post, signed
from lib.wait import poll

FIELDS = (
    "bucket_owner bucket time remote_ip requester request_id operation key request_uri status error_code bytes_sent "
    "object_size total_time turn_around referer user_agent version_id host_id signature_version cipher_suite "
    "authentication_type host tls_version access_point acl_required region"
).split()
PIECE = re.compile(r'"[^"]*"|\[[^\]]*\]|[^ ]+')


def read(path, count=1):
    """The lines as dicts, once there are at least `count` of them."""

    def lines():
        text = path.read_text() if path.exists() else ""
        found = [PIECE.findall(line) for line in text[: text.rfind("\n") + 1].splitlines()]  # whole lines
        return found if len(found) >= count else None

    found = poll(f"{count} lines in {path.name}", lines)
    assert all(len(line) == len(FIELDS) for line in found), found
    return [dict(zip(FIELDS, line, strict=True)) for line in found]


@pytest.fixture
def logging(own_server, tmp_path):
    """A server that logs, and its log."""
    path = tmp_path / "access.log"
    return own_server(env={"DRYSTONE_ACCESS_LOG_PATH": str(path)}), path


def test_each_request_is_a_line_with_what_s3_logs(logging):
    server, path = logging
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    put = s3.put_object(Bucket="bkt", Key="dir/a b", Body=random_bytes("log", 1000))
    s3.get_object(Bucket="bkt", Key="dir/a b", Range="bytes=0-99")["Body"].read()
    upload = s3.create_multipart_upload(Bucket="bkt", Key="k")["UploadId"]
    s3.upload_part(Bucket="bkt", Key="k", UploadId=upload, PartNumber=1, Body=b"part")
    with pytest.raises(s3.exceptions.ClientError):
        s3.get_object(Bucket="bkt", Key="missing")
    server.raw().request("GET", "/bkt/dir/a%20b", sign=None).expect(403)
    server.raw().request("GET", "/bkt/dir/a%20b", sign="query").expect(200)
    post(server.raw(), "bkt", signed(server.raw(), "bkt", {"key": "form"})).expect(204)
    lines = read(path, 9)
    by_operation = {line["operation"]: line for line in lines}
    assert Counter(line["operation"] for line in lines) == {
        "REST.PUT.BUCKET": 1,
        "REST.PUT.OBJECT": 1,
        "REST.GET.OBJECT": 4,
        "REST.POST.UPLOADS": 1,
        "REST.PUT.PART": 1,
        "REST.POST.OBJECT": 1,
    }
    line = by_operation["REST.PUT.OBJECT"]
    assert line["bucket"] == "bkt"
    assert line["key"] == "dir/a%20b"
    assert line["remote_ip"] == "127.0.0.1"
    assert re.fullmatch(r"\[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\]", line["time"])
    assert line["request_id"] == put["ResponseMetadata"]["RequestId"]
    assert (line["status"], line["error_code"], line["object_size"]) == ("200", "-", "1000")
    assert (line["signature_version"], line["authentication_type"]) == ("SigV4", "AuthHeader")
    assert line["request_uri"].startswith('"PUT /bkt/dir/a%20b') and line["request_uri"].endswith('HTTP/1.1"')
    assert "Boto3" in line["user_agent"]
    assert line["requester"] == line["bucket_owner"] != "-"
    assert (line["tls_version"], line["region"]) == ("-", "us-east-1")
    gets = sorted((line for line in lines if line["operation"] == "REST.GET.OBJECT"), key=lambda line: line["status"])
    presigned, ranged, anonymous, missing = gets  # 200, 206, 403, 404
    assert (ranged["status"], ranged["bytes_sent"], ranged["object_size"]) == ("206", "100", "1000")
    assert (missing["status"], missing["error_code"], missing["object_size"]) == ("404", "NoSuchKey", "-")
    assert (anonymous["status"], anonymous["requester"]) == ("403", "-")
    assert anonymous["signature_version"] == "-"
    assert presigned["authentication_type"] == "QueryString"
    assert by_operation["REST.POST.OBJECT"]["key"] == "form"


def test_s18_signatures_of_urls_stay_out_of_the_log(logging):
    server, path = logging
    raw = server.raw()
    url = raw.sign("GET", "/bkt/k", sign="query").target
    raw.send("GET", url, [("Host", f"{raw.host}:{raw.port}")]).expect(404)
    (line,) = read(path)
    assert "X-Amz-Signature=..." in line["request_uri"]
    signature = re.search("X-Amz-Signature=([0-9a-f]+)", url).group(1)
    assert signature not in path.read_text()
    # A name counts as it is decoded, and the page that links here may have been opened by such a URL.
    for name in ("X%2DAmz-Signature", "%58-Amz-Signature", "X-Amz-Signatur%65"):
        other = url.replace("X-Amz-Signature", name)
        raw.send("GET", other, [("Host", f"{raw.host}:{raw.port}"), ("Referer", raw.url + other)]).expect(404, "NoSuchBucket")
    lines = read(path, 4)
    assert all("X-Amz-Signature=..." in line[field] for line in lines[1:] for field in ("request_uri", "referer"))
    for log in (path, server.log_path):
        assert signature not in log.read_text()


def test_s38_no_header_forges_a_line(logging):
    server, path = logging
    agent = 'x" 200 - - - - - "-" "y'
    server.raw().request("GET", "/", headers={"User-Agent": agent, "Referer": "\t\xff"}, sign=None).expect(403)
    (line,) = read(path)
    assert line["user_agent"] == '"' + agent.replace('"', "%22") + '"'
    assert line["status"] == "403"


def test_a_log_is_rotated_by_moving_it_and_sighup(logging):
    server, path = logging
    server.raw().request("GET", "/one").expect(404)
    read(path)
    moved = path.with_suffix(".1")
    path.rename(moved)
    server.process.send_signal(signal.SIGHUP)
    poll("the new file", path.exists)
    server.raw().request("GET", "/two").expect(404)
    assert read(path)[0]["bucket"] == "two"
    assert read(moved)[0]["bucket"] == "one"


def test_a_log_on_a_full_disk_stops_no_request(own_server):
    server = own_server(env={"DRYSTONE_ACCESS_LOG_PATH": "/dev/full"})
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    for n in range(20):
        s3.put_object(Bucket="bkt", Key=str(n), Body=b"x")
    poll("the warning", lambda: "lines are lost" in server.log_text())
    assert server.stop() == 0


def test_a_log_that_cannot_be_opened_is_refused_at_the_start(own_server, tmp_path):
    server = own_server(start=False, env={"DRYSTONE_ACCESS_LOG_PATH": str(tmp_path / "no" / "log")})
    assert server.spawn().wait(20) == 253
    assert "cannot write the access log" in server.log_text()
