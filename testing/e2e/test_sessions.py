"""Sessions by AssumeRole: the parent's rights and no more, for their time, while the parent is there."""

from __future__ import annotations

import base64
import copy
import time
from urllib.parse import quote, urlencode

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from lib.errors import refused
from lib.identity import Someone, allow, deny, policy
from lib.raw import Raw

ROLE = "arn:aws:iam::000000000000:role/anything"


def sts(someone_or_endpoint, token=None):
    one = someone_or_endpoint
    session = boto3.session.Session(one.access_key, one.secret_key, token, region_name=one.region)
    return session.client("sts", endpoint_url=one.url)


def assume(parent, statements=None, **named):
    """A session of `parent`."""
    if statements is not None:
        named["Policy"] = policy(*statements)
    answer = sts(parent).assume_role(RoleArn=ROLE, RoleSessionName="tester", **named)
    made = answer["Credentials"]
    session = Someone(parent.url, parent.region, made["AccessKeyId"], made["SecretAccessKey"], "", "", token=made["SessionToken"])
    session.extra = answer
    return session


def test_a_session_does_what_its_parent_may(s3, people, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user = people.user("readonly")
    session = assume(user, DurationSeconds=900)
    assert session.access_key.startswith("ASIA")
    answer = session.extra
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{user.number}:assumed-role/anything/tester"
    assert 880 < answer["Credentials"]["Expiration"].timestamp() - time.time() < 910
    assert session.s3().get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("AccessDenied", 403):
        session.s3().put_object(Bucket=bucket, Key="k", Body=b"y")


def test_s22_a_session_is_never_wider_than_parent_or_policy(s3, people, endpoint, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user = people.user("readonly")
    wide = assume(user, [allow("*")]).s3()
    wide.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        wide.put_object(Bucket=bucket, Key="k", Body=b"y")
    narrow = assume(endpoint, [allow("s3:GetObject", f"arn:aws:s3:::{bucket}/k")]).s3()
    narrow.get_object(Bucket=bucket, Key="k")
    for call in (lambda: narrow.put_object(Bucket=bucket, Key="k", Body=b"y"),
                 lambda: narrow.list_objects_v2(Bucket=bucket), narrow.list_buckets):
        with refused("AccessDenied", 403):
            call()
    nothing = assume(endpoint, [deny("s3:PutObject")]).s3()  # a Deny alone allows nothing
    with refused("AccessDenied", 403):
        nothing.get_object(Bucket=bucket, Key="k")
    people.admin.call("DELETE", f"users/{user.name}/policies/readonly")
    with refused("AccessDenied", 403):
        wide.get_object(Bucket=bucket, Key="k")


def named(*names, number="aws"):
    """`PolicyArns` of these policies."""
    return [{"arn": f"arn:aws:iam::{number}:policy/{name}"} for name in names]


def test_s22_named_policies_narrow_a_session(s3, people, endpoint, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user = people.user("readwrite")
    read = assume(user, PolicyArns=named("readonly")).s3()
    read.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        read.put_object(Bucket=bucket, Key="k", Body=b"y")
    root = assume(endpoint, PolicyArns=named("readonly", number=user.number)).s3()
    with refused("AccessDenied", 403):
        root.put_object(Bucket=bucket, Key="k", Body=b"y")
    # Together they allow what one of them allows.
    both = assume(user, [allow("s3:GetObject")], PolicyArns=named("writeonly")).s3()
    both.put_object(Bucket=bucket, Key="k", Body=b"y")
    both.get_object(Bucket=bucket, Key="k")
    with refused("AccessDenied", 403):
        both.list_objects_v2(Bucket=bucket)
    # A Deny in one of them counts, from the moment when it is there.
    name = f"named-{user.name}"
    people.admin.call("PUT", f"policies/{name}", policy(allow("s3:*")).encode())
    own = assume(user, PolicyArns=named(name, number=user.number)).s3()
    own.put_object(Bucket=bucket, Key="k", Body=b"z")
    people.admin.call("PUT", f"policies/{name}", policy(allow("s3:*"), deny("s3:PutObject")).encode())
    with refused("AccessDenied", 403):
        own.put_object(Bucket=bucket, Key="k", Body=b"z")
    people.admin.call("DELETE", f"policies/{name}")
    with refused("InvalidAccessKeyId", 403):
        own.get_object(Bucket=bucket, Key="k")


def test_a_session_makes_no_sessions_and_is_no_administrator_beyond_its_policy(people, endpoint):
    from lib.identity import Admin

    session = assume(endpoint)
    with pytest.raises(ClientError) as error:
        sts(session, session.token).assume_role(RoleArn=ROLE, RoleSessionName="again")
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    assert Admin(session.raw()).send("GET", "users").status == 200
    limited = assume(endpoint, [allow("s3:*")])
    assert Admin(limited.raw()).send("GET", "users").status == 403
    assert Admin(limited.raw()).send("POST", "keys", {"user": "x"}).status == 403


def test_a_session_ends_with_its_parent(people, bucket):
    user = people.user("readwrite")
    second = people.admin.call("POST", "keys", {"user": user.name})
    session, client = assume(user), None
    client = session.s3()
    client.list_objects_v2(Bucket=bucket)
    people.admin.call("PATCH", f"keys/{user.access_key}", {"enabled": False})
    with refused("InvalidAccessKeyId", 403):
        client.list_objects_v2(Bucket=bucket)
    people.admin.call("PATCH", f"keys/{user.access_key}", {"enabled": True})
    client.list_objects_v2(Bucket=bucket)
    people.admin.call("PATCH", f"users/{user.name}", {"enabled": False})
    with refused("InvalidAccessKeyId", 403):
        client.list_objects_v2(Bucket=bucket)
    people.admin.call("PATCH", f"users/{user.name}", {"enabled": True})
    people.admin.call("DELETE", f"keys/{user.access_key}")
    with refused("InvalidAccessKeyId", 403):
        client.list_objects_v2(Bucket=bucket)
    assert second["accessKeyId"]


def test_tokens_are_bound_to_their_key_and_cannot_be_changed(endpoint, bucket):
    one, two = assume(endpoint), assume(endpoint)

    def code(access_key, secret, token, **kwargs):
        raw = Raw(endpoint.url, access_key, secret, endpoint.region)
        raw.credentials.token = token
        answer = raw.request("GET", f"/{bucket}", **kwargs)
        return "OK" if answer.status == 200 else f"{answer.status} {answer.error.code}"

    for sign in ("header", "query"):
        assert code(one.access_key, one.secret_key, one.token, sign=sign) == "OK"
        assert code(one.access_key, one.secret_key, two.token, sign=sign) == "400 InvalidToken"
        assert code(endpoint.access_key, endpoint.secret_key, one.token, sign=sign) == "400 InvalidToken"
        assert code(one.access_key, one.secret_key, None, sign=sign) == "403 InvalidAccessKeyId"
        assert code(one.access_key, two.secret_key, one.token, sign=sign) == "403 SignatureDoesNotMatch"
        sealed = bytearray(base64.urlsafe_b64decode(one.token + "=" * (-len(one.token) % 4)))
        sealed[-1] ^= 1
        flipped = base64.urlsafe_b64encode(bytes(sealed)).decode().rstrip("=")
        for token in (flipped, one.token[:-8], "x", "A" * 5000):
            assert code(one.access_key, one.secret_key, token, sign=sign) == "400 InvalidToken", token


def test_presigned_links_of_a_session_work(endpoint, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    session = assume(endpoint, [allow("s3:GetObject")])
    signed = copy.copy(session.raw())
    url = signed.presign("GET", f"/{bucket}/k")
    assert "X-Amz-Security-Token=" in url
    assert signed.send("GET", url[len(signed.url):], [("Host", f"{signed.host}:{signed.port}")]).body == b"x"


def test_who_am_i(people, tenant, endpoint):
    user = people.user()
    identity = sts(user).get_caller_identity()
    assert identity["Arn"] == user.arn
    assert identity["Account"] == user.number
    assert sts(tenant).get_caller_identity()["Arn"] == tenant.arn
    assert sts(assume(user), assume(user).token) is not None
    session = assume(user)
    assert sts(session, session.token).get_caller_identity()["UserId"] == identity["UserId"]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"DurationSeconds": 899}, "ValidationError"),
        ({"DurationSeconds": 43_201}, "ValidationError"),
        ({"RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleArn": "not-an-arn-but-long-enough"}, "ValidationError"),
        ({"Policy": ""}, "ValidationError"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}]}, "ValidationError"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::123456789012:policy/readonly"}]}, "ValidationError"),
        ({"PolicyArns": [{"arn": "readonly"}]}, "ValidationError"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/readonly"}] * 11}, "ValidationError"),
        ({"Tags": [{"Key": "a", "Value": "b"}]}, "ValidationError"),
        ({"TransitiveTagKeys": ["a"]}, "ValidationError"),
        ({"ExternalId": "1234"}, "ValidationError"),
        ({"SerialNumber": "arn:aws:iam::1:mfa/x", "TokenCode": "123456"}, "ValidationError"),
        ({"SourceIdentity": "ann"}, "ValidationError"),
        ({"ProvidedContexts": [{"ProviderArn": "arn:aws:iam::aws:contextProvider/x"}]}, "ValidationError"),
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Policy": "nonsense"}, "MalformedPolicyDocument"),
        ({"Policy": policy(allow("s3:GetObject", ["arn:aws:s3:::" + "x" * 100] * 25))}, "MalformedPolicyDocument"),
    ],
)
def test_what_cannot_be_assumed(endpoint, named, code):
    config = boto3.session.Config(parameter_validation=False)
    session = boto3.session.Session(endpoint.access_key, endpoint.secret_key, region_name=endpoint.region)
    client = session.client("sts", endpoint_url=endpoint.url, config=config)
    with pytest.raises(ClientError) as error:
        client.assume_role(**{"RoleArn": ROLE, "RoleSessionName": "tester", **named})
    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_policy_can_forbid_sessions(people):
    user = people.user(statements=[allow("s3:*"), deny("sts:AssumeRole")])
    with pytest.raises(ClientError) as error:
        assume(user)
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    sts(user).get_caller_identity()


