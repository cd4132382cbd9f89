"""PostObject: HTML forms, their policies and signatures, and how they are answered (b219-b224, S4, S29)."""

from __future__ import annotations

import base64

import pytest
import urllib3
from lib import checksums
from lib.data import MIB, md5_base64, md5_hex, random_bytes
from lib.forms import BOUNDARY, body, change, encode, policy, post, signed
from lib.identity import allow, bucket_policy


def stored(s3, bucket, key):
    """The object's bytes."""
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def denied(response, reason):
    """403 with the policy's reason."""
    error = response.expect(403, "AccessDenied").error
    assert error.message == f"Invalid according to Policy: {reason}"


# --- Answers (b219) ---


@pytest.mark.parametrize("version", [4, 2])
def test_b219_the_answer_is_204_with_etag_and_location(raw, s3, bucket, version):
    data = random_bytes("form", 1000)
    answer = post(raw, bucket, signed(raw, bucket, {"key": "dir/a b"}, version=version), data).expect(204)
    assert answer.body == b""
    assert answer.headers["ETag"] == f'"{md5_hex(data)}"'
    assert answer.headers["Location"] == f"{raw.url}/{bucket}/dir/a%20b"
    assert stored(s3, bucket, "dir/a b") == data


@pytest.mark.parametrize(("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("404", 204), ("x", 204)])
def test_b219_success_action_status(raw, s3, bucket, asked, status):
    answer = post(raw, bucket, signed(raw, bucket, {"key": "k", "success_action_status": asked})).expect(status)
    if status == 201:
        assert answer.root.tag == "PostResponse", "it has no namespace"
        location, etag = f"{raw.url}/{bucket}/k", f'"{md5_hex(b"data")}"'
        assert answer.xml == {"Location": location, "Bucket": bucket, "Key": "k", "ETag": etag}
        assert answer.headers["Content-Type"] == "application/xml"
    else:
        assert answer.body == b""
    assert stored(s3, bucket, "k") == b"data"


@pytest.mark.parametrize("name", ["success_action_redirect", "redirect"])
def test_b219_success_action_redirect(raw, s3, bucket, name):
    fields = {"key": "a b", name: "http://localhost:1/done?x=1", "success_action_status": "201"}
    answer = post(raw, bucket, signed(raw, bucket, fields)).expect(303)
    etag = md5_hex(b"data")
    assert answer.headers["Location"] == f"http://localhost:1/done?x=1&bucket={bucket}&key=a%20b&etag=%22{etag}%22"
    assert stored(s3, bucket, "a b") == b"data"


def test_b219_a_redirect_that_is_no_url_is_as_if_it_were_absent(raw, bucket):
    post(raw, bucket, signed(raw, bucket, {"key": "k", "success_action_redirect": "javascript:x"})).expect(204)


def test_b219_boto3_makes_forms(s3, bucket):
    form = s3.generate_presigned_post(
        bucket, "dir/${filename}", {"Content-Type": "text/plain"}, [{"Content-Type": "text/plain"}], ExpiresIn=60
    )
    answer = urllib3.request("POST", form["url"], fields={**form["fields"], "file": ("a.txt", b"data")})
    assert answer.status == 204, answer.data
    found = s3.get_object(Bucket=bucket, Key="dir/a.txt")
    assert (found["Body"].read(), found["ContentType"]) == (b"data", "text/plain")


# --- Fields (b26, b220) ---


def test_b220_file_names_are_put_in_without_their_path(raw, s3, bucket):
    for file_name in ["a.txt", "C:\\dir\\a.txt", "dir/a.txt"]:
        post(raw, bucket, signed(raw, bucket, {"key": "user/${filename}"}), file_name.encode(), file_name).expect(204)
        assert stored(s3, bucket, "user/a.txt") == file_name.encode()


def test_b220_a_file_without_a_name_puts_nothing_in(raw, s3, bucket):
    post(raw, bucket, signed(raw, bucket, {"key": "in/${filename}"}), b"nameless", None).expect(204)
    assert stored(s3, bucket, "in/${filename}") == b"nameless"


def test_b28_tags_in_other_xml_are_none(raw, s3, bucket):
    post(raw, bucket, signed(raw, bucket, {"key": "k", "tagging": "<Labels><a>1</a></Labels>"})).expect(204)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    wrong = signed(raw, bucket, {"key": "other", "tagging": "colour=red"})
    post(raw, bucket, wrong).expect(400, "MalformedXML")


def test_b220_names_have_no_case_and_what_follows_the_file_is_ignored(raw, s3, bucket):
    fields = [("KEY" if name == "key" else name.upper(), value) for name, value in signed(raw, bucket, {"key": "k"})]
    after = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="acl"\r\n\r\nnonsense\r\n'.encode()
    post(raw, bucket, fields, after=after).expect(204)
    assert stored(s3, bucket, "k") == b"data"


def test_b220_every_field_may_have_a_file_name(s3, raw, bucket):
    files = [(name, (name, value)) for name, value in signed(raw, bucket, {"key": "k"}, version=2)]
    answer = urllib3.request("POST", f"{raw.url}/{bucket}", fields=[*files, ("file", ("f", b"data"))])
    assert answer.status == 204, answer.data
    assert stored(s3, bucket, "k") == b"data"


def test_b26_headers_of_the_object_come_from_the_fields_and_not_from_the_request(raw, s3, bucket):
    fields = {
        "key": "k",
        "Content-Type": "image/png",
        "Cache-Control": "max-age=100",
        "Content-Disposition": "inline",
        "Content-Encoding": "gzip",
        "Content-Language": "en-GB",
        "Expires": "Sat, 21 Nov 2026 00:00:00 GMT",
        "x-amz-website-redirect-location": "/elsewhere",
        "x-amz-storage-class": "STANDARD_IA",
        "x-amz-meta-foo": "bar",
    }
    smuggled = {"x-amz-meta-evil": "1", "x-amz-storage-class": "GLACIER", "Cache-Control": "no-store"}
    post(raw, bucket, signed(raw, bucket, fields), headers=smuggled).expect(204)
    found = s3.head_object(Bucket=bucket, Key="k")
    assert found["Metadata"] == {"foo": "bar"}
    assert (found["ContentType"], found["CacheControl"]) == ("image/png", "max-age=100")
    assert (found["ContentDisposition"], found["ContentEncoding"]) == ("inline", "gzip")
    assert (found["ContentLanguage"], found["ExpiresString"]) == ("en-GB", fields["Expires"])
    assert (found["WebsiteRedirectLocation"], found["StorageClass"]) == ("/elsewhere", "STANDARD_IA")


def test_b26_the_type_of_the_files_part_is_not_the_objects(raw, s3, bucket):
    post(raw, bucket, signed(raw, bucket, {"key": "k"})).expect(204)
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-amz-website-redirect-location", "ftp://x", "InvalidRedirectLocation"),
        ("x-amz-storage-class", "NONE", "InvalidStorageClass"),
        ("x-amz-meta-a", "a" * 2048, "MetadataTooLarge"),
        ("x-amz-checksum-crc32", "invalid", "InvalidRequest"),
        ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest"),
        ("x-amz-copy-source", "a/b", "NotImplemented"),
        ("x-amz-checksum-xxhash32", "AAAAAA==", "InvalidRequest"),
        ("key", "k" * 1025, "KeyTooLongError"),
    ],
)
def test_fields_that_cannot_be_are_refused_and_nothing_is_stored(raw, s3, bucket, name, value, code):
    answer = post(raw, bucket, signed(raw, bucket, {"key": "k", name: value}))
    assert (answer.error.code, answer.status >= 400) == (code, True)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("value", ["a\r\nx-amz-meta-b: 1", "a\nb", "a\0b"])
