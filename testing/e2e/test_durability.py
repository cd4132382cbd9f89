"""What a 2xx promises, over kill -9 and restarts; start-up, shutdown, and `drystone admin check`."""

import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from conftest import FOREIGN, _need_binary
from lib import multipart
from lib.data import KIB, MIB, random_bytes
from lib.errors import refused
from lib.identity import Admin
from lib.multipart import read
from lib.server import Server, ServerFailed, binary, clean_environment
from lib.wait import poll

LARGE = random_bytes("large", 3 * MIB)
SIZES = [0, 10, 4 * KIB, 64 * KIB, 64 * KIB + 1, 300 * KIB, 2 * MIB]


def admin_check(data, *flags):
    """Runs `drystone admin check`."""
    line = [str(binary()), "admin", "check", "--data", str(data), *flags]
    return subprocess.run(line, capture_output=True, text=True, env=clean_environment(), timeout=60)


def assert_healthy(data):
    done = admin_check(data)
    assert done.returncode == 0, done.stdout + done.stderr


# --- Acknowledged is durable ---


def test_p1_puts_copies_deletes_and_overwrites_survive_kill_9(own_server):
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    s3.create_bucket(Bucket="gone")
    expected = {}
    for number, size in enumerate(SIZES):
        data = random_bytes(("put", number), size)
        s3.put_object(Bucket="bkt", Key=f"put-{number}", Body=data, Metadata={"n": str(number)})
        s3.copy_object(Bucket="bkt", Key=f"copy-{number}", CopySource=f"bkt/put-{number}")
        s3.put_object(Bucket="bkt", Key=f"over-{number}", Body=b"old")
        s3.put_object(Bucket="bkt", Key=f"over-{number}", Body=data)
        s3.put_object(Bucket="bkt", Key=f"deleted-{number}", Body=data)
        s3.delete_object(Bucket="bkt", Key=f"deleted-{number}")
        expected |= {f"put-{number}": data, f"copy-{number}": data, f"over-{number}": data}
    s3.delete_objects(Bucket="bkt", Delete={"Objects": [{"Key": "put-0"}, {"Key": "copy-6"}]})
    del expected["put-0"], expected["copy-6"]
    s3.delete_bucket(Bucket="gone")

    server.kill()
    assert_healthy(server.data)
    s3 = server.start().client()
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bkt"]
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="bkt")["Contents"]] == sorted(expected)
    for key, data in expected.items():
        assert read(s3, "bkt", key) == data, key
    assert s3.head_object(Bucket="bkt", Key="put-3")["Metadata"] == {"n": "3"}


def test_p1_p2_kill_9_under_load_loses_nothing_acknowledged_and_mixes_nothing(own_server):
    """Four writers put, overwrite and delete until the server is killed; then every key has an acknowledged value, or the
    one that was on its way."""
    server = own_server()
    s3 = server.client(max_pool_connections=8)
    s3.create_bucket(Bucket="bkt")
    enough = threading.Event()
    acknowledged = [{} for _ in range(4)]
    started = [{} for _ in range(4)]

    def write(me):
        count = 0
        try:
            while True:
                key = f"w{me}-{count % 12}"
                value = None if count % 5 == 4 else random_bytes((me, count), SIZES[count % len(SIZES)])
                started[me][key] = value
                if value is None:
                    s3.delete_object(Bucket="bkt", Key=key)
                else:
                    s3.put_object(Bucket="bkt", Key=key, Body=value)
                acknowledged[me][key] = value
                del started[me][key]
                count += 1
                if count == 40:
                    enough.set()
        except (BotoCoreError, ClientError):
            return

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, me) for me in range(4)]
        assert enough.wait(60), server.log_tail()
        server.kill()
        for writer in writers:
            writer.result()

    assert_healthy(server.data)
    s3 = server.start().client()
    present = {found["Key"] for found in s3.list_objects_v2(Bucket="bkt").get("Contents", [])}
    for me in range(4):
        for key in acknowledged[me].keys() | started[me].keys():
            found = read(s3, "bkt", key) if key in present else None
            possible = [acknowledged[me].get(key)] + ([started[me][key]] if key in started[me] else [])
            assert found in possible, f"{key}: {len(found) if found is not None else None} bytes"


def test_p1_open_uploads_and_parts_survive_kill_9(own_server):
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    upload_id = multipart.create(s3, "bkt", "k")
    parts = [multipart.put_part(s3, "bkt", "k", upload_id, number, random_bytes(number, 5 * MIB)) for number in (2, 1)]
    s3 = server.restart().client()
    multipart.complete(s3, "bkt", "k", upload_id, parts[::-1])
    server.restart()
    assert read(server.client(), "bkt", "k") == random_bytes(1, 5 * MIB) + random_bytes(2, 5 * MIB)


