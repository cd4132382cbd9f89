"""ACLs of buckets and objects, object ownership, who owns what others write (b29)."""

from __future__ import annotations

import pytest
from lib.errors import refused
from lib.identity import allow, bucket_policy

ALL = "http://acs.amazonaws.com/groups/global/AllUsers"
SIGNED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOGS = "http://acs.amazonaws.com/groups/s3/LogDelivery"


def grants(answer):
    """Who has what: ids, and the last word of group URIs."""
    def who(grantee):
        return grantee["URI"].rpartition("/")[2] if grantee["Type"] == "Group" else grantee["ID"]
    return sorted((who(grant["Grantee"]), grant["Permission"]) for grant in answer["Grants"])


@pytest.fixture
def me(s3):
    """Canonical id of the account that owns the buckets."""
    return s3.list_buckets()["Owner"]["ID"]


@pytest.fixture
def canned(me):
    """What each canned ACL grants in a bucket of one's own."""
    own = (me, "FULL_CONTROL")
    return {
        "private": [own],
        "public-read": sorted([own, ("AllUsers", "READ")]),
        "public-read-write": sorted([own, ("AllUsers", "READ"), ("AllUsers", "WRITE")]),
        "authenticated-read": sorted([own, ("AuthenticatedUsers", "READ")]),
    }


