"""Block Public Access: its four settings, from the next request on; and what is open to those who do not sign."""

from __future__ import annotations

import pytest
from lib.data import md5_base64
from lib.errors import refused
from lib.identity import allow, bucket_policy

NAMES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def block(s3, bucket, *names):
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={name: name in names for name in NAMES})


def public(bucket, *actions):
    return bucket_policy(allow(list(actions) or ["s3:GetObject"], f"arn:aws:s3:::{bucket}/*"))


def test_new_buckets_are_blocked_and_the_block_can_be_changed(s3, bucket):
    """PutPublicAccessBlock, GetPublicAccessBlock and DeletePublicAccessBlock."""

    def settings():
        return s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]

    assert settings() == dict.fromkeys(NAMES, True)
    block(s3, bucket, "IgnorePublicAcls")
    assert settings() == {name: name == "IgnorePublicAcls" for name in NAMES}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    assert settings() == {name: name == "BlockPublicAcls" for name in NAMES}
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", 404, bucket_name=bucket):
        settings()
    s3.delete_public_access_block(Bucket=bucket)


def test_a_broken_document_is_malformed_and_changes_nothing(s3, raw, bucket):
    for body in (b"", b"<x/>", b"<PublicAccessBlockConfiguration><BlockPublicAcls>maybe</BlockPublicAcls></PublicAccessBlockConfiguration>"):
        answer = raw.request("PUT", f"/{bucket}", "publicAccessBlock", {"Content-MD5": md5_base64(body)}, body)
        assert answer.status == 400, answer.text
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == dict.fromkeys(NAMES, True)


def test_block_public_acls_refuses_new_public_acls(s3, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    block(s3, open_bucket, "BlockPublicAcls")
    group = 'uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"'
    for named in ({"ACL": "public-read"}, {"ACL": "public-read-write"}, {"ACL": "authenticated-read"}, {"GrantRead": group}):
        for call in (lambda named=named: s3.put_bucket_acl(Bucket=open_bucket, **named),
                     lambda named=named: s3.put_object_acl(Bucket=open_bucket, Key="k", **named),
                     lambda named=named: s3.put_object(Bucket=open_bucket, Key="k2", Body=b"x", **named),
                     lambda named=named: s3.create_multipart_upload(Bucket=open_bucket, Key="k2", **named)):
            with refused("AccessDenied", 403):
                call()
    s3.put_bucket_acl(Bucket=open_bucket, ACL="private")
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")


def test_ignore_public_acls_takes_their_effect_away(s3, tenant, nobody, open_bucket):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    for client in (tenant.s3(), nobody):
        client.list_objects_v2(Bucket=open_bucket)
        client.get_object(Bucket=open_bucket, Key="k")
    block(s3, open_bucket, "IgnorePublicAcls")
    for client in (tenant.s3(), nobody):
        with refused("AccessDenied", 403):
            client.list_objects_v2(Bucket=open_bucket)
        with refused("AccessDenied", 403):
            client.get_object(Bucket=open_bucket, Key="k")
    s3.get_object(Bucket=open_bucket, Key="k")


def test_block_public_policy_refuses_new_public_policies(s3, tenant, open_bucket):
    block(s3, open_bucket, "BlockPublicPolicy")
    with refused("AccessDenied", 403):
        s3.put_bucket_policy(Bucket=open_bucket, Policy=public(open_bucket))
    named = allow("s3:GetObject", f"arn:aws:s3:::{open_bucket}/*", Principal={"AWS": tenant.arn})
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(named))


