"""Master keys: where they come from, what they protect, and what happens without them (M14, b201)."""

from __future__ import annotations

import base64
import os
import stat
import subprocess

import pytest
from lib import multipart
from lib.data import random_bytes
from lib.errors import refused
from lib.identity import People
from lib.server import ServerFailed, binary
from lib.sse import CustomerKey, shown, shown_kms

NAME = "master-keys"


def client(server):
    made = server.client()
    made.create_bucket(Bucket="bucket") if not made.list_buckets()["Buckets"] else None
    return made


def line(number: int) -> str:
    return f"v{number}:{base64.b64encode(os.urandom(32)).decode()}\n"


def files(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_m14_no_file_of_the_data_folder_holds_what_was_sent(own_server):
    server = own_server()
    s3 = client(server)
    key = CustomerKey(7)
    ways = [{}, {"ServerSideEncryption": "aws:kms"}, key.args]
    secrets = []
    for number, way in enumerate(ways):
        for size in (100, 100_000, 3 << 20):
            data = random_bytes((number, size), size)
            s3.put_object(Bucket="bucket", Key=f"{number}-{size}", Body=data, **way)
            secrets.append(data)
        upload_id = multipart.create(s3, "bucket", f"{number}-parts", **way)
        part_key = way if "SSECustomerKey" in way else {}
        for part in (1, 2):
            data = random_bytes((number, "part", part), 5 << 20)
            multipart.put_part(s3, "bucket", f"{number}-parts", upload_id, part, data, **part_key)
            secrets.append(data)
    assert server.stop() == 0
    image = files(server.data)
    for data in secrets:
        for at in range(0, len(data) - 32, max(32, len(data) // 8)):
            assert data[at : at + 32] not in image
    assert key.key not in image
    assert key.text.encode() not in image
    log = server.log_path.read_bytes()
    assert key.text.encode() not in log


def test_encryption_may_be_off_by_default_and_then_no_answer_claims_it(own_server):
    server = own_server(env={"DRYSTONE_ENCRYPTION_DEFAULT": "none"})
    s3 = client(server)
    data = random_bytes("plain", 100_000)
    assert shown(s3.put_object(Bucket="bucket", Key="k", Body=data)) == {}
    assert shown(s3.get_object(Bucket="bucket", Key="k")) == {}
    with refused("ServerSideEncryptionConfigurationNotFoundError", 404):
        s3.get_bucket_encryption(Bucket="bucket")
    asked = s3.put_object(Bucket="bucket", Key="asked", Body=data, ServerSideEncryption="AES256")
    assert shown(asked) == {"": "AES256"}
    server.kill()
    assert data[:64] in files(server.data)
    # switched on later: what is there stays readable, what comes is encrypted
    server.env = {}
    s3 = client(server.start())
    assert multipart.read(s3, "bucket", "k") == data
    assert shown(s3.put_object(Bucket="bucket", Key="k2", Body=data)) == {"": "AES256"}


def test_the_first_start_makes_a_key_that_only_its_owner_reads(own_server):
    server = own_server()
    path = server.data / NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines()[-1].startswith("v1:")
    s3 = client(server)
    s3.put_object(Bucket="bucket", Key="k", Body=b"x" * 1000)
    server.kill()
    assert multipart.read(client(server.start()), "bucket", "k") == b"x" * 1000
    assert path.read_text().split(":")[-1].strip() not in server.log_path.read_text()


def test_lost_or_other_keys_are_refused_and_none_are_made(own_server):
    server = own_server()
    assert server.stop() == 0
    path = server.data / NAME
    kept = path.read_text()
    for text in (None, line(1), line(2), "v1:AAAA\n", ""):
        path.unlink()
        if text is not None:
            path.write_text(text)
        with pytest.raises(ServerFailed, match="master key"):
            server.start()
        assert (path.read_text() if path.exists() else None) == text
        path.touch()
    path.write_text(kept)
    server.start()


def state(folder):
    """Every file with its bytes, but for the lock."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}


def test_a_store_that_lost_its_keys_and_their_check_starts_only_with_its_keys(own_server):
    server = own_server()
    client(server).put_object(Bucket="bucket", Key="k", Body=b"precious")
    assert server.stop() == 0
    kept = (server.data / NAME).read_text()
    (server.data / NAME).unlink()
    (server.data / "master-keys.check").unlink()
    before = state(server.data)
    with pytest.raises(ServerFailed, match=r"master keys are gone.*master-keys.check there, with mode 0600"):
        server.start()
    assert state(server.data) == before
    command = [binary(), "admin", "check", "--data", str(server.data)]
    checked = subprocess.run(command, capture_output=True, check=False, text=True)
    assert checked.returncode == 253 and "master keys are gone" in checked.stderr
    assert state(server.data) == before
    # The keys alone, from another place, may be anybody's.
    server.env = {"DRYSTONE_MASTER_KEYS": "\n".join(line for line in kept.splitlines() if line[0] == "v")}
    with pytest.raises(ServerFailed, match="master-keys.check is missing.*--renew-key-check"):
        server.start()
    assert state(server.data) == before
    checked = subprocess.run(
        [*command, "--renew-key-check"], capture_output=True, check=False, text=True, env={**os.environ, **server.env}
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert multipart.read(client(server.start()), "bucket", "k") == b"precious"
    assert server.stop() == 0
    server.env = {}
    with pytest.raises(ServerFailed, match="master keys are gone"):
        server.start()
    (server.data / NAME).write_text(kept)
    assert multipart.read(client(server.start()), "bucket", "k") == b"precious"


@pytest.mark.parametrize("sealed", ["an object", "a secret"])
def test_foreign_keys_without_the_check_are_refused_and_change_nothing(own_server, sealed):
    """The right ones are not blamed afterwards."""
    server = own_server()
    s3 = client(server)
    if sealed == "an object":
        s3.put_object(Bucket="bucket", Key="k", Body=b"precious")
    else:
        People(server.raw()).user("readonly")
    assert server.stop() == 0
    check = server.data / "master-keys.check"
    kept_check, kept = check.read_text(), (server.data / NAME).read_text()
    check.unlink()
    (server.data / NAME).write_text(f"v1:{base64.b64encode(bytes(range(32))).decode()}\n")
    before = state(server.data)
    with pytest.raises(ServerFailed, match="master-keys.check is missing"):
        server.start()
    assert state(server.data) == before
    command = [binary(), "admin", "check", "--renew-key-check", "--data", str(server.data)]
    found = subprocess.run(command, capture_output=True, check=False, text=True)
    assert found.returncode != 0, found.stdout + found.stderr
    assert not check.exists()
    (server.data / NAME).write_text(kept)
    check.write_text(kept_check)
    server.start()


def crc32c(data: bytes) -> int:
    """CRC-32C, bit by bit."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_store_from_before_encryption_gets_keys_once(own_server):
    server = own_server()
    client(server)
    assert server.stop() == 0
    with (server.data / "meta.redb").open("r+b") as file:  # its header says format 1: there were no keys then
        header = b"DRYMETA\0" + (1).to_bytes(4, "little")
        file.write(header + crc32c(header).to_bytes(4, "little"))
    for name in (NAME, "master-keys.check"):
        (server.data / name).unlink()
    server.start()
    assert client(server).list_buckets()["Buckets"]
    assert server.stop() == 0
    for name in (NAME, "master-keys.check"):
        (server.data / name).unlink()
    with pytest.raises(ServerFailed, match="master keys are gone"):
        server.start()


def test_secrets_that_others_may_read_are_warned_of(own_server):
    server = own_server(keys=False)
    assert "chmod 600" not in server.log_path.read_text()
    assert server.stop() == 0
    for name in (NAME, "root-credentials"):
        (server.data / name).chmod(0o644)
    server.start()
    log = server.log_path.read_text()
    for name in (NAME, "root-credentials"):
        assert f"chmod 600 {server.data / name}" in log


def test_keys_rotate(own_server):
    server = own_server()
    client(server).put_object(Bucket="bucket", Key="old", Body=b"old")
    server.kill()
    path = server.data / NAME
    first = path.read_text()
    path.write_text(first + line(2))
    s3 = client(server.start())
    s3.put_object(Bucket="bucket", Key="new", Body=b"new")
    assert [multipart.read(s3, "bucket", key) for key in ("old", "new")] == [b"old", b"new"]
    server.kill()
    # without the old one, what it sealed is named in the log and the rest is served
    path.write_text(path.read_text().splitlines()[-1])
    s3 = client(server.start())
    assert multipart.read(s3, "bucket", "new") == b"new"
    with refused("InternalError", 500):
        s3.get_object(Bucket="bucket", Key="old")
    assert "master key v1 is missing" in server.log_path.read_text()
    server.kill()
    path.write_text(first)
    s3 = client(server.start())
    assert multipart.read(s3, "bucket", "old") == b"old"


def test_keys_come_from_the_environment_a_file_or_a_systemd_credential(own_server, tmp_path):
    keys = line(1)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "drystone-master-keys").write_text(keys)
    (tmp_path / "keys").write_text(f"# ours\n{keys}")
    server = own_server(env={"DRYSTONE_MASTER_KEYS": keys})
    client(server).put_object(Bucket="bucket", Key="k", Body=b"x" * 100)
    for env in (
        {"DRYSTONE_ENCRYPTION_MASTER_KEYS_FILE": str(tmp_path / "keys")},
        {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")},
    ):
        server.kill()
        server.env = env
        assert multipart.read(client(server.start()), "bucket", "k") == b"x" * 100
    assert not (server.data / NAME).exists()
    shown = subprocess.run(
        [binary(), "config", "--show"], env={"DRYSTONE_MASTER_KEYS": keys}, capture_output=True, check=True, text=True
    )
    assert keys.split(":")[1].strip() not in shown.stdout


def test_named_keys_come_from_the_configuration(own_server):
    explicit = f"kms:explicit:{base64.b64encode(os.urandom(32)).decode()}"
    env = {"DRYSTONE_ENCRYPTION_KMS_KEYS": "testkey-1, team/b", "DRYSTONE_MASTER_KEYS": f"{line(1)} {explicit}"}
    server = own_server(env=env)
    s3 = client(server)
    arn = "arn:aws:kms:us-east-1:123456789012:key/testkey-1"
    for name in ("testkey-1", "team/b", "explicit", "aws/s3", arn):
        put = s3.put_object(
            Bucket="bucket", Key=name, Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=name
        )
        assert shown(put) == shown_kms(name)
        assert multipart.read(s3, "bucket", name) == b"x"
    # a key that is taken away takes its objects along, and says so
    server.kill()
    server.env = {**env, "DRYSTONE_ENCRYPTION_KMS_KEYS": "team/b"}
    s3 = client(server.start())
    assert multipart.read(s3, "bucket", "team/b") == b"x"
    with refused("KMS.NotFoundException", 400):
        s3.get_object(Bucket="bucket", Key="testkey-1")


def test_b201_clients_keys_without_tls_are_refused_where_the_setting_says_so(own_server):
    server = own_server(env={"DRYSTONE_ENCRYPTION_SSE_C_OVER_HTTP": "never"})
    s3 = client(server)
    with refused("InvalidRequest", 400) as error:
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", **CustomerKey(1).args)
    assert error.message.endswith("must be made over a secure connection.")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    with refused("InvalidRequest", 400):
        s3.copy_object(Bucket="bucket", Key="c", CopySource="bucket/k", **CustomerKey(1).source)


def test_admin_check_opens_what_is_sealed(own_server):
    server = own_server()
    s3 = client(server)
    s3.put_object(Bucket="bucket", Key="k", Body=random_bytes("sealed", 200_000))
    s3.put_object(Bucket="bucket", Key="c", Body=random_bytes("sealed", 200_000), **CustomerKey(1).args)
    upload_id = multipart.create(s3, "bucket", "parts", ServerSideEncryption="aws:kms")
    multipart.put_part(s3, "bucket", "parts", upload_id, 1, random_bytes("sealed", 200_000))
    assert server.stop() == 0
    command = [binary(), "admin", "check", "--data", str(server.data)]
    found = subprocess.run(command, capture_output=True, check=False, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "every invariant holds" in found.stdout