def test_an_interrupted_put_leaves_nothing_after_a_restart(own_server):
    server = own_server()
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bkt")
    signed = raw.sign("PUT", "/bkt/k", payload="UNSIGNED-PAYLOAD")
    with raw.connect() as connection:
        connection.sendall(signed.head + b"Content-Length: 4000000\r\n\r\n" + bytes(3_000_000))
        server.kill()
    s3 = server.start().client()
    assert "Contents" not in s3.list_objects_v2(Bucket="bkt")
    server.stop()
    assert_healthy(server.data)


# --- Start-up ---


def test_the_ready_line_is_all_of_stdout(own_server):
    server = own_server(start=False)
    server.spawn().wait_ready()
    server.client().list_buckets()
    server.process.send_signal(signal.SIGTERM)
    rest = b""
    while select.select([server.process.stdout], [], [], 30)[0]:
        piece = os.read(server.process.stdout.fileno(), 4096)
        if not piece:
            break
        rest += piece
    assert rest == b""
    assert server.wait(30) == 0


def test_live_and_ready_need_no_credentials_and_are_no_bucket(own_server):
    server = own_server()
    raw = server.raw()
    for path in ("/-/live", "/-/ready"):
        assert raw.request("GET", path, sign=None).status == 200
    raw.request("PUT", "/-").expect(400, "InvalidBucketName")


def test_s15_the_first_start_makes_a_random_root_key_that_only_the_owner_can_read(own_server, tmp_path):
    keys = []
    for name in ("one", "two"):
        server = own_server(keys=False, data=tmp_path / name)
        path = server.data / "root-credentials"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        values = dict(line.removeprefix("export ").split("=", 1) for line in path.read_text().splitlines())
        server.access_key, server.secret_key = values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"]
        assert len(server.access_key) >= 16
        assert len(server.secret_key) >= 32
        server.client().create_bucket(Bucket="bkt")
        assert str(path) in server.log_text(), "a new user must be told where the key is"
        assert server.secret_key not in server.log_text()
        keys.append((server.access_key, server.secret_key))
        server.restart()
        assert [bucket["Name"] for bucket in server.client().list_buckets()["Buckets"]] == ["bkt"]
    assert keys[0][0] != keys[1][0]
    assert keys[0][1] != keys[1][1]


def test_a_configured_key_leaves_no_credentials_file(own_server):
    assert not (own_server().data / "root-credentials").exists()


@pytest.mark.parametrize("only", ["DRYSTONE_ROOT_ACCESS_KEY_ID", "DRYSTONE_ROOT_SECRET_ACCESS_KEY"])
def test_half_a_key_is_refused(own_server, only):
    server = own_server(start=False, keys=False, env={only: "half-of-a-root-key"})
    with pytest.raises(ServerFailed, match="DRYSTONE_ROOT_"):
        server.start()


@pytest.mark.parametrize("secret", ["minioadmin", "seven.c"])
def test_s15_a_root_secret_that_everybody_knows_is_refused_off_loopback(own_server, secret):
    env = {"DRYSTONE_ROOT_ACCESS_KEY_ID": "minioadmin", "DRYSTONE_ROOT_SECRET_ACCESS_KEY": secret}
    # An address that no machine has: should the secret be let pass, nothing is served.
    server = own_server(start=False, listen="192.0.2.1:0", env=env)
    with pytest.raises(ServerFailed, match="DRYSTONE_ROOT_SECRET_ACCESS_KEY") as failed:
        server.start()
    assert "cannot listen" not in str(failed.value)


def test_s15_a_well_known_root_secret_works_on_loopback_and_is_warned_of(own_server):
    env = {"DRYSTONE_ROOT_ACCESS_KEY_ID": "minioadmin", "DRYSTONE_ROOT_SECRET_ACCESS_KEY": "minioadmin"}
    assert "everybody tries first" in own_server(env=env).log_text()


def test_s28_a_root_key_with_the_id_of_a_users_key_is_refused(own_server):
    server = own_server()
    admin = Admin(server.raw())
    admin.call("POST", "users", {"name": "ann"})
    key = admin.call("POST", "keys", {"user": "ann"})
    assert server.stop() == 0
    server.env = {"DRYSTONE_ROOT_ACCESS_KEY_ID": key["accessKeyId"]}
    with pytest.raises(ServerFailed, match="access key of user ann"):
        server.start()
    server.env = {}
    server.start()


