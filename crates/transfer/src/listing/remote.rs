//! Remote: all objects below a prefix, pages fetched ahead.

use super::{AHEAD_BATCHES, Entry, Listing, Message};
use crate::error::TransferError;
use drystone_client::Client;
use drystone_client::action::ListObjectsV2;
use drystone_wire::xml::answer::ObjectEntry;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// What of a prefix is listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteOptions {
    /// Also objects that only mark folders: empty ones whose keys end with a slash, as consoles make them.
    pub with_markers: bool,
    /// An error when the store does not list in order, for those who merge.
    pub in_order: bool,
}

/// Lists the objects of a bucket whose keys begin with `prefix`; paths are what is left of the keys. A task fetches pages ahead; it
/// ends when the listing is dropped.
pub fn list(client: &Client, bucket: &str, prefix: &str, options: RemoteOptions) -> Listing {
    let (send, more) = mpsc::channel(AHEAD_BATCHES);
    let (client, bucket, prefix) = (client.clone(), bucket.to_owned(), prefix.to_owned());
    tokio::spawn(async move {
        // Nobody listens any more when sending fails.
        let _ = match produce(&client, &bucket, &prefix, options, &send).await {
            Ok(()) => Ok(()),
            Err(error) => send.send(Message::Failed(error)).await,
        };
    });
    Listing::new(Some(more), VecDeque::new())
}

async fn produce(
    client: &Client,
    bucket: &str,
    prefix: &str,
    options: RemoteOptions,
    send: &mpsc::Sender<Message>,
) -> Result<(), TransferError> {
    let what = || format!("cannot list s3://{bucket}/{prefix}");
    let mut pages = client.list_objects_v2(ListObjectsV2::new(bucket, prefix));
    let mut last: Option<String> = None;
    while let Some(page) = pages.next().await.map_err(|error| TransferError::call(what())(error))? {
        let mut entries = Vec::with_capacity(page.objects.len());
        for object in page.objects {
            if options.in_order && last.as_ref().is_some_and(|last| *last >= object.key) {
                let why = format!(
                    "{}: the store lists {:?} out of order, and only lists in the order of UTF-8 can be compared",
                    what(),
                    object.key
                );
                return Err(TransferError::Refused(why));
            }
            last = options.in_order.then(|| object.key.clone());
            entries.extend(entry(object, prefix, options.with_markers));
        }
        if send.send(Message::Batch(entries)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// The entry of an object; `None` for markers, and for keys that do not begin with the prefix, which no store should list.
fn entry(object: ObjectEntry, prefix: &str, with_markers: bool) -> Option<Entry> {
    let path = object.key.strip_prefix(prefix)?.to_owned();
    let is_marker = object.size == 0 && object.key.ends_with('/');
    if (is_marker || path.is_empty()) && !with_markers {
        return None;
    }
    Some(Entry {
        path,
        size: object.size,
        modified: object.last_modified,
        etag: object.etag,
        storage_class: object.storage_class,
        unusable: None,
    })
}

#[cfg(test)]
mod tests {
    use super::entry;
    use drystone_wire::xml::answer::ObjectEntry;

    fn object(key: &str, size: u64) -> ObjectEntry {
        ObjectEntry {
            key: key.into(),
            size,
            etag: None,
            last_modified: None,
            storage_class: None,
            owner: None,
            checksum: None,
        }
    }

    #[test]
    fn paths_are_what_is_left_of_keys_and_markers_are_left_out() {
        let path = |key: &str, size: u64, with| entry(object(key, size), "p/", with).map(|entry| entry.path);
        assert_eq!(path("p/a/b", 0, false).as_deref(), Some("a/b"));
        assert_eq!(path("p/a/", 0, false), None);
        assert_eq!(path("p/a/", 0, true).as_deref(), Some("a/"));
        assert_eq!(path("p/a/", 1, false).as_deref(), Some("a/"));
        assert_eq!(path("p/", 0, false), None);
        assert_eq!(path("p/", 5, false), None);
        assert_eq!(path("p/", 0, true).as_deref(), Some(""));
        assert_eq!(path("q/a", 1, true), None);
    }
}
