"""PutBucketCors, GetBucketCors, DeleteBucketCors; preflights, and the headers of answers to other origins (S38, S39)."""

from __future__ import annotations

import pytest
from lib.errors import refused
from lib.forms import post, signed

ORIGIN = "https://app.example"
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


def rule(origins=(ORIGIN,), methods=("GET", "PUT"), **more):
    """A CORSRule."""
    return {"AllowedOrigins": list(origins), "AllowedMethods": list(methods), **more}


def put(s3, bucket, *rules):
    """PutBucketCors."""
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(rules)})


def preflight(raw, path, origin=ORIGIN, method="GET", headers=None):
    """OPTIONS, as a browser sends it: unsigned."""
    sent = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return raw.request("OPTIONS", path, headers={n: v for n, v in sent.items() if v is not None}, sign=None)


def cors_headers(answer):
    """Access-Control-* of an answer, by their short names."""
    start = "access-control-"
    return {n.lower()[len(start) :]: v for n, v in answer.headers.items() if n.lower().startswith(start)}


# --- The configuration ---


def test_rules_come_back_as_they_were_put_and_go(s3, bucket):
    """PutBucketCors, GetBucketCors and DeleteBucketCors."""
    with refused("NoSuchCORSConfiguration", 404, bucket_name=bucket):
        s3.get_bucket_cors(Bucket=bucket)
    s3.delete_bucket_cors(Bucket=bucket)
    rules = [
        rule(["https://*.example", ""], ["GET"], AllowedHeaders=["x-AMZ-*"], ExposeHeaders=["ETag"], MaxAgeSeconds=-1),
        rule(ID="second", MaxAgeSeconds=3000),
    ]
    put(s3, bucket, *rules)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules
    assert s3.delete_bucket_cors(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchCORSConfiguration", 404):
        s3.get_bucket_cors(Bucket=bucket)
    with refused("NoSuchBucket", 404):
        put(s3, "no-such-bucket-here", rule())


@pytest.mark.parametrize(
    ("bad", "code", "message"),
    [
        (rule(methods=["PATCH"]), "InvalidRequest", "Found unsupported HTTP method in CORS config. Unsupported method"),
        (rule(["http://*.a.*"]), "InvalidRequest", 'AllowedOrigin "http://*.a.*" can not have more than one wildcard.'),
        (rule(ExposeHeaders=["*"]), "InvalidRequest", 'ExposeHeader "*" contains wildcard.'),
        (rule(AllowedHeaders=["a b"]), "InvalidRequest", 'AllowedHeader "a b" contains invalid character.'),
        (rule(ExposeHeaders=["a\r\nb"]), "InvalidRequest", "ExposeHeader"),
        (rule(methods=[]), "MalformedXML", ""),
    ],
)
def test_s38_bad_rules_are_refused_and_change_nothing(s3, bucket, bad, code, message):
    put(s3, bucket, rule())
    with refused(code, 400) as error:
        put(s3, bucket, rule(), bad)
    assert error.message.startswith(message)
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule()]


def test_too_many_rules_and_too_large_documents(s3, raw, bucket):
    put(s3, bucket, *[rule()] * 100)
    with refused("InvalidRequest", 400) as error:
        put(s3, bucket, *[rule()] * 101)
    assert "should not exceed allowed limit of 100 rules" in error.message
    answer = raw.request("PUT", f"/{bucket}", {"cors": None}, body=b" " * 65_537)
    answer.expect(400, "MaxMessageLengthExceeded")
    raw.request("PUT", f"/{bucket}", {"cors": None}).expect(400, "MissingRequestBodyError")
    assert len(s3.get_bucket_cors(Bucket=bucket)["CORSRules"]) == 100


# --- Preflights ---


@pytest.mark.parametrize("key", ["", "/k", "/no/such%20key"])
def test_a_preflight_is_answered_without_a_signature(s3, raw, bucket, key):
    put(s3, bucket, rule(AllowedHeaders=["x-amz-*", "Content-Type"], MaxAgeSeconds=3000))
    answer = preflight(raw, f"/{bucket}{key}", method="PUT", headers="X-Amz-Date,content-type").expect(200)
    found = cors_headers(answer)
    assert "etag" in found.pop("expose-headers").lower().split(", ")
    assert found == {
        "allow-origin": ORIGIN,
        "allow-credentials": "true",
        "allow-methods": "GET, PUT",
        "allow-headers": "x-amz-date, content-type",
        "max-age": "3000",
    }
    assert (answer.headers["Vary"], answer.body) == (VARY, b"")


def test_a_preflight_of_a_presigned_url_looks_at_the_origin_only(s3, raw, bucket):
    put(s3, bucket, rule())
    url = raw.sign("PUT", f"/{bucket}/k", {"x-id": "PutObject"}, sign="query").target
    preflight(raw, url, method="PUT").expect(200)