def test_s38_metadata_with_control_characters_comes_back_in_base64(raw, s3, bucket, value):
    """A text area sends line ends; RFC 2047 carries them, so that no other header begins."""
    post(raw, bucket, signed(raw, bucket, {"key": "k", "x-amz-meta-a": value})).expect(204)
    encoded = base64.b64encode(value.encode()).decode()
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": f"=?UTF-8?B?{encoded}?="}


@pytest.mark.parametrize("value", ["a\r\nx-amz-meta-b: 1", "a\nb", "a\0b"])
def test_s38_other_fields_with_control_characters_are_refused(raw, s3, bucket, value):
    fields = signed(raw, bucket, {"key": "k", "Content-Disposition": value})
    post(raw, bucket, fields).expect(400, "InvalidArgument", argument_name="content-disposition")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize("key", ["../../other/k", "a//b", "%2e%2e", "/k", ".", "ä €"])
def test_s30_keys_of_forms_are_taken_as_they_are(raw, s3, bucket, key):
    post(raw, bucket, signed(raw, bucket, {"key": key}), key.encode()).expect(204)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert stored(s3, bucket, key) == key.encode()


# --- Signature (b221) ---


@pytest.mark.parametrize(
    ("version", "absent", "named"),
    [
        (4, "x-amz-signature", "X-Amz-Signature"),
        (4, "x-amz-credential", "X-Amz-Credential"),
        (4, "x-amz-algorithm", "X-Amz-Algorithm"),
        (4, "x-amz-date", "X-Amz-Date"),
        (4, "policy", "policy"),
        (2, "signature", "Signature"),
        (2, "awsaccesskeyid", "AWSAccessKeyId"),
        (4, "key", "key"),
    ],
)
def test_b221_missing_fields_are_named(raw, bucket, version, absent, named):
    fields = change(signed(raw, bucket, {"key": "k"}, version=version), **{absent.replace("-", "_"): None})
    error = post(raw, bucket, fields).expect(400, "InvalidArgument", argument_name=named).error
    start = f"Bucket POST must contain a field named '{named}'.  If it is specified"
    assert error.message.startswith(start)


