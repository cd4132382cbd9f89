//! TargetFile: a file that is received. It is written under another name beside its place, and gets its own when it is whole.

use super::folder::name_taken;
pub use super::place::Place;
use super::safe_path::{NAME_MAX_BYTES, SafePath};
use crate::error::TransferError;
use drystone_digest::body::checksum_of;
use drystone_digest::combine::crc_number;
use drystone_types::{ChecksumAlgorithm, Timestamp};
use rustix::fs::{AtFlags, FallocateFlags, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Room for smaller files is not reserved: it would cost more than it tells.
const RESERVE_MIN_BYTES: u64 = 1 << 20;
/// `.NAME.drystone-` and 8 digits: what the name of a file grows by while it is written.
const TEMP_ADDS_BYTES: usize = 19;
/// Names that are tried before giving up.
const TEMP_TRIES: u64 = 16;

/// A file in the making. Dropped before [`TargetFile::finish`], it is removed unless [`TargetFile::keep`] was called.
#[derive(Debug)]
pub struct TargetFile {
    path: PathBuf,
    dir: OwnedFd,
    name: String,
    temp_name: String,
    file: Arc<File>,
    is_kept: bool,
}

/// Tells that a file is the one that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FileId {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
}

impl TargetFile {
    /// Makes the file under its other name, with room for `len` bytes. What a run that was killed left of it is removed. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`], also when there is no room; [`TransferError::UnsafeKey`]; [`TransferError::Refused`].
    pub fn create(place: &Place, len: u64) -> Result<Self, TransferError> {
        let (dir, name, path) = place.open()?;
        let wrong =
            |what, error: Errno| TransferError::Local { what, path: path.clone(), source: error.into() };
        let mut tried = 0;
        let (temp_name, file) = loop {
            let temp_name = temp_name(&name, tried);
            match create_alone(&dir, &temp_name) {
                Ok(Some(file)) => break (temp_name, file),
                Ok(None) if tried < TEMP_TRIES => tried += 1,
                Ok(None) => return Err(wrong("write beside", Errno::EXIST)),
                Err(error) => return Err(wrong("write beside", error)),
            }
        };
        let target = Self { path: path.clone(), dir, name, temp_name, file: Arc::new(file), is_kept: false };
        // What the user chose for the file that is there holds for the new content from its first byte on.
        if let Ok(there) = rustix::fs::statat(&target.dir, target.name.as_str(), AtFlags::SYMLINK_NOFOLLOW)
            && FileType::from_raw_mode(there.st_mode).is_file()
        {
            let mode = Mode::from_raw_mode(there.st_mode & 0o777);
            rustix::fs::fchmod(&target.file, mode).map_err(|error| wrong("set the mode of", error))?;
        }
        target.reserve(len)?;
        Ok(target)
    }

    /// Opens a file that an earlier run was writing. `None` when it is not there any more, or not what it was. Blocks.
    ///
    /// # Errors
    /// [`TransferError`], as [`TargetFile::create`].
    pub fn adopt(
        place: &Place,
        len: u64,
        temp_name: &str,
        id: FileId,
    ) -> Result<Option<Self>, TransferError> {
        let (dir, name, path) = place.open()?;
        let is_ours = SafePath::new(temp_name).is_ok_and(|path| path.folders().is_empty());
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let opened = if is_ours {
            rustix::fs::openat(&dir, temp_name, flags, Mode::empty())
        } else {
            Err(Errno::NOENT)
        };
        let Ok(file) = opened.map(File::from) else { return Ok(None) };
        let target =
            Self { path, dir, name, temp_name: temp_name.to_owned(), file: Arc::new(file), is_kept: true };
        let found = target.file.metadata().map_err(|source| target.wrong("look at", source))?;
        let is_it =
            found.is_file() && found.len() == len && target.id()? == id && target.file.try_lock().is_ok();
        Ok(is_it.then_some(target))
    }

    fn wrong(&self, what: &'static str, source: io::Error) -> TransferError {
        TransferError::Local { what, path: self.path.clone(), source }
    }

