"""PutBucketNotificationConfiguration, GetBucketNotificationConfiguration, and what webhooks are told (b131, S32)."""

from __future__ import annotations

import pytest
from lib.data import PART_MIN, md5_hex, multipart_etag, random_bytes
from lib.errors import refused
from lib.forms import post, signed
from lib.wait import poll
from lib.webhook import Webhook

ARN = "arn:aws:sqs:us-east-1:123456789012:hook"


@pytest.fixture
def hook():
    """A webhook that listens."""
    webhook = Webhook()
    yield webhook
    webhook.close()


@pytest.fixture
def server(own_server, hook):
    """A server that knows the webhook as `hook`."""
    return own_server(env={"DRYSTONE_WEBHOOKS": f"hook={hook.url}/events?x=1"})


@pytest.fixture
def s3(server):
    """Its client, with a bucket `bkt`."""
    client = server.client()
    client.create_bucket(Bucket="bkt")
    return client


def queue(*events, arn=ARN, prefix=None, suffix=None, **more):
    """A QueueConfiguration."""
    rules = [{"Name": name, "Value": value} for name, value in (("Prefix", prefix), ("Suffix", suffix)) if value]
    filters = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    return {"QueueArn": arn, "Events": list(events), **filters, **more}


def configure(s3, *queues, **more):
    """PutBucketNotificationConfiguration."""
    s3.put_bucket_notification_configuration(
        Bucket="bkt", NotificationConfiguration={"QueueConfigurations": list(queues)}, **more
    )


def seen(hook):
    """What the webhook was told: event and key."""
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in hook.received]


# --- The configuration ---


def test_rules_come_back_with_ids_and_go(s3):
    """PutBucketNotificationConfiguration and GetBucketNotificationConfiguration."""
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="bkt")
    rule = queue("s3:ObjectCreated:*", "s3:ObjectRemoved:Delete", prefix="in/", suffix=".jpg")
    configure(s3, rule, queue("s3:ObjectTagging:*", Id="mine"))
    first, second = s3.get_bucket_notification_configuration(Bucket="bkt")["QueueConfigurations"]
    assert first.pop("Id")
    assert first == rule
    assert second["Id"] == "mine"
    s3.put_bucket_notification_configuration(Bucket="bkt", NotificationConfiguration={})
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="bkt")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([queue("s3:Nothing")], "The event 's3:Nothing' is not supported for notifications"),
        ([queue("s3:ObjectCreated:Put", arn="invalid-queue")], "The ARN could not be parsed"),
        (
            [queue("s3:ObjectCreated:Put"), queue("s3:ObjectCreated:*")],
            "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
        ),
        (
            [queue("s3:ObjectCreated:Put", Filter={"Key": {"FilterRules": [{"Name": "INVALID", "Value": "x"}]}})],
            "filter rule name must be either prefix or suffix",
        ),
    ],
)
def test_wrong_rules_are_refused_and_change_nothing(s3, rules, message):
    configure(s3, queue("s3:ObjectAcl:Put", Id="kept"))
    with refused("InvalidArgument", 400) as error:
        configure(s3, *rules)
    assert error.message == message
    (kept,) = s3.get_bucket_notification_configuration(Bucket="bkt")["QueueConfigurations"]
    assert kept["Id"] == "kept"


def test_s32_destinations_are_webhooks_of_the_configuration_and_nothing_else(s3, hook):
    for arn in ("arn:aws:sqs:us-east-1:123456789012:other", "arn:drystone:sqs:::http"):
        with refused("InvalidArgument", 400) as error:
            configure(s3, queue("s3:ObjectCreated:*", arn=arn))
        assert error.message == "Unable to validate the following destination configurations"
        assert error.fields["ArgumentName1"] == arn
        assert error.fields["ArgumentValue1"] == "The destination queue does not exist"
    configure(s3, queue("s3:ObjectCreated:*", arn="arn:drystone:sqs:::other"), SkipDestinationValidation=True)
    s3.put_object(Bucket="bkt", Key="k", Body=b"x")
    configure(s3, queue("s3:ObjectCreated:*", arn="arn:drystone:sqs:::hook"))
    s3.put_object(Bucket="bkt", Key="l", Body=b"x")
    hook.wait(1)
    assert seen(hook) == [("ObjectCreated:Put", "l")]


def test_malformed_documents(s3, server):
    raw = server.raw()
    raw.request("PUT", "/bkt", {"notification": None}).expect(400, "MissingRequestBodyError")
    raw.request("PUT", "/bkt", {"notification": None}, body=b"<Other/>").expect(400, "MalformedXML")
    bridge = b"<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>"
    raw.request("PUT", "/bkt", {"notification": None}, body=bridge).expect(501, "NotImplemented")
    raw.request("GET", "/missing", {"notification": None}).expect(404, "NoSuchBucket")


# --- What is told ---