@pytest.mark.parametrize("name", ["private", "public-read", "public-read-write", "authenticated-read"])
def test_canned_acls_of_buckets_and_objects(s3, open_bucket, canned, me, name):
    """PutBucketAcl, GetBucketAcl, PutObjectAcl and GetObjectAcl."""
    s3.put_bucket_acl(Bucket=open_bucket, ACL=name)
    answer = s3.get_bucket_acl(Bucket=open_bucket)
    assert grants(answer) == canned[name]
    assert answer["Owner"]["ID"] == me
    s3.put_object(Bucket=open_bucket, Key="put", Body=b"x", ACL=name)
    s3.copy_object(Bucket=open_bucket, Key="copied", CopySource=f"{open_bucket}/put", ACL=name)
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="parts", ACL=name)["UploadId"]
    etag = s3.upload_part(Bucket=open_bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=open_bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    s3.put_object(Bucket=open_bucket, Key="later", Body=b"x")
    before = s3.head_object(Bucket=open_bucket, Key="later")
    s3.put_object_acl(Bucket=open_bucket, Key="later", ACL=name)
    after = s3.head_object(Bucket=open_bucket, Key="later")
    assert (after["LastModified"], after["ETag"]) == (before["LastModified"], before["ETag"])
    for key in ("put", "copied", "parts", "later"):
        assert grants(s3.get_object_acl(Bucket=open_bucket, Key=key)) == canned[name], key


def test_b29_an_acl_given_to_an_upload_is_the_objects_not_the_buckets(s3, open_bucket, canned):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    upload = s3.create_multipart_upload(Bucket=open_bucket, Key="k")["UploadId"]
    etag = s3.upload_part(Bucket=open_bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=open_bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    assert grants(s3.get_object_acl(Bucket=open_bucket, Key="k")) == canned["private"]


def test_a_copy_is_private_whatever_its_source_is(s3, open_bucket, canned):
    s3.put_object(Bucket=open_bucket, Key="s", Body=b"x", ACL="public-read")
    s3.copy_object(Bucket=open_bucket, Key="k", CopySource=f"{open_bucket}/s")
    assert grants(s3.get_object_acl(Bucket=open_bucket, Key="k")) == canned["private"]


def test_grants_in_headers(s3, tenant, open_bucket, me):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", GrantRead=f'id="{tenant.account}", uri="{ALL}"',
                  GrantWriteACP=f"id={tenant.account}")
    expected = sorted([(tenant.account, "READ"), ("AllUsers", "READ"), (tenant.account, "WRITE_ACP")])
    assert grants(s3.get_object_acl(Bucket=open_bucket, Key="k")) == expected
    s3.put_bucket_acl(Bucket=open_bucket, GrantFullControl=f"id={me}", GrantWrite=f'uri="{LOGS}"')
    assert grants(s3.get_bucket_acl(Bucket=open_bucket)) == sorted([(me, "FULL_CONTROL"), ("LogDelivery", "WRITE")])


def test_a_document_as_get_answers_it_can_be_put(s3, tenant, open_bucket, me):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    for get, put in ((lambda: s3.get_bucket_acl(Bucket=open_bucket),
                      lambda acl: s3.put_bucket_acl(Bucket=open_bucket, AccessControlPolicy=acl)),
                     (lambda: s3.get_object_acl(Bucket=open_bucket, Key="k"),
                      lambda acl: s3.put_object_acl(Bucket=open_bucket, Key="k", AccessControlPolicy=acl))):
        answer = get()
        acl = {"Owner": answer["Owner"], "Grants": answer["Grants"]}
        acl["Grants"].append({"Grantee": {"Type": "CanonicalUser", "ID": tenant.account}, "Permission": "READ"})
        put(acl)
        assert grants(get()) == sorted([(me, "FULL_CONTROL"), (tenant.account, "READ")])
        acl["Grants"] = []
        put(acl)
        assert get()["Grants"] == []
        put({"Owner": answer["Owner"], "Grants": answer["Grants"][:1]})


GROUP = {"Type": "Group", "URI": LOGS}


@pytest.mark.parametrize("on", ["bucket", "object"])
def test_b29_what_is_no_acl_is_refused_as_s3_does(s3, raw, tenant, open_bucket, me, on):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    path = f"/{open_bucket}" + ("/k" if on == "object" else "")

    def put(**named):
        if on == "object":
            s3.put_object_acl(Bucket=open_bucket, Key="k", **named)
        else:
            s3.put_bucket_acl(Bucket=open_bucket, **named)

    def acl(owner, *grants):
        return {"Owner": {"ID": owner}, "Grants": [{"Grantee": grantee, "Permission": right} for grantee, right in grants]}

    with refused("InvalidArgument", 400, argument_name="x-amz-acl", argument_value="fake-acl"):
        put(ACL="fake-acl")
    with refused("InvalidArgument", 400, argument_name="uri") as error:
        put(GrantWrite='uri="http://acs.amazonaws.com/groups/s3/FakeGroup"')
    assert error.message == "Invalid group uri"
    with refused("InvalidArgument", 400, argument_name="x-amz-grant-write", argument_value='fakekey="1234"'):
        put(GrantWrite='fakekey="1234"')
    with refused("InvalidArgument", 400, argument_name="id", argument_value="wrong-id") as error:
        put(GrantWrite='id="wrong-id"')
    assert error.message == "Invalid id"
    with refused("InvalidRequest", 400) as error:
        put(ACL="private", GrantRead=f"id={me}")
    assert error.message == "Specifying both Canned ACLs and Header Grants is not allowed"
    with refused("MissingSecurityHeader", 400, missing_header_name="x-amz-acl"):
        put()
    with refused("UnexpectedContent", 400):
        put(ACL="private", AccessControlPolicy=acl(me, (GROUP, "READ")))
    with refused("MalformedACLError", 400):
        put(AccessControlPolicy={"Grants": [{"Grantee": GROUP, "Permission": "WRITE"}]})
    with refused("MalformedACLError", 400):
        put(AccessControlPolicy=acl(me, (GROUP, "WRONG-PERMISSION")))
    with refused("InvalidArgument", 400, argument_name="CanonicalUser/ID", argument_value="wrong-id"):
        put(AccessControlPolicy=acl("wrong-id", (GROUP, "READ")))
    with refused("InvalidArgument", 400, argument_name="Group/URI"):
        put(AccessControlPolicy=acl(me, ({**GROUP, "URI": LOGS + "x"}, "READ")))
    with refused("InvalidArgument", 400, argument_name="CanonicalUser/ID", argument_value="wrong-id"):
        put(AccessControlPolicy=acl(me, ({"Type": "CanonicalUser", "ID": "wrong-id"}, "READ")))
    with refused("MalformedACLError", 400):
        put(AccessControlPolicy=acl(me, ({"Type": "BadType", "ID": me}, "READ")))
    with refused("AccessDenied", 403):  # nobody gives ownership away
        put(AccessControlPolicy=acl(tenant.account, (GROUP, "READ")))
    with refused("MethodNotAllowed", 405):  # b29: e-mail grantees
        put(AccessControlPolicy=acl(me, ({"Type": "AmazonCustomerByEmail", "EmailAddress": "a@b.c"}, "READ")))
    with refused("MethodNotAllowed", 405):
        put(GrantRead='emailAddress="a@b.c"')
    raw.request("PUT", path, "acl", None, b"<AccessControlPolicy><Owner>").expect(400, "MalformedACLError")
    s3.delete_object(Bucket=open_bucket, Key="missing")
    get = s3.get_object_acl if on == "object" else s3.get_bucket_acl
    named = {"Bucket": open_bucket, **({"Key": "k"} if on == "object" else {})}
    assert grants(get(**named)) == [(me, "FULL_CONTROL")]


def test_acls_let_others_in_as_far_as_they_say(s3, tenant, nobody, open_bucket):
    client = tenant.s3()
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")

    def may(call):
        try:
            call()
            return True
        except client.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403, error
            return False

    def rights():
        calls = {
            "list": lambda: client.list_objects_v2(Bucket=open_bucket),
            "write": lambda: client.put_object(Bucket=open_bucket, Key="theirs", Body=b"y"),
            "read_acp": lambda: client.get_bucket_acl(Bucket=open_bucket),
            "read": lambda: client.get_object(Bucket=open_bucket, Key="k"),
            "object_acp": lambda: client.get_object_acl(Bucket=open_bucket, Key="k"),
            "nobody_lists": lambda: nobody.list_objects_v2(Bucket=open_bucket),
            "nobody_reads": lambda: nobody.get_object(Bucket=open_bucket, Key="k"),
        }
        return {name for name, call in calls.items() if may(call)}

    assert rights() == set()
    s3.put_bucket_acl(Bucket=open_bucket, GrantRead=f"id={tenant.account}")
    assert rights() == {"list"}
    s3.put_bucket_acl(Bucket=open_bucket, GrantWrite=f"id={tenant.account}")
    assert rights() == {"write"}
    s3.put_bucket_acl(Bucket=open_bucket, GrantReadACP=f"id={tenant.account}")
    assert rights() == {"read_acp"}
    s3.put_bucket_acl(Bucket=open_bucket, GrantFullControl=f"id={tenant.account}")
    assert rights() == {"list", "write", "read_acp"}
    s3.put_bucket_acl(Bucket=open_bucket, ACL="authenticated-read")
    assert rights() == {"list"}
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    assert rights() == {"list", "nobody_lists"}
    s3.put_bucket_acl(Bucket=open_bucket, ACL="private")
    s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="authenticated-read")
    assert rights() == {"read"}
    s3.put_object_acl(Bucket=open_bucket, Key="k", ACL="public-read")
    assert rights() == {"read", "nobody_reads"}
    s3.put_object_acl(Bucket=open_bucket, Key="k", GrantReadACP=f"id={tenant.account}")
    assert rights() == {"object_acp"}