    /// Takes the room on the disk, so that its lack is told before anything is fetched.
    fn reserve(&self, len: u64) -> Result<(), TransferError> {
        if len < RESERVE_MIN_BYTES {
            return Ok(());
        }
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, len) {
            Ok(()) => return Ok(()),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {} // this file system cannot say
            Err(error) => return Err(self.wrong(NO_ROOM, error.into())),
        }
        if let Ok(free) = rustix::fs::fstatvfs(&self.file)
            && free.f_bavail.saturating_mul(free.f_frsize) < len
        {
            return Err(self.wrong(NO_ROOM, Errno::NOSPC.into()));
        }
        self.file.set_len(len).map_err(|source| self.wrong(NO_ROOM, source))
    }

    /// The open file.
    pub fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name that it has while it is written.
    pub fn temp_name(&self) -> &str {
        &self.temp_name
    }

    /// What tells that it is still this one. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`].
    pub fn id(&self) -> Result<FileId, TransferError> {
        let found = self.file.metadata().map_err(|source| self.wrong("look at", source))?;
        Ok(FileId { device: found.dev(), inode: found.ino() })
    }

    /// It stays when it is dropped unfinished: another run goes on with it.
    pub fn keep(&mut self) {
        self.is_kept = true;
    }

    /// It does not stay when it is dropped unfinished.
    pub fn forsake(&mut self) {
        self.is_kept = false;
    }

    /// Makes it durable and gives it its name, with `len` bytes, and `modified` as its time. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`]: then nothing has the name that had not, and what had it before has it still.
    pub fn finish(mut self, len: u64, modified: Option<Timestamp>) -> Result<PathBuf, TransferError> {
        let size = self.file.metadata().map_err(|source| self.wrong("look at", source))?.len();
        if size != len {
            self.file.set_len(len).map_err(|source| self.wrong("cut", source))?;
        }
        if let Some(modified) = modified {
            let time = timespec(modified);
            let times = Timestamps { last_access: time, last_modification: time };
            rustix::fs::futimens(&self.file, &times)
                .map_err(|error| self.wrong("set the time of", error.into()))?;
        }
        rustix::fs::fsync(&self.file).map_err(|error| self.wrong("sync", error.into()))?;
        let named = rustix::fs::statat(&self.dir, self.temp_name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        let (named, open) =
            (named.map_err(|error| self.wrong("find what was written beside", error.into()))?, self.id()?);
        if (FileId { device: named.st_dev, inode: named.st_ino }) != open {
            let why =
                format!("cannot write {}: another program took the file beside it", self.path.display());
            return Err(TransferError::Refused(why));
        }
        let renamed = rustix::fs::renameat(&self.dir, self.temp_name.as_str(), &self.dir, self.name.as_str());
        if let Err(error) = renamed.map_err(io::Error::from) {
            let why = name_taken(&error);
            return Err(match why {
                Some(why) => TransferError::Refused(format!("cannot write {}: {why}", self.path.display())),
                None => self.wrong("rename the finished", error),
            });
        }
        self.is_kept = true; // the other name is gone
        rustix::fs::fsync(&self.dir).map_err(|error| self.wrong("sync the folder of", error.into()))?;
        Ok(std::mem::take(&mut self.path))
    }
}

impl Drop for TargetFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nobody is left to be told; a file that stays is found by its name.
            let _ = rustix::fs::unlinkat(&self.dir, self.temp_name.as_str(), AtFlags::empty());
        }
    }
}

const NO_ROOM: &str = "make room on the disk for";

