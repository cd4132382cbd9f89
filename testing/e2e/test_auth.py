"""Authentication (b205-b208, b216, b217): SigV4 headers, presigned SigV4 and SigV2, and every way to get them wrong."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from botocore.credentials import Credentials
from lib import multipart, sigv4
from lib.chunked import SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER
from lib.multipart import read
from lib.operations import OPERATIONS
from lib.raw import ABSENT, UNSIGNED

EMPTY = hashlib.sha256(b"").hexdigest()


def keys_of(s3, bucket):
    return [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


# --- Test number one: nothing unsigned may steer a signed request ---


@pytest.mark.parametrize("sign", ["header", "query"])
def test_b207_an_unsigned_copy_source_on_a_signed_put_is_refused(raw, s3, bucket, sign):
    s3.put_object(Bucket=bucket, Key="secret", Body=b"secret")
    answer = raw.request(
        "PUT", f"/{bucket}/k", body=b"mine", sign=sign, unsigned={"x-amz-copy-source": f"/{bucket}/secret"}
    )
    answer.expect(403, "AccessDenied", headers_not_signed="x-amz-copy-source")
    assert answer.error.message == "There were headers present in the request which were not signed"
    assert keys_of(s3, bucket) == ["secret"]


@pytest.mark.parametrize("sign", ["header", "query"])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-evil", "1"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-website-redirect-location", "/x"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-expected-bucket-owner", "111122223333"),
        ("X-AMZ-Security-Token", "token"),
        ("x-amz-anything-at-all", "1"),
    ],
)
def test_b207_any_unsigned_amz_header_is_refused(raw, s3, bucket, sign, header, value):
    answer = raw.request("PUT", f"/{bucket}/k", body=b"mine", sign=sign, unsigned={header: value})
    assert answer.status in (400, 403), answer.text
    if header.lower() != "x-amz-security-token":
        answer.expect(403, "AccessDenied", headers_not_signed=header.lower())
    assert keys_of(s3, bucket) == []


@pytest.mark.parametrize("sign", ["header", "query"])
def test_b207_unsigned_headers_are_refused_on_multipart_actions_too(raw, s3, bucket, sign):
    s3.put_object(Bucket=bucket, Key="secret", Body=b"secret")
    upload_id = multipart.create(s3, bucket, "k")
    unsigned = {"x-amz-copy-source": f"/{bucket}/secret"}
    query = {"partNumber": 1, "uploadId": upload_id}
    raw.request("PUT", f"/{bucket}/k", query, body=b"x", sign=sign, unsigned=unsigned).expect(403, "AccessDenied")
    raw.request("POST", f"/{bucket}/k", {"uploads": ""}, sign=sign, unsigned={"x-amz-meta-a": "b"}).expect(
        403, "AccessDenied"
    )
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


def test_b207_ordinary_headers_need_no_signature(raw, bucket):
    """Content-Type, Range and such may be added by anyone on the way, as on AWS."""
    raw.request("PUT", f"/{bucket}/k", body=b"mine", unsigned={"Content-Type": "text/x"}).expect(200)
    assert raw.request("GET", f"/{bucket}/k", unsigned={"Range": "bytes=1-2"}).expect(206).body == b"in"


@pytest.mark.parametrize("where", ["header", "query"])
def test_b207_host_must_be_signed(raw, s3, bucket, where):
    date = sigv4.now_text()
    if where == "header":
        headers = {"x-amz-content-sha256": EMPTY, "x-amz-date": date}
        text = sigv4.authorization(raw, "PUT", f"/{bucket}/k", headers, payload=EMPTY, date=date)
        headers |= {"Authorization": text, "Host": f"{raw.host}:{raw.port}", "Content-Length": "0"}
        answer = raw.send("PUT", f"/{bucket}/k", headers.items())
    else:
        signed = raw.sign("PUT", f"/{bucket}/k", sign="query")
        target = signed.target.replace("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=x-other")
        answer = raw.send("PUT", target, [*signed.headers, ("Content-Length", "0")])
    assert answer.status in (400, 403), answer.text
    assert keys_of(s3, bucket) == []


# --- Who: b206 ---


@pytest.mark.parametrize("sign", ["header", "query"])
def test_b206_an_unknown_key(raw, bucket, sign):
    answer = raw.request("GET", f"/{bucket}", sign=sign, credentials=Credentials("AKIDUNKNOWN", "s"))
    answer.expect(403, "InvalidAccessKeyId")
    assert answer.error.fields["AWSAccessKeyId"] == "AKIDUNKNOWN"


@pytest.mark.parametrize("sign", ["header", "query"])
def test_b206_a_wrong_secret(raw, bucket, endpoint, sign):
    wrong = Credentials(endpoint.access_key, endpoint.secret_key + "x")
    answer = raw.request("GET", f"/{bucket}/k", "a=b", sign=sign, credentials=wrong).expect(403, "SignatureDoesNotMatch")
    fields = answer.error.fields
    assert fields["AWSAccessKeyId"] == endpoint.access_key
    assert fields["StringToSign"].startswith("AWS4-HMAC-SHA256\n")
    assert fields["CanonicalRequest"].startswith(f"GET\n/{bucket}/k\n")
    assert len(fields["SignatureProvided"]) == 64
    assert endpoint.secret_key not in answer.text


def test_b206_known_default_credentials_do_not_work(raw, bucket):
    """S15: there is no default key."""
    for name in ("minioadmin", "rustfsadmin", "admin", "root", "drystone", "test"):
        answer = raw.request("GET", "/", credentials=Credentials(name, name))
        answer.expect(403, "InvalidAccessKeyId")


GOOD = "Credential={key}/{day}/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=" + "0" * 64


@pytest.mark.parametrize(
    "value",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 " + GOOD.replace("Credential={key}/{day}/us-east-1/s3/aws4_request, ", ""),
        "AWS4-HMAC-SHA256 " + GOOD.replace("SignedHeaders=host;x-amz-date, ", ""),
        "AWS4-HMAC-SHA256 " + GOOD.split(", Signature")[0],
        "AWS4-HMAC-SHA256 " + GOOD.replace("/aws4_request", ""),
        "AWS4-HMAC-SHA256 " + GOOD.replace("aws4_request", "aws4_other"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("/s3/", "/ec2/"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("{day}", "2026-01-01"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("{day}", "yesterday"),
        "AWS4-HMAC-SHA256 " + GOOD.replace("{key}/{day}/us-east-1/s3/aws4_request", ""),
    ],
)
def test_b206_a_malformed_authorization_header(raw, bucket, endpoint, value):
    date = sigv4.now_text()
    value = value.replace("{key}", endpoint.access_key).replace("{day}", date[:8])
    headers = [("Host", f"{raw.host}:{raw.port}"), ("x-amz-date", date), ("x-amz-content-sha256", EMPTY)]
    raw.send("GET", f"/{bucket}", [*headers, ("Authorization", value)]).expect(400, "AuthorizationHeaderMalformed")


@pytest.mark.parametrize(
    "value",
    ["AWS {key}:c2lnbmF0dXJl", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA1 x", "aws4-hmac-sha256 x", "x", ""],
)
@pytest.mark.parametrize("mode", [EMPTY, UNSIGNED, UNSIGNED_TRAILER, SIGNED])
def test_s1_another_scheme_of_authorization_opens_nothing(raw, s3, bucket, endpoint, value, mode):
    headers = [("Host", f"{raw.host}:{raw.port}"), ("x-amz-date", sigv4.now_text()), ("x-amz-content-sha256", mode),
               ("Authorization", value.replace("{key}", endpoint.access_key)), ("Content-Length", "0")]
    answer = raw.send("PUT", f"/{bucket}/k", headers)
    assert answer.status in (400, 403, 501), answer.text
    if not value.startswith("AWS "):
        answer.expect(400, "InvalidArgument", argument_name="Authorization", **({"argument_value": value.split()[0]} if value else {}))
    assert keys_of(s3, bucket) == []


# --- What is signed is what counts ---


@pytest.mark.parametrize(
    "change",
    ["method", "path", "query value", "query added", "query removed", "header value", "date", "region", "signature", "payload"],
)
@pytest.mark.parametrize("sign", ["header", "query"])
def test_b205_b206_changing_any_signed_element_is_noticed(raw, s3, bucket, sign, change):
    """A signed request changed, one element at a time."""
    s3.put_object(Bucket=bucket, Key="other", Body=b"kept")
    signed = raw.sign("PUT", f"/{bucket}/k", "a=1&b=2", {"x-amz-meta-m": "1"}, b"data", sign=sign)
    method, target, headers = signed.method, signed.target, dict(signed.headers)
    if change == "method":
        method, target = "DELETE", target
    elif change == "path":
        target = target.replace(f"/{bucket}/k", f"/{bucket}/other")
    elif change == "query value":
        target = target.replace("a=1", "a=3")
    elif change == "query added":
        target += "&c=3"
    elif change == "query removed":
        target = target.replace("a=1&", "")
    elif change == "header value":
        headers["x-amz-meta-m"] = "2"
    elif change == "payload" and sign == "header":
        headers["X-Amz-Content-SHA256"] = UNSIGNED
    elif sign == "header":
        pattern = {"date": (sigv4.now_text()[:8], "20200101"), "region": ("us-east-1", "eu-west-9")}
        text = headers["Authorization"]
        if change == "signature":
            headers["Authorization"] = text[:-1] + ("0" if text[-1] != "0" else "1")
        else:
            headers["Authorization"] = text.replace(*pattern[change])
    else:
        pairs = dict(parse_qsl(urlsplit(target).query))
        if change == "signature":
            last = pairs["X-Amz-Signature"][-1]
            pairs["X-Amz-Signature"] = pairs["X-Amz-Signature"][:-1] + ("0" if last != "0" else "1")
        elif change == "payload":
            pairs["X-Amz-Expires"] = "3601"
        else:
            old, new = {"date": (sigv4.now_text()[:8], "20200101"), "region": ("us-east-1", "eu-west-9")}[change]
            pairs["X-Amz-Credential"] = pairs["X-Amz-Credential"].replace(old, new)
        target = urlsplit(target).path + "?" + urlencode(pairs, quote_via=quote, safe="")
    answer = raw.send(method, target, [*headers.items(), ("Content-Length", "4")], b"data")
    assert answer.status in (400, 403), (answer.status, answer.text)
    assert keys_of(s3, bucket) == ["other"]
    assert read(s3, bucket, "other") == b"kept"


@pytest.mark.parametrize(
    "key", ["a//b", "/a", "a/", "a/../b", "a/./b", "..", ".", "a b", "a+b", "a%b", "a%2Fb", "ü☃😀", "~-_.", "a?b#c", "!'()*$&,;:@="]
)
def test_b205_the_path_is_encoded_once_and_not_normalised(raw, bucket, key):
    path = "/" + bucket + "/" + sigv4.canonical_path(key)
    raw.request("PUT", path, body=key.encode()).expect(200)
    assert raw.request("GET", path).expect(200).body == key.encode()
    assert raw.request("GET", path, sign="query").expect(200).body == key.encode()
    assert raw.request("GET", f"/{bucket}").xml["Contents"]["Key"] == key


def test_b205_header_values_are_trimmed_and_folded_as_clients_do(raw, bucket):
    date, payload = sigv4.now_text(), hashlib.sha256(b"x").hexdigest()
    signed = {"host": f"{raw.host}:{raw.port}", "x-amz-content-sha256": payload, "x-amz-date": date,
              "x-amz-meta-a": "one two"}
    text = sigv4.authorization(raw, "PUT", f"/{bucket}/k", signed, payload=payload, date=date)
    sent = [("Host", signed["host"]), ("X-Amz-Content-Sha256", payload), ("X-AMZ-DATE", date),
            ("X-Amz-Meta-A", "  one   two "), ("Authorization", text), ("Content-Length", "1")]
    raw.send("PUT", f"/{bucket}/k", sent, b"x").expect(200)


# --- When: b205 ---


@pytest.mark.parametrize("minutes", [-14, 14])
def test_b205_a_clock_14_minutes_off_is_accepted(raw, bucket, minutes):
    raw.request("GET", f"/{bucket}", when=sigv4.now(minutes * 60)).expect(200)


@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24 * 365, 60 * 24 * 365])
def test_b205_a_clock_16_minutes_off_is_refused(raw, s3, bucket, minutes):
    answer = raw.request("PUT", f"/{bucket}/k", body=b"x", when=sigv4.now(minutes * 60))
    answer.expect(403, "RequestTimeTooSkewed")
    assert answer.error.fields["MaxAllowedSkewMilliseconds"] == "900000"
    assert answer.error.fields["RequestTime"]
    assert answer.error.fields["ServerTime"]
    assert keys_of(s3, bucket) == []


@pytest.mark.parametrize("value", ["", "now", "20260101", "99999999T999999Z", "20260101T000000", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_s6_a_bad_date_is_refused(raw, bucket, value):
    answer = raw.request("GET", f"/{bucket}", change={"X-Amz-Date": value})
    assert answer.status in (400, 403), answer.text


def test_s6_the_date_must_be_that_of_the_scope(raw, bucket):
    """A signature over today's x-amz-date but another day's scope is not valid for ever."""
    date = sigv4.now_text()
    headers = {"host": f"{raw.host}:{raw.port}", "x-amz-content-sha256": EMPTY, "x-amz-date": date}
    scope = f"20200101/{raw.region}/s3/aws4_request"
    text = sigv4.authorization(raw, "GET", f"/{bucket}", headers, payload=EMPTY, date=date, scope=scope)
    answer = raw.send("GET", f"/{bucket}", [*headers.items(), ("Authorization", text)])
    assert answer.status in (400, 403), answer.text


# --- The payload: b208, b209, S1 ---


def test_b208_without_content_sha256(raw, s3, bucket):
    answer = raw.request("PUT", f"/{bucket}/k", body=b"x", payload=ABSENT).expect(400, "InvalidRequest")
    assert answer.error.message == "Missing required header for this request: x-amz-content-sha256"
    assert keys_of(s3, bucket) == []


@pytest.mark.parametrize("value", ["garbage", "", "0" * 63, "0" * 65, "g" * 64, "UNSIGNED", "unsigned-payload", "STREAMING-AWS4-HMAC-SHA256"])
def test_b208_garbage_in_content_sha256(raw, s3, bucket, value):
    raw.request("PUT", f"/{bucket}/k", body=b"x", payload=value).expect(
        400, "InvalidArgument", argument_name="x-amz-content-sha256"
    )
    assert keys_of(s3, bucket) == []


def test_b208_a_hash_that_is_not_the_bodys_stores_nothing(raw, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")
    wrong = hashlib.sha256(b"other").hexdigest()
    answer = raw.request("PUT", f"/{bucket}/k", body=b"data", payload=wrong).expect(400, "XAmzContentSHA256Mismatch")
    assert answer.error.fields["ClientComputedContentSHA256"] == wrong
    assert answer.error.fields["S3ComputedContentSHA256"] == hashlib.sha256(b"data").hexdigest()
    assert read(s3, bucket, "k") == b"old"


def test_b208_a_wrong_hash_stores_no_part(raw, s3, bucket):
    upload_id = multipart.create(s3, bucket, "k")
    query = {"partNumber": 1, "uploadId": upload_id}
    raw.request("PUT", f"/{bucket}/k", query, body=b"data", payload=EMPTY).expect(400, "XAmzContentSHA256Mismatch")
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


@pytest.mark.parametrize("payload", [None, UNSIGNED])
def test_b209_hash_and_unsigned_payload_are_accepted(raw, s3, bucket, payload):
    raw.request("PUT", f"/{bucket}/k", body=b"data", payload=payload).expect(200)
    assert read(s3, bucket, "k") == b"data"


MODES = [
    hashlib.sha256(b"data").hexdigest(),
    UNSIGNED,
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
    "garbage",
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sign", ["header", "query", None])
@pytest.mark.parametrize("action", ["PutObject", "UploadPart"])
def test_s1_a_wrong_signature_stores_nothing_in_any_payload_mode(raw, s3, bucket, endpoint, mode, sign, action):
    """CVE-2025-31489, CVE-2026-41145: the signature was not looked at in some modes."""
    upload_id = multipart.create(s3, bucket, "k")
    query = {"partNumber": 1, "uploadId": upload_id} if action == "UploadPart" else None
    framed = b"4\r\ndata\r\n0\r\nx-amz-checksum-crc32:rfPzYw==\r\n\r\n" if "STREAMING" in mode else b"data"
    headers = {"x-amz-decoded-content-length": "4", "x-amz-trailer": "x-amz-checksum-crc32"} if "STREAMING" in mode else {}
    if sign != "header":
        headers["x-amz-content-sha256"] = mode
    wrong = Credentials(endpoint.access_key, "wrong secret")
    answer = raw.request("PUT", f"/{bucket}/k", query, headers, framed, sign=sign, payload=mode, credentials=wrong)
    assert answer.status in (400, 403, 501), answer.text
    if sign == "header" and mode in MODES[:5]:
        answer.expect(403, "SignatureDoesNotMatch")
    assert keys_of(s3, bucket) == []
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("sign", ["header", "query"])
def test_s1_a_wrong_signature_is_refused_by_every_operation(raw, s3, bucket, endpoint, operation, sign):
    s3.put_object(Bucket=bucket, Key="key", Body=b"kept")
    s3.put_object(Bucket=bucket, Key="source", Body=b"source")
    wrong = Credentials(endpoint.access_key, "wrong secret")
    operation.send(raw, bucket, sign=sign, credentials=wrong).expect(403)
    assert read(s3, bucket, "key") == b"kept"


def test_s2_both_mechanisms_at_once(raw, s3, bucket):
    presigned = raw.sign("PUT", f"/{bucket}/k", sign="query")
    authorization = dict(raw.sign("PUT", f"/{bucket}/k").headers)["Authorization"]
    headers = [*presigned.headers, ("Authorization", authorization), ("Content-Length", "0")]
    raw.send("PUT", presigned.target, headers).expect(400, "InvalidArgument")
    answer = raw.request("PUT", f"/{bucket}/k", "AWSAccessKeyId=a&Signature=b&Expires=9999999999")
    answer.expect(400, "InvalidArgument")
    assert keys_of(s3, bucket) == []


# --- Presigned SigV4: b216 ---


def test_b216_presigned_get_put_head_delete(raw, s3, bucket):
    path = f"/{bucket}/k"
    raw.request("PUT", path, body=b"data", sign="query").expect(200)
    assert raw.request("GET", path, sign="query").expect(200).body == b"data"
    assert raw.request("HEAD", path, sign="query").expect(200).body == b""
    raw.request("DELETE", path, sign="query").expect(204)
    assert keys_of(s3, bucket) == []


def test_b216_a_whole_multipart_upload_presigned(raw, s3, bucket):
    path = f"/{bucket}/k"
    upload_id = raw.request("POST", path, {"uploads": ""}, sign="query").expect(200).xml["UploadId"]
    query = {"uploadId": upload_id}
    put = raw.request("PUT", path, {"partNumber": 1, **query}, body=b"part", sign="query").expect(200)
    listed = raw.request("GET", path, query, sign="query").expect(200).xml
    assert listed["Part"]["ETag"] == put.headers["ETag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{put.headers['ETag']}</ETag></Part>"
    body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    raw.request("POST", path, query, body=body, sign="query").expect(200)
    assert read(s3, bucket, "k") == b"part"

    other = raw.request("POST", path, {"uploads": ""}, sign="query").expect(200).xml["UploadId"]
    raw.request("DELETE", path, {"uploadId": other}, sign="query").expect(204)
    raw.request("GET", path, {"uploadId": other}, sign="query").expect(404, "NoSuchUpload")


def test_b216_a_presigned_url_is_good_for_its_own_part_only(raw, s3, bucket):
    upload_id = multipart.create(s3, bucket, "k")
    signed = raw.sign("PUT", f"/{bucket}/k", {"partNumber": 1, "uploadId": upload_id}, sign="query")
    target = signed.target.replace("partNumber=1&", "partNumber=2&")
    assert target != signed.target
    answer = raw.send("PUT", target, [*signed.headers, ("Content-Length", "1")], b"x")
    answer.expect(403, "SignatureDoesNotMatch")
    assert multipart.listed_parts(s3, bucket, "k", upload_id) == {}


def test_b216_presigned_with_signed_headers(raw, bucket):
    raw.request("PUT", f"/{bucket}/k", headers={"x-amz-meta-a": "b", "Content-Type": "text/x"}, body=b"x", sign="query").expect(200)
    head = raw.request("HEAD", f"/{bucket}/k")
    assert (head.headers["x-amz-meta-a"], head.headers["Content-Type"]) == ("b", "text/x")


@pytest.mark.parametrize(
    "name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"]
)
def test_b216_a_missing_query_part(raw, bucket, name):
    signed = raw.sign("GET", f"/{bucket}", sign="query")
    path, _, query = signed.target.partition("?")
    kept = "&".join(pair for pair in query.split("&") if not pair.startswith(name + "="))
    assert kept != query
    raw.send("GET", f"{path}?{kept}", signed.headers).expect(400, "AuthorizationQueryParametersError")


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "4294967297", "99999999999999999999", "x", "", "1.5"])
def test_b216_expires_must_be_1_to_604800(raw, bucket, expires):
    answer = raw.request("GET", f"/{bucket}", sign="query", expires=expires)
    assert answer.status in (400, 403), answer.text
    if answer.status == 400:
        assert answer.error.code == "AuthorizationQueryParametersError"


def test_b216_expires_of_a_week_is_accepted(raw, bucket):
    raw.request("GET", f"/{bucket}", sign="query", expires=604800).expect(200)
    raw.request("GET", f"/{bucket}", sign="query", expires=604800, when=sigv4.now(-604800 + 3600)).expect(200)


def test_b216_an_expired_url(raw, bucket):
    answer = raw.request("GET", f"/{bucket}", sign="query", expires=60, when=sigv4.now(-120)).expect(403, "AccessDenied")
    assert answer.error.message == "Request has expired"
    assert answer.error.fields["X-Amz-Expires"] == "60"
    assert answer.error.fields["Expires"] < answer.error.fields["ServerTime"]


def test_s6_a_url_from_the_future(raw, bucket):
    answer = raw.request("GET", f"/{bucket}", sign="query", when=sigv4.now(3600))
    assert answer.status == 403
    assert answer.error.code in ("AccessDenied", "RequestTimeTooSkewed")


def test_b147_b216_a_condition_in_a_presigned_query_holds(raw, s3, bucket):
    once = raw.presign("PUT", f"/{bucket}/k", {"If-None-Match": "*"})[len(raw.url):]
    get(raw, once, "PUT", body=b"first").expect(200)
    get(raw, once, "PUT", body=b"second").expect(412, "PreconditionFailed", condition="If-None-Match")
    assert read(s3, bucket, "k") == b"first"


def test_b148_b216_a_signed_condition_outweighs_an_unsigned_header(raw, s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"mine")["ETag"]
    target = raw.presign("PUT", f"/{bucket}/k", {"If-Match": '"' + "0" * 32 + '"'})[len(raw.url):]
    for headers in ([], [("If-Match", etag)]):
        get(raw, target, "PUT", headers, b"theirs").expect(412, "PreconditionFailed", condition="If-Match")
    assert read(s3, bucket, "k") == b"mine"


# --- Presigned SigV2: b217 ---


def sigv2_target(s3, raw, method, params):
    """The path and query that boto3 presigns by default for an endpoint of one's own."""
    url = s3.generate_presigned_url(method, Params=params)
    assert "AWSAccessKeyId=" in url, "this boto3 no longer presigns with SigV2 by default"
    assert "X-Amz-Signature" not in url
    return url[len(raw.url):]