def test_restrict_public_buckets_keeps_strangers_out_of_a_public_bucket(s3, people, tenant, nobody, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    s3.put_bucket_policy(Bucket=open_bucket, Policy=public(open_bucket))
    user = people.user().s3()
    for client in (nobody, tenant.s3(), user):
        client.get_object(Bucket=open_bucket, Key="k")
    block(s3, open_bucket, "RestrictPublicBuckets")
    for client in (nobody, tenant.s3()):
        with refused("AccessDenied", 403):
            client.get_object(Bucket=open_bucket, Key="k")
    user.get_object(Bucket=open_bucket, Key="k")
    s3.get_object(Bucket=open_bucket, Key="k")


# --- Nobody ---


def test_nobody_may_do_what_is_public_and_nothing_else(s3, nobody, raw, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    calls = {
        "GetObject": lambda: nobody.get_object(Bucket=open_bucket, Key="k"),
        "PutObject": lambda: nobody.put_object(Bucket=open_bucket, Key="n", Body=b"y"),
        "DeleteObject": lambda: nobody.delete_object(Bucket=open_bucket, Key="n"),
        "ListBucket": lambda: nobody.list_objects_v2(Bucket=open_bucket),
    }
    for name in calls:
        resource = f"arn:aws:s3:::{open_bucket}" + ("" if name == "ListBucket" else "/*")
        s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(allow(f"s3:{name}", resource)))
        for other, call in calls.items():
            if other == name:
                call()
            else:
                with refused("AccessDenied", 403):
                    call()
    with refused("AccessDenied", 403):
        nobody.list_buckets()
    with refused("AccessDenied", 403):
        nobody.create_bucket(Bucket=f"{open_bucket}-n")


def test_b35_nobody_initiates_uploads_whatever_a_bucket_allows(s3, nobody, open_bucket):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
    everything = [f"arn:aws:s3:::{open_bucket}", f"arn:aws:s3:::{open_bucket}/*"]
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(allow("s3:*", everything)))
    nobody.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    with refused("AccessDenied", 403):
        nobody.create_multipart_upload(Bucket=open_bucket, Key="k")
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    nobody.upload_part(Bucket=open_bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")


def test_nobody_deletes_many_only_where_something_is_public(s3, nobody, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    wanted = {"Objects": [{"Key": "k"}, {"Key": "other"}]}
    with refused("AccessDenied", 403):
        nobody.delete_objects(Bucket=open_bucket, Delete=wanted)
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(allow("s3:DeleteObject", f"arn:aws:s3:::{open_bucket}/k")))
    answer = nobody.delete_objects(Bucket=open_bucket, Delete=wanted)
    assert [found["Key"] for found in answer["Deleted"]] == ["k"]
    assert [(found["Key"], found["Code"]) for found in answer["Errors"]] == [("other", "AccessDenied")]


@pytest.mark.parametrize("payload", ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"])
def test_s1_chunks_that_claim_to_be_signed_need_a_signer(s3, raw, open_bucket, payload):
    s3.put_bucket_policy(Bucket=open_bucket, Policy=public(open_bucket, "s3:PutObject"))
    headers = {"x-amz-content-sha256": payload, "x-amz-decoded-content-length": "1"}
    answer = raw.request("PUT", f"/{open_bucket}/k", None, headers, b"1\r\nx\r\n0\r\n\r\n", sign=None)
    answer.expect(400, "InvalidRequest")
    assert "Contents" not in s3.list_objects_v2(Bucket=open_bucket)


def test_b208_nobodys_body_hash_counts_where_it_is_sent(s3, raw, open_bucket):
    s3.put_bucket_policy(Bucket=open_bucket, Policy=public(open_bucket, "s3:PutObject"))
    wrong = {"x-amz-content-sha256": "0" * 64}
    raw.request("PUT", f"/{open_bucket}/k", None, wrong, b"x", sign=None).expect(400, "XAmzContentSHA256Mismatch")
    garbage = {"x-amz-content-sha256": "nonsense"}
    raw.request("PUT", f"/{open_bucket}/k", None, garbage, b"x", sign=None).expect(400, "InvalidArgument")
    assert "Contents" not in s3.list_objects_v2(Bucket=open_bucket)
    assert raw.request("PUT", f"/{open_bucket}/k", None, None, b"x", sign=None).status == 200


def test_buckets_can_begin_open(own_server):
    server = own_server(env={
        "DRYSTONE_NEW_BUCKETS_OBJECT_OWNERSHIP": "none", "DRYSTONE_NEW_BUCKETS_BLOCK_PUBLIC_ACCESS": "false",
    })
    s3 = server.client()
    s3.create_bucket(Bucket="open-bucket", ACL="public-read")
    with refused("OwnershipControlsNotFoundError", 404):
        s3.get_bucket_ownership_controls(Bucket="open-bucket")
    with refused("NoSuchPublicAccessBlockConfiguration", 404):
        s3.get_public_access_block(Bucket="open-bucket")
    s3.put_object(Bucket="open-bucket", Key="k", Body=b"x", ACL="public-read")
    assert server.raw().request("GET", "/open-bucket/k", sign=None).body == b"x"
    assert server.raw().request("GET", "/open-bucket", sign=None).status == 200