def test_b131_a_completed_upload_is_told_with_its_size_and_etag(s3, hook):
    configure(s3, queue("s3:ObjectCreated:CompleteMultipartUpload", Id="rule"))
    pieces = [random_bytes(1, PART_MIN), random_bytes(2, 1000)]
    upload = s3.create_multipart_upload(Bucket="bkt", Key="dir/a b@c")["UploadId"]
    parts = []
    for number, piece in enumerate(pieces, 1):
        sent = s3.upload_part(Bucket="bkt", Key="dir/a b@c", UploadId=upload, PartNumber=number, Body=piece)
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    done = {"Bucket": "bkt", "Key": "dir/a b@c", "UploadId": upload, "MultipartUpload": {"Parts": parts}}
    answer = s3.complete_multipart_upload(**done)
    s3.complete_multipart_upload(**done)  # b124: the repeat tells nothing
    s3.put_object(Bucket="bkt", Key="other", Body=b"not asked for")
    (record,) = hook.wait(1)
    assert (record["eventVersion"], record["eventSource"]) == ("2.1", "aws:s3")
    assert (record["eventName"], record["awsRegion"]) == ("ObjectCreated:CompleteMultipartUpload", "us-east-1")
    assert record["requestParameters"] == {"sourceIPAddress": "127.0.0.1"}
    meta = answer["ResponseMetadata"]
    assert record["responseElements"] == {"x-amz-request-id": meta["RequestId"], "x-amz-id-2": meta["HostId"]}
    assert record["s3"]["configurationId"] == "rule"
    assert (record["s3"]["bucket"]["name"], record["s3"]["bucket"]["arn"]) == ("bkt", "arn:aws:s3:::bkt")
    told = record["s3"]["object"]
    assert told.pop("sequencer")
    etag = multipart_etag(pieces).strip('"')
    assert told == {"key": "dir/a+b%40c", "size": PART_MIN + 1000, "eTag": etag}
    assert etag.endswith("-2")


def test_puts_copies_forms_and_deletes_are_told_by_their_names(s3, server, hook):
    configure(s3, queue("s3:ObjectCreated:*", "s3:ObjectRemoved:*"))
    s3.put_object(Bucket="bkt", Key="put", Body=b"data")
    s3.copy_object(Bucket="bkt", Key="copy", CopySource="bkt/put")
    post(server.raw(), "bkt", signed(server.raw(), "bkt", {"key": "form"})).expect(204)
    s3.delete_object(Bucket="bkt", Key="put")
    s3.delete_objects(Bucket="bkt", Delete={"Objects": [{"Key": "copy"}, {"Key": "form"}]})
    hook.wait(6)
    expected = {
        ("ObjectCreated:Put", "put"),
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:Post", "form"),
        ("ObjectRemoved:Delete", "put"),
        ("ObjectRemoved:Delete", "copy"),
        ("ObjectRemoved:Delete", "form"),
    }
    assert set(seen(hook)) == expected
    by_name = {(r["eventName"], r["s3"]["object"]["key"]): r["s3"]["object"] for r in hook.received}
    assert by_name["ObjectCreated:Put", "put"]["eTag"] == md5_hex(b"data")
    assert "size" not in by_name["ObjectRemoved:Delete", "put"]
    assert by_name["ObjectCreated:Put", "put"]["sequencer"] < by_name["ObjectRemoved:Delete", "put"]["sequencer"]


def test_versions_and_delete_markers(s3, hook):
    s3.put_bucket_versioning(Bucket="bkt", VersioningConfiguration={"Status": "Enabled"})
    configure(s3, queue("s3:ObjectCreated:Put", "s3:ObjectRemoved:*"))
    version = s3.put_object(Bucket="bkt", Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket="bkt", Key="k")["VersionId"]
    s3.delete_object(Bucket="bkt", Key="k", VersionId=version)
    hook.wait(3)
    told = {(r["eventName"], r["s3"]["object"]["versionId"]) for r in hook.received}
    assert told == {
        ("ObjectCreated:Put", version),
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", version),
    }


def test_changes_of_tags_are_told_without_size_and_order(s3, hook):
    configure(s3, queue("s3:ObjectTagging:*"))
    s3.put_object(Bucket="bkt", Key="k", Body=b"data")
    s3.put_object_tagging(Bucket="bkt", Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object_tagging(Bucket="bkt", Key="k")
    hook.wait(2)
    assert set(seen(hook)) == {("ObjectTagging:Put", "k"), ("ObjectTagging:Delete", "k")}
    for record in hook.received:
        assert record["eventVersion"] == "2.3"
        assert record["s3"]["object"] == {"key": "k", "eTag": md5_hex(b"data")}


def test_only_keys_that_pass_the_filter_are_told(s3, hook):
    configure(s3, queue("s3:ObjectCreated:Put", prefix="in/", suffix=".jpg"))
    for key in ("in/a.jpg", "in/a.png", "out/a.jpg", "in/.jpg", "last"):
        s3.put_object(Bucket="bkt", Key=key, Body=b"x")
    hook.wait(2)
    assert sorted(key for _, key in seen(hook)) == ["in/.jpg", "in/a.jpg"]


def test_a_refused_write_tells_nothing(s3, hook):
    configure(s3, queue("s3:ObjectCreated:*"))
    with refused("BadDigest", 400):
        s3.put_object(Bucket="bkt", Key="k", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket="bkt", Key="l", Body=b"x")
        s3.put_object(Bucket="bkt", Key="l", Body=b"y", IfNoneMatch="*")
    hook.wait(1)
    assert seen(hook) == [("ObjectCreated:Put", "l")]


def test_what_lifecycle_deletes_is_told(own_server, hook):
    server = own_server(env={"DRYSTONE_WEBHOOKS": f"hook={hook.url}", "DRYSTONE_LIFECYCLE_DAY_SECONDS": "1"})
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    configure(s3, queue("s3:LifecycleExpiration:*"))
    s3.put_object(Bucket="bkt", Key="old", Body=b"x")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="bkt", LifecycleConfiguration={"Rules": [rule]})
    (record,) = hook.wait(1)
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("LifecycleExpiration:Delete", "old")
    assert record["userIdentity"] == {"principalId": "s3.amazonaws.com"}


