//! JournalFile: lines of JSON, each durable before it counts. Its one home of files; everything here blocks.
//!
//! The first line is the head: the format's version, and what the transfer is. It is there whole or not at all. Each further line is
//! something that was done. A last line without its end was being written when the program died, and does not count.

use crate::error::TransferError;
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::sha256;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest journal that is read: 10,000 parts with SHA-512 in long lines are 3 MB.
const JOURNAL_MAX_BYTES: u64 = 64 << 20;

/// How long what stops in this program may hold a journal: 3 s.
const PATIENCE_TRIES: u32 = 150;
const PATIENCE_STEP: Duration = Duration::from_millis(20);

/// An open journal. No two programs hold the same one.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    file: File,
}

/// Where the journal of a transfer is: its name is a hash of what identifies the transfer.
pub fn path_of(dir: &Path, kind: &str, identity: &[&str]) -> PathBuf {
    let mut text = kind.to_owned();
    for part in identity {
        text.push('\0');
        text.push_str(part);
    }
    dir.join(format!("{kind}-{}.jsonl", &hex(&sha256(text.as_bytes()))[..32]))
}

impl JournalFile {
    /// Opens the journal at `path`, makes an empty one if there is none, and takes it for this program alone.
    ///
    /// # Errors
    /// [`TransferError::Refused`] when another program has it; [`TransferError::Journal`].
    pub fn open(path: &Path) -> Result<Self, TransferError> {
        let wrong = |what| {
            let path = path.to_owned();
            move |source| TransferError::Journal { what, path, source }
        };
        let dir = path.parent().expect("a journal is in a folder");
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(wrong("make the folder of"))?;
        loop {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true).mode(0o600);
            let file = options.open(path).map_err(wrong("open"))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    let why =
                        format!("another run of this transfer is under way (it holds {})", path.display());
                    return Err(TransferError::Refused(why));
                }
                Err(TryLockError::Error(error)) => return Err(wrong("lock")(error)),
            }
            if is_at(&file, path).map_err(wrong("look at"))? {
                return Ok(Self { path: path.to_owned(), file });
            }
        }
    }

    /// As [`JournalFile::open`], but waits for a moment for another one to close it: what is stopping in this program still may.
    ///
    /// # Errors
    /// As [`JournalFile::open`].
    pub fn open_patiently(path: &Path) -> Result<Self, TransferError> {
        for _ in 0..PATIENCE_TRIES {
            match Self::open(path) {
                Err(TransferError::Refused(_)) => std::thread::sleep(PATIENCE_STEP),
                opened => return opened,
            }
        }
        Self::open(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The head and what was done; `None` when there is no head yet. Lines that cannot be read end what counts.
    ///
    /// # Errors
    /// [`TransferError::Journal`]; of kind `InvalidData` when the head is no such head.
    pub fn read<H: DeserializeOwned, L: DeserializeOwned>(
        &mut self,
    ) -> Result<Option<(H, Vec<L>)>, TransferError> {
        let wrong = |source| TransferError::Journal { what: "read", path: self.path.clone(), source };
        let mut text = Vec::new();
        let file = File::open(&self.path).map_err(wrong)?;
        file.take(JOURNAL_MAX_BYTES).read_to_end(&mut text).map_err(wrong)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            self.file.set_len(whole as u64).map_err(wrong)?;
        }
        let mut lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let Some(head) = lines.next() else { return Ok(None) };
        let head = serde_json::from_slice(head)
            .map_err(|error| wrong(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        let done = lines.map_while(|line| serde_json::from_slice(line).ok()).collect();
        Ok(Some((head, done)))
    }

    /// Begins anew with this head and these lines, in place of all that was there. Durable when it returns, with the journal's name.
    ///
    /// # Errors
    /// [`TransferError::Journal`]: what was there still is.
    pub fn begin<L: Serialize>(
        &mut self,
        head: &impl Serialize,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<(), TransferError> {
        let path = self.path.clone();
        let wrong = |source| TransferError::Journal { what: "begin", path: path.clone(), source };
        let mut text = json_line(head).map_err(wrong)?;
        for line in lines {
            text.extend(json_line(&line).map_err(wrong)?);
        }
        self.file = replace(&self.path, &text).map_err(wrong)?;
        let dir = self.path.parent().expect("a journal is in a folder");
        sync(&File::open(dir).map_err(wrong)?).map_err(wrong)
    }

    /// Adds a line. Durable when it returns.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn append(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        self.append_all(std::slice::from_ref(line))
    }

    /// Adds lines. Durable when it returns.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn append_all(&mut self, lines: &[impl Serialize]) -> Result<(), TransferError> {
        lines.iter().try_for_each(|line| self.note(line))?;
        let wrong = |source| TransferError::Journal { what: "write", path: self.path.clone(), source };
        sync(&self.file).map_err(wrong)
    }

    /// Adds a line that may be lost when the machine stops, though not when the program does: for what is proved before it counts.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    pub fn note(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        let wrong = |source| TransferError::Journal { what: "write", path: self.path.clone(), source };
        let mut text = serde_json::to_vec(line).map_err(|error| wrong(io::Error::other(error)))?;
        text.push(b'\n');
        self.file.write_all(&text).map_err(wrong)
    }

    /// The transfer is done: nothing of it has to be known any more.
    ///
    /// # Errors
    /// [`TransferError::Journal`].
    #[expect(clippy::disallowed_methods, reason = "the one home of journals")]
    pub fn remove(self) -> Result<(), TransferError> {
        let wrong = |source| TransferError::Journal { what: "remove", path: self.path.clone(), source };
        std::fs::remove_file(&self.path).map_err(wrong)
    }
}