def get(raw, target, method="GET", headers=(), body=b""):
    host = ("Host", f"{raw.host}:{raw.port}")
    length = [("Content-Length", str(len(body)))] if method == "PUT" else []
    return raw.send(method, target, [host, *headers, *length], body)


@pytest.mark.parametrize("key", ["k", "a b+c/ü%", "dir//x"])
def test_b217_boto3s_default_presigned_get_works(s3, raw, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"data")
    target = sigv2_target(s3, raw, "get_object", {"Bucket": bucket, "Key": key})
    assert get(raw, target).expect(200).body == b"data"


def test_b217_sigv2_put_part_and_overrides(s3, raw, bucket):
    target = sigv2_target(s3, raw, "put_object", {"Bucket": bucket, "Key": "k"})
    get(raw, target, "PUT", body=b"data").expect(200)
    target = sigv2_target(s3, raw, "get_object", {"Bucket": bucket, "Key": "k", "ResponseContentType": "text/x"})
    assert get(raw, target).expect(200).headers["Content-Type"] == "text/x"
    upload_id = multipart.create(s3, bucket, "k")
    params = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": 1}
    get(raw, sigv2_target(s3, raw, "upload_part", params), "PUT", body=b"part").expect(200)
    assert list(multipart.listed_parts(s3, bucket, "k", upload_id)) == [1]


