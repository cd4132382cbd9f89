//! Webhooks: events of the store, delivered at least once to the URLs that the operator configured, and to no others (S32).

mod client;
mod deliver;
mod settings;

use drystone_s3::notification::WebhookNames;
use drystone_store::Store;
use drystone_store::event::Event;
use drystone_types::ETag;
use drystone_wire::notification::EventRecord;
use std::sync::Arc;
use tokio::task::JoinSet;

use crate::Failure;
use client::Client;
use deliver::{Deliverer, Post};
pub(crate) use settings::{Webhook, is_secret_key, is_webhook_key, webhooks};

/// Names that buckets may name.
pub(crate) fn names(webhooks: &[Webhook]) -> WebhookNames {
    Arc::new(webhooks.iter().map(|webhook| webhook.name.clone()).collect())
}

/// The running deliveries. Dropping it ends them; what was not delivered by then is kept, and delivered after the next start.
pub(crate) struct Deliveries {
    _tasks: JoinSet<()>,
}

impl Deliveries {
    /// Begins to deliver to each webhook. Events for webhooks that are not configured any more are kept for a while, too: see
    /// [`deliver`].
    pub(crate) fn start(
        store: &Arc<Store>,
        webhooks: &[Webhook],
        region: &str,
        host_id: &str,
    ) -> Result<Self, Failure> {
        let mut tasks = JoinSet::new();
        let about = Arc::new(About { region: region.to_owned(), host_id: host_id.to_owned() });
        for webhook in webhooks {
            let post =
                Hook { client: Client::new(webhook)?, store: Arc::clone(store), about: Arc::clone(&about) };
            let name = webhook.name.clone();
            let is_mine = move |target: &str| target == name;
            tasks.spawn(Deliverer::new(Arc::clone(store), &webhook.name, is_mine, Arc::new(post)).run());
        }
        let known = names(webhooks);
        let is_orphan = move |target: &str| !known.contains(target);
        tasks
            .spawn(Deliverer::new(Arc::clone(store), "(not configured)", is_orphan, Arc::new(Nowhere)).run());
        Ok(Self { _tasks: tasks })
    }
}

/// What the store does not know of an event.
struct About {
    region: String,
    host_id: String,
}

/// A webhook that is configured.
struct Hook {
    client: Client,
    store: Arc<Store>,
    about: Arc<About>,
}

impl Post for Hook {
    async fn post(&self, event: &Event, configuration_id: &str) -> Result<(), String> {
        let owner = match self.store.get_bucket(&event.bucket).await {
            Ok(bucket) => bucket.owner.as_str().to_owned(),
            Err(_) => self.store.owner().id.clone(), // the bucket is gone
        };
        let record = EventRecord {
            name: &event.seed.name,
            region: &self.about.region,
            time: event.time,
            principal: &event.seed.principal,
            source_ip: &event.seed.source_ip,
            request_id: &event.seed.request_id,
            host_id: &self.about.host_id,
            configuration_id,
            bucket: event.bucket.as_str(),
            bucket_owner: &owner,
            key: event.key.as_str(),
            object: event.object.map(|(etag, size)| (unquoted(&etag), size)),
            version_id: event.version.map(|version| version.to_string()),
            sequencer: event.row,
        };
        self.client.post(record.to_json()).await
    }
}

/// For events whose webhook is not configured.
struct Nowhere;

impl Post for Nowhere {
    async fn post(&self, event: &Event, _: &str) -> Result<(), String> {
        let names: Vec<_> = event.seed.targets.iter().map(|(_, name)| name.as_str()).collect();
        Err(format!("no webhook named {} is configured", names.join(", ")))
    }
}

fn unquoted(etag: &ETag) -> String {
    etag.quoted().trim_matches('"').to_owned()
}
