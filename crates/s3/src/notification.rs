//! Notifications at the door: which events a request tells, by the rules of its bucket.

use drystone_store::bucket::{BucketRecord, DocumentKind};
use drystone_store::event::{EventRules, EventSeed};
use drystone_types::Key;
use drystone_wire::S3Error;
use drystone_wire::notification::{NotificationConfiguration, webhook_of};
use std::collections::BTreeSet;
use std::sync::Arc;
use tracing::error;

use crate::context::Context;

/// Names of the webhooks that the operator configured: only they can be destinations (S32).
pub type WebhookNames = Arc<BTreeSet<String>>;

/// The rules of one bucket, for one request.
pub(crate) struct Teller {
    configuration: Option<NotificationConfiguration>,
    seed: EventSeed,
}

impl Teller {
    /// The seed of the event `name` about `key`, if a rule asks for it. A webhook that the operator took out of the configuration, or
    /// mistyped there, finds its events when it is back.
    pub(crate) fn seed(&self, name: &str, key: &Key) -> Option<EventSeed> {
        let target = target(self.configuration.as_ref()?, name, key)?;
        Some(EventSeed { name: name.to_owned(), targets: vec![target], ..self.seed.clone() })
    }
}

impl Context<'_> {
    /// The rules of this request's bucket, which the request has read already.
    pub(crate) fn teller(&self, bucket: &BucketRecord) -> Teller {
        let seed = EventSeed {
            name: String::new(),
            targets: Vec::new(),
            principal: self.account().as_str().to_owned(),
            source_ip: self.peer.address.to_string(),
            request_id: self.request_id.to_owned(),
        };
        Teller { configuration: configuration_of(bucket), seed }
    }

    /// The seed of the event `name` about this request's key, if its bucket wants to tell it.
    ///
    /// # Errors
    /// NoSuchBucket.
    pub(crate) async fn event(&self, name: &str) -> Result<Option<EventSeed>, S3Error> {
        let bucket = self.bucket_record().await?;
        Ok(self.teller(&bucket).seed(name, self.key()))
    }
}

/// What the store tells by itself: the deletes of lifecycle rules.
pub(crate) struct LifecycleEvents;

impl EventRules for LifecycleEvents {
    fn seed(&self, bucket: &BucketRecord, name: &str, key: &Key) -> Option<EventSeed> {
        let target = target(&configuration_of(bucket)?, name, key)?;
        Some(EventSeed {
            name: name.to_owned(),
            targets: vec![target],
            principal: "s3.amazonaws.com".into(),
            source_ip: "s3.amazonaws.com".into(),
            request_id: String::new(),
        })
    }
}

fn configuration_of(bucket: &BucketRecord) -> Option<NotificationConfiguration> {
    let document = bucket.documents.get(&DocumentKind::Notification)?;
    let parsed = NotificationConfiguration::parse(document.as_bytes(), String::new);
    parsed
        .inspect_err(|error| error!(%error, bucket = %bucket.name, "the notification rules cannot be read"))
        .ok()
}

/// Id of the rule, and name of the webhook.
fn target(configuration: &NotificationConfiguration, name: &str, key: &Key) -> Option<(String, String)> {
    let rule = configuration.rule_for(name, key.as_str())?;
    let webhook = webhook_of(&rule.arn)?;
    Some((rule.id.clone(), webhook.to_owned()))
}
