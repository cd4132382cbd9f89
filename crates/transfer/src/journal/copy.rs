//! CopyJournal: which upload an object is copied into, how it is cut, and which parts are done.
//!
//! ```text
//! {"journal":1,"kind":"copy","upload_id":"...","source_etag":"...","lens":[[16777216,5],[100,1]],...}
//! {"part_number":3,"etag":"...","checksum":"..."}
//! ```

use super::file::{JournalFile, path_of};
use super::upload::{PartLine, VERSION};
use crate::error::TransferError;
use crate::outcome::ObjectRef;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What the copy is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyHead {
    /// Version of the format.
    pub journal: u32,
    /// `copy`.
    pub kind: String,
    /// The store.
    pub endpoint: String,
    /// Source, as `s3://bucket/key`.
    pub from: String,
    /// ETag of the source, without quotes.
    pub source_etag: String,
    /// Target's bucket.
    pub bucket: String,
    /// Target's key.
    pub key: String,
    /// The upload; `None` while it is being created.
    pub upload_id: Option<String>,
    /// Lengths of the parts in order, each with how many there are of it in a row.
    pub lens: Vec<(u64, u32)>,
    /// The algorithm of the upload.
    pub checksum: String,
    /// FULL_OBJECT or COMPOSITE.
    pub checksum_type: String,
}

/// Lengths, each with how often it comes in a row.
pub fn runs(lens: impl IntoIterator<Item = u64>) -> Vec<(u64, u32)> {
    let mut runs: Vec<(u64, u32)> = Vec::new();
    for len in lens {
        match runs.last_mut() {
            Some((last, count)) if *last == len => *count += 1,
            _ => runs.push((len, 1)),
        }
    }
    runs
}

/// The journal of one copy.
#[derive(Debug)]
pub struct CopyJournal(JournalFile);

impl CopyJournal {
    /// Opens the journal of this copy, or makes it.
    ///
    /// # Errors
    /// [`TransferError`].
    pub fn open(dir: &Path, endpoint: &str, from: &ObjectRef, to: &ObjectRef) -> Result<Self, TransferError> {
        let (from, to) = (from.to_string(), to.to_string());
        JournalFile::open(&path_of(dir, "copy", &[endpoint, &from, &to])).map(Self)
    }

    /// What it says; `None` when there was none.
    ///
    /// # Errors
    /// [`TransferError::Journal`]; [`TransferError::Refused`] when a newer program wrote it.
    pub fn read(&mut self) -> Result<Option<(CopyHead, Vec<PartLine>)>, TransferError> {
        #[derive(Deserialize)]
        struct AnyVersion {
            journal: u32,
        }
        match self.0.read::<AnyVersion, serde_json::Value>()? {
            None => Ok(None),
            Some((head, _)) if head.journal > VERSION => Err(TransferError::Refused(format!(
                "the journal {} is of a newer version of this program: use that, or remove the file to begin anew",
                self.0.path().display()
            ))),
            Some(_) => self.0.read(),
        }
    }

    /// Begins anew with these parts.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn begin(
        &mut self,
        head: &CopyHead,
        parts: impl IntoIterator<Item = PartLine>,
    ) -> Result<(), TransferError> {
        self.0.begin(head, parts)
    }

    /// The store has this part.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn append(&mut self, part: &PartLine) -> Result<(), TransferError> {
        self.0.append(part)
    }

    /// The copy is over.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn remove(self) -> Result<(), TransferError> {
        self.0.remove()
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyHead, CopyJournal, runs};
    use crate::journal::upload::{PartLine, VERSION};
    use crate::outcome::ObjectRef;

    #[test]
    fn lengths_in_a_row_are_told_once() {
        assert_eq!(runs([8, 8, 8, 3]), [(8, 3), (3, 1)]);
        assert_eq!(runs([]), []);
        assert_eq!(runs([1, 2, 1]), [(1, 1), (2, 1), (1, 1)]);
    }

    #[test]
    fn what_was_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (ObjectRef::new("a", "k"), ObjectRef::new("b", "k"));
        let open = || CopyJournal::open(dir.path(), "http://x", &from, &to).unwrap();
        let mut journal = open();
        assert_eq!(journal.read().unwrap(), None);
        let head = CopyHead {
            journal: VERSION,
            kind: "copy".to_owned(),
            endpoint: "http://x".to_owned(),
            from: from.to_string(),
            source_etag: "e-2".to_owned(),
            bucket: "b".to_owned(),
            key: "k".to_owned(),
            upload_id: Some("u".to_owned()),
            lens: runs([5, 5, 1]),
            checksum: "CRC64NVME".to_owned(),
            checksum_type: "FULL_OBJECT".to_owned(),
        };
        let line = PartLine { part_number: 2, etag: "e".to_owned(), checksum: String::new() };
        journal.begin(&head, []).unwrap();
        journal.append(&line).unwrap();
        drop(journal);
        let mut journal = open();
        assert_eq!(journal.read().unwrap(), Some((head.clone(), vec![line])));
        journal.begin(&CopyHead { journal: VERSION + 1, ..head }, []).unwrap();
        assert!(journal.read().unwrap_err().to_string().contains("newer"));
        journal.remove().unwrap();
    }
}