def test_a_second_server_on_the_same_folder_refuses_and_the_first_serves_on(own_server):
    first = own_server()
    first.client().create_bucket(Bucket="bkt")
    second = own_server(start=False, data=first.data)
    second.log_path = first.log_path.with_name("second.log")
    with pytest.raises(ServerFailed, match="ended with [1-9]"):
        second.start()
    text = second.log_text()
    assert "in use" in text
    assert str(first.data) in text
    first.client().put_object(Bucket="bkt", Key="k", Body=b"x")
    assert admin_check(first.data).returncode not in (0, None), "the check must not run beside a server"


def test_a_killed_servers_lock_does_not_block_the_next(own_server):
    server = own_server()
    server.kill()
    server.start()


def test_a_folder_without_its_store_id_is_refused_and_left_alone(own_server):
    """As when the disk is not mounted: nothing may be written under the empty mount point."""
    server = own_server()
    server.client().create_bucket(Bucket="bkt")
    server.stop()
    (server.data / "store-id").rename(server.data.with_name("kept-id"))
    before = sorted(path.name for path in server.data.rglob("*"))
    with pytest.raises(ServerFailed, match="ended with [1-9]"):
        server.start()
    assert sorted(path.name for path in server.data.rglob("*")) == before
    assert admin_check(server.data).returncode != 0
    server.data.with_name("kept-id").rename(server.data / "store-id")
    server.start().client().head_bucket(Bucket="bkt")


def test_an_empty_folder_is_refused_without_init(own_server, tmp_path):
    data = tmp_path / "mount-point"
    data.mkdir()
    with pytest.raises(ServerFailed, match="--init"):
        own_server(start=False, data=data).start()
    assert list(data.iterdir()) == []
    own_server(data=data, args=("--init",)).client().list_buckets()


def test_a_newer_layout_is_refused_untouched(own_server):
    """P7."""
    server = own_server()
    server.client().create_bucket(Bucket="bkt")
    server.stop()
    store_id = server.data / "store-id"
    text = store_id.read_text()
    assert "version 1\n" in text
    store_id.write_text(text.replace("version 1\n", "version 2\n"))
    before = {path: path.read_bytes() for path in server.data.rglob("*") if path.is_file()}
    with pytest.raises(ServerFailed, match="ended with [1-9]"):
        server.start()
    assert {path: path.read_bytes() for path in server.data.rglob("*") if path.is_file()} == before
    assert "2" in server.log_text()


# --- Shutdown ---


