//! DownloadJournal: which object a file is made of, under which name it is written, and which pieces of it are there.
//!
//! ```text
//! {"journal":1,"kind":"download","etag":"...","size":...,"temp_name":".x.drystone-0123abcd","cut":[[16777216,127],[5,1]],...}
//! {"piece":3,"checksum":"..."}
//! ```
//!
//! A line is no promise that the piece is on the disk: another run reads each piece again before it counts.

use super::file::{JournalFile, path_of};
use crate::error::TransferError;
use crate::local::target::FileId;
use crate::outcome::ObjectRef;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the format that is written, and the newest one that is read.
pub const VERSION: u32 = 1;
/// More pieces than any object has parts.
const PIECES_MAX: usize = 20_000;

/// What the download is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the format.
    pub journal: u32,
    /// `download`.
    pub kind: String,
    /// The store.
    pub endpoint: String,
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version that was asked for.
    pub version_id: Option<String>,
    /// ETag of the object, as the store sent it.
    pub etag: String,
    /// Bytes of the object.
    pub size: u64,
    /// The target's absolute path.
    pub path: String,
    /// Name of the file that is being written beside it.
    pub temp_name: String,
    /// What tells that it is still that file.
    pub temp_id: FileId,
    /// Algorithm of the pieces' checksums.
    pub checksum: String,
    /// Lengths of the pieces: each, and how many follow each other.
    pub cut: Vec<(u64, u32)>,
}

/// A piece that is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceLine {
    /// Number, from 1.
    pub piece: u32,
    /// Its checksum in base64.
    pub checksum: String,
}

impl Head {
    /// Lengths of the pieces; `None` when they are not the object.
    pub fn lens(&self) -> Option<Vec<u64>> {
        let count =
            self.cut.iter().try_fold(0_usize, |sum, (_, n)| sum.checked_add(usize::try_from(*n).ok()?))?;
        if count > PIECES_MAX {
            return None;
        }
        let lens: Vec<u64> = self.cut.iter().flat_map(|(len, n)| (0..*n).map(|_| *len)).collect();
        let sum = lens.iter().try_fold(0_u64, |sum, len| sum.checked_add(*len));
        (sum == Some(self.size) && !lens.contains(&0)).then_some(lens)
    }
}

/// Equal lengths that follow each other, told once.
pub fn cut_of(lens: &[u64]) -> Vec<(u64, u32)> {
    let mut cut: Vec<(u64, u32)> = Vec::new();
    for len in lens {
        match cut.last_mut() {
            Some((last, count)) if last == len => *count += 1,
            _ => cut.push((*len, 1)),
        }
    }
    cut
}

/// The journal of one download.
#[derive(Debug)]
pub struct DownloadJournal(JournalFile);

impl DownloadJournal {
    /// Opens the journal of this download, or makes it. Blocks.
    ///
    /// # Errors
    /// [`TransferError`].
    pub fn open(dir: &Path, endpoint: &str, object: &ObjectRef, path: &Path) -> Result<Self, TransferError> {
        let version_id = object.version_id.as_deref().unwrap_or_default();
        let identity = [endpoint, &object.bucket, &object.key, version_id, &path.to_string_lossy()];
        JournalFile::open(&path_of(dir, "download", &identity)).map(Self)
    }

    /// What it says; `None` when there was none. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Journal`]; [`TransferError::Refused`] when a newer program wrote it.
    pub fn read(&mut self) -> Result<Option<(Head, Vec<PieceLine>)>, TransferError> {
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

    /// Begins anew. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn begin(&mut self, head: &Head) -> Result<(), TransferError> {
        self.0.begin::<PieceLine>(head, [])
    }

    /// A piece is there. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn note(&mut self, line: &PieceLine) -> Result<(), TransferError> {
        self.0.note(line)
    }

    /// The download is over. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn remove(self) -> Result<(), TransferError> {
        self.0.remove()
    }
}

#[cfg(test)]
mod tests {
    use super::{DownloadJournal, Head, PieceLine, VERSION, cut_of};
    use crate::local::target::FileId;
    use crate::outcome::ObjectRef;

    fn head() -> Head {
        Head {
            journal: VERSION,
            kind: "download".into(),
            endpoint: "http://127.0.0.1:9000".into(),
            bucket: "b".into(),
            key: "k".into(),
            version_id: None,
            etag: "\"e\"".into(),
            size: 37,
            path: "/tmp/x".into(),
            temp_name: ".x.drystone-00000001".into(),
            temp_id: FileId { device: 1, inode: 2 },
            checksum: "CRC64NVME".into(),
            cut: cut_of(&[16, 16, 5]),
        }
    }

    #[test]
    fn pieces_are_told_briefly_and_have_to_be_the_object() {
        assert_eq!(head().cut, [(16, 2), (5, 1)]);
        assert_eq!(head().lens(), Some(vec![16, 16, 5]));
        for cut in
            [vec![(16, 2)], vec![(16, u32::MAX), (16, u32::MAX)], vec![(0, 1), (37, 1)], vec![(u64::MAX, 2)]]
        {
            assert_eq!(Head { cut: cut.clone(), ..head() }.lens(), None, "{cut:?}");
        }
    }

    #[test]
    fn a_journal_says_what_was_noted_and_one_of_a_newer_program_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let open = || {
            let object = ObjectRef::new("b", "k");
            DownloadJournal::open(
                dir.path(),
                "http://127.0.0.1:9000",
                &object,
                std::path::Path::new("/tmp/x"),
            )
        };
        let mut journal = open().unwrap();
        assert_eq!(journal.read().unwrap(), None);
        journal.begin(&head()).unwrap();
        let line = PieceLine { piece: 2, checksum: "x".into() };
        journal.note(&line).unwrap();
        drop(journal);
        let mut journal = open().unwrap();
        assert_eq!(journal.read().unwrap(), Some((head(), vec![line])));
        journal.begin(&Head { journal: VERSION + 1, ..head() }).unwrap();
        assert!(journal.read().unwrap_err().to_string().contains("newer version"));
    }
}
