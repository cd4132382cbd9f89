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
    /// A hash of the headers that the upload was opened with.
    pub described: String,
    /// Others opened it, with headers that are not known.
    pub is_adopted: bool,
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

/// What a journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// It is new.
    Nothing,
    /// It cannot be read any more.
    Damaged,
    /// An upload, and the parts that the store has.
    Upload(Box<Head>, Vec<PartLine>),
}

impl Read {
    fn damaged(error: TransferError) -> Result<Self, TransferError> {
        match error {
            TransferError::Journal { source, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
                Ok(Self::Damaged)
            }
            error => Err(error),
        }
    }

    /// The upload, if it names one.
    pub fn upload_id(&self) -> Option<&str> {
        match self {
            Self::Upload(head, _) => head.upload_id.as_deref(),
            _ => None,
        }
    }
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

    /// The journal of this upload, if there is one.
    ///
    /// # Errors
    /// [`TransferError`].
    pub fn find(
        dir: &Path,
        endpoint: &str,
        bucket: &str,
        key: &str,
        path: &Path,
    ) -> Result<Option<Self>, TransferError> {
        let path = path_of(dir, "upload", &[endpoint, bucket, key, &path.to_string_lossy()]);
        if !path.exists() {
            return Ok(None);
        }
        JournalFile::open_patiently(&path).map(|file| Some(Self(file)))
    }

    /// What it says.
    ///
    /// # Errors
    /// [`TransferError::Journal`]; [`TransferError::Refused`] when a newer program wrote it.
    pub fn read(&mut self) -> Result<Read, TransferError> {
        #[derive(Deserialize)]
        struct AnyVersion {
            journal: u32,
        }
        match self.0.read::<AnyVersion, serde_json::Value>() {
            Ok(None) => Ok(Read::Nothing),
            Ok(Some((head, _))) if head.journal > VERSION => Err(TransferError::Refused(format!(
                "the journal {} is of a newer version of this program: use that, or remove the file to begin anew",
                self.0.path().display()
            ))),
            Err(error) => Read::damaged(error),
            Ok(Some(_)) => match self.0.read() {
                Ok(Some((head, parts))) => Ok(Read::Upload(Box::new(head), parts)),
                Ok(None) => Ok(Read::Nothing),
                Err(error) => Read::damaged(error),
            },
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
