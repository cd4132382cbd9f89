//! Source: a file that is sent, and what tells that it is still the same.

use crate::error::TransferError;
use drystone_digest::ChecksumDigest;
use drystone_types::ChecksumAlgorithm;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Places at which the content is sampled.
const SAMPLES: u64 = 16;
/// Bytes of a sample.
const SAMPLE_LEN: u64 = 4096;
const SAMPLE_ROOM: usize = 4096;

/// What a file was: place, size, time of the last change, and a checksum of samples of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Last change, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Last change of content, name, mode or times, in nanoseconds since 1970: nobody can set it back.
    #[serde(default)]
    pub ctime_ns: i64,
    /// CRC64NVME, in base64, of 16 samples of 4 KiB, evenly spread, the first and the last bytes among them.
    pub samples: String,
}

impl Identity {
    /// What is different from `before`; `None` when it is the same file with the same content, as far as can be told without
    /// reading all of it.
    pub fn difference(&self, before: &Self) -> Option<String> {
        if self.size != before.size {
            return Some(format!("it had {} bytes and has {}", before.size, self.size));
        }
        if self.samples != before.samples {
            return Some("its content is another".to_owned());
        }
        if self.mtime_ns != before.mtime_ns {
            return Some("it was written to".to_owned());
        }
        if self.ctime_ns != before.ctime_ns {
            return Some("its times were set, or its mode or name changed".to_owned());
        }
        (self != before).then(|| "another file has its name".to_owned())
    }
}

impl Identity {
    /// Has an open file this size and these times? Costs one system call.
    ///
    /// # Errors
    /// Those of asking for its metadata.
    pub fn has_times_of(&self, file: &File) -> io::Result<bool> {
        let found = file.metadata()?;
        let mtime_ns = nanoseconds(found.mtime(), found.mtime_nsec());
        Ok(found.len() == self.size && mtime_ns == self.mtime_ns)
    }
}

/// An open file that is sent.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    file: Arc<File>,
}

impl Source {
    /// Opens a file. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`]; [`TransferError::Refused`] when it is no regular file.
    pub fn open(path: &Path) -> Result<Self, TransferError> {
        let wrong = |source| TransferError::Local { what: "read", path: path.to_owned(), source };
        // Looked at first: opening a pipe would wait for somebody who writes to it.
        let found = std::fs::metadata(path).map_err(wrong)?;
        if found.is_dir() {
            return Err(TransferError::Refused(format!(
                "{} is a folder: add -r to send what is in it",
                path.display()
            )));
        }
        if !found.is_file() {
            let why =
                format!("{} is no regular file: pipe its content in, with - as the source", path.display());
            return Err(TransferError::Refused(why));
        }
        let file = File::open(path).map_err(wrong)?;
        Ok(Self { path: path.to_owned(), file: Arc::new(file) })
    }

    /// An open file without a name, as spooled parts of a stream are.
    pub fn nameless(file: File, path: &Path) -> Self {
        Self { path: path.to_owned(), file: Arc::new(file) }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// What it is now. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`].
    pub fn identity(&self) -> Result<Identity, TransferError> {
        self.look().map_err(|source| TransferError::Local { what: "read", path: self.path.clone(), source })
    }

    fn look(&self) -> io::Result<Identity> {
        let found = self.file.metadata()?;
        Ok(Identity {
            device: found.dev(),
            inode: found.ino(),
            size: found.len(),
            mtime_ns: nanoseconds(found.mtime(), found.mtime_nsec()),
            ctime_ns: nanoseconds(found.ctime(), found.ctime_nsec()),
            samples: samples(&self.file, found.len())?,
        })
    }

    /// Is what has the name now the file that is open here, unchanged since `before`? Its mode and name may change meanwhile. Blocks.
    ///
    /// # Errors
    /// [`TransferError::SourceChanged`], [`TransferError::Local`].
    pub fn still(&self, before: &Identity) -> Result<(), TransferError> {
        let now = self.identity()?;
        match now.difference(&Identity { ctime_ns: now.ctime_ns, ..before.clone() }) {
            None => Ok(()),
            Some(how) => Err(TransferError::SourceChanged { path: self.path.clone(), how }),
        }
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

fn samples(file: &File, size: u64) -> io::Result<String> {
    let mut digest = ChecksumDigest::new(ChecksumAlgorithm::Crc64Nvme);
    let mut sample = [0; SAMPLE_ROOM];
    for (start, len) in sampled(size) {
        let sample = &mut sample[..usize::try_from(len).expect("a sample is small")];
        match file.read_exact_at(sample, start) {
            Ok(()) => digest.update(sample),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break, // it shrinks: the size tells
            Err(error) => return Err(error),
        }
    }
    Ok(digest.finish().to_base64())
}

/// First byte and length of each sample.
fn sampled(size: u64) -> Vec<(u64, u64)> {
    if size <= SAMPLES * SAMPLE_LEN {
        return (0..size.div_ceil(SAMPLE_LEN))
            .map(|n| (n * SAMPLE_LEN, SAMPLE_LEN.min(size - n * SAMPLE_LEN)))
            .collect();
    }
    let last = size - SAMPLE_LEN;
    (0..SAMPLES)
        .map(|n| (last / (SAMPLES - 1) * n, SAMPLE_LEN))
        .map(|(start, len)| (start.min(last), len))
        .chain([(last, SAMPLE_LEN)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Source, sampled};
    use std::io::Write as _;
    use std::os::unix::fs::FileExt as _;

    #[test]
    fn samples_cover_small_files_and_both_ends_of_large_ones() {
        assert_eq!(sampled(0), []);
        assert_eq!(sampled(1), [(0, 1)]);
        assert_eq!(sampled(5000), [(0, 4096), (4096, 904)]);
        let large = sampled(1 << 40);
        assert_eq!((large[0].0, large.last().unwrap().0), (0, (1 << 40) - 4096));
    }

    #[test]
    fn every_kind_of_change_is_told() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; 1 << 20]).unwrap();
        let source = Source::open(file.path()).unwrap();
        let before = source.identity().unwrap();
        assert_eq!(source.identity().unwrap().difference(&before), None);
        source.still(&before).unwrap();
        file.as_file().write_all_at(b"x", 0).unwrap();
        assert!(source.identity().unwrap().difference(&before).unwrap().contains("content"));
        file.as_file().set_len(5).unwrap();
        assert!(source.identity().unwrap().difference(&before).unwrap().contains("bytes"));
        let mut other = before.clone();
        other.inode += 1;
        assert!(other.difference(&before).unwrap().contains("another file"));
        other = before.clone();
        other.mtime_ns += 1;
        assert!(other.difference(&before).unwrap().contains("written"));
    }

    /// Regression: a file that was changed between its samples, and whose times were then set back, passed for the same.
    #[test]
    fn a_change_behind_the_times_is_told_but_a_new_mode_ends_no_upload() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; 1 << 20]).unwrap();
        let source = Source::open(file.path()).unwrap();
        let before = source.identity().unwrap();
        let mut changed = before.clone();
        changed.ctime_ns += 1;
        assert!(changed.difference(&before).unwrap().contains("times"));
        let mode = file.as_file().metadata().unwrap().permissions();
        file.as_file().set_permissions(mode).unwrap();
        source.still(&before).unwrap();
    }

    #[test]
    fn folders_and_pipes_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Source::open(dir.path()).unwrap_err().to_string().contains("-r"));
        assert!(Source::open(std::path::Path::new("/dev/null")).unwrap_err().to_string().contains("regular"));
    }
}