def test_b221_an_anonymous_form_is_denied_on_a_private_bucket(raw, s3, bucket):
    post(raw, bucket, [("key", "k")]).expect(403, "AccessDenied")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("version", [4, 2])
def test_b221_s4_wrong_signatures_store_nothing(raw, s3, bucket, version):
    fields = signed(raw, bucket, {"key": "k"}, version=version)
    for wrong in [
        change(fields, policy=policy([{"bucket": bucket}, ["starts-with", "$key", ""]])),
        change(fields, **({"x_amz_signature": "0" * 64} if version == 4 else {"signature": "AAAA"})),
        signed(raw, bucket, {"key": "k"}, version=version, secret_key="x" * 40),
    ]:
        error = post(raw, bucket, wrong).expect(403, "SignatureDoesNotMatch").error
        assert error.fields["StringToSign"] == dict(wrong)["policy"]
        assert "CanonicalRequest" not in error.fields
    unknown = signed(raw, bucket, {"key": "k"}, version=version, access_key="NOBODY")
    assert post(raw, bucket, unknown).expect(403, "InvalidAccessKeyId").error.fields["AWSAccessKeyId"] == "NOBODY"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_b221_malformed_credentials(raw, bucket):
    fields = signed(raw, bucket, {"key": "k"})
    cases = [
        ({"x_amz_algorithm": "MD5"}, "Only AWS4-HMAC-SHA256 is supported"),
        ({"x_amz_date": "now"}, "X-Amz-Date must be formated via ISO8601 Long format"),
        ({"x_amz_credential": "no-slashes"}, "the Credential is mal-formed"),
    ]
    for values, message in cases:
        error = post(raw, bucket, change(fields, **values)).expect(400, "InvalidArgument").error
        assert error.message.startswith(message)