/// A file of this content, locked, in the place of the one at `path`: there is the old one or the new one, always whole.
#[expect(clippy::disallowed_methods, reason = "the one home of journals")]
fn replace(path: &Path, content: &[u8]) -> io::Result<File> {
    let new = path.with_extension("new");
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(&new)?;
    file.try_lock().map_err(io::Error::from)?;
    file.write_all(content)?;
    sync(&file)?;
    std::fs::rename(&new, path)?;
    Ok(file)
}

fn json_line(line: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
    text.push(b'\n');
    Ok(text)
}

#[expect(clippy::disallowed_methods, reason = "the one home of journals")]
fn sync(file: &File) -> io::Result<()> {
    file.sync_all()
}

/// Is this open file the one that has the name? Its last holder may have removed it in between.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::{JournalFile, path_of};
    use std::io::Write as _;

    type Read = Option<(String, Vec<u32>)>;

    #[test]
    fn what_was_appended_is_read_and_a_torn_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_of(&dir.path().join("transfers"), "upload", &["a", "b"]);
        let mut journal = JournalFile::open(&path).unwrap();
        assert_eq!(journal.read::<String, u32>().unwrap(), None);
        journal.begin::<u32>(&"head", []).unwrap();
        journal.append(&1).unwrap();
        journal.append(&2).unwrap();
        journal.file.write_all(b"3").unwrap();
        drop(journal);
        let mut journal = JournalFile::open(&path).unwrap();
        let read: Read = journal.read().unwrap();
        assert_eq!(read, Some(("head".to_owned(), vec![1, 2])));
        journal.append(&4).unwrap();
        let read: Read = journal.read().unwrap();
        assert_eq!(read, Some(("head".to_owned(), vec![1, 2, 4])));
        journal.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn two_programs_do_not_share_a_journal() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_of(dir.path(), "upload", &["a"]);
        let first = JournalFile::open(&path).unwrap();
        let error = JournalFile::open(&path).unwrap_err();
        assert!(error.to_string().contains("another run"), "{error}");
        first.remove().unwrap();
        JournalFile::open(&path).unwrap();
    }

    #[test]
    fn a_head_that_cannot_be_read_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = path_of(dir.path(), "upload", &["a"]);
        let mut journal = JournalFile::open(&path).unwrap();
        journal.begin::<u32>(&7, []).unwrap();
        assert!(journal.read::<String, u32>().is_err());
        assert_ne!(
            path_of(dir.path(), "upload", &["a", "b"]),
            path_of(dir.path(), "upload", &["a\0b"]).with_extension("x")
        );
    }
}
