"""PutBucketLifecycleConfiguration and its kin, and AbortIncompleteMultipartUpload at work: b32, b88, b167-b175."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime

import pytest
from lib import multipart
from lib.data import PART_MIN, md5_base64
from lib.errors import refused
from lib.multipart import read
from lib.raw import Raw, Response
from lib.uploads import PART_1, PART_2, TAIL, Upload, assert_strangers_are_refused, complete_xml, disk_bytes, object_path
from lib.wait import poll

DAY = datetime.timedelta(days=1)
SHORT_DAY = '[lifecycle]\nday_seconds = 1\nidle_upload_days = "off"\n'
LONG_DAY = '[lifecycle]\nday_seconds = 3600\nidle_upload_days = "off"\n'


def rule(id: str = "abort", *, days: int = 3, prefix: str = "", status: str = "Enabled") -> dict:
    """A rule that aborts uploads."""
    return {
        "ID": id,
        "Status": status,
        "Filter": {"Prefix": prefix},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
    }


def put_rules(s3, bucket: str, *rules: dict) -> dict:
    """PutBucketLifecycleConfiguration."""
    return s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def put_xml(raw: Raw, bucket: str, rules: str) -> Response:
    """PutBucketLifecycleConfiguration with exactly these rules."""
    body = f"<LifecycleConfiguration>{rules}</LifecycleConfiguration>".encode()
    return raw.request("PUT", f"/{bucket}", "lifecycle", {"Content-MD5": md5_base64(body)}, body)


def rule_xml(
    *,
    id: str = "<ID>r</ID>",
    scope: str = "<Filter><Prefix></Prefix></Filter>",
    status: str = "<Status>Enabled</Status>",
    days: object = 3,
    action: str | None = None,
) -> str:
    """A rule in XML; every element can be replaced."""
    if action is None:
        inner = f"<DaysAfterInitiation>{days}</DaysAfterInitiation>"
        action = f"<AbortIncompleteMultipartUpload>{inner}</AbortIncompleteMultipartUpload>"
    return f"<Rule>{id}{scope}{status}{action}</Rule>"


def due(initiated: datetime.datetime, days: int) -> datetime.datetime:
    """b169: the day is added, then midnight is waited for."""
    exact = initiated + days * DAY
    midnight = exact.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == exact else midnight + DAY


# --- Put, Get, Delete ---


def test_b167_what_was_put_is_what_get_returns(s3, bucket):
    """PutBucketLifecycleConfiguration, then GetBucketLifecycleConfiguration."""
    rules = [rule("a", days=1), rule("b", days=30, prefix="logs/", status="Disabled")]
    answer = put_rules(s3, bucket, *rules)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert found["Rules"] == rules
    assert found["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


def test_b167_the_old_form_with_a_prefix_in_the_rule(s3, bucket):
    old = rule(prefix="logs/")
    old["Prefix"] = old.pop("Filter")["Prefix"]
    put_rules(s3, bucket, old)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [old]


def test_b167_an_expiration_beside_the_abort(s3, bucket):
    both = {**rule(prefix="tmp/"), "Expiration": {"Days": 7}}
    put_rules(s3, bucket, both)
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [both]


def test_b167_a_rule_without_an_id_gets_one(s3, bucket):
    nameless = rule()
    del nameless["ID"]
    put_rules(s3, bucket, nameless)
    (found,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert found["ID"]


def test_b167_a_put_replaces_all_that_was(s3, bucket):
    put_rules(s3, bucket, rule("a"), rule("b"))
    put_rules(s3, bucket, rule("c"))
    assert [found["ID"] for found in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == ["c"]


def test_b167_without_a_configuration(s3, bucket):
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_b167_delete_ends_the_rules(s3, bucket):
    """DeleteBucketLifecycle, twice; then GetBucketLifecycleConfiguration has nothing to show."""
    put_rules(s3, bucket, rule())
    for _ in range(2):
        answer = s3.delete_bucket_lifecycle(Bucket=bucket)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert "AbortDate" not in s3.create_multipart_upload(Bucket=bucket, Key="object")


def test_b167_rules_go_with_their_bucket(s3, make_bucket):
    bucket = make_bucket()
    put_rules(s3, bucket, rule())
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


# --- The headers ---


@pytest.mark.parametrize("days", [1, 3, 365])
def test_b32_b169_create_tells_the_abort_date_and_the_rule(s3, raw, bucket, days):
    put_rules(s3, bucket, rule("my rule", days=days))
    headers = raw.request("POST", object_path(bucket, "object"), "uploads").expect(200).headers
    (listed,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert headers["x-amz-abort-rule-id"] == "my rule"
    assert headers["x-amz-abort-date"].endswith(" 00:00:00 GMT")
    assert parsedate_to_datetime(headers["x-amz-abort-date"]) == due(listed["Initiated"], days)


def test_b88_list_parts_tells_them_too(s3, bucket):
    """Also for uploads that were opened before the rule (b168)."""
    upload = Upload(s3, bucket)
    assert "AbortDate" not in upload.list()
    put_rules(s3, bucket, rule("late"))
    found = upload.list()
    (listed,) = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert (found["AbortDate"], found["AbortRuleId"]) == (due(listed["Initiated"], 3), "late")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert "AbortDate" not in upload.list()


def test_b32_only_keys_that_the_rule_covers(s3, bucket):
    put_rules(s3, bucket, rule(prefix="logs/"))
    for key, covered in (("logs/a", True), ("logs/", True), ("logs", False), ("a/logs/", False)):
        found = s3.create_multipart_upload(Bucket=bucket, Key=key)
        assert ("AbortDate" in found) == ("AbortRuleId" in found) == covered, key


def test_b32_b171_a_disabled_rule_has_no_headers(s3, bucket):
    put_rules(s3, bucket, rule(status="Disabled"))
    upload = Upload(s3, bucket)
    for found in (upload.created, upload.list()):
        assert "AbortDate" not in found
        assert "AbortRuleId" not in found


def test_b32_an_expiration_alone_has_no_headers(s3, bucket):
    put_rules(s3, bucket, {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}})
    assert "AbortDate" not in s3.create_multipart_upload(Bucket=bucket, Key="object")


def test_b32_of_several_rules_the_earliest_counts(s3, bucket):
    put_rules(s3, bucket, rule("later", days=9), rule("soonest", days=2), rule("disabled", days=1, status="Disabled"))
    assert s3.create_multipart_upload(Bucket=bucket, Key="object")["AbortRuleId"] == "soonest"


# --- Rules that are refused ---


TAG = "<Tag><Key>k</Key><Value>v</Value></Tag>"


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (f"<Filter>{TAG}</Filter>", "AbortIncompleteMultipartUpload cannot be specified with Tags."),
        (
            f"<Filter><And><Prefix>a</Prefix>{TAG}</And></Filter>",
            "AbortIncompleteMultipartUpload cannot be specified with Tags.",
        ),
        (
            "<Filter><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></Filter>",
            "AbortIncompleteMultipartUpload cannot be specified with Object Size",
        ),
        (
            "<Filter><And><Prefix>a</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>",
            "AbortIncompleteMultipartUpload cannot be specified with Object Size",
        ),
    ],
)
def test_b170_an_abort_rule_filters_by_prefix_only(s3, raw, bucket, scope, message):
    answer = put_xml(raw, bucket, rule_xml(scope=scope)).expect(400, "InvalidRequest")
    assert message in answer.error.message
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


@pytest.mark.parametrize("scope", ["<Filter/>", "<Filter></Filter>", "<Prefix/>", "<Filter><Prefix>a</Prefix></Filter>"])
def test_b170_a_prefix_or_the_whole_bucket(raw, bucket, scope):
    put_xml(raw, bucket, rule_xml(scope=scope)).expect(200)


@pytest.mark.parametrize(
    "rules",
    [
        rule_xml(scope=""),
        rule_xml(scope="<Prefix>a</Prefix><Filter><Prefix>a</Prefix></Filter>"),
        rule_xml(status=""),
        rule_xml(status="<Status>enabled</Status>"),
        rule_xml(status="<Status>On</Status>"),
        rule_xml(days="soon"),
        rule_xml(action="<AbortIncompleteMultipartUpload/>"),
        "",
        "<Rule/>",
        "<Rule>",
    ],
)
def test_b171_a_rule_that_is_malformed(s3, raw, bucket, rules):
    put_xml(raw, bucket, rules).expect(400, "MalformedXML")
    with refused("NoSuchLifecycleConfiguration", 404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)


def test_b171_a_refused_put_leaves_the_rules_as_they_were(s3, raw, bucket):
    put_rules(s3, bucket, rule("kept"))
    put_xml(raw, bucket, rule_xml(scope="")).expect(400)
    assert [found["ID"] for found in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == ["kept"]


@pytest.mark.parametrize("days", [0, -1])
def test_b172_days_are_positive(raw, bucket, days):
    put_xml(raw, bucket, rule_xml(days=days)).expect(400, "InvalidArgument")


def test_b172_ids_are_unique_and_short(s3, bucket):
    put_rules(s3, bucket, rule("i" * 255))
    with refused("InvalidArgument", 400):
        put_rules(s3, bucket, rule("same"), rule("same", prefix="b"))
    with refused("InvalidArgument", 400):
        put_rules(s3, bucket, rule("i" * 256))


def test_b12_a_missing_bucket(s3):
    with refused("NoSuchBucket", 404):
        put_rules(s3, "e2e-no-such-bucket", rule())
    with refused("NoSuchBucket", 404):
        s3.get_bucket_lifecycle_configuration(Bucket="e2e-no-such-bucket")
    with refused("NoSuchBucket", 404):
        s3.delete_bucket_lifecycle(Bucket="e2e-no-such-bucket")


def test_b13_the_expected_owner_must_be_the_owner(s3, bucket):
    with refused("AccessDenied", 403):
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration={"Rules": [rule()]}, ExpectedBucketOwner="999999999999"
        )


def test_strangers_may_not(raw, bucket):
    for method in ("PUT", "GET", "DELETE"):
        assert_strangers_are_refused(raw, method, f"/{bucket}", "lifecycle")


# --- At work, with a day of one second ---


def gone(upload: Upload) -> bool:
    """Does the server say NoSuchUpload by now?"""
    try:
        upload.list()
    except upload.s3.exceptions.NoSuchUpload:
        return True
    return False


def test_b168_b174_b175_uploads_are_aborted_when_due(own_server):
    """Those opened before the rule and after it; those that no rule covers stay."""
    server = own_server(config=SHORT_DAY)
    s3, raw = server.client(), server.raw()
    s3.create_bucket(Bucket="bucket")
    before, other = Upload(s3, "bucket", "logs/before"), Upload(s3, "bucket", "other")
    before.part(1, PART_1)
    before.part(2, PART_2)
    other.part(1, TAIL)
    put_rules(s3, "bucket", rule(prefix="logs/", days=1), rule("off", days=1, status="Disabled"))
    after = Upload(s3, "bucket", "logs/after")
    assert after.created["AbortDate"]
    poll("the upload from before the rule is aborted", lambda: gone(before))
    poll("the upload from after the rule is aborted", lambda: gone(after))
    with refused("NoSuchUpload", 404, upload_id=before.id):
        before.part(1, TAIL)
    before.raw_complete(raw, complete_xml(before.parts)).expect(404, "NoSuchUpload", upload_id=before.id)
    poll("the space is freed", lambda: disk_bytes(server.data) < PART_MIN)
    assert [found["UploadId"] for found in s3.list_multipart_uploads(Bucket="bucket")["Uploads"]] == [other.id]
    other.complete()
    assert read(s3, "bucket", "other") == TAIL


def test_b173_an_upload_completed_in_time_leaves_its_object_alone(own_server):
    server = own_server(config=SHORT_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    done = Upload(s3, "bucket", "done")
    done.part(1, TAIL)
    done.complete()
    put_rules(s3, "bucket", rule(days=1))
    witness = Upload(s3, "bucket", "witness")
    poll("a later upload is aborted", lambda: gone(witness))
    assert read(s3, "bucket", "done") == TAIL
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="bucket")


def test_b171_a_disabled_rule_does_nothing(own_server):
    server = own_server(config=SHORT_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    kept, witness = Upload(s3, "bucket", "kept/a"), Upload(s3, "bucket", "witness")
    put_rules(s3, "bucket", rule("off", prefix="kept/", days=1, status="Disabled"), rule(prefix="w", days=1))
    poll("the enabled rule has worked", lambda: gone(witness))
    assert kept.numbers() == []


def test_b169_an_upload_is_not_aborted_before_it_is_due(own_server):
    """Both are of one age; the rule of one has 1 day of a second, that of the other 1000."""
    server = own_server(config=SHORT_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    later, witness = Upload(s3, "bucket", "later"), Upload(s3, "bucket", "witness")
    put_rules(s3, "bucket", rule("later", prefix="later", days=1000), rule("soon", prefix="w", days=1))
    poll("the rule of one day has worked", lambda: gone(witness))
    assert later.list()["AbortRuleId"] == "later"


def test_b169_b175_the_abort_date_counts_in_the_configured_days(own_server):
    server = own_server(config=LONG_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    put_rules(s3, "bucket", rule(days=2))
    upload = Upload(s3, "bucket")
    (listed,) = s3.list_multipart_uploads(Bucket="bucket")["Uploads"]
    wait = upload.created["AbortDate"] - listed["Initiated"]
    hour = datetime.timedelta(hours=1)
    assert 2 * hour - datetime.timedelta(seconds=1) <= wait <= 3 * hour
    assert upload.created["AbortDate"].timestamp() % 3600 == 0


def test_b174_rules_outlive_a_crash(own_server):
    """What came due while the server was down is aborted when it is up."""
    server = own_server(config=SHORT_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    put_rules(s3, "bucket", rule(days=1))
    upload = Upload(s3, "bucket")
    upload.part(1, TAIL)
    server.restart()
    upload.s3 = server.client()
    assert upload.s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"][0]["ID"] == "abort"
    poll("the upload is aborted", lambda: gone(upload))


def test_b167_objects_expire_too(own_server):
    server = own_server(config=SHORT_DAY)
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    for key in ("tmp/a", "kept"):
        s3.put_object(Bucket="bucket", Key=key, Body=TAIL)
    expire = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
    put_rules(s3, "bucket", expire)

    def keys() -> list[str]:
        return [found["Key"] for found in s3.list_objects_v2(Bucket="bucket").get("Contents", [])]

    poll("the object under tmp/ has expired", lambda: keys() == ["kept"])
    assert read(s3, "bucket", "kept") == TAIL


# --- x-amz-expiration ---


def test_objects_under_an_expiration_rule_tell_when_they_expire(s3, raw, bucket):
    s3.put_object(Bucket=bucket, Key="other", Body=b"x")
    rule = {"ID": "old logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 2}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    written = {
        "logs/put": s3.put_object(Bucket=bucket, Key="logs/put", Body=b"x"),
        "logs/copied": s3.copy_object(Bucket=bucket, Key="logs/copied", CopySource=f"{bucket}/other"),
        "logs/completed": multipart.upload(s3, bucket, "logs/completed", [b"x"]),
    }
    for key, answer in written.items():
        found = s3.head_object(Bucket=bucket, Key=key)
        due = found["LastModified"] + datetime.timedelta(days=3)  # b169: two days, and the rest of the third
        expected = f'expiry-date="{due:%a, %d %b %Y} 00:00:00 GMT", rule-id="old%20logs"'
        answers = [answer, found, s3.get_object(Bucket=bucket, Key=key)]
        assert [answer["Expiration"] for answer in answers] == [expected] * 3, key
    assert "x-amz-expiration" not in raw.request("GET", f"/{bucket}/other").headers
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert "x-amz-expiration" not in raw.request("HEAD", f"/{bucket}/logs/put").headers


# --- The size below which objects do not move to another class ---


def test_b167_an_unknown_transition_default_changes_nothing(s3, bucket):
    put_rules(s3, bucket, rule())
    wanted = {"Rules": [rule("other")]}
    with refused("InvalidRequest", 400) as error:
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket, LifecycleConfiguration=wanted, TransitionDefaultMinimumObjectSize="tiny"
        )
    assert error.message == "Invalid TransitionDefaultMinimumObjectSize found: tiny"
    assert [found["ID"] for found in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == ["abort"]