def test_s2_a_form_and_a_signed_request_are_two_credentials(raw, s3, bucket):
    fields = signed(raw, bucket, {"key": "k"})
    content_type = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    for sign in ["header", "query"]:
        answer = raw.request("POST", f"/{bucket}", None, content_type, body(fields, b"data"), sign=sign)
        answer.expect(400, "InvalidArgument")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


# --- Policy (b222, b223, S29) ---


def test_b222_an_expired_policy(raw, bucket):
    denied(post(raw, bucket, signed(raw, bucket, {"key": "k"}, expires_seconds=-5)), "Policy expired.")


def test_b222_a_failed_condition_is_shown_as_it_was_written(raw, bucket):
    written = '["eq",   "$x-amz-meta-a", "caf\\u00e9"]'
    conditions = f'[["starts-with", "$key", ""], {{"bucket": "{bucket}"}}, {written}]'
    document = f'{{"expiration": "2090-01-01T00:00:00Z", "conditions": {conditions}}}'
    fields = {"key": "k", "x-amz-meta-a": "tea"}
    text = base64.b64encode(document.encode()).decode()
    denied(post(raw, bucket, signed(raw, bucket, fields, version=2, document=text)), f"Policy Condition failed: {written}")


@pytest.mark.parametrize("field", ["key", "$"])
def test_b222_a_condition_without_a_field_never_holds(raw, s3, bucket, field):
    fields = signed(raw, bucket, {"key": "key"}, [["eq", field, "key"]])
    denied(post(raw, bucket, fields), f'Policy Condition failed: ["eq","{field}","key"]')
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_b221_a_policy_that_nobody_signed_gives_no_rights(raw, s3, bucket):
    unsigned = [("key", "k"), ("policy", policy([{"bucket": bucket}, {"key": "k"}]))]
    post(raw, bucket, unsigned).expect(403, "AccessDenied")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("conditions", "fields", "failed"),
    [
        ([["eq", "$key", "other"]], {}, '["eq","$key","other"]'),
        ([["starts-with", "$key", "user/"]], {}, '["starts-with","$key","user/"]'),
        ([{"acl": "public-read"}], {"acl": "private"}, '["eq", "$acl", "public-read"]'),
        ([["starts-with", "$x-amz-meta-a", ""]], {}, '["starts-with","$x-amz-meta-a",""]'),
        ([["eq", "$x-amz-meta-a", ""]], {"x-amz-meta-a": "v"}, '["eq","$x-amz-meta-a",""]'),
    ],
)
def test_b222_a_failed_condition_is_shown(raw, bucket, conditions, fields, failed):
    answer = post(raw, bucket, signed(raw, bucket, {"key": "k", **fields}, conditions))
    denied(answer, f"Policy Condition failed: {failed}")


def test_b222_s29_the_bucket_of_the_address_counts_whatever_a_field_says(raw, s3, bucket, make_bucket):
    other = make_bucket()
    fields = signed(raw, other, {"key": "k", "bucket": other})
    denied(post(raw, bucket, fields), f'Policy Condition failed: ["eq", "$bucket", "{other}"]')
    uncovered = signed(raw, bucket, {"key": "k"}, [["starts-with", "$key", ""]], cover=False, version=2)
    denied(post(raw, bucket, uncovered), "Extra input fields: bucket")
    for name in (bucket, other):
        assert "Contents" not in s3.list_objects_v2(Bucket=name)


