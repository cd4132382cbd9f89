//! Find: the open uploads of a bucket or a prefix, page by page, whatever the store makes of paging.

use super::pages::Pages;
use crate::error::TransferError;
use drystone_client::action::{ListBuckets, ListMultipartUploads};
use drystone_client::{CallError, Client};
use drystone_types::Timestamp;
use drystone_wire::xml::answer::{Account, UploadEntry};
use std::collections::HashSet;

/// Uploads of one list whose ids are remembered, to notice that a store shows them again.
const REMEMBERED_MAX: usize = 1_000_000;

/// An open upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenUpload {
    /// Bucket.
    pub bucket: String,
    /// What the list says.
    pub entry: UploadEntry,
}

impl OpenUpload {
    /// `s3://bucket/key`.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.entry.key)
    }

    /// Who began it, or whose it is: a name where there is one, else an id.
    pub fn who(&self) -> Option<&str> {
        fn name(account: &Account) -> Option<&str> {
            account.display_name.as_deref().or(account.id.as_deref())
        }
        let [initiator, owner] = [&self.entry.initiator, &self.entry.owner];
        initiator.as_ref().and_then(name).or_else(|| owner.as_ref().and_then(name))
    }

    /// When something last happened to it: a part came, or it began.
    pub fn last_active(&self, last_part: Option<Timestamp>) -> Option<Timestamp> {
        self.entry.initiated.max(last_part)
    }
}

/// Pages of open uploads.
#[derive(Debug)]
pub struct Found {
    client: Client,
    bucket: String,
    prefix: String,
    pages: Pages<ListMultipartUploads>,
    seen: HashSet<(String, String)>,
}

impl Found {
    /// Those of a bucket whose keys begin with `prefix`.
    pub fn new(client: &Client, bucket: &str, prefix: &str) -> Self {
        let pages = Pages::new(ListMultipartUploads::new(bucket, prefix));
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        Self { client: client.clone(), bucket, prefix, pages, seen: HashSet::new() }
    }

    /// The next ones; `None` after the last. Each upload comes once, and none of another prefix, even from stores that see that
    /// differently.
    ///
    /// # Errors
    /// [`TransferError::Call`].
    pub async fn next(&mut self) -> Result<Option<Vec<OpenUpload>>, TransferError> {
        let page = self.pages.next(&self.client).await;
        let page =
            page.map_err(TransferError::call(format!("listing the uploads of s3://{}", self.bucket)))?;
        Ok(page.map(|page| self.take(page.uploads)))
    }

    /// Are there perhaps more, which the store does not show because its pages do not move on?
    pub fn is_cut_short(&self) -> bool {
        self.pages.is_stuck()
    }

    fn take(&mut self, uploads: Vec<UploadEntry>) -> Vec<OpenUpload> {
        let (bucket, prefix, seen) = (&self.bucket, &self.prefix, &mut self.seen);
        let is_new = |entry: &UploadEntry| {
            entry.key.starts_with(prefix.as_str())
                && (seen.len() >= REMEMBERED_MAX || seen.insert((entry.key.clone(), entry.upload_id.clone())))
        };
        let mut uploads = uploads;
        uploads.retain(is_new);
        uploads.into_iter().map(|entry| OpenUpload { bucket: bucket.clone(), entry }).collect()
    }

    /// All of them.
    ///
    /// # Errors
    /// As [`Found::next`].
    pub async fn all(&mut self) -> Result<Vec<OpenUpload>, TransferError> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// The open uploads of one key, the newest first.
    ///
    /// # Errors
    /// As [`Found::next`].
    pub async fn of_key(client: &Client, bucket: &str, key: &str) -> Result<Vec<OpenUpload>, TransferError> {
        let mut all = Self::new(client, bucket, key).all().await?;
        all.retain(|upload| upload.entry.key == key);
        all.sort_by_key(|upload| std::cmp::Reverse(upload.entry.initiated));
        Ok(all)
    }
}

/// The names of all buckets.
///
/// # Errors
/// [`TransferError::Call`].
pub async fn all_buckets(client: &Client) -> Result<Vec<String>, TransferError> {
    let pages = client.list_buckets(ListBuckets::default()).rest().await;
    let pages: Vec<_> =
        pages.map_err(|error: CallError| TransferError::call("listing the buckets")(error))?;
    Ok(pages.into_iter().flat_map(|page| page.buckets).map(|bucket| bucket.name).collect())
}
