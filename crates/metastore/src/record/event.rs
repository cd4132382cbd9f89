//! Events that wait for delivery.

use drystone_types::{BucketName, ETag, Key, Timestamp, Version};

/// What a step needs to know to tell an event in its own transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSeed {
    /// `s3:ObjectCreated:Put` and the like.
    pub name: String,
    /// Ids of the notification configurations that asked for it, and where each wants it.
    pub targets: Vec<(String, String)>,
    /// Principal id of the caller.
    pub principal: String,
    /// Address of the caller.
    pub source_ip: String,
    /// Request id.
    pub request_id: String,
}

/// An event that waits for delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Row number, ascending in the order of steps; also its sequencer.
    pub row: u64,
    /// What the request said.
    pub seed: EventSeed,
    /// Bucket.
    pub bucket: BucketName,
    /// Key.
    pub key: Key,
    /// Version; `None` in an unversioned bucket.
    pub version: Option<Version>,
    /// ETag and size, when there is an object.
    pub object: Option<(ETag, u64)>,
    /// When.
    pub time: Timestamp,
}
