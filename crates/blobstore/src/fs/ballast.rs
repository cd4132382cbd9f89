//! Ballast: a file that only takes up space, so that on a full disk there is something to throw overboard.
//! Deletes and aborts need a little room for their records before they give any back.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use drystone_disk::Fs;

const FILE: &str = "ballast";
const STEP: usize = 1 << 20;

/// The ballast of a blob folder.
#[derive(Debug)]
pub(super) struct Ballast {
    fs: Arc<dyn Fs>,
    path: PathBuf,
    bytes: u64,
    is_thrown: AtomicBool,
}

impl Ballast {
    /// Ballast of `bytes` in `dir`; 0 for none. It is not there before [`Ballast::restore`].
    pub(super) fn new(fs: Arc<dyn Fs>, dir: &Path, bytes: u64) -> Self {
        Self { fs, path: dir.join(FILE), bytes, is_thrown: AtomicBool::new(false) }
    }

    /// Is `name`, in the blob folder, ours?
    pub(super) fn is_file(name: &str) -> bool {
        name == FILE
    }

    /// Has it been thrown overboard and not been taken in again?
    pub(super) fn is_thrown(&self) -> bool {
        self.is_thrown.load(Ordering::SeqCst)
    }

    /// Gives its space up. Returns whether there was any.
    pub(super) fn throw(&self) -> io::Result<bool> {
        if self.bytes == 0 || !self.fs.exists(&self.path)? {
            return Ok(false);
        }
        self.is_thrown.store(true, Ordering::SeqCst);
        self.fs.remove_file(&self.path)?;
        Ok(true)
    }

    /// Takes it in again if `leave` bytes stay free beside it. Returns whether it is there, whole.
    pub(super) fn restore(&self, leave: u64) -> io::Result<bool> {
        if self.bytes == 0 {
            return Ok(true);
        }
        if self.fs.exists(&self.path)? {
            if self.fs.open(&self.path)?.len()? == self.bytes {
                self.is_thrown.store(false, Ordering::SeqCst);
                return Ok(true);
            }
            self.fs.remove_file(&self.path)?; // its making was interrupted
        }
        let parent = self.path.parent().unwrap_or(&self.path);
        if self.fs.free_bytes(parent)? < self.bytes.saturating_add(leave) {
            return Ok(false);
        }
        let file = self.fs.create_new(&self.path)?;
        let zeroes = vec![0; STEP];
        let mut at = 0;
        while at < self.bytes {
            let len = usize::try_from(self.bytes - at).unwrap_or(STEP).min(STEP);
            file.write_all_at(&zeroes[..len], at)?;
            at += len as u64;
        }
        file.sync_data()?;
        self.fs.sync_dir(parent)?;
        self.is_thrown.store(false, Ordering::SeqCst);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::Ballast;
    use drystone_disk::{Fs, MemoryFs};
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn ballast_is_taken_in_only_where_there_is_room_and_thrown_once() {
        let fs = MemoryFs::new();
        let ballast = Ballast::new(Arc::new(fs.clone()), Path::new("/"), 3_000_000);
        fs.set_free_bytes(3_999_999);
        assert!(!ballast.restore(1_000_000).unwrap());
        assert!(!ballast.throw().unwrap(), "nothing to throw");
        fs.set_free_bytes(4_000_000);
        assert!(ballast.restore(1_000_000).unwrap());
        assert_eq!(fs.open(Path::new("/ballast")).unwrap().len().unwrap(), 3_000_000);
        assert!(ballast.throw().unwrap() && ballast.is_thrown());
        assert!(!fs.exists(Path::new("/ballast")).unwrap());
        fs.create_new(Path::new("/ballast")).unwrap(); // as an interruption leaves it
        assert!(ballast.restore(0).unwrap() && !ballast.is_thrown());
    }
}