def test_incomplete_preflights(s3, raw, bucket):
    put(s3, bucket, rule())
    path = f"/{bucket}/k"
    cases = [
        ({}, "Insufficient information. Origin request header needed."),
        ({"Origin": ORIGIN}, "Invalid Access-Control-Request-Method: null"),
        ({"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}, "Invalid Access-Control-Request-Method: PATCH"),
    ]
    for headers, message in cases:
        error = raw.request("OPTIONS", path, headers=headers, sign=None).expect(400, "BadRequest").error
        assert error.message == message


def test_s39_no_bucket_has_cors_by_itself(s3, raw, bucket):
    error = preflight(raw, f"/{bucket}/k", method="PUT").expect(403, "AccessForbidden", resource_type="BUCKET").error
    assert error.message == "CORSResponse: CORS is not enabled for this bucket."
    assert error.fields["Method"] == "PUT"
    assert "PutBucketCors" in error.fields["Advice"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert cors_headers(raw.request("GET", f"/{bucket}/k", headers={"Origin": ORIGIN}).expect(200)) == {}
    missing = preflight(raw, "/no-such-bucket-here/k").expect(403, "AccessForbidden").error
    assert missing.message == "CORSResponse: Bucket not found"


@pytest.mark.parametrize(
    ("asked", "advice"),
    [
        ({"origin": "http://app.example"}, "No CORSRule has an AllowedOrigin for http://app.example."),
        ({"method": "DELETE"}, f"No CORSRule for {ORIGIN} has the AllowedMethod DELETE."),
        ({"headers": "range"}, f"No CORSRule for {ORIGIN} and GET has an AllowedHeader for each of: range."),
    ],
)
def test_a_refused_preflight_names_the_fix(s3, raw, bucket, asked, advice):
    put(s3, bucket, rule())
    error = preflight(raw, f"/{bucket}/k", **asked).expect(403, "AccessForbidden", resource_type="OBJECT").error
    assert error.message.startswith("CORSResponse: This CORS request is not allowed.")
    assert error.fields["Advice"] == advice


@pytest.mark.parametrize(
    ("pattern", "origin", "allowed", "credentials"),
    [
        ("*", "https://any", "*", None),
        ("https://*", "https://any", "https://any", None),
        ("https://*.a.example", "https://b.a.example", "https://b.a.example", "true"),
        ("*suffix", "foo.suffix", "foo.suffix", "true"),
        ("start*end", "startend", "startend", "true"),
        ("start*end", "0startend", None, None),
        ("prefix*", "bla.prefix", None, None),
    ],
)
def test_s39_patterns_and_credentials(s3, raw, bucket, pattern, origin, allowed, credentials):
    put(s3, bucket, rule([pattern]))
    answer = preflight(raw, f"/{bucket}", origin=origin)
    assert answer.status == (200 if allowed else 403)
    found = cors_headers(answer)
    assert (found.get("allow-origin"), found.get("allow-credentials")) == (allowed, credentials)


def test_rules_are_in_force_at_once(s3, raw, bucket):
    put(s3, bucket, rule())
    preflight(raw, f"/{bucket}").expect(200)
    put(s3, bucket, rule(["https://other.example"]))
    preflight(raw, f"/{bucket}").expect(403)
    s3.delete_bucket_cors(Bucket=bucket)
    preflight(raw, f"/{bucket}", origin="https://other.example").expect(403)


# --- Requests that tell their origin ---


def test_answers_carry_what_the_rules_grant(s3, raw, bucket):
    put(s3, bucket, rule(["*"], ["GET", "PUT"], ExposeHeaders=["x-amz-id-2", "ETag"]))
    origin = {"Origin": ORIGIN}
    written = raw.request("PUT", f"/{bucket}/k", headers=origin, body=b"data").expect(200)
    for answer in (written, raw.request("GET", f"/{bucket}/k", headers=origin).expect(200)):
        assert cors_headers(answer) == {
            "allow-origin": "*",
            "allow-methods": "GET, PUT",
            "expose-headers": "x-amz-id-2, ETag",
        }
        assert answer.headers["Vary"] == VARY
    missing = raw.request("GET", f"/{bucket}/missing", headers=origin).expect(404)
    assert cors_headers(missing)["allow-origin"] == "*", "scripts may read errors"
    denied = raw.request("GET", f"/{bucket}/k", headers=origin, sign=None).expect(403)
    assert cors_headers(denied)["allow-origin"] == "*"


def test_answers_to_what_no_rule_allows_carry_nothing(s3, raw, bucket):
    put(s3, bucket, rule(methods=["GET"]))
    s3.put_object(Bucket=bucket, Key="k", Body=b"data")
    for method, headers in [
        ("GET", {}),
        ("GET", {"Origin": "https://other.example"}),
        ("PUT", {"Origin": ORIGIN}),
        ("GET", {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}),
        ("GET", {"Origin": ORIGIN, "Access-Control-Request-Headers": "range"}),
    ]:
        answer = raw.request(method, f"/{bucket}/k", headers=headers).expect(200)
        assert (cors_headers(answer), answer.headers["Vary"]) == ({}, None)


def test_etag_and_checksums_are_exposed_by_default(s3, raw, bucket):
    put(s3, bucket, rule())
    answer = raw.request("PUT", f"/{bucket}/k", headers={"Origin": ORIGIN}, body=b"x").expect(200)
    exposed = cors_headers(answer)["expose-headers"].split(", ")
    assert {"ETag", "x-amz-checksum-crc64nvme", "x-amz-checksum-sha256", "x-amz-version-id"} <= set(exposed)


def test_forms_of_other_origins_may_be_read(s3, raw, bucket):
    put(s3, bucket, rule(methods=["POST"]))
    answer = post(raw, bucket, signed(raw, bucket, {"key": "k"}), headers={"Origin": ORIGIN}).expect(204)
    assert cors_headers(answer)["allow-origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["\x80\xff", "a\tb", "x" * 8000, "null", "*"])
def test_s38_origins_are_never_echoed_into_headers_unmatched(s3, raw, bucket, origin):
    put(s3, bucket, rule([ORIGIN]))
    answer = raw.request("GET", f"/{bucket}", headers={"Origin": origin}).expect(200)
    assert cors_headers(answer) == {}
