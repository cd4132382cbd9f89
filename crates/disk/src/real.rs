//! RealFs: the files of the operating system, and the only code of the project that touches them.
//!
//! Files are 0600 and directories 0700 (less the umask), and no descriptor survives an exec. Calls that a signal
//! interrupts are repeated.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::{DirEntry, File, Fs};

/// The file system of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

/// One open file of the machine.
#[derive(Debug)]
struct RealFile(fs::File);

impl Fs for RealFs {
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(0o600);
        Ok(Arc::new(RealFile(options.open(path)?)))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(RealFile(fs::OpenOptions::new().read(true).open(path)?)))
    }

    fn open_rw(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        Ok(Arc::new(RealFile(fs::OpenOptions::new().read(true).write(true).open(path)?)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o700).create(path)
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of a directory sync")]
    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.read(true).custom_flags(OFlags::DIRECTORY.bits().cast_signed());
        options.open(path)?.sync_all()
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of a rename")]
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of a removal")]
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        fs::read_dir(path)?
            .map(|entry| {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                Ok(DirEntry { name, is_dir: entry.file_type()?.is_dir() })
            })
            .collect()
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        match fs::symlink_metadata(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        let status = rustix::fs::statvfs(path)?;
        Ok(status.f_bavail.saturating_mul(status.f_frsize))
    }
}

impl File for RealFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.0.read_exact_at(buffer, offset) // loops over short reads and EINTR
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(data, offset) // loops over short writes and EINTR
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    #[expect(clippy::disallowed_methods, reason = "the one home of a file sync")]
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_can_read_what_we_create() {
        let dir = tempfile::tempdir().unwrap();
        RealFs.create_dir(&dir.path().join("d")).unwrap();
        RealFs.create_new(&dir.path().join("f")).unwrap();
        for name in ["d", "f"] {
            let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
        }
    }

    #[test]
    fn free_bytes_are_those_of_the_file_system_below_the_path() {
        let dir = tempfile::tempdir().unwrap();
        assert!(RealFs.free_bytes(dir.path()).unwrap() > 0);
        assert!(RealFs.free_bytes(&dir.path().join("nothing here")).is_err());
    }

    #[test]
    fn a_file_cannot_be_synced_as_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        RealFs.create_new(&dir.path().join("f")).unwrap();
        assert_eq!(RealFs.sync_dir(&dir.path().join("f")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}