# --- Delivery ---


def test_requests_are_json_with_the_configured_authorization(own_server, hook, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text(f'[webhooks.hook]\nurl = "{hook.url}"\nauthorization = "Bearer secret-token"\n')
    server = own_server(args=["--config", str(config)])
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    configure(s3, queue("s3:ObjectCreated:*"))
    s3.put_object(Bucket="bkt", Key="k", Body=b"x")
    hook.wait(1)
    (headers,) = hook.headers
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Bearer secret-token"
    assert headers["user-agent"].startswith("Drystone/")
    assert "secret-token" not in server.log_text()


@pytest.mark.parametrize("status", [500, 302, 404])
def test_what_is_refused_is_delivered_later_and_redirects_are_not_followed(s3, server, hook, status):
    hook.status = status
    configure(s3, queue("s3:ObjectCreated:*"))
    keys = [f"k{n}" for n in range(5)]
    for key in keys:
        s3.put_object(Bucket="bkt", Key=key, Body=b"x")
    poll("five tries", lambda: hook.refused >= 5)
    assert hook.received == []
    hook.status = 200
    hook.wait(5)
    assert {key for _, key in seen(hook)} == set(keys)
    assert f"answered {status}" in server.log_text()


def test_events_survive_kill_9_and_a_webhook_that_was_away(own_server):
    away = Webhook()
    away.close()
    server = own_server(env={"DRYSTONE_WEBHOOKS": f"hook={away.url}"})
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    configure(s3, queue("s3:ObjectCreated:*"))
    keys = [f"k{n}" for n in range(100)]
    for key in keys:
        s3.put_object(Bucket="bkt", Key=key, Body=b"x")
    poll("a failed delivery", lambda: "a delivery failed" in server.log_text())
    server.kill()
    hook = Webhook()
    server.env["DRYSTONE_WEBHOOKS"] = f"hook={hook.url}"
    server.start()
    hook.wait(100)
    assert {key for _, key in seen(hook)} == set(keys)
    hook.close()


@pytest.mark.parametrize("others", ["", "other=http://127.0.0.1:9/"])
def test_events_wait_for_a_webhook_that_was_not_configured_for_a_while(own_server, hook, others):
    """A mistyped configuration loses nothing."""
    configured = f"hook={hook.url}"
    server = own_server(env={"DRYSTONE_WEBHOOKS": configured})
    server.client().create_bucket(Bucket="bkt")
    configure(server.client(), queue("s3:ObjectCreated:*"))
    server.env["DRYSTONE_WEBHOOKS"] = others
    server.restart()
    server.client().put_object(Bucket="bkt", Key="meanwhile", Body=b"x")
    poll("a warning", lambda: "no webhook named hook is configured" in server.log_text())
    server.env["DRYSTONE_WEBHOOKS"] = configured
    server.restart()
    hook.wait(1)
    assert [key for _, key in seen(hook)] == ["meanwhile"]


def test_no_event_is_lost_when_the_server_is_killed_while_it_delivers(own_server, hook):
    server = own_server(env={"DRYSTONE_WEBHOOKS": f"hook={hook.url}"})
    s3 = server.client()
    s3.create_bucket(Bucket="bkt")
    configure(s3, queue("s3:ObjectCreated:*"))
    keys = []
    for round_number in range(3):
        s3 = server.client()
        for n in range(40):
            keys.append(f"{round_number}-{n}")
            s3.put_object(Bucket="bkt", Key=keys[-1], Body=b"x")
        server.restart()
    poll("all events", lambda: {key for _, key in seen(hook)} == set(keys))


def test_wrong_settings_are_refused_at_the_start(own_server, tmp_path):
    config = tmp_path / "config.toml"
    config.write_text('[webhooks.hook]\nurl = "ftp://x"\n')
    server = own_server(start=False, args=["--config", str(config)])
    assert server.spawn().wait(20) == 253
    assert "webhooks.hook.url" in server.log_text()