FORM = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fr&RoleSessionName=tester"
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def test_s12_the_service_is_not_reachable_without_signing(raw, endpoint):
    answer = raw.request("POST", "/", None, FORM_TYPE, FORM, sign=None)
    assert answer.status == 403
    assert "MissingAuthenticationToken" in answer.text
    for action in ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML", "GetSessionToken"):
        form = FORM.replace(b"AssumeRole", action.encode(), 1)
        assert raw.request("POST", "/", None, FORM_TYPE, form, sign=None).status == 403
    # A signature for S3 is none for STS, and no query will do.
    assert raw.request("POST", "/", None, FORM_TYPE, FORM).status == 400
    assert raw.request("POST", "/", None, FORM_TYPE, FORM, sign="query").status == 403
    wrong = sts(Someone(endpoint.url, endpoint.region, endpoint.access_key, "wrong-secret", "", ""))
    with pytest.raises(ClientError) as error:
        wrong.get_caller_identity()
    assert error.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    unknown = sts(Someone(endpoint.url, endpoint.region, "NOSUCHKEY", "wrong-secret", "", ""))
    with pytest.raises(ClientError) as error:
        unknown.get_caller_identity()
    assert error.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_iam_is_answered_with_an_error(endpoint):
    session = boto3.session.Session(endpoint.access_key, endpoint.secret_key, region_name=endpoint.region)
    with pytest.raises(ClientError):
        session.client("iam", endpoint_url=endpoint.url).list_users()


def by_get(one, query):
    """The answer to a query, signed for the service."""
    raw = Raw(one.url, one.access_key, one.secret_key, one.region)
    target = "/?" + urlencode(query, quote_via=quote)
    request = AWSRequest("GET", raw.url + target, {"Host": f"{raw.host}:{raw.port}"})
    SigV4Auth(raw.credentials, "sts", raw.region).add_auth(request)
    return raw.send("GET", target, list(request.headers.items()))


def test_the_service_answers_a_query_as_well(raw, people, endpoint):
    who = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")]
    answer = by_get(people.user(), who)
    assert answer.status == 200 and "<GetCallerIdentityResult>" in answer.text, answer.text
    role = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", ROLE), ("RoleSessionName", "by query")]
    assert "ValidationError" in by_get(endpoint, role).text
    role[-1] = ("RoleSessionName", "by-query")
    answer = by_get(endpoint, role)
    assert answer.status == 200 and "assumed-role/anything/by-query" in answer.text, answer.text
    assert "not supported" in by_get(endpoint, [*role, ("ExternalId", "1")]).text
    # S12: neither unsigned, nor by a link, nor by a signature for S3.
    assert [raw.request("GET", "/", who, sign=sign).status for sign in (None, "query", "header")] == [403, 403, 400]