def test_b217_what_a_sigv2_url_says_of_the_object_is_kept(s3, raw, bucket):
    params = {"Bucket": bucket, "Key": "k", "Metadata": {"mood": "good"}, "StorageClass": "STANDARD_IA"}
    get(raw, sigv2_target(s3, raw, "put_object", params), "PUT", body=b"data").expect(200)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["Metadata"], head["StorageClass"]) == ({"mood": "good"}, "STANDARD_IA")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("x-amz-meta-mood", "bad"),
        ("x-amz-meta-other", "x"),
        ("content-type", "text/html"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    ],
)
def test_b207_b217_headers_that_a_sigv2_url_did_not_sign(s3, raw, bucket, header, value):
    params = {"Bucket": bucket, "Key": "k", "Metadata": {"mood": "good"}, "ContentType": "text/plain"}
    target = sigv2_target(s3, raw, "put_object", params)
    get(raw, target, "PUT", [(header, value)], b"data").expect(403, "SignatureDoesNotMatch")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("change", ["key", "method", "expires", "signature", "override", "subresource", "copy source"])
def test_b217_changing_a_sigv2_url_is_noticed(s3, raw, bucket, change):
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    s3.put_object(Bucket=bucket, Key="other", Body=b"other")
    target = sigv2_target(s3, raw, "get_object", {"Bucket": bucket, "Key": "k"})
    method, headers = "GET", []
    if change == "key":
        target = target.replace("/k?", "/other?")
    elif change == "method":
        method = "DELETE"
    elif change == "expires":
        target = target.replace("Expires=", "Expires=1")
    elif change == "signature":
        target = target.replace("Signature=", "Signature=A")
    elif change == "override":
        target += "&response-content-type=text/html"
    elif change == "subresource":
        target += "&uploadId=x"
    elif change == "copy source":
        target = sigv2_target(s3, raw, "put_object", {"Bucket": bucket, "Key": "k"})
        method, headers = "PUT", [("x-amz-copy-source", f"/{bucket}/other")]
    answer = get(raw, target, method, headers)
    assert answer.status == 403, answer.text
    assert read(s3, bucket, "k") == b"data"


