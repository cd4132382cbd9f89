"""What Block Public Access refuses is named to the bucket's own people, as AWS does, and to nobody else."""

from __future__ import annotations

import pytest
from lib.errors import refused
from lib.identity import allow, bucket_policy

SETTING = "blocked by the {} block public access setting."


def public(bucket):
    return bucket_policy(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))


def test_a_refused_public_policy_names_the_setting_that_refused_it(s3, bucket):
    with refused("AccessDenied", 403) as error:
        s3.put_bucket_policy(Bucket=bucket, Policy=public(bucket))
    assert f's3:PutBucketPolicy on resource: "arn:aws:s3:::{bucket}" because public policies' in error.message
    assert error.message.endswith(SETTING.format("BlockPublicPolicy"))


@pytest.mark.parametrize("level", ["bucket", "object", "new object"])
def test_a_refused_public_acl_names_the_setting_that_refused_it(s3, open_bucket, level):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    with refused("AccessDenied", 403) as error:
        if level == "bucket":
            s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
        elif level == "object":
            s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
        else:
            s3.put_object(Bucket=open_bucket, Key="k2", Body=b"x", ACL="public-read")
    action, key = {"bucket": ("PutBucketAcl", ""), "object": ("PutObjectAcl", "/k"), "new object": ("PutObject", "/k2")}[level]
    assert f's3:{action} on resource: "arn:aws:s3:::{open_bucket}{key}" because public access control lists' in error.message
    assert error.message.endswith(SETTING.format("BlockPublicAcls"))


def test_strangers_are_not_told_how_a_bucket_is_protected(s3, tenant, open_bucket):
    grant = allow(["s3:PutObject", "s3:PutObjectAcl"], f"arn:aws:s3:::{open_bucket}/*", Principal={"AWS": tenant.arn})
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(grant))
    s3.put_public_access_block(Bucket=open_bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    tenant.s3().put_object(Bucket=open_bucket, Key="k", Body=b"x")
    with refused("AccessDenied", 403) as error:
        tenant.s3().put_object(Bucket=open_bucket, Key="k", Body=b"x", ACL="public-read")
    assert "Block" not in error.message