@pytest.mark.parametrize(
    "name",
    ["acl", "Content-Type", "x-amz-meta-a", "x-amz-storage-class", "success_action_redirect", "x-amz-checksum-crc32",
     "x-amz-security-token", "tagging", "x-amz-website-redirect-location", "anything"],
)  # fmt: skip
def test_b222_s29_a_field_without_a_condition_is_refused(raw, s3, bucket, name):
    fields = [*signed(raw, bucket, {"key": "k"}, version=2), (name, "AAAAAA==")]
    answer = post(raw, bucket, fields)
    if name == "x-amz-security-token":
        answer.expect(400, "InvalidToken")
    else:
        denied(answer, f"Extra input fields: {name.lower()}")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_b222_x_ignore_fields_need_no_condition(raw, bucket):
    post(raw, bucket, [*signed(raw, bucket, {"key": "k"}), ("x-ignore-this", "v")]).expect(204)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (base64.b64encode(b"{").decode(), "Invalid JSON."),
        ("!", "invalid Base64 encoding."),
        ("", "Expecting '{' but found End-of-Input"),
        (encode({"expiration": "2090-01-01T00:00:00Z"}), "Policy missing conditions."),
        (encode({"conditions": []}), "Policy missing expiration."),
        (encode({"expiration": "soon", "conditions": []}), "Invalid 'expiration' value: 'soon'"),
        (policy([{}]), "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."),
        (policy([["content-length-range", 0]]), "Invalid content-length-range: wrong number of arguments."),
        (policy([["like", "$key", "k"]]), "Invalid Condition: unknown operation 'like'."),
        (policy([], extra=1), 'Unexpected: "extra"'),
    ],
)
def test_b222_broken_policies(raw, bucket, document, reason):
    fields = signed(raw, bucket, {"key": "k"}, document=document)
    error = post(raw, bucket, fields).expect(400, "InvalidPolicyDocument").error
    assert error.message == f"Invalid Policy: {reason}"


def test_b223_content_length_range(raw, s3, bucket):
    fields = signed(raw, bucket, {"key": "k"}, [["content-length-range", 5, 10]])
    post(raw, bucket, fields, b"1234").expect(400, "EntityTooSmall", proposed_size=4, min_size_allowed=5)
    post(raw, bucket, fields, b"1" * 11).expect(400, "EntityTooLarge", proposed_size=11, max_size_allowed=10)
    large = random_bytes("too large", 3 * MIB)
    post(raw, bucket, fields, large).expect(400, "EntityTooLarge", proposed_size=len(large))
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    for data in (b"12345", b"1234567890"):
        post(raw, bucket, fields, data).expect(204)
        assert stored(s3, bucket, "k") == data


# --- Bodies (b223) ---


def test_b223_bodies_that_are_no_forms(raw, bucket):
    def send(content_type, payload=b"body"):
        headers = {"Content-Type": content_type} if content_type else None
        return raw.request("POST", f"/{bucket}", None, headers, payload, sign=None)

    for content_type in ("application/json", "multipart/mixed; boundary=a", None):
        answer = send(content_type).expect(412, "PreconditionFailed")
        assert answer.error.fields["Condition"] == "Bucket POST must be of the enclosure-type multipart/form-data"
    send("multipart/form-data").expect(400, "MalformedPOSTRequest")
    send("multipart/form-data; boundary=x").expect(400, "MalformedPOSTRequest")
    fields = signed(raw, bucket, {"key": "k"})
    post(raw, bucket, fields, None).expect(400, "InvalidArgument", argument_name="file", argument_value=0)
    post(raw, bucket, [*fields, ("Key", "other")]).expect(400, "MalformedPOSTRequest")
    large = [("x-ignore-a", "a" * 21_000), *fields]
    post(raw, bucket, large).expect(400, "MaxPostPreDataLengthExceededError")


def test_b223_a_form_that_ends_inside_the_file_stores_nothing(raw, s3, bucket):
    whole = body(signed(raw, bucket, {"key": "k"}), random_bytes("cut", 300_000))
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    for payload in (whole[:-100], whole[: -len(BOUNDARY) - 8]):
        raw.request("POST", f"/{bucket}", None, headers, payload, sign=None).expect(400, "IncompleteBody")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_b223_boundaries_may_begin_with_dashes_and_data_may_look_like_them(raw, s3, bucket):
    boundary = "--custom--boundary"
    data = b"\r\n--" + boundary.encode()[:-1] + b"\r\n--\r\n" + boundary.encode() + b"\r\n"
    post(raw, bucket, signed(raw, bucket, {"key": "k"}), data, boundary=boundary).expect(204)
    assert stored(s3, bucket, "k") == data


