//! Folder: a folder below which keys become files, whatever the keys and the links in it try.

use super::safe_path::SafePath;
use crate::error::TransferError;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

const OPEN: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC).union(OFlags::RDONLY);
const FOLDER_MODE: Mode = Mode::from_raw_mode(0o777); // less the umask, as for everything that users make

/// An open folder. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    at: OwnedFd,
    /// Which key became which file, by its folded name.
    claims: Mutex<HashMap<String, String>>,
    folds_case: OnceLock<bool>,
}

impl Folder {
    /// Opens a folder, and makes it if it is not there. Links on the way to it are the user's own and are followed. Blocks.
    ///
    /// # Errors
    /// [`TransferError::Local`].
    pub fn open(path: &Path) -> Result<Self, TransferError> {
        let wrong = |what| {
            let path = path.to_owned();
            move |source| TransferError::Local { what, path, source }
        };
        std::fs::create_dir_all(path).map_err(wrong("make the folder"))?;
        let at = rustix::fs::open(path, OPEN, Mode::empty()).map_err(|error| wrong("open")(error.into()))?;
        let (claims, folds_case) = Default::default();
        Ok(Self(Arc::new(Inner { path: path.to_owned(), at, claims, folds_case })))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Takes the place of a key for this run, so that no two keys become one file. Blocks.
    ///
    /// # Errors
    /// [`TransferError::UnsafeKey`].
    pub fn claim(&self, key: &str, path: &SafePath) -> Result<(), TransferError> {
        let name = if self.folds_case() { path.folded() } else { path.to_string() };
        let mut claims = self.0.claims.lock().unwrap_or_else(PoisonError::into_inner);
        match claims.entry(name) {
            Entry::Vacant(free) => {
                free.insert(key.to_owned());
                Ok(())
            }
            Entry::Occupied(taken) if taken.get() == key => Ok(()),
            Entry::Occupied(taken) => {
                let other = taken.get();
                let why = format!("this file system takes it for the same file as that of the key {other:?}");
                Err(TransferError::UnsafeKey { key: key.to_owned(), why })
            }
        }
    }

    /// Opens the folder in which `path` is, and makes what is missing on the way. Links that stay below are followed. Blocks.
    ///
    /// # Errors
    /// [`TransferError::UnsafeKey`] when a link leads out of the folder, or a file is in the way; [`TransferError::Local`].
    pub fn parent_of(&self, key: &str, path: &SafePath) -> Result<OwnedFd, TransferError> {
        self.descend(path.folders()).map_err(|(names, error)| {
            let what = format!("{}/{}", self.0.path.display(), names.join("/"));
            let unsafe_key = |why: String| TransferError::UnsafeKey { key: key.to_owned(), why };
            match error {
                Errno::XDEV | Errno::LOOP => {
                    unsafe_key(format!("{what} is a link that leads out of the folder"))
                }
                Errno::NOTDIR => unsafe_key(format!("{what} is a file and would have to be a folder")),
                _ => TransferError::Local { what: "open", path: what.into(), source: error.into() },
            }
        })
    }

    fn descend<'a>(&self, names: &'a [String]) -> Result<OwnedFd, (&'a [String], Errno)> {
        let root = || rustix::io::fcntl_dupfd_cloexec(&self.0.at, 0).map_err(|error| (&names[..0], error));
        let Some(_) = names.first() else { return root() };
        // Mostly it is all there.
        let whole = names.join("/");
        if let Ok(found) = open_below(&self.0.at, &whole) {
            return Ok(found);
        }
        // What is missing is made, and what is in the way is found, name by name.
        let mut here = root()?;
        for depth in 1..=names.len() {
            let wrong = |error| (&names[..depth], error);
            match rustix::fs::mkdirat(&here, names[depth - 1].as_str(), FOLDER_MODE) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(wrong(error)),
            }
            here = self.enter(&here, &names[..depth]).map_err(wrong)?;
        }
        Ok(here)
    }

    /// Opens one more folder: below the root, if the system can promise that, else by its name unless that is a link.
    fn enter(&self, here: &OwnedFd, names: &[String]) -> Result<OwnedFd, Errno> {
        match open_below(&self.0.at, &names.join("/")) {
            Err(Errno::NOSYS | Errno::NAMETOOLONG) => {
                let name = names.last().expect("there is one");
                match rustix::fs::openat(here, name.as_str(), OPEN | OFlags::NOFOLLOW, Mode::empty()) {
                    // A link is told as what it is not.
                    Err(Errno::NOTDIR) if is_link(here, name) => Err(Errno::LOOP),
                    opened => opened,
                }
            }
            opened => opened,
        }
    }

    /// Does the file system take upper and lower case for the same? Found out by asking for a file by another case.
    fn folds_case(&self) -> bool {
        *self.0.folds_case.get_or_init(|| folds_case(&self.0.at, &self.0.path))
    }
}

