"""Settings that no bucket here has: answered as S3 answers where they were never set, and never with a lie."""

from __future__ import annotations

import pytest
from lib.errors import refused

EMPTY = {
    "accelerate": "AccelerateConfiguration",
    "logging": "BucketLoggingStatus",
}
MISSING = {
    "website": "NoSuchWebsiteConfiguration",
    "replication": "ReplicationConfigurationNotFoundError",
    "metadataTable": "MetadataConfigurationNotFound",
    "metadataConfiguration": "MetadataConfigurationNotFound",
}
LISTS = {
    "analytics": "ListBucketAnalyticsConfigurationResult",
    "inventory": "ListInventoryConfigurationsResult",
    "metrics": "ListMetricsConfigurationsResult",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
}


@pytest.mark.parametrize(("name", "root"), EMPTY.items())
def test_empty_documents(raw, bucket, name, root):
    answer = raw.request("GET", f"/{bucket}", {name: None}).expect(200)
    assert answer.root.tag == f"{{http://s3.amazonaws.com/doc/2006-03-01/}}{root}"
    assert len(answer.root) == 0


def test_the_owner_pays_and_abac_is_off(s3, raw, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert raw.request("GET", f"/{bucket}", {"abac": None}).expect(200).xml == {"Status": "Disabled"}


@pytest.mark.parametrize(("name", "code"), MISSING.items())
def test_missing_settings(raw, bucket, name, code):
    raw.request("GET", f"/{bucket}", {name: None}).expect(404, code, bucket_name=bucket)
    raw.request("DELETE", f"/{bucket}", {name: None}).expect(204)


@pytest.mark.parametrize(("name", "root"), LISTS.items())
def test_lists_are_empty_and_ids_unknown(raw, bucket, name, root):
    answer = raw.request("GET", f"/{bucket}", {name: None}).expect(200)
    assert answer.root.tag.endswith("}" + root)
    assert answer.xml == {"IsTruncated": "false"}
    for method in ("GET", "DELETE"):
        answer = raw.request(method, f"/{bucket}", {name: None, "id": "x"}).expect(404, "NoSuchConfiguration")
        assert "BucketName" not in answer.error.fields


def test_clients_read_them(s3, bucket):
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
    assert s3.list_bucket_inventory_configurations(Bucket=bucket)["IsTruncated"] is False
    with refused("ReplicationConfigurationNotFoundError", 404):
        s3.get_bucket_replication(Bucket=bucket)


@pytest.mark.parametrize(
    ("method", "name", "document"),
    [
        ("PUT", "accelerate", "<AccelerateConfiguration><Status>Enabled</Status></AccelerateConfiguration>"),
        ("PUT", "website", "<WebsiteConfiguration/>"),
        ("PUT", "replication", "<ReplicationConfiguration/>"),
        ("PUT", "analytics", "<AnalyticsConfiguration/>"),
        ("PUT", "inventory", "<InventoryConfiguration/>"),
        ("PUT", "metrics", "<MetricsConfiguration/>"),
        ("PUT", "intelligent-tiering", "<IntelligentTieringConfiguration/>"),
        ("POST", "metadataTable", "<MetadataTableConfiguration/>"),
        ("PUT", "logging", "<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>"),
        ("PUT", "requestPayment", "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"),
        ("PUT", "abac", "<AbacStatus><Status>Enabled</Status></AbacStatus>"),
    ],
)
def test_what_cannot_be_done_is_not_accepted(raw, bucket, method, name, document):
    raw.request(method, f"/{bucket}", {name: None}, body=document.encode()).expect(501, "NotImplemented")


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("logging", '<BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'),
        ("requestPayment", "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>"),
        ("abac", "<AbacStatus><Status>Disabled</Status></AbacStatus>"),
    ],
)
def test_what_holds_anyway_is_accepted(raw, bucket, name, document):
    raw.request("PUT", f"/{bucket}", {name: None}, body=document.encode()).expect(200)
    raw.request("PUT", f"/{bucket}", {name: None}, body=b"<Nonsense/>").expect(400, "MalformedXML")


def test_b12_the_bucket_must_exist(raw):
    for name in [*EMPTY, *MISSING, *LISTS, "requestPayment", "abac"]:
        raw.request("GET", "/no-such-bucket-here", {name: None}).expect(404, "NoSuchBucket")