def half_a_put(raw, key):
    """A connection on which the first half of an object has been sent and read by the server."""
    connection = raw.connect()
    signed = raw.sign("PUT", f"/bkt/{key}", payload="UNSIGNED-PAYLOAD")
    connection.sendall(signed.head + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n")
    assert connection.recv(4096).startswith(b"HTTP/1.1 100")
    connection.sendall(b"01234")
    return connection


def refuses_connections(server):
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
        return False
    except OSError:
        return True


def test_e9_sigterm_lets_a_request_in_flight_finish_and_exits_0(own_server):
    server = own_server()
    server.client().create_bucket(Bucket="bkt")
    with half_a_put(server.raw(), "k") as connection:
        server.process.send_signal(signal.SIGTERM)
        poll("no new connections", lambda: refuses_connections(server))
        connection.sendall(b"56789")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.wait(10) == 0
    server.start()
    assert read(server.client(), "bkt", "k") == b"0123456789"


def test_e9_an_idle_connection_does_not_hold_up_the_end(own_server):
    server = own_server()
    raw = server.raw()
    with raw.connect() as idle, raw.connect() as silent:
        idle.sendall(raw.sign("GET", "/").head + b"\r\n")
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        assert server.stop(deadline_seconds=5) == 0
        assert silent.fileno() > 0


def test_e9_a_second_sigterm_ends_at_once(own_server):
    server = own_server()
    server.client().create_bucket(Bucket="bkt")
    with half_a_put(server.raw(), "k"):
        server.process.send_signal(signal.SIGTERM)
        poll("no new connections", lambda: refuses_connections(server))
        server.process.send_signal(signal.SIGTERM)
        assert server.wait(5) != 0
    server.start()
    with refused("404", 404):
        server.client().head_object(Bucket="bkt", Key="k")


def test_e9_the_drain_ends_after_its_time(own_server):
    server = own_server(config="[http]\ndrain_seconds = 1\n")
    server.client().create_bucket(Bucket="bkt")
    with half_a_put(server.raw(), "k"):
        server.process.send_signal(signal.SIGTERM)
        server.wait(15)


# --- The check, and damage on disk (P4) ---


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The data folder of a stopped server with a small, a large, a multipart object and an open upload."""
    if FOREIGN:
        pytest.skip("needs a server of its own; DRYSTONE_E2E_ENDPOINT is set")
    _need_binary()
    with Server(tmp_path_factory.mktemp("template") / "data") as server:
        s3 = server.client()
        s3.create_bucket(Bucket="bkt")
        s3.put_object(Bucket="bkt", Key="small", Body=b"small")
        s3.put_object(Bucket="bkt", Key="large", Body=LARGE)
        multipart.upload(s3, "bkt", "parts", [random_bytes("p", 5 * MIB), b"end"])
        multipart.create(s3, "bkt", "open")
        server.stop()
    return server.data


@pytest.fixture
def stopped(template, own_server, tmp_path):
    """A stopped server on a copy of it, and the file that holds the large object's bytes."""
    data = tmp_path / "copy"
    shutil.copytree(template, data)
    # what is in it is encrypted, so its size has to tell it from the first part of the other
    (path,) = [path for path in (data / "blobs").rglob("*") if len(LARGE) <= path.stat().st_size < 5 * MIB and path.is_file()]
    return own_server(start=False, data=data), path, LARGE


def test_check_of_a_healthy_store_exits_0_and_counts(stopped):
    server, _, _ = stopped
    done = admin_check(server.data)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(admin_check(server.data, "--output", "json").stdout)
    assert (report["buckets"], report["objects"], report["uploads"], report["violations"]) == (1, 3, 1, [])
    assert report["objectBytes"] == 5 + 3 * MIB + 5 * MIB + 3


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", ["truncated", "emptied", "missing", "first byte", "a byte of data", "last byte", "longer"])
def test_p4_check_names_the_invariant_that_a_damaged_blob_breaks(stopped, damage):
    server, path, _ = stopped
    size = path.stat().st_size
    if damage == "truncated":
        os.truncate(path, size // 2)
    elif damage == "emptied":
        os.truncate(path, 0)
    elif damage == "missing":
        path.unlink()
    elif damage == "longer":
        with path.open("ab") as file:
            file.write(b"x")
    else:
        flip(path, {"first byte": 0, "a byte of data": size // 2, "last byte": size - 1}[damage])
    done = admin_check(server.data)
    assert done.returncode not in (0, 101), done.stdout + done.stderr
    assert "durable_before_named" in done.stdout, done.stdout + done.stderr
    assert "large" in done.stdout, "the report must name the object"
    report = json.loads(admin_check(server.data, "--output", "json").stdout)
    assert "durable_before_named" in [found["invariant"] for found in report["violations"]]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.0])
def test_p4_a_flipped_byte_is_never_served(stopped, at):
    """The answer breaks off or is an error; the other objects are still served."""
    server, path, large = stopped
    flip(path, int((path.stat().st_size - 1) * at))
    s3 = server.start().client()
    try:
        assert read(s3, "bkt", "large") != large[:-1]
        raise AssertionError("a damaged object was served as if it were whole")
    except (BotoCoreError, ClientError):
        pass
    assert read(s3, "bkt", "small") == b"small"
    assert len(read(s3, "bkt", "parts")) == 5 * MIB + 3


def test_p4_a_damaged_metadata_file_is_an_error_not_a_panic(stopped):
    server, _, _ = stopped
    meta = server.data / "meta.redb"
    content = meta.read_bytes()
    for at in (0, len(content) // 3, len(content) - 1):
        damaged = bytearray(content)
        damaged[at : at + 64] = bytes(64)
        meta.write_bytes(damaged)
        done = admin_check(server.data)
        assert done.returncode != 101, done.stderr
        assert "panicked" not in done.stderr, done.stderr
    meta.write_bytes(content)
    assert_healthy(server.data)


def test_check_of_what_is_no_store(tmp_path):
    done = admin_check(Path(tmp_path))
    assert done.returncode not in (0, 101)
    assert str(tmp_path) in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_disk_space_of_deleted_and_replaced_objects_comes_back(own_server):
    """I13: after the sweep no bytes are left of what nobody refers to."""
    server = own_server()
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    upload_id = multipart.create(s3, "bkt", "aborted")
    multipart.put_part(s3, "bkt", "aborted", upload_id, 1, random_bytes("a", MIB))
    s3.abort_multipart_upload(Bucket="bkt", Key="aborted", UploadId=upload_id)
    s3.put_object(Bucket="bkt", Key="replaced", Body=random_bytes("r", MIB))
    s3.put_object(Bucket="bkt", Key="replaced", Body=b"small")
    s3.put_object(Bucket="bkt", Key="deleted", Body=random_bytes("d", MIB))
    s3.delete_object(Bucket="bkt", Key="deleted")

    poll("blobs swept", lambda: not any((server.data / "blobs").rglob("*.blob")), deadline_seconds=20)
    server.stop()
    assert_healthy(server.data)
