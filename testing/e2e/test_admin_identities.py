"""Accounts, users, groups, policies and keys through the admin API and the command line; effective at once."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import uuid

import pytest
from botocore.credentials import Credentials
from lib.errors import refused
from lib.identity import Admin, People, allow, policy
from lib.raw import ABSENT
from lib.server import REPOSITORY, binary, clean_environment


@pytest.fixture(scope="module")
def admin(people):
    return people.admin


def fresh(kind):
    return f"{kind}-{uuid.uuid4().hex[:10]}"


def test_a_user_does_what_its_policies_allow_from_the_next_request_on(people, admin, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    user = people.user()
    client = user.s3()
    with refused("AccessDenied", 403) as error:
        client.get_object(Bucket=bucket, Key="k")
    assert user.arn in error.message
    assert "s3:GetObject" in error.message
    admin.call("PUT", f"users/{user.name}/policies/readonly")
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    with refused("AccessDenied", 403):
        client.put_object(Bucket=bucket, Key="k", Body=b"y")
    admin.call("DELETE", f"users/{user.name}/policies/readonly")
    with refused("AccessDenied", 403):
        client.get_object(Bucket=bucket, Key="k")


def test_groups_give_their_policies_to_their_users(people, admin, bucket):
    user, group = people.user(), fresh("group")
    admin.call("POST", "groups", {"name": group})
    admin.call("PUT", f"groups/{group}/policies/readwrite")
    client = user.s3()
    with refused("AccessDenied", 403):
        client.put_object(Bucket=bucket, Key="k", Body=b"x")
    admin.call("PUT", f"groups/{group}/users/{user.name}")
    client.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert admin.call("GET", f"users/{user.name}")["groups"] == [group]
    admin.call("DELETE", f"groups/{group}/users/{user.name}")
    with refused("AccessDenied", 403):
        client.put_object(Bucket=bucket, Key="k", Body=b"y")
    admin.call("DELETE", f"groups/{group}")


def test_a_policy_changed_in_place_holds_at_once(people, admin, bucket):
    user = people.user(statements=allow("s3:*"))
    client = user.s3()
    client.put_object(Bucket=bucket, Key="k", Body=b"x")
    narrow = policy(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    admin.call("PUT", f"policies/p-{user.name}", narrow.encode())
    with refused("AccessDenied", 403):
        client.put_object(Bucket=bucket, Key="k", Body=b"y")
    assert client.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    message = admin.refused(409, "InUse", "DELETE", f"policies/p-{user.name}")
    assert user.name in message


def test_several_keys_each_disabled_expired_and_deleted_alone(people, admin, bucket):
    user = people.user("readwrite")
    second = admin.call("POST", "keys", {"user": user.name})
    clients = [user.s3(), people._someone(second, user.account, "", "", "").s3()]
    for client in clients:
        client.list_objects_v2(Bucket=bucket)
    admin.call("PATCH", f"keys/{user.access_key}", {"enabled": False})
    with refused("InvalidAccessKeyId", 403):
        clients[0].list_objects_v2(Bucket=bucket)
    clients[1].list_objects_v2(Bucket=bucket)
    admin.call("PATCH", f"keys/{user.access_key}", {"enabled": True})
    clients[0].list_objects_v2(Bucket=bucket)
    past = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    admin.call("PATCH", f"keys/{user.access_key}", {"expires": past})
    with refused("InvalidAccessKeyId", 403):
        clients[0].list_objects_v2(Bucket=bucket)
    admin.call("PATCH", f"keys/{user.access_key}", {"expires": "never"})
    clients[0].list_objects_v2(Bucket=bucket)
    admin.call("DELETE", f"keys/{user.access_key}")
    with refused("InvalidAccessKeyId", 403):
        clients[0].list_objects_v2(Bucket=bucket)
    admin.call("PATCH", f"users/{user.name}", {"enabled": False})
    with refused("InvalidAccessKeyId", 403):
        clients[1].list_objects_v2(Bucket=bucket)


def test_b206_s13_unknown_disabled_and_expired_keys_are_told_alike(people, admin, raw, bucket):
    user = people.user("readwrite")
    def ask(key):
        answer = raw.request("GET", f"/{bucket}", credentials=Credentials(key, "secret-that-nobody-has"))
        fields = answer.expect(403, "InvalidAccessKeyId").error.fields
        return answer.error.message, sorted(fields)
    unknown = ask("NOSUCHKEY")
    admin.call("PATCH", f"keys/{user.access_key}", {"enabled": False})
    assert ask(user.access_key) == unknown
    admin.call("PATCH", f"keys/{user.access_key}", {"enabled": True, "expires": "2001-01-01T00:00:00Z"})
    assert ask(user.access_key) == unknown


def test_s19_secrets_are_told_once(people, admin):
    user = people.user("readonly")
    assert len(user.secret_key) == 40
    for path in ("keys", f"keys/{user.access_key}", "users", f"users/{user.name}", "accounts", "groups", "policies", "me"):
        text = admin.send("GET", path).expect(200).text
        assert user.secret_key not in text, path
        assert "secret" not in text.lower(), path


def test_keys_and_accounts_can_be_brought_along(people, admin, endpoint):
    name = uuid.uuid4().hex
    account = admin.call("POST", "accounts", {
        "id": f"canonical{name}", "number": f"{int(name[:9], 16):012d}"[-12:], "displayName": "main",
        "email": "main@example.invalid", "aliases": [f"tenant{name[:8]}"],
    })
    key = admin.call("POST", "keys", {"accessKeyId": f"K{name[:19]}", "secretAccessKey": "brought-secret-0123"},
                     {"account": f"tenant{name[:8]}"})
    someone = people._someone(key, account["id"], account["number"], "main", "")
    assert someone.secret_key == "brought-secret-0123"
    listed = someone.s3().list_buckets()
    assert listed["Buckets"] == []
    assert listed["Owner"]["ID"] == f"canonical{name}"
    admin.refused(409, "Exists", "POST", "accounts", {"id": f"canonical{name}", "displayName": "again"})
    admin.refused(409, "Exists", "POST", "keys", {"accessKeyId": f"K{name[:19]}"})
    admin.refused(409, "InUse", "DELETE", f"accounts/canonical{name}")
    admin.call("DELETE", f"keys/K{name[:19]}")
    admin.call("DELETE", f"accounts/canonical{name}")


def test_s28_nobody_gets_the_access_key_id_of_the_root(admin, endpoint, s3):
    admin.refused(409, "Exists", "POST", "keys", {"accessKeyId": endpoint.access_key})
    for method, body in (("DELETE", None), ("PATCH", {"enabled": False})):
        admin.refused(409, "InUse", method, f"keys/{endpoint.access_key}", body)
    s3.list_buckets()


def test_s23_the_admin_api_is_for_administrators_of_the_own_account(people, admin, tenant):
    for someone, may_read, may_write in (
        (people.user("readwrite"), False, False),
        (people.user(statements=allow("s3:*")), False, False),
        (people.user(statements=allow("drystone:AdminRead")), True, False),
        (people.user("admin"), True, True),
        (tenant, False, False),
        (people.user("admin", account=tenant), False, False),
        (people.user(statements=allow("*"), account=tenant), False, False),
    ):
        own = Admin(someone.raw())
        me = own.call("GET", "me")
        assert (me["mayRead"], me["mayWrite"]) == (may_read, may_write), me
        for path in ("accounts", "users", "groups", "policies", "keys"):
            assert own.send("GET", path).status == (200 if may_read else 403), path
            expected = 400 if may_write else 403  # an empty body is no group
            if path != "policies":
                assert own.send("POST", path, b"").status == expected, path
        answer = own.send("PUT", f"policies/{fresh('p')}", policy(allow("s3:*")).encode())
        assert answer.status == (204 if may_write else 403)


def test_s5_s13_wrong_credentials_are_told_alike_and_then_told_to_wait(own_server):
    server = own_server()
    admin = Admin(server.raw())
    admin.call("POST", "users", {"name": "ann"})
    key = admin.call("POST", "keys", {"user": "ann"})["accessKeyId"]
    answers = []
    for credentials in (Credentials("NOSUCHKEY", "x" * 40), Credentials(key, "x" * 40),
                        Credentials(server.access_key, "x" * 40)):
        answer = admin.send("GET", "users", credentials=credentials)
        assert answer.status == 401
        answers.append(json.loads(answer.body))
    assert answers[0] == answers[1] == answers[2]
    for _ in range(7):
        assert admin.send("GET", "users", credentials=Credentials("NOSUCHKEY", "x" * 40)).status == 401
    for _ in range(3):
        answer = admin.send("GET", "users", credentials=Credentials(server.access_key, "x" * 40))
        assert answer.status == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
    # Whoever signs rightly is served, from the same address too, and S3 is not held up.
    assert admin.send("GET", "users").status == 200
    assert server.client().list_buckets()["Buckets"] == []


def test_s13_requests_without_credentials_shut_nobody_out(own_server):
    admin = Admin(own_server().raw())
    for _ in range(30):
        assert admin.send("GET", "users", sign=None).status == 401
    assert admin.send("GET", "users", credentials=Credentials("NOSUCHKEY", "x" * 40)).status == 401
    assert admin.send("GET", "users").status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "users", {"name": "a b"}, 400, "Invalid"),
        *(("POST", "users", {"name": name}, 400, "Invalid") for name in (".", "..")),
        *(("POST", "groups", {"name": name}, 400, "Invalid") for name in (".", "..")),
        *(("POST", "accounts", {"displayName": "x", "aliases": [name]}, 400, "Invalid") for name in (".", "..")),
        *(("POST", "accounts", {"displayName": "x", "id": name}, 400, "Invalid") for name in (".", "..")),
        ("PUT", "policies/..", b"{}", 400, "Invalid"),
        ("POST", "users", {"name": ""}, 400, "Invalid"),
        ("POST", "users", {"nom": "ann"}, 400, "BadRequest"),
        ("POST", "users", [], 400, "BadRequest"),
        ("POST", "users", b"{", 400, "BadRequest"),
        ("POST", "users", {"name": "ann", "policies": ["nosuch"]}, 404, "NotFound"),
        ("GET", "users/nosuch", None, 404, "NotFound"),
        ("DELETE", "users/nosuch", None, 404, "NotFound"),
        ("PUT", "users/nosuch/policies/readonly", None, 404, "NotFound"),
        ("PUT", "groups/nosuch/users/nosuch", None, 404, "NotFound"),
        ("PUT", "policies/readonly", b"{}", 400, "Invalid"),
        ("PUT", "policies/x", b"{}", 400, "Invalid"),
        ("PUT", "policies/x", b"not json", 400, "Invalid"),
        ("PUT", "policies/x", b"\xff", 400, "BadRequest"),
        ("POST", "keys", {"user": "nosuch"}, 404, "NotFound"),
        ("POST", "keys", {"accessKeyId": "ASIAAAAAAAAAAAAA"}, 400, "Invalid"),
        ("POST", "keys", {"accessKeyId": "a,b"}, 400, "Invalid"),
        ("POST", "keys", {"secretAccessKey": "short"}, 400, "Invalid"),
        ("POST", "keys", {"expires": "tomorrow"}, 400, "BadRequest"),
        ("GET", "keys/nosuch", None, 404, "NotFound"),
        ("POST", "accounts", {"displayName": ""}, 400, "Invalid"),
        ("POST", "accounts", {"displayName": "x", "number": "12"}, 400, "Invalid"),
        ("POST", "accounts", {"displayName": "x", "id": "a b"}, 400, "Invalid"),
        ("DELETE", "accounts/nosuch", None, 404, "NotFound"),
        ("GET", "nosuch", None, 404, "NoSuchRoute"),
        ("PUT", "users", {}, 404, "NoSuchRoute"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(admin, method, path, body, status, code):
    before = [admin.call("GET", kind) for kind in ("accounts", "users", "groups", "policies", "keys")]
    admin.refused(status, code, method, path, body)
    assert [admin.call("GET", kind) for kind in ("accounts", "users", "groups", "policies", "keys")] == before


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"{", "Syntax errors in policy. This policy contains invalid Json"),
        (b'{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Foo":1}]}', "Unknown field Foo"),
        (b'{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}', "Policy statement must contain resources."),
        (b'{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}', "should not specify a principal"),
    ],
)
def test_a_refused_policy_says_what_is_wrong_with_it(admin, document, why):
    assert why in admin.refused(400, "Invalid", "PUT", "policies/x", document)


def test_the_body_is_signed_and_bounded(admin):
    name = fresh("user")
    answer = admin.send("POST", "users", {"name": name}, payload="UNSIGNED-PAYLOAD")
    assert answer.status == 400
    big = json.dumps({"name": "x" * 70_000}).encode()
    assert admin.send("POST", "users", big).status == 400
    signed = admin.raw.sign("POST", "/-/api/v1/users", body=json.dumps({"name": name}).encode())
    other = json.dumps({"name": name[:-1] + "z"}).encode()
    headers = [*signed.headers, ("Content-Length", str(len(other)))]
    assert admin.raw.send("POST", signed.target, headers, other).status == 400
    assert admin.send("GET", "users", sign="query").status == 400, "no presigned links to the admin API"
    assert name[:-1] not in admin.send("GET", "users").text


def test_identities_outlive_a_restart(own_server):
    server = own_server()
    people = People(server.raw())
    user = people.user("readwrite")
    people.user("readonly", account=people.account())
    users = people.admin.call("GET", "users")
    server.kill()
    server.start()
    again = People(server.raw())
    assert again.admin.call("GET", "users") == users
    assert len(again.admin.call("GET", "accounts")["accounts"]) == 2
    user.url = server.url
    user.s3().create_bucket(Bucket=f"e2e-{uuid.uuid4().hex[:16]}")


# --- The command line ---


def cli(server, *args, env=None, stdin=""):
    """`drystone admin ...` on the machine of the server: it finds the credentials itself."""
    known = {
        "DRYSTONE_ENDPOINT": server.url,
        "AWS_ACCESS_KEY_ID": server.access_key,
        "AWS_SECRET_ACCESS_KEY": server.secret_key,
    }
    environment = clean_environment(**{**known, **(env or {})})
    command = [str(binary()), "admin", *args]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, timeout=60)


def done(server, *args, **kwargs):
    answer = cli(server, *args, **kwargs)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_command_line_does_all_that(own_server, tmp_path):
    server = own_server()
    assert done(server, "user", "create", "ann", "--policy", "readonly").startswith("arn: arn:aws:iam::")
    made = json.loads(done(server, "key", "create", "--user", "ann", "--output", "json"))
    ann = People(server.raw())._someone(made, made["account"], "", "ann", "").s3()
    assert ann.list_buckets()["Buckets"] == []
    name = f"e2e-{uuid.uuid4().hex[:16]}"
    with refused("AccessDenied", 403):
        ann.create_bucket(Bucket=name)
    document = tmp_path / "policy.json"
    document.write_text(policy(allow("s3:CreateBucket")))
    done(server, "policy", "put", "maker", "--file", str(document))
    done(server, "group", "create", "makers")
    done(server, "policy", "attach", "maker", "--group", "makers")
    done(server, "group", "add", "makers", "ann")
    ann.create_bucket(Bucket=name)
    done(server, "key", "disable", made["accessKeyId"])
    with refused("InvalidAccessKeyId", 403):
        ann.list_buckets()
    done(server, "key", "enable", made["accessKeyId"])
    done(server, "key", "expire", made["accessKeyId"], "--at", "2001-01-01T00:00:00Z")
    with refused("InvalidAccessKeyId", 403):
        ann.list_buckets()
    done(server, "key", "expire", made["accessKeyId"], "--at", "never")
    ann.list_buckets()
    table = done(server, "user", "list").splitlines()
    assert table[0].split() == ["name", "enabled", "policies", "groups", "keys"]
    assert table[1].split() == ["ann", "true", "readonly", "makers", made["accessKeyId"]]
    text = done(server, "account", "create", "--name", "main", "--id", "main-id", "--alias", "s3tenant1",
                "--email", "m@example.invalid")
    assert "id: main-id" in text
    printed = done(server, "key", "create", "--account", "s3tenant1", "--access-key", "MAINKEY0001",
                   "--secret-key", "-", stdin="main-secret-0001\n")
    assert printed == "export AWS_ACCESS_KEY_ID=MAINKEY0001\nexport AWS_SECRET_ACCESS_KEY=main-secret-0001\n"
    done(server, "policy", "detach", "maker", "--group", "makers")
    done(server, "policy", "delete", "maker")
    done(server, "group", "remove", "makers", "ann")
    done(server, "group", "delete", "makers")
    done(server, "user", "disable", "ann")
    done(server, "user", "enable", "ann")
    done(server, "user", "delete", "ann")
    assert done(server, "key", "list") == "accessKeyId  user  enabled  expires  created\n"
    assert '"Effect": "Allow"' in done(server, "policy", "show", "readonly")


def test_the_command_line_says_what_is_wrong(own_server):
    server = own_server()
    refusal = cli(server, "user", "show", "nobody")
    assert refusal.returncode == 254
    assert "user nobody does not exist (404 NotFound)" in refusal.stderr
    away = cli(server, "user", "list", env={"DRYSTONE_ENDPOINT": "http://127.0.0.1:1"})
    assert away.returncode == 255
    assert "cannot reach http://127.0.0.1:1" in away.stderr
    wrong = cli(server, "user", "list", env={"DRYSTONE_ENDPOINT": "ftp://x"})
    assert wrong.returncode == 253
    assert cli(server, "policy", "attach", "readonly").returncode == 252
    assert cli(server, "key", "create", "--user", "nobody").returncode == 254


def test_the_command_line_uses_the_root_credentials_of_a_store_on_this_machine(own_server):
    server = own_server(keys=False)
    command = [str(binary()), "admin", "account", "list", "--data", str(server.data), "--endpoint", server.url]
    answer = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert "root" in answer.stdout


PAGE = REPOSITORY / "docs" / "ADMIN-API.md"


def test_every_route_of_the_page_is_there_and_needs_a_right(people):
    nobody = Admin(people.user().raw())
    rows = re.findall(r"^\| ([A-Z, ]+) `([a-zA-Z/]+)`", PAGE.read_text(), re.MULTILINE)
    assert len(rows) > 20
    for methods, path in rows:
        target = re.sub("[A-Z]+", "nosuchthing", path)
        for method in methods.split(", "):
            if path != "me":
                nobody.refused(403, "AccessDenied", method, target)
            answer = people.admin.send(method, target)
            assert "NoSuchRoute" not in answer.text and answer.status < 500, f"{method} {path}: {answer.text}"
    people.admin.refused(404, "NoSuchRoute", "GET", "users/ann/policies")


def test_a_body_whose_hash_is_missing_is_told_so(people):
    message = json.loads(people.admin.send("GET", "me", payload=ABSENT).expect(400).body)["error"]["message"]
    assert "x-amz-content-sha256" in message