def test_b224_a_form_yields_a_single_part_object_with_crc64nvme(raw, s3, bucket):
    data = random_bytes("form", 300_017)
    answer = post(raw, bucket, signed(raw, bucket, {"key": "k"}), data).expect(204)
    assert answer.headers["x-amz-checksum-crc64nvme"] == checksums.value("CRC64NVME", data)
    found = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found["ETag"] == f'"{md5_hex(data)}"'
    assert (found["ChecksumCRC64NVME"], found["ChecksumType"]) == (checksums.value("CRC64NVME", data), "FULL_OBJECT")
    attributes = s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (attributes["ObjectSize"], "ObjectParts" in attributes) == (len(data), False)
    assert stored(s3, bucket, "k") == data


def test_b224_a_checksum_among_the_fields_is_verified_and_kept(raw, s3, bucket):
    right = checksums.value("CRC32", b"data")
    wrong = checksums.wrong_value("CRC32")
    post(raw, bucket, signed(raw, bucket, {"key": "k", "x-amz-checksum-crc32": wrong})).expect(400, "BadDigest")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    post(raw, bucket, signed(raw, bucket, {"key": "k", "x-amz-checksum-crc32": right})).expect(204)
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC32"] == right


def test_an_md5_among_the_fields_is_verified(raw, s3, bucket):
    wrong, right = md5_base64(b"other"), md5_base64(b"data")
    post(raw, bucket, signed(raw, bucket, {"key": "k", "Content-MD5": wrong})).expect(400, "BadDigest")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    post(raw, bucket, signed(raw, bucket, {"key": "k", "Content-MD5": right})).expect(204)


@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
def test_a_condition_that_forms_do_not_have_is_not_ignored(raw, s3, bucket, header):
    s3.put_object(Bucket=bucket, Key="k", Body=b"kept")
    post(raw, bucket, signed(raw, bucket, {"key": "k"}), headers={header: "*"}).expect(501, "NotImplemented")
    post(raw, bucket, signed(raw, bucket, {"key": "k", header: "*"})).expect(501, "NotImplemented")
    assert stored(s3, bucket, "k") == b"kept"


def test_a_large_form_streams(raw, s3, bucket):
    data = random_bytes("large form", 20 * MIB + 17)
    post(raw, bucket, signed(raw, bucket, {"key": "k"}), data).expect(204)
    assert stored(s3, bucket, "k") == data


def test_a_form_to_a_missing_bucket(raw):
    post(raw, "no-such-bucket-here", signed(raw, "no-such-bucket-here", {"key": "k"})).expect(404, "NoSuchBucket")


def test_a_form_overwrites_and_keeps_the_connection(raw, s3, bucket):
    after = f"--{BOUNDARY}\r\n".encode() + b"ignored " * 100_000 + b"\r\n"
    for data in (b"one", b"two"):
        answer = post(raw, bucket, signed(raw, bucket, {"key": "k"}), data, after=after).expect(204)
        assert not answer.will_close
    assert stored(s3, bucket, "k") == b"two"


def test_s29_everyone_may_set_the_acl_of_what_everyone_may_write(raw, s3, nobody, open_bucket):
    """Where the bucket's ACL lets everybody write; a policy that lets everybody write does not say so."""
    fields = [("key", "k"), ("acl", "public-read")]
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
    post(raw, open_bucket, fields).expect(204)
    assert nobody.get_object(Bucket=open_bucket, Key="k")["Body"].read() == b"data"
    s3.put_bucket_acl(Bucket=open_bucket, ACL="private")
    post(raw, open_bucket, fields).expect(403, "AccessDenied")
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(allow("s3:PutObject", f"arn:aws:s3:::{open_bucket}/*")))
    post(raw, open_bucket, fields[:1]).expect(204)
    post(raw, open_bucket, fields).expect(403, "AccessDenied")
