//! Listing: all files below a folder or all objects below a prefix, ascending by their relative paths, as a stream of bounded memory.

pub mod local;
pub mod remote;

use crate::error::TransferError;
use drystone_types::Timestamp;
use std::collections::VecDeque;
use tokio::sync::mpsc;

/// Batches that are fetched ahead: pages of 1,000 objects.
const AHEAD_BATCHES: usize = 2;
/// Warnings that are kept until somebody takes them; more are counted only.
const WARNINGS_MAX: usize = 10_000;

/// A file or an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Path below the folder or prefix, with `/` between names; listings ascend by its UTF-8 bytes.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: Option<Timestamp>,
    /// ETag without quotes, of objects.
    pub etag: Option<String>,
    /// Storage class, of objects.
    pub storage_class: Option<String>,
    /// Why it can be neither read nor replaced: it is there, and that is all that is known.
    pub unusable: Option<String>,
}

/// Something that a listing leaves out, or cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What.
    pub path: String,
    /// Why.
    pub why: String,
    /// May there be entries that the listing lacks?
    pub hides: bool,
}

/// What producers send.
#[derive(Debug)]
pub(crate) enum Message {
    Batch(Vec<Entry>),
    Warning(Warning),
    Failed(TransferError),
}

/// A stream of entries. Dropping it stops who produces it.
#[derive(Debug)]
pub struct Listing {
    ready: VecDeque<Entry>,
    more: Option<mpsc::Receiver<Message>>,
    warnings: Vec<Warning>,
    is_whole: bool,
    warning_count: u64,
}

impl Listing {
    pub(crate) fn new(more: Option<mpsc::Receiver<Message>>, ready: VecDeque<Entry>) -> Self {
        Self { ready, more, warnings: Vec::new(), is_whole: true, warning_count: 0 }
    }

    /// A listing of entries at hand, which must ascend.
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::new(None, entries.into_iter().collect())
    }

    /// The next entry; `None` after the last one.
    ///
    /// # Errors
    /// The listing broke off. Nothing may be concluded from what it lacks.
    pub async fn next(&mut self) -> Result<Option<Entry>, TransferError> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Ok(Some(entry));
            }
            let Some(more) = &mut self.more else { return Ok(None) };
            match more.recv().await {
                Some(Message::Batch(entries)) => self.ready = entries.into(),
                Some(Message::Warning(warning)) => self.warn(warning),
                Some(Message::Failed(error)) => {
                    self.is_whole = false;
                    self.more = None;
                    return Err(error);
                }
                None => self.more = None,
            }
        }
    }

    /// All entries.
    ///
    /// # Errors
    /// As [`Listing::next`].
    pub async fn rest(&mut self) -> Result<Vec<Entry>, TransferError> {
        let mut all = Vec::new();
        while let Some(entry) = self.next().await? {
            all.push(entry);
        }
        Ok(all)
    }

    /// Has it all there is, as far as it was read? Not when a folder could not be read.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The warnings since they were last taken.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Warnings in all.
    pub fn warning_count(&self) -> u64 {
        self.warning_count
    }

    fn warn(&mut self, warning: Warning) {
        self.is_whole &= !warning.hides;
        self.warning_count += 1;
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Listing, Message, Warning};
    use crate::error::TransferError;
    use tokio::sync::mpsc;

    fn entry(path: &str) -> Entry {
        Entry { path: path.into(), ..Entry::default() }
    }

    #[tokio::test]
    async fn a_listing_that_breaks_off_or_hides_something_is_not_whole() {
        let (send, more) = mpsc::channel(8);
        send.send(Message::Batch(vec![entry("a"), entry("b")])).await.unwrap();
        let warning = |hides| Warning { path: "c".into(), why: "x".into(), hides };
        send.send(Message::Warning(warning(false))).await.unwrap();
        send.send(Message::Batch(vec![])).await.unwrap();
        send.send(Message::Warning(warning(true))).await.unwrap();
        send.send(Message::Failed(TransferError::Refused("no".into()))).await.unwrap();
        drop(send);
        let mut listing = Listing::new(Some(more), [].into());
        assert_eq!(listing.next().await.unwrap(), Some(entry("a")));
        assert!(listing.is_whole());
        assert_eq!(listing.next().await.unwrap(), Some(entry("b")));
        assert!(listing.next().await.is_err());
        assert!(!listing.is_whole());
        assert_eq!((listing.take_warnings().len(), listing.take_warnings().len()), (2, 0));
        assert_eq!(listing.next().await.unwrap(), None);
    }
}