/// `.NAME.drystone-XXXXXXXX`, NAME cut where the whole would be too long. The same for the same name, so that what a run leaves that
/// is killed is found by the next one; `tried` tells names apart that others hold.
fn temp_name(name: &str, tried: u64) -> String {
    let mut end = name.len().min(NAME_MAX_BYTES - TEMP_ADDS_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let digits = crc_number(&checksum_of(ChecksumAlgorithm::Crc32, name.as_bytes())).wrapping_add(tried);
    format!(".{}.drystone-{:08x}", &name[..end], digits & 0xffff_ffff)
}

/// Makes a file that no other run holds; `None` when the name is held by one, or by somebody else.
fn create_alone(dir: &OwnedFd, temp_name: &str) -> Result<Option<File>, Errno> {
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o666); // less the umask
    for _ in 0..2 {
        match rustix::fs::openat(dir, temp_name, flags | OFlags::CREATE | OFlags::EXCL, mode) {
            Ok(file) => {
                let file = File::from(file);
                return Ok(file.try_lock().is_ok().then_some(file));
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        let left = rustix::fs::openat(dir, temp_name, flags | OFlags::NONBLOCK, Mode::empty());
        let Ok(left) = left.map(File::from) else { return Ok(None) };
        let is_plain = left.metadata().is_ok_and(|found| found.is_file() && found.nlink() == 1);
        if !is_plain || left.try_lock().is_err() {
            return Ok(None);
        }
        rustix::fs::unlinkat(dir, temp_name, AtFlags::empty())?;
    }
    Ok(None)
}

fn timespec(time: Timestamp) -> Timespec {
    let seconds = i64::try_from(time.seconds()).unwrap_or(i64::MAX);
    Timespec { tv_sec: seconds, tv_nsec: i64::try_from(time.0 % 1000).expect("below 1000") * 1_000_000 }
}

#[cfg(test)]
mod tests {
    use super::{Place, TargetFile, temp_name};
    use crate::local::folder::Folder;
    use crate::local::safe_path::SafePath;
    use drystone_types::Timestamp;
    use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
    use std::path::Path;

    fn empty(path: &Path) {
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
    }

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_gets_its_name_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::Path(dir.path().join("new/name"));
        let target = TargetFile::create(&place, 2 << 20).unwrap();
        assert_eq!(names(&dir.path().join("new")), [temp_name("name", 0)]);
        assert_eq!(target.file().metadata().unwrap().len(), 2 << 20);
        target.file().write_all_at(b"abc", 0).unwrap();
        let path = target.finish(3, Some(Timestamp(1_500))).unwrap();
        assert_eq!(names(&dir.path().join("new")), ["name"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        let modified = path.metadata().unwrap().modified().unwrap();
        assert_eq!(modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis(), 1_500);
    }

    #[test]
    fn what_is_dropped_unfinished_is_gone_unless_it_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::Path(dir.path().join("name"));
        let held = TargetFile::create(&place, 10).unwrap();
        drop(TargetFile::create(&place, 10).unwrap());
        assert_eq!(names(dir.path()), [temp_name("name", 0)], "another run holds it");
        drop(held);
        assert!(names(dir.path()).is_empty());
        empty(&dir.path().join(temp_name("name", 0)));
        let mut target = TargetFile::create(&place, 2 << 20).unwrap();
        assert_eq!(names(dir.path()), [temp_name("name", 0)], "what was left is gone");
        target.keep();
        let (temp, id) = (target.temp_name().to_owned(), target.id().unwrap());
        drop(target);
        empty(&dir.path().join("other"));
        assert!(TargetFile::adopt(&place, 5, &temp, id).unwrap().is_none(), "another length");
        assert!(TargetFile::adopt(&place, 2 << 20, "../x", id).unwrap().is_none());
        assert!(TargetFile::adopt(&place, 0, "other", id).unwrap().is_none(), "another inode");
        let target = TargetFile::adopt(&place, 2 << 20, &temp, id).unwrap().unwrap();
        target.finish(2 << 20, None).unwrap();
        assert_eq!(names(dir.path()), ["name", "other"]);
    }

    #[test]
    fn the_mode_is_that_of_the_file_that_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("name");
        empty(&path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let target = TargetFile::create(&Place::Path(path.clone()), 0).unwrap();
        assert_eq!(target.file().metadata().unwrap().permissions().mode() & 0o777, 0o640);
        target.finish(0, None).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn links_of_the_user_are_followed_and_links_under_keys_are_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real"), dir.path().join("link"));
        empty(&real);
        symlink(&real, &link).unwrap();
        let write = |place: &Place| {
            let target = TargetFile::create(place, 1).unwrap();
            target.file().write_all_at(b"x", 0).unwrap();
            target.finish(1, None).unwrap();
        };
        write(&Place::Path(link.clone()));
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&real).unwrap(), b"x");
        empty(&real);
        let folder = Folder::open(dir.path()).unwrap();
        write(&Place::Below { folder, key: "link".into(), path: SafePath::new("link").unwrap() });
        assert!(!link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&real).unwrap(), b"");
    }

    #[test]
    fn folders_and_lacking_room_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let error = TargetFile::create(&Place::Path(dir.path().to_owned()), 0).unwrap_err();
        assert!(error.to_string().contains("is a folder"), "{error}");
        let place = Place::Path(dir.path().join("name"));
        let error = TargetFile::create(&place, 1 << 60).unwrap_err();
        assert!(error.to_string().contains("make room on the disk"), "{error}");
        assert!(names(dir.path()).is_empty());
        let folder = Folder::open(dir.path()).unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        let place = Place::Below { folder, key: "a".into(), path: SafePath::new("a").unwrap() };
        let error = TargetFile::create(&place, 0).unwrap().finish(0, None).unwrap_err();
        assert!(error.to_string().contains("a folder has that name"), "{error}");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn long_names_have_room_for_the_other_name() {
        assert_eq!(temp_name(&"n".repeat(255), 1).len(), 255);
        assert!(temp_name(&"ä".repeat(127), u64::MAX).len() <= 255);
    }
}