def test_users_need_their_own_policies_even_where_an_acl_names_their_account(s3, people, tenant, open_bucket):
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x", GrantRead=f"id={tenant.account}")
    tenant.s3().get_object(Bucket=open_bucket, Key="k")
    with refused("AccessDenied", 403):
        people.user(account=tenant).s3().get_object(Bucket=open_bucket, Key="k")
    people.user("readonly", account=tenant).s3().get_object(Bucket=open_bucket, Key="k")


# --- Ownership ---


def ownership(s3, bucket):
    return s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


def set_ownership(s3, bucket, name):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": name}]})


def test_new_buckets_have_acls_off_and_controls_can_be_set_and_deleted(s3, bucket):
    """PutBucketOwnershipControls, GetBucketOwnershipControls and DeleteBucketOwnershipControls."""
    assert ownership(s3, bucket) == "BucketOwnerEnforced"
    for name in ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced"):
        set_ownership(s3, bucket, name)
        assert ownership(s3, bucket) == name
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    with refused("OwnershipControlsNotFoundError", 404, bucket_name=bucket):
        ownership(s3, bucket)
    s3.delete_bucket_ownership_controls(Bucket=bucket)


@pytest.mark.parametrize("rules", [[], [{"ObjectOwnership": "RandomValue"}],
                                   [{"ObjectOwnership": "ObjectWriter"}, {"ObjectOwnership": "ObjectWriter"}]])
