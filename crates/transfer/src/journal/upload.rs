//! UploadJournal: which upload a file goes to, how it is cut, and which parts the store has.
//!
//! ```text
//! {"journal":1,"kind":"upload","upload_id":"...","plan":{...},"checksum":"CRC64NVME",...,"source":{...}}
//! {"part_number":3,"etag":"...","checksum":"..."}
//! ```

use super::file::{JournalFile, path_of};
use crate::error::TransferError;
use crate::local::source::Identity;
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The version of the format that is written, and the newest one that is read.
pub const VERSION: u32 = 1;

/// What the upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the format.
    pub journal: u32,
    /// `upload`.
    pub kind: String,
    /// The store.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// The source's absolute path.
    pub path: PathBuf,
    /// The upload; `None` while it is being created.
    pub upload_id: Option<String>,
    /// How the file is cut.
    pub plan: Plan,
    /// The algorithm of the parts' checksums.
    pub checksum: String,
    /// `FULL_OBJECT` or `COMPOSITE`.
    pub checksum_type: String,
    /// What the file was.
    pub source: Identity,
}

/// A part that the store acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartLine {
    /// Number, from 1.
    pub part_number: u32,
    /// ETag, without quotes.
    pub etag: String,
    /// Checksum in base64: of the upload's algorithm; MD5 where it has none.
    pub checksum: String,
}

/// The journal of one upload.
#[derive(Debug)]
pub struct UploadJournal(JournalFile);

impl UploadJournal {
    /// Opens the journal of this upload, or makes it.
    ///
    /// # Errors
    /// [`TransferError`].
    pub fn open(
        dir: &Path,
        endpoint: &str,
        bucket: &str,
        key: &str,
        path: &Path,
    ) -> Result<Self, TransferError> {
        let path = path.to_string_lossy();
        JournalFile::open(&path_of(dir, "upload", &[endpoint, bucket, key, &path])).map(Self)
    }

    /// What it says; `None` when there was none.
    ///
    /// # Errors
    /// [`TransferError::Journal`]; [`TransferError::Refused`] when a newer program wrote it.
    pub fn read(&mut self) -> Result<Option<(Head, Vec<PartLine>)>, TransferError> {
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
        head: &Head,
        parts: impl IntoIterator<Item = PartLine>,
    ) -> Result<(), TransferError> {
        self.0.begin(head, parts)
    }

    /// The store has these parts.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn append(&mut self, parts: &[PartLine]) -> Result<(), TransferError> {
        self.0.append_all(parts)
    }

    /// The upload is over.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn remove(self) -> Result<(), TransferError> {
        self.0.remove()
    }
}
