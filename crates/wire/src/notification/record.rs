//! EventRecord: what a destination is told, as JSON.

use drystone_types::Timestamp;
use serde_json::{Value, json};

use crate::encoding::encode_list;

/// One event.
#[derive(Clone, Debug)]
pub struct EventRecord<'a> {
    /// `s3:ObjectCreated:Put`.
    pub name: &'a str,
    /// Region of the bucket.
    pub region: &'a str,
    /// When.
    pub time: Timestamp,
    /// Who did it.
    pub principal: &'a str,
    /// Where from.
    pub source_ip: &'a str,
    /// Request id.
    pub request_id: &'a str,
    /// x-amz-id-2.
    pub host_id: &'a str,
    /// Id of the rule that asked.
    pub configuration_id: &'a str,
    /// Bucket.
    pub bucket: &'a str,
    /// Who owns it.
    pub bucket_owner: &'a str,
    /// Key, not encoded.
    pub key: &'a str,
    /// ETag without quotes, and size; where there is an object.
    pub object: Option<(String, u64)>,
    /// Version, where there are versions.
    pub version_id: Option<String>,
    /// Greater for later events of a key.
    pub sequencer: u64,
}

impl EventRecord<'_> {
    /// `{"Records": [...]}`, with this one record.
    ///
    /// # Source
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>, read 2026-11; recorded
    /// events of 2023-08.
    pub fn to_json(&self) -> String {
        // Events about something of an object, rather than the object, have no size and no order.
        let is_aspect = ["s3:ObjectTagging:", "s3:ObjectAcl:"].iter().any(|kind| self.name.starts_with(kind));
        let version = if is_aspect || self.name.starts_with("s3:Lifecycle") { "2.3" } else { "2.1" };
        let mut object = json!({ "key": encode_list(self.key) });
        if let Some((etag, size)) = &self.object {
            if !is_aspect {
                object["size"] = json!(size);
            }
            object["eTag"] = json!(etag);
        }
        if let Some(version_id) = &self.version_id {
            object["versionId"] = json!(version_id);
        }
        if !is_aspect {
            object["sequencer"] = json!(format!("{:018X}", self.sequencer));
        }
        let record = json!({
            "eventVersion": version,
            "eventSource": "aws:s3",
            "awsRegion": self.region,
            "eventTime": time(self.time),
            "eventName": self.name.trim_start_matches("s3:"),
            "userIdentity": { "principalId": self.principal },
            "requestParameters": { "sourceIPAddress": self.source_ip },
            "responseElements": { "x-amz-request-id": self.request_id, "x-amz-id-2": self.host_id },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": self.configuration_id,
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": { "principalId": self.bucket_owner },
                    "arn": format!("arn:aws:s3:::{}", self.bucket),
                },
                "object": object,
            },
        });
        Value::to_string(&json!({ "Records": [record] }))
    }
}

/// ISO 8601 with milliseconds.
fn time(moment: Timestamp) -> String {
    let seconds = moment.iso8601(); // `2026-11-22T10:30:00.000Z`
    format!("{}.{:03}Z", &seconds[..19], moment.0 % 1000)
}

#[cfg(test)]
mod tests {
    use super::EventRecord;
    use drystone_types::Timestamp;
    use serde_json::{Value, json};

    fn event(name: &str) -> EventRecord<'_> {
        EventRecord {
            name,
            region: "us-east-1",
            time: Timestamp(1_795_343_400_987),
            principal: "AIDA",
            source_ip: "192.0.2.3",
            request_id: "R",
            host_id: "H",
            configuration_id: "c",
            bucket: "bkt",
            bucket_owner: "owner",
            key: "dir/a b@é.txt",
            object: Some(("8eabe9d6b43316e840b079170916c079-1".into(), 6144)),
            version_id: None,
            sequencer: 0x2a,
        }
    }

    fn json_of(event: &EventRecord<'_>) -> Value {
        serde_json::from_str(&event.to_json()).expect("JSON")
    }

    #[test]
    fn b131_a_completed_upload_is_told_with_size_and_etag_of_parts() {
        let expected = json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-11-22T10:30:00.987Z",
            "eventName": "ObjectCreated:CompleteMultipartUpload",
            "userIdentity": { "principalId": "AIDA" },
            "requestParameters": { "sourceIPAddress": "192.0.2.3" },
            "responseElements": { "x-amz-request-id": "R", "x-amz-id-2": "H" },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "c",
                "bucket": {
                    "name": "bkt", "ownerIdentity": { "principalId": "owner" }, "arn": "arn:aws:s3:::bkt",
                },
                "object": {
                    "key": "dir/a+b%40%C3%A9.txt",
                    "size": 6144,
                    "eTag": "8eabe9d6b43316e840b079170916c079-1",
                    "sequencer": "00000000000000002A",
                },
            },
        }] });
        assert_eq!(json_of(&event("s3:ObjectCreated:CompleteMultipartUpload")), expected);
    }

    #[test]
    fn deletes_have_no_size_and_tags_no_order() {
        let deleted =
            EventRecord { object: None, version_id: Some("v".into()), ..event("s3:ObjectRemoved:Delete") };
        let object = json_of(&deleted)["Records"][0]["s3"]["object"].clone();
        assert_eq!(
            object,
            json!({ "key": "dir/a+b%40%C3%A9.txt", "versionId": "v", "sequencer": "00000000000000002A" })
        );
        let tagged = &json_of(&event("s3:ObjectTagging:Put"))["Records"][0];
        assert_eq!(tagged["eventVersion"], "2.3");
        let object = json!({ "key": "dir/a+b%40%C3%A9.txt", "eTag": "8eabe9d6b43316e840b079170916c079-1" });
        assert_eq!(tagged["s3"]["object"], object);
    }
}