def test_broken_controls_are_malformed_and_change_nothing(s3, bucket, rules):
    with refused("MalformedXML", 400):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": rules})
    assert ownership(s3, bucket) == "BucketOwnerEnforced"


def test_controls_at_creation(s3, endpoint):
    from conftest import bucket_name, wipe

    name = bucket_name()
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerPreferred")
    assert ownership(s3, name) == "BucketOwnerPreferred"
    wipe(s3, name)
    with refused("InvalidArgument", 400) as error:
        s3.create_bucket(Bucket=name, ObjectOwnership="RandomValue")
    assert error.message == "Invalid x-amz-object-ownership header: RandomValue"
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        s3.create_bucket(Bucket=name, ACL="public-read")
    with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
        s3.create_bucket(Bucket=name, ACL="public-read", ObjectOwnership="ObjectWriter")
    with refused("404", 404):
        s3.head_bucket(Bucket=name)
    s3.create_bucket(Bucket=name, ACL="private")
    wipe(s3, name)


def test_where_acls_are_off_none_can_be_set(s3, bucket, me, tenant):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for acl in ("public-read", "authenticated-read", "bucket-owner-read"):
        with refused("AccessControlListNotSupported", 400):
            s3.put_object(Bucket=bucket, Key="n", Body=b"x", ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.create_multipart_upload(Bucket=bucket, Key="n", ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.copy_object(Bucket=bucket, Key="n", CopySource=f"{bucket}/k", ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.put_object_acl(Bucket=bucket, Key="k", ACL=acl)
        with refused("AccessControlListNotSupported", 400):
            s3.put_bucket_acl(Bucket=bucket, ACL=acl)
    with refused("AccessControlListNotSupported", 400):
        s3.put_object(Bucket=bucket, Key="n", Body=b"x", GrantRead=f"id={tenant.account}")
    s3.put_object(Bucket=bucket, Key="ok", Body=b"x", ACL="bucket-owner-full-control")
    assert "n" not in [found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert grants(s3.get_bucket_acl(Bucket=bucket)) == [(me, "FULL_CONTROL")]
    assert grants(s3.get_object_acl(Bucket=bucket, Key="ok")) == [(me, "FULL_CONTROL")]


def test_acls_cannot_be_turned_off_while_the_buckets_own_grants_to_others(s3, open_bucket):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read")
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        set_ownership(s3, open_bucket, "BucketOwnerEnforced")
    s3.put_bucket_acl(Bucket=open_bucket, ACL="private")
    set_ownership(s3, open_bucket, "BucketOwnerEnforced")


@pytest.mark.parametrize(
    ("name", "plain", "full_control"),
    [("BucketOwnerEnforced", "bucket", "bucket"), ("BucketOwnerPreferred", "writer", "bucket"),
     ("ObjectWriter", "writer", "writer")],
)
def test_who_owns_what_others_write(s3, tenant, open_bucket, me, name, plain, full_control):
    set_ownership(s3, open_bucket, name)
    everything = [f"arn:aws:s3:::{open_bucket}", f"arn:aws:s3:::{open_bucket}/*"]
    s3.put_bucket_policy(Bucket=open_bucket, Policy=bucket_policy(allow("s3:*", everything), principal={"AWS": tenant.arn}))
    client = tenant.s3()
    owners = {"bucket": me, "writer": tenant.account}
    for acl, expected in ((None, plain), ("bucket-owner-full-control", full_control)):
        named = {"ACL": acl} if acl else {}
        client.put_object(Bucket=open_bucket, Key="put", Body=b"x", **named)
        client.copy_object(Bucket=open_bucket, Key="copied", CopySource=f"{open_bucket}/put", **named)
        upload = client.create_multipart_upload(Bucket=open_bucket, Key="parts", **named)["UploadId"]
        assert client.list_parts(Bucket=open_bucket, Key="parts", UploadId=upload)["Owner"]["ID"] == owners[expected]
        for key in ("put", "copied"):
            reader = client if expected == "writer" else s3
            assert reader.get_object_acl(Bucket=open_bucket, Key=key)["Owner"]["ID"] == owners[expected], (acl, key)
        listed = client.list_objects_v2(Bucket=open_bucket, FetchOwner=True)["Contents"]
        assert {found["Owner"]["ID"] for found in listed} == {owners[expected]}
        client.abort_multipart_upload(Bucket=open_bucket, Key="parts", UploadId=upload)


def test_an_objects_owner_decides_where_acls_count(s3, tenant, open_bucket):
    s3.put_bucket_acl(Bucket=open_bucket, ACL="public-read-write")
    client = tenant.s3()
    client.put_object(Bucket=open_bucket, Key="theirs", Body=b"x")
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=open_bucket, Key="theirs")  # the bucket's owner does not own it
    client.put_object_acl(Bucket=open_bucket, Key="theirs", ACL="bucket-owner-read")
    s3.get_object(Bucket=open_bucket, Key="theirs")
    with refused("AccessDenied", 403):
        s3.put_object_acl(Bucket=open_bucket, Key="theirs", ACL="private")
    s3.delete_object(Bucket=open_bucket, Key="theirs")  # but it may always clean up


# --- Other accounts' buckets ---


def test_bucket_names_are_one_space_and_lists_are_each_accounts_own(s3, people, tenant, bucket):
    client = tenant.s3()
    with refused("BucketAlreadyExists", 409):
        client.create_bucket(Bucket=bucket)
    other = f"{bucket}-t"
    client.create_bucket(Bucket=other)
    assert other in [found["Name"] for found in client.list_buckets()["Buckets"]]
    assert bucket not in [found["Name"] for found in client.list_buckets()["Buckets"]]
    assert other not in [found["Name"] for found in s3.list_buckets()["Buckets"]]
    with refused("BucketAlreadyExists", 409):
        s3.create_bucket(Bucket=other)
    for call in (lambda: s3.list_objects_v2(Bucket=other), lambda: s3.delete_bucket(Bucket=other),
                 lambda: s3.get_bucket_policy(Bucket=other), lambda: s3.put_object(Bucket=other, Key="k", Body=b"x")):
        with refused("AccessDenied", 403):
            call()
    with refused("403", 403):
        s3.head_bucket(Bucket=other)
    lister = people.user(statements=allow("s3:ListAllMyBuckets"), account=tenant).s3()
    assert other in [found["Name"] for found in lister.list_buckets()["Buckets"]]
    with refused("AccessDenied", 403):
        people.user(statements=allow("s3:ListBucket"), account=tenant).s3().list_buckets()
    client.delete_bucket(Bucket=other)


def test_b13_the_expected_owner_is_the_buckets(s3, tenant, bucket, me):
    client = tenant.s3()
    other = f"{bucket}-t"
    client.create_bucket(Bucket=other)
    client.put_object(Bucket=other, Key="s", Body=b"x", ExpectedBucketOwner=tenant.number)
    client.get_object(Bucket=other, Key="s", ExpectedBucketOwner=tenant.account)
    with refused("AccessDenied", 403):
        client.get_object(Bucket=other, Key="s", ExpectedBucketOwner="000000000000")
    for wrong in (me, tenant.number + "1", tenant.number[1:], "root", "12345678901x"):
        with refused("InvalidBucketOwnerAWSAccountID", 400) as error:
            client.get_object(Bucket=other, Key="s", ExpectedBucketOwner=wrong)
        assert error.message.endswith(f"must be an AWS Account ID... [{wrong}]")
    client.copy_object(Bucket=other, Key="c", CopySource=f"{other}/s", ExpectedSourceBucketOwner=tenant.number)
    with refused("AccessDenied", 403):
        client.copy_object(Bucket=other, Key="c", CopySource=f"{other}/s", ExpectedSourceBucketOwner="000000000000")
    for key in ("s", "c"):
        client.delete_object(Bucket=other, Key=key)
    client.delete_bucket(Bucket=other)


NO_ACLS = [
    ({"x-amz-acl": "everyone"}, b"", "InvalidArgument"),
    ({"x-amz-grant-read": "nonsense"}, b"", "InvalidArgument"),
    ({"x-amz-grant-read": 'uri="http://example.com/groups/all"'}, b"", "InvalidArgument"),
    ({"x-amz-grant-read": 'id="nobody"'}, b"", "InvalidArgument"),
    ({"x-amz-acl": "private", "x-amz-grant-read": 'id="nobody"'}, b"", "InvalidRequest"),
    ({"x-amz-acl": "private"}, b"<AccessControlPolicy/>", "UnexpectedContent"),
    ({}, b"", "MissingSecurityHeader"),
    ({}, b"<nonsense>", "MalformedACLError"),
    ({}, b"<AccessControlPolicy/>", "MalformedACLError"),
]


@pytest.mark.parametrize(("headers", "body", "code"), NO_ACLS)
def test_what_is_no_acl_is_told_even_where_acls_do_not_count(s3, raw, bucket, headers, body, code):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for path in (f"/{bucket}", f"/{bucket}/k"):
        raw.request("PUT", path, "acl", headers, body).expect(400, code)
        raw.request("PUT", path, "acl", {"x-amz-acl": "public-read"}).expect(400, "AccessControlListNotSupported")


def test_a_delete_marker_has_no_acl(s3, open_bucket):
    s3.put_bucket_versioning(Bucket=open_bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=open_bucket, Key="gone", Body=b"x")
    marker = s3.delete_object(Bucket=open_bucket, Key="gone")["VersionId"]
    where = {"Bucket": open_bucket, "Key": "gone"}
    for named in ({}, {"VersionId": marker}):
        with refused("MethodNotAllowed", 405, method="PUT", resource_type="DeleteMarker"):
            s3.put_object_acl(**where, **named, ACL="public-read")
    with refused("NoSuchKey", 404, key="gone"):
        s3.get_object_acl(**where)
    with refused("MethodNotAllowed", 405, method="GET", resource_type="DeleteMarker"):
        s3.get_object_acl(**where, VersionId=marker)


@pytest.mark.parametrize(("also", "body", "code"), [("x-amz-acl", b"", "InvalidRequest"), (None, b"<x/>", "UnexpectedContent")])
def test_two_acls_at_once_are_refused_whatever_they_are(raw, open_bucket, also, body, code):
    headers = {"x-amz-grant-read": "nonsense", **({also: "private"} if also else {})}
    raw.request("PUT", f"/{open_bucket}", "acl", headers, body).expect(400, code)