fn is_link(here: &OwnedFd, name: &str) -> bool {
    rustix::fs::statat(here, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|found| rustix::fs::FileType::from_raw_mode(found.st_mode).is_symlink())
}

/// Opens a folder below another, following links as long as they stay there.
#[cfg(target_os = "linux")]
fn open_below(root: &OwnedFd, path: &str) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    let how = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    loop {
        match rustix::fs::openat2(root, path, OPEN, Mode::empty(), how) {
            Err(Errno::AGAIN | Errno::INTR) => {} // something was renamed meanwhile
            opened => return opened,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn open_below(_: &OwnedFd, _: &str) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

/// A folder has a name with letters, mostly; its other case is looked for beside it.
fn folds_case(at: &OwnedFd, path: &Path) -> bool {
    let own = |found: &rustix::fs::Stat| (found.st_dev, found.st_ino);
    let Ok(path) = path.canonicalize() else { return false };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return false;
    };
    let swapped: String = name
        .chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect();
    if swapped == name {
        return false;
    }
    match (rustix::fs::fstat(at), rustix::fs::stat(parent.join(swapped))) {
        (Ok(here), Ok(there)) => own(&here) == own(&there),
        _ => false,
    }
}

/// What stands in the way of a file that is about to get its name.
pub(super) fn name_taken(error: &io::Error) -> Option<&'static str> {
    match Errno::from_io_error(error) {
        Some(Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY) => Some("a folder has that name"),
        Some(Errno::NOTDIR) => Some("a file has the name of a folder on the way"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Folder;
    use crate::local::safe_path::SafePath;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    fn empty(path: &Path) {
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap();
    }

    fn parent(folder: &Folder, key: &str) -> Result<(), String> {
        let path = SafePath::new(key).unwrap();
        folder.parent_of(key, &path).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn folders_on_the_way_are_made_and_links_that_leave_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("in"), dir.path().join("out"));
        std::fs::create_dir(&outside).unwrap();
        let folder = Folder::open(&inside.join("deep")).unwrap();
        parent(&folder, "x").unwrap();
        parent(&folder, "a/b/c/x").unwrap();
        parent(&folder, "a/b/c/y").unwrap();
        assert!(inside.join("deep/a/b/c").is_dir());
        symlink(&outside, inside.join("deep/absolute")).unwrap();
        symlink("../../out", inside.join("deep/up")).unwrap();
        symlink("a/b", inside.join("deep/down")).unwrap();
        for key in ["absolute/x", "up/x", "absolute/new/x", "up/new/x"] {
            let error = parent(&folder, key).unwrap_err();
            assert!(error.contains("leads out"), "{key}: {error}");
        }
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
        parent(&folder, "down/new/x").unwrap();
        assert!(inside.join("deep/a/b/new").is_dir());
    }

    #[test]
    fn a_file_in_the_way_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        empty(&dir.path().join("a"));
        let error = parent(&folder, "a/b").unwrap_err();
        assert!(error.contains("is a file"), "{error}");
    }

    #[test]
    fn a_place_is_claimed_once() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let claim = |key: &str| folder.claim(key, &SafePath::new(key).unwrap());
        claim("a").unwrap();
        claim("a").unwrap();
        assert_eq!(claim("A").is_err(), folder.folds_case());
        folder.0.claims.lock().unwrap().insert("b".into(), "B".into());
        let error = claim("b").unwrap_err().to_string();
        assert!(error.contains("the same file as that of the key \"B\""), "{error}");
    }
}
