"""Bucket policies: put, get, delete, status; who they let in and keep out, with conditions; cross-account (b36, b76, b204)."""

from __future__ import annotations

import dataclasses
import json

import pytest
from botocore.exceptions import ClientError
from lib.errors import refused
from lib.identity import allow, bucket_policy, deny
from lib.data import MIB, md5_base64


def arn(bucket, key=None):
    return f"arn:aws:s3:::{bucket}" + (f"/{key}" if key is not None else "")


@pytest.fixture
def put(s3, open_bucket):
    """Sets the bucket's policy."""

    def put(*statements, principal="*"):
        s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(*statements, principal=principal))

    return put


def test_a_policy_comes_back_byte_for_byte(s3, raw, open_bucket):
    """PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy."""
    with refused("NoSuchBucketPolicy", 404, bucket_name=open_bucket):
        s3.get_bucket_policy(Bucket=open_bucket)
    text = json.dumps(json.loads(bucket_policy(allow("s3:GetObject", arn(open_bucket, "*")))), indent=3)
    answer = raw.request("PUT", f"/{open_bucket}", "policy", None, text.encode())
    assert answer.status == 204
    answer = raw.request("GET", f"/{open_bucket}", "policy")
    assert answer.text == text
    assert answer.headers["Content-Type"] == "application/json"
    s3.delete_bucket_policy(Bucket=open_bucket)
    s3.delete_bucket_policy(Bucket=open_bucket)
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket=open_bucket)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        ("invalid json", "Policies must be valid JSON and the first byte must be '{'"),
        ("{", ""),
        ("{}", "Missing required field Statement"),
        ('{"Version":"2012-10-17","Statement":[]}', ""),
        ('{"Version":"1999-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"RES/*"}]}', ""),
        ('{"Statement":[{"Effect":"allow","Principal":"*","Action":"s3:GetObject","Resource":"RES/*"}]}', ""),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:Nonsense","Resource":"RES/*"}]}', "Policy has invalid action"),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::another/*"}]}', "Policy has invalid resource"),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"RES"}]}', "Action does not apply to any resource(s) in statement"),
        ('{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/nobody"},"Action":"s3:GetObject","Resource":"RES/*"}]}', "Invalid principal in policy"),
        ('{"Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:role/r"},"Action":"s3:GetObject","Resource":"RES/*"}]}', "Invalid principal in policy"),
        ('{"Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:sts::000000000000:assumed-role/r/s"},"Action":"s3:GetObject","Resource":"RES/*"}]}', "Invalid principal in policy"),
        ('{"Statement":[{"Effect":"Allow","NotPrincipal":"*","Action":"s3:GetObject","Resource":"RES/*"}]}', ""),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"RES/*","Condition":{"Nonsense":{"aws:SourceIp":"::1"}}}]}', ""),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"RES/*","Condition":{"StringEquals":{"no:suchkey":"x"}}}]}', ""),
        ('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"RES/*","Condition":{"IpAddress":{"aws:SourceIp":"x"}}}]}', ""),
    ],
)
def test_a_broken_policy_is_malformed_and_changes_nothing(s3, open_bucket, put, text, message):
    put(allow("s3:GetObject", arn(open_bucket, "*")))
    before = s3.get_bucket_policy(Bucket=open_bucket)["Policy"]
    with refused("MalformedPolicy", 400) as error:
        s3.put_bucket_policy(Bucket=open_bucket, Policy=text.replace("RES", arn(open_bucket)))
    assert not message or error.message == message
    assert s3.get_bucket_policy(Bucket=open_bucket)["Policy"] == before


def test_a_policy_is_at_most_20_kib(s3, open_bucket):
    statement = allow("s3:GetObject", [arn(open_bucket, "x" * 900 + str(n)) for n in range(30)])
    with refused("MalformedPolicy", 400):
        s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(statement))


def test_another_account_needs_the_policy_and_its_users_need_their_own_too(s3, people, tenant, open_bucket, put):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    ann = people.user(statements=allow("s3:GetObject"), account=tenant)
    bob = people.user(account=tenant)
    clients = {"root": tenant.s3(), "ann": ann.s3(), "bob": bob.s3()}

    def who_may_read():
        may = set()
        for name, client in clients.items():
            try:
                client.get_object(Bucket=open_bucket, Key="k")
                may.add(name)
            except client.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "AccessDenied"
                assert "policy" not in error.response["Error"]["Message"], "strangers are not told why"
        return may

    assert who_may_read() == set()
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    assert who_may_read() == {"root", "ann"}
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": ann.arn})
    assert who_may_read() == {"ann"}
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": tenant.number})
    assert who_may_read() == {"root", "ann"}
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"CanonicalUser": tenant.account})
    assert who_may_read() == {"root", "ann"}
    put(allow("s3:*", arn(open_bucket, "*")), {**deny("s3:GetObject", arn(open_bucket, "k")), "Principal": {"AWS": ann.arn}},
        principal={"AWS": tenant.arn})
    assert who_may_read() == {"root"}


def test_within_the_account_the_policy_alone_is_enough_and_its_deny_is_final(s3, people, open_bucket, put):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    user = people.user()
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": user.arn})
    user.s3().get_object(Bucket=open_bucket, Key="k")
    put(deny("s3:GetObject", arn(open_bucket, "*")))
    with refused("AccessDenied", 403) as error:
        people.user("readwrite").s3().get_object(Bucket=open_bucket, Key="k")
    assert "explicit deny" in error.message
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=open_bucket, Key="k")  # the root of the account too
    s3.delete_bucket_policy(Bucket=open_bucket)


def test_the_root_of_the_account_can_always_repair_the_policy(s3, people, open_bucket, put):
    admin = people.user("readwrite").s3()
    put(deny("s3:*", [arn(open_bucket), arn(open_bucket, "*")]))
    for client in (s3, admin):
        with refused("AccessDenied", 403):
            client.list_objects_v2(Bucket=open_bucket)
    with refused("AccessDenied", 403):
        admin.delete_bucket_policy(Bucket=open_bucket)
    s3.get_bucket_policy(Bucket=open_bucket)
    s3.delete_bucket_policy(Bucket=open_bucket)
    admin.list_objects_v2(Bucket=open_bucket)


def test_the_policy_is_no_matter_of_other_accounts_whatever_it_allows(s3, people, tenant, open_bucket, put):
    """Or who may do one thing could give itself everything."""
    s3.put_object(Bucket=open_bucket, Key="secret", Body=b"x")
    ann = people.user(statements=allow("s3:*"), account=tenant)
    taken = bucket_policy(allow("s3:*", [arn(open_bucket), arn(open_bucket, "*")]), principal={"AWS": tenant.arn})

    def refused_everywhere(code, status):
        for client in (tenant.s3(), ann.s3()):
            for ask in (client.get_bucket_policy, client.get_bucket_policy_status, client.delete_bucket_policy):
                with refused(code, status):
                    ask(Bucket=open_bucket)
            with refused(code, status):
                client.put_bucket_policy(Bucket=open_bucket, Policy=taken)

    refused_everywhere("AccessDenied", 403)
    rights = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:GetBucketPolicyStatus"]
    put(allow(rights, arn(open_bucket)), principal={"AWS": tenant.arn})
    refused_everywhere("MethodNotAllowed", 405)
    with refused("AccessDenied", 403):
        tenant.s3().get_object(Bucket=open_bucket, Key="secret")
    own = people.user()
    put(allow(rights, arn(open_bucket)), principal={"AWS": own.arn})
    own.s3().get_bucket_policy(Bucket=open_bucket)
    own.s3().delete_bucket_policy(Bucket=open_bucket)


def test_a_policy_means_the_users_that_it_named_not_others_who_get_their_names(s3, people, tenant, open_bucket, put):
    """As on AWS: who reads the policy then finds the id of who is gone, and cannot put it back."""
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    for account in (None, tenant):
        query = {"account": account.account} if account else None
        # In the bucket's own account its policy is enough.
        statements = allow("s3:GetObject") if account else None
        ann, bob = (people.user(statements=statements, account=account) for _ in range(2))
        who = {"AWS": [ann.arn, bob.arn]}
        statement = allow("s3:GetObject", arn(open_bucket, "*"), Condition={"ArnLike": {"aws:PrincipalArn": [ann.arn, bob.arn]}})
        put(statement, deny("s3:GetObject", arn(open_bucket, "secret")), principal=who)
        text = s3.get_bucket_policy(Bucket=open_bucket)["Policy"]
        assert text == bucket_policy(statement, deny("s3:GetObject", arn(open_bucket, "secret")), principal=who)
        ann.s3().get_object(Bucket=open_bucket, Key="k")
        old = people.admin.call("GET", f"users/{ann.name}", None, query)["id"]
        people.admin.call("DELETE", f"users/{ann.name}", None, query)
        gone = s3.get_bucket_policy(Bucket=open_bucket)["Policy"]
        people.admin.call("POST", "users", {"name": ann.name, "policies": [f"p-{ann.name}"] if account else []}, query)
        key = people.admin.call("POST", "keys", {"user": ann.name}, query)
        other = dataclasses.replace(ann, access_key=key["accessKeyId"], secret_key=key["secretAccessKey"])
        with refused("AccessDenied", 403):
            other.s3().get_object(Bucket=open_bucket, Key="k")
        bob.s3().get_object(Bucket=open_bucket, Key="k")
        shown = s3.get_bucket_policy(Bucket=open_bucket)["Policy"]
        assert shown == gone
        assert json.loads(shown) == {**json.loads(text), "Statement": [
            {**found, "Principal": {"AWS": [old, bob.arn]}} for found in json.loads(text)["Statement"]
        ]}
        with refused("MalformedPolicy", 400) as error:
            s3.put_bucket_policy(Bucket=open_bucket, Policy=shown)
        assert error.message == "Invalid principal in policy"
        s3.put_bucket_policy(Bucket=open_bucket, Policy=text)  # now it means the new one
        assert s3.get_bucket_policy(Bucket=open_bucket)["Policy"] == text
        other.s3().get_object(Bucket=open_bucket, Key="k")


def test_policies_written_for_aws_do_not_lock_everyone_out(s3, people, open_bucket, put):
    """AWS's own examples deny all but services and networks that are only there."""
    user = people.user("readwrite").s3()
    everything = [arn(open_bucket), arn(open_bucket, "*")]
    put(deny("s3:*", everything, Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        deny("s3:*", everything, Condition={"StringEquals": {"aws:SourceVpce": "vpce-blocked"}}),
        deny("s3:*", everything, Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": ["secret"]}}))
    user.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    put(deny("s3:*", everything, Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"},
                                            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}))
    with refused("AccessDenied", 403):
        user.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    s3.delete_bucket_policy(Bucket=open_bucket)
    team = people.user(statements=allow("s3:PutObject", arn(open_bucket, "${aws:PrincipalTag/team, 'shared'}/*"))).s3()
    team.put_object(Bucket=open_bucket, Key="shared/k", Body=b"x")
    with refused("AccessDenied", 403):
        team.put_object(Bucket=open_bucket, Key="other/k", Body=b"x")


def test_a_policy_can_ask_for_if_none_match_and_spare_parts(s3, people, open_bucket, put):
    """AWS's own example: s3:ObjectCreationOperation tells what makes an object from its parts."""
    user = people.user("readwrite").s3()
    put(deny("s3:PutObject", arn(open_bucket, "*"),
             Condition={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}))
    with refused("AccessDenied", 403):
        user.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    user.put_object(Bucket=open_bucket, Key="k", Body=b"x", IfNoneMatch="*")
    upload = {"Bucket": open_bucket, "Key": "big"}
    upload["UploadId"] = user.create_multipart_upload(**upload)["UploadId"]
    etag = user.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    with refused("AccessDenied", 403):
        user.complete_multipart_upload(**upload, MultipartUpload=parts)
    user.complete_multipart_upload(**upload, MultipartUpload=parts, IfNoneMatch="*")


def test_b36_b204_put_object_on_the_key_is_enough_for_a_whole_upload(s3, tenant, open_bucket, put):
    client = tenant.s3()

    def create():
        return client.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]

    with refused("AccessDenied", 403):
        create()
    put(allow("s3:GetObject", arn(open_bucket, "*")))
    with refused("AccessDenied", 403):
        create()
    put(allow("s3:PutObject", arn(open_bucket, "k")), principal={"AWS": tenant.arn})
    upload = create()
    etag = client.upload_part(Bucket=open_bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x" * 10)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    client.complete_multipart_upload(Bucket=open_bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    assert [found["Size"] for found in s3.list_objects_v2(Bucket=open_bucket)["Contents"]] == [10]
    with refused("AccessDenied", 403):
        client.create_multipart_upload(Bucket=open_bucket, Key="other")


def test_b90_b106_b165_lists_and_aborts_have_rights_of_their_own_and_initiators_may(s3, people, tenant, open_bucket, put):
    put(allow("s3:PutObject", arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    client = tenant.s3()
    upload = client.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    theirs = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    with refused("AccessDenied", 403):
        client.list_multipart_uploads(Bucket=open_bucket)
    client.list_parts(Bucket=open_bucket, Key="k", UploadId=upload)  # its own
    with refused("AccessDenied", 403):
        client.list_parts(Bucket=open_bucket, Key="k", UploadId=theirs)
    with refused("AccessDenied", 403):
        client.abort_multipart_upload(Bucket=open_bucket, Key="k", UploadId=theirs)
    client.abort_multipart_upload(Bucket=open_bucket, Key="k", UploadId=upload)
    with refused("AccessDenied", 403):
        client.abort_multipart_upload(Bucket=open_bucket, Key="k", UploadId="none")
    upload = client.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    put(allow("s3:PutObject", arn(open_bucket, "*")), deny("s3:AbortMultipartUpload", arn(open_bucket, "*")),
        principal={"AWS": tenant.arn})
    with refused("AccessDenied", 403):
        client.abort_multipart_upload(Bucket=open_bucket, Key="k", UploadId=upload)
    put(allow(["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"], arn(open_bucket, "*")),
        allow("s3:ListBucketMultipartUploads", arn(open_bucket)), principal={"AWS": tenant.arn})
    listed = client.list_multipart_uploads(Bucket=open_bucket)["Uploads"]
    initiators = {found["UploadId"]: found["Initiator"]["ID"] for found in listed}
    assert initiators[upload] == tenant.account
    assert initiators[theirs] != tenant.account
    client.list_parts(Bucket=open_bucket, Key="k", UploadId=theirs)
    client.abort_multipart_upload(Bucket=open_bucket, Key="k", UploadId=theirs)
    user = people.user("readwrite")
    upload = user.s3().create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    shown = s3.list_parts(Bucket=open_bucket, Key="k", UploadId=upload)["Initiator"]
    assert shown == {"ID": user.arn, "DisplayName": user.name}


@pytest.mark.parametrize("way", ["copy", "part"])
def test_b76_s20_a_copy_needs_both_ends(s3, tenant, open_bucket, make_bucket, way):
    source = make_bucket()
    s3.delete_public_access_block(Bucket=source)
    s3.put_object(Bucket=source, Key="s", Body=b"secret")
    version = "null"
    client = tenant.s3()
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]

    def copy(**more):
        named = {"Bucket": open_bucket, "Key": "k", "CopySource": {"Bucket": source, "Key": "s"}, **more}
        if way == "copy":
            return client.copy_object(**named)
        return client.upload_part_copy(**named, PartNumber=1, UploadId=upload)

    to = allow("s3:PutObject", arn(open_bucket, "*"))
    reads = allow("s3:GetObject", arn(source, "*"))
    who = {"AWS": tenant.arn}
    with refused("AccessDenied", 403):
        copy()
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(to, principal=who))
    with refused("AccessDenied", 403):
        copy()
    with refused("AccessDenied", 403):  # no condition is looked at before
        copy(CopySourceIfMatch='"0"')
    s3.put_bucket_policy(Bucket=source, Policy=bucket_policy(reads, principal=who))
    copy()
    with refused("AccessDenied", 403):  # a version is another right
        copy(CopySource={"Bucket": source, "Key": "s", "VersionId": version})
    with refused("AccessDenied", 403):  # and what is not there is not told
        copy(CopySource={"Bucket": source, "Key": "missing"})
    s3.put_bucket_policy(Bucket=source, Policy=bucket_policy(
        reads, allow("s3:GetObjectVersion", arn(source, "*")), allow("s3:ListBucket", arn(source)), principal=who))
    copy(CopySource={"Bucket": source, "Key": "s", "VersionId": version})
    with refused("NoSuchKey", 404):
        copy(CopySource={"Bucket": source, "Key": "missing"})
    s3.delete_bucket_policy(Bucket=open_bucket)
    with refused("AccessDenied", 403):
        copy()


def test_s21_a_version_is_read_and_deleted_with_the_version_right(s3, tenant, open_bucket, put):
    s3.put_bucket_versioning(Bucket=open_bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")["VersionId"]
    client = tenant.s3()
    put(allow(["s3:GetObject", "s3:DeleteObject"], arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    client.get_object(Bucket=open_bucket, Key="k")
    with refused("AccessDenied", 403):
        client.get_object(Bucket=open_bucket, Key="k", VersionId=version)
    with refused("AccessDenied", 403):
        client.delete_object(Bucket=open_bucket, Key="k", VersionId=version)
    listed = {"Objects": [{"Key": "k", "VersionId": version}]}
    errors = client.delete_objects(Bucket=open_bucket, Delete=listed)["Errors"]
    assert [(error["Key"], error["Code"]) for error in errors] == [("k", "AccessDenied")]
    put(allow(["s3:GetObjectVersion", "s3:DeleteObjectVersion"], arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    client.get_object(Bucket=open_bucket, Key="k", VersionId=version)
    with refused("AccessDenied", 403):
        client.get_object(Bucket=open_bucket, Key="k")
    client.delete_object(Bucket=open_bucket, Key="k", VersionId=version)


def test_s25_delete_objects_judges_each_key(s3, tenant, open_bucket, put):
    for key in ("open/a", "open/b", "closed/c"):
        s3.put_object(Bucket=open_bucket, Key=key, Body=b"x")
    put(allow("s3:DeleteObject", arn(open_bucket, "open/*")), deny("s3:DeleteObject", arn(open_bucket, "open/b")),
        principal={"AWS": tenant.arn})
    keys = [{"Key": key} for key in ("open/a", "open/b", "closed/c", "open/missing")]
    answer = tenant.s3().delete_objects(Bucket=open_bucket, Delete={"Objects": keys})
    assert {found["Key"] for found in answer["Deleted"]} == {"open/a", "open/missing"}
    assert {(found["Key"], found["Code"]) for found in answer["Errors"]} == {
        ("open/b", "AccessDenied"), ("closed/c", "AccessDenied"),
    }
    left = {found["Key"] for found in s3.list_objects_v2(Bucket=open_bucket)["Contents"]}
    assert left == {"open/b", "closed/c"}


def test_s27_who_may_not_list_is_not_told_what_is_missing(s3, raw, tenant, open_bucket, put):
    s3.put_object(Bucket=open_bucket, Key="there", Body=b"x")
    stranger = tenant.raw()
    conditions = [{}, {"If-Match": '"0"'}, {"If-None-Match": "*"}, {"Range": "bytes=5-"},
                  {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}]
    for method in ("GET", "HEAD"):
        for headers in conditions:
            for query in (None, "versionId=null", "partNumber=7"):
                answers = [stranger.request(method, f"/{open_bucket}/{key}", query, headers) for key in ("there", "missing")]
                assert {answer.status for answer in answers} == {403}, (method, headers, query)
                bodies = {answer.body.split(b"<RequestId>")[0] for answer in answers}
                assert len(bodies) == 1
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    assert stranger.request("GET", f"/{open_bucket}/there").status == 200
    assert stranger.request("GET", f"/{open_bucket}/missing").status == 403
    assert stranger.request("HEAD", f"/{open_bucket}/missing").status == 403
    put(allow("s3:GetObject", arn(open_bucket, "*")), allow("s3:ListBucket", arn(open_bucket)), principal={"AWS": tenant.arn})
    stranger.request("GET", f"/{open_bucket}/missing").expect(404, "NoSuchKey")


def test_writes_with_if_match_tell_about_the_object_and_need_the_right_to_read_it(s3, tenant, open_bucket, put):
    etag = s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")["ETag"]
    client = tenant.s3()
    put(allow(["s3:PutObject", "s3:DeleteObject"], arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    with refused("AccessDenied", 403):
        client.put_object(Bucket=open_bucket, Key="k", Body=b"y", IfMatch=etag)
    with refused("AccessDenied", 403):
        client.delete_object(Bucket=open_bucket, Key="k", IfMatch=etag)
    put(allow(["s3:PutObject", "s3:GetObject"], arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    client.put_object(Bucket=open_bucket, Key="k", Body=b"y", IfMatch=etag)


@pytest.mark.parametrize(
    ("condition", "headers", "expected"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, 200),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {}, 403),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"X-Forwarded-For": "192.0.2.7"}, 403),  # S26
        ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, {}, 403),
        ({"Bool": {"aws:SecureTransport": "false"}}, {}, 200),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, 403),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"X-Forwarded-Proto": "https"}, 403),
        ({"StringLike": {"aws:Referer": "http://www.example.com/*"}}, {"Referer": "http://www.example.com/x"}, 200),
        ({"StringLike": {"aws:Referer": "http://www.example.com/*"}}, {"Referer": "http://elsewhere/"}, 403),
        ({"StringLike": {"aws:Referer": "http://www.example.com/*"}}, {}, 403),
        ({"StringLikeIfExists": {"aws:Referer": "http://www.example.com/*"}}, {}, 200),
        ({"StringEquals": {"aws:UserAgent": "tester"}}, {"User-Agent": "tester"}, 200),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, 200),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, {}, 403),
        ({"StringEquals": {"s3:authType": "REST-HEADER"}}, {}, 200),
        ({"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}, {}, 200),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, {}, 403),  # no request here has it
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, {}, 200),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, {}, 200),
        ({"Null": {"aws:PrincipalTag/team": "true"}}, {}, 200),
        ({"Bool": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}}, {}, 200),
        ({"Bool": {"aws:ViaAWSService": "true"}}, {}, 403),
        ({"StringEquals": {"aws:ResourceTag/team": "red"}}, {}, 403),  # what we do not answer fails closed
        ({"StringNotEquals": {"aws:ResourceTag/team": "red"}}, {}, 403),
    ],
)
def test_conditions_of_a_request(s3, tenant, open_bucket, put, condition, headers, expected):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    put(allow("s3:GetObject", arn(open_bucket, "*"), Condition=condition), principal={"AWS": tenant.arn})
    answer = tenant.raw().request("GET", f"/{open_bucket}/k", headers=headers)
    assert answer.status == expected, answer.text


def test_s26_a_trusted_proxy_speaks_for_its_clients(own_server):
    from lib.identity import People

    server = own_server(env={"DRYSTONE_TRUSTED_PROXIES": "127.0.0.1"})
    owner, tenant = server.client(), People(server.raw()).account()
    owner.create_bucket(Bucket="proxied")
    owner.delete_public_access_block(Bucket="proxied")
    owner.put_object(Bucket="proxied", Key="k", Body=b"x")
    conditions = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "Bool": {"aws:SecureTransport": "true"}}
    statement = allow("s3:GetObject", arn("proxied", "*"), Condition=conditions)
    owner.put_bucket_policy(Bucket="proxied", Policy=bucket_policy(statement, principal={"AWS": tenant.arn}))

    def status(**headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return tenant.raw().request("GET", "/proxied/k", headers=named).status

    assert status(X_Forwarded_For="192.0.2.7", X_Forwarded_Proto="https") == 200
    assert status(X_Forwarded_For="192.0.2.7, 198.51.100.1", X_Forwarded_Proto="https") == 403
    assert status(X_Forwarded_For="198.51.100.1, 192.0.2.7", X_Forwarded_Proto="https") == 200
    assert status(X_Forwarded_For="192.0.2.7", X_Forwarded_Proto="http") == 403
    assert status() == 403


def test_s27_who_may_list_as_far_as_a_key_learns_that_it_is_not_there(tenant, open_bucket, put):
    put(allow("s3:ListBucket", arn(open_bucket), Condition={"StringLike": {"s3:prefix": "public/*"}}))
    for method in (tenant.s3().head_object, tenant.s3().get_object):
        for key, status in (("public/k", 404), ("private/k", 403)):
            with pytest.raises(ClientError) as error:
                method(Bucket=open_bucket, Key=key)
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status, key


def test_conditions_on_lists(s3, tenant, open_bucket, put):
    s3.put_object(Bucket=open_bucket, Key="home/ann/k", Body=b"x")
    client = tenant.s3()
    prefixes = {"StringLike": {"s3:prefix": ["home/ann/*", ""]}, "StringEquals": {"s3:delimiter": "/"},
                "NumericLessThanEquals": {"s3:max-keys": "10"}}
    put(allow("s3:ListBucket", arn(open_bucket), Condition=prefixes), principal={"AWS": tenant.arn})

    def listed(**named):
        client.list_objects_v2(Bucket=open_bucket, **named)

    listed(Prefix="home/ann/", Delimiter="/", MaxKeys=10)
    listed(Prefix="", Delimiter="/", MaxKeys=1)
    for named in (
        {"Prefix": "home/bob/", "Delimiter": "/", "MaxKeys": 10},
        {"Prefix": "home/ann/", "Delimiter": "", "MaxKeys": 10},
        {"Prefix": "home/ann/", "Delimiter": "/", "MaxKeys": 11},
        {"Prefix": "home/ann/", "Delimiter": "/"},
    ):
        with refused("AccessDenied", 403):
            listed(**named)


def test_conditions_on_writes(s3, tenant, open_bucket, put):
    s3.put_object(Bucket=open_bucket, Key="public/s", Body=b"x")
    s3.put_object(Bucket=open_bucket, Key="private/s", Body=b"x")
    client = tenant.s3()
    who = {"AWS": tenant.arn}
    source = {"StringLike": {"s3:x-amz-copy-source": f"{open_bucket}/public/*"}}
    put(allow("s3:GetObject", arn(open_bucket, "*")), allow("s3:PutObject", arn(open_bucket, "*"), Condition=source),
        principal=who)
    client.copy_object(Bucket=open_bucket, Key="k", CopySource=f"{open_bucket}/public/s")
    client.copy_object(Bucket=open_bucket, Key="k", CopySource=f"/{open_bucket}/public/s")
    encoded = {"x-amz-copy-source": f"{open_bucket}/publi%63/s"}
    assert tenant.raw().request("PUT", f"/{open_bucket}/k", None, encoded).status == 200
    encoded = {"x-amz-copy-source": f"{open_bucket}/privat%65/s"}
    assert tenant.raw().request("PUT", f"/{open_bucket}/k", None, encoded).status == 403
    for denied in (f"{open_bucket}/private/s", f"/{open_bucket}/private/s"):
        with refused("AccessDenied", 403):
            client.copy_object(Bucket=open_bucket, Key="k", CopySource=denied)
    put(allow(["s3:PutObject", "s3:PutObjectAcl"], arn(open_bucket, "*")),
        deny("s3:PutObject", arn(open_bucket, "*"), Condition={"StringLike": {"s3:x-amz-acl": "public*"}}), principal=who)
    client.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="private")
    with refused("AccessDenied", 403):
        client.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    grant = {"StringEquals": {"s3:x-amz-grant-full-control": f"id={s3.list_buckets()['Owner']['ID']}"}}
    put(allow(["s3:PutObject", "s3:PutObjectAcl"], arn(open_bucket, "*"), Condition=grant), principal=who)
    client.put_object(Bucket=open_bucket, Key="k", Body=b"x", GrantFullControl=f"id={s3.list_buckets()['Owner']['ID']}")
    with refused("AccessDenied", 403):
        client.put_object(Bucket=open_bucket, Key="k", Body=b"x")


def test_policy_status(s3, tenant, open_bucket, put):
    """GetBucketPolicyStatus."""

    def is_public():
        return s3.get_bucket_policy_status(Bucket=open_bucket)["PolicyStatus"]["IsPublic"]

    assert is_public() is False
    put(allow("s3:GetObject", arn(open_bucket, "*")))
    assert is_public() is True
    put(allow("s3:GetObject", arn(open_bucket, "*"), Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/32"}}))
    assert is_public() is False
    put(allow("s3:GetObject", arn(open_bucket, "*")), principal={"AWS": tenant.arn})
    assert is_public() is False


def test_an_upload_part_body_that_is_refused_is_not_stored(s3, tenant, open_bucket):
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    data = b"x" * MIB
    raw = tenant.raw()
    headers = {"Content-MD5": md5_base64(data)}
    raw.request("PUT", f"/{open_bucket}/k", f"partNumber=1&uploadId={upload}", headers, data).expect(403, "AccessDenied")
    assert "Parts" not in s3.list_parts(Bucket=open_bucket, Key="k", UploadId=upload)