def test_b217_an_expired_sigv2_url(s3, raw, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=-60)
    answer = get(raw, url[len(raw.url):]).expect(403, "AccessDenied")
    assert answer.error.message == "Request has expired"
    assert answer.error.fields["Expires"]
    assert answer.error.fields["ServerTime"]


def test_b217_aws_s3_presign_works(s3, raw, bucket, endpoint):
    beside = str(Path(sys.executable).parent)
    aws = shutil.which("aws", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if aws is None:
        pytest.skip("no aws command")
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    line = [aws, "s3", "presign", f"s3://{bucket}/k", "--endpoint-url", endpoint.url]
    url = subprocess.run(line, env=endpoint.aws_environment(), check=True, capture_output=True, text=True).stdout.strip()
    assert get(raw, url[len(raw.url):]).expect(200).body == b"data"


@pytest.mark.parametrize("how", ["config", "environment"])
def test_b217_sigv2_can_be_refused(own_server, how):
    settings = {"config": "[auth]\nsigv2 = false\n"} if how == "config" else {"env": {"DRYSTONE_AUTH_SIGV2": "false"}}
    server = own_server(**settings)
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    s3.put_object(Bucket="bkt", Key="k", Body=b"data")
    answer = get(raw, sigv2_target(s3, raw, "get_object", {"Bucket": "bkt", "Key": "k"}))
    answer.expect(400, "InvalidRequest")
    assert "AWS4-HMAC-SHA256" in answer.error.message
    assert raw.request("GET", "/bkt/k", sign="query").expect(200).body == b"data"


# --- Secrets stay secret ---


def test_s18_s19_the_secret_is_in_no_answer_and_no_log(own_server):
    server = own_server(env={"DRYSTONE_LOG_FILTER": "trace"})
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    wrong = Credentials(server.access_key, "wrong secret of the client")
    answers = [
        raw.request("GET", "/bkt", credentials=wrong),
        raw.request("GET", "/bkt", sign="query", credentials=wrong),
        raw.request("PUT", "/bkt/k", body=b"x"),
        raw.request("GET", "/-/metrics", sign=None),
        raw.request("GET", "/-/api/", sign=None),
    ]
    signature = dict(raw.sign("GET", "/bkt").headers)["Authorization"].rpartition("=")[2]
    raw.request("GET", "/bkt").expect(200)
    for answer in answers:
        assert server.secret_key not in answer.text
    assert server.secret_key not in server.log_text()
    assert signature not in server.log_text()
