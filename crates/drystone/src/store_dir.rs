//! The data folder: who may use it, whether it holds a store, and how a new one is made.
//!
//! ```text
//! DIR/store-id            what this is, its format version and its id; written last, so that it vouches for the rest
//! DIR/creating            there only while a new store is being made
//! DIR/lock                held while a process uses the folder
//! DIR/root-credentials    the root access key, mode 0600, when it was not configured
//! DIR/master-keys         the keys that encrypt objects, mode 0600, when they do not come from elsewhere
//! DIR/master-keys.check   which master keys sealed here
//! DIR/meta.redb           metadata
//! DIR/blobs/              blobs
//! ```

use drystone_disk::{Fs, LockError, StoreLock, replace_file};
use drystone_store::Entropy;
use std::io;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Version of the folder's layout; docs/FORMATS.md draws it.
const LAYOUT_VERSION: u32 = 1;
const STORE_ID_FILE: &str = "store-id";
const FIRST_LINE: &str = "drystone store";
const CREATING_FILE: &str = "creating";

/// A data folder in use by this process alone.
#[derive(Debug)]
pub(crate) struct StoreDir {
    dir: PathBuf,
    /// Identity of the store: 32 hexadecimal digits. Known at once for a new store, and written by `finish`.
    pub(crate) id: String,
    /// Is it being made right now?
    pub(crate) is_new: bool,
    _lock: StoreLock,
}

impl StoreDir {
    /// Takes the folder. A folder that does not exist is created; one that exists and holds no store is refused, unless
    /// `init` says otherwise or it is a mount point: it may be where a disk should be mounted.
    pub(crate) fn open_or_create(
        fs: &dyn Fs,
        dir: &Path,
        init: bool,
        entropy: &dyn Entropy,
    ) -> Result<Self, Failure> {
        let exists = |path: &Path| fs.exists(path).map_err(|error| cannot("look at", path, error));
        if exists(&dir.join(STORE_ID_FILE))? {
            return Self::open(fs, dir);
        }
        if exists(dir)? {
            check_may_create(fs, dir, init)?;
        } else {
            create_dirs(fs, dir)?;
        }
        let lock = lock(dir)?;
        let mark = dir.join(CREATING_FILE);
        if !exists(&mark)? {
            replace_file(fs, &mark, b"a store is being made here\n")
                .map_err(|error| cannot("write", &mark, error))?;
        }
        let id = format!("{:032x}", entropy.random_u128());
        Ok(Self { dir: dir.to_owned(), id, is_new: true, _lock: lock })
    }

    /// Takes a folder that must hold a store.
    pub(crate) fn open(fs: &dyn Fs, dir: &Path) -> Result<Self, Failure> {
        if !fs.exists(&dir.join(STORE_ID_FILE)).map_err(|error| cannot("look at", dir, error))? {
            return Err(Failure::Config(format!("{} holds no Drystone store", dir.display())));
        }
        let id = read_id(dir)?; // before the lock: a newer layout is refused untouched
        Ok(Self { dir: dir.to_owned(), id, is_new: false, _lock: lock(dir)? })
    }

    /// The store is complete: says so, durably.
    pub(crate) fn finish(&mut self, fs: &dyn Fs) -> Result<(), Failure> {
        if self.is_new {
            let text = format!("{FIRST_LINE}\nversion {LAYOUT_VERSION}\nid {}\n", self.id);
            replace_file(fs, &self.dir.join(STORE_ID_FILE), text.as_bytes())
                .map_err(|error| cannot("write the store id in", &self.dir, error))?;
            fs.remove_file(&self.dir.join(CREATING_FILE))
                .and_then(|()| fs.sync_dir(&self.dir))
                .map_err(|error| cannot("finish", &self.dir, error))?;
            self.is_new = false;
        }
        Ok(())
    }
}

fn cannot(what: &str, dir: &Path, error: io::Error) -> Failure {
    Failure::other(format!("cannot {what} {}", dir.display()), error)
}

fn lock(dir: &Path) -> Result<StoreLock, Failure> {
    StoreLock::acquire(dir).map_err(|error| match error {
        held @ LockError::Held { .. } => Failure::other(
            format!(
                "the data folder {} is in use by another process; stop it, or use another --data",
                dir.display()
            ),
            held,
        ),
        other => Failure::other(format!("cannot lock the data folder {}", dir.display()), other),
    })
}

/// Creates `dir` and what is missing above it, each name durable before the next.
fn create_dirs(fs: &dyn Fs, dir: &Path) -> Result<(), Failure> {
    let absolute = std::path::absolute(dir).map_err(|error| cannot("find", dir, error))?;
    let mut missing = Vec::new();
    let mut at = absolute.as_path();
    while !fs.exists(at).map_err(|error| cannot("look at", at, error))? {
        missing.push(at.to_owned());
        at = at.parent().ok_or_else(|| cannot("find a parent of", dir, io::ErrorKind::NotFound.into()))?;
    }
    for path in missing.iter().rev() {
        fs.create_dir(path).map_err(|error| cannot("create", path, error))?;
        let parent = path.parent().expect("it was created in one");
        fs.sync_dir(parent).map_err(|error| cannot("sync", parent, error))?;
    }
    Ok(())
}

/// May a new store be made in a folder that exists and has no store id?
fn check_may_create(fs: &dyn Fs, dir: &Path, init: bool) -> Result<(), Failure> {
    let entries = fs.read_dir(dir).map_err(|error| cannot("list", dir, error))?;
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if has(CREATING_FILE) {
        return Ok(()); // begun and interrupted: nothing was served from it
    }
    if has("meta.redb") || has("blobs") {
        return Err(Failure::Config(format!(
            "{} holds data of a Drystone store, but not its {STORE_ID_FILE} file. Put that file back from a backup; \
             nothing was changed",
            dir.display()
        )));
    }
    let harmless = |name: &str| name == "lost+found" || name == drystone_disk::lock::LOCK_FILE;
    if let Some(foreign) = entries.iter().find(|entry| !harmless(&entry.name)) {
        return Err(Failure::Config(format!(
            "{} holds no Drystone store, but other things ({:?}); choose an empty folder or one that does not exist",
            dir.display(),
            foreign.name
        )));
    }
    if init || is_mount_point(dir) {
        return Ok(()); // asked for, or an empty disk
    }
    Err(Failure::Config(format!(
        "{} exists and holds no Drystone store. If a disk should be mounted there, mount it. \
         To make a new store in this folder, pass --init (or remove the folder: serve creates it)",
        dir.display()
    )))
}

fn is_mount_point(dir: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let absolute = std::path::absolute(dir).ok();
    let device = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.dev()).ok();
    match absolute.as_deref().and_then(Path::parent) {
        Some(parent) => device(dir) != device(parent),
        None => true,
    }
}

fn read_id(dir: &Path) -> Result<String, Failure> {
    let path = dir.join(STORE_ID_FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| cannot("read", &path, error))?;
    parse_id(&text).map_err(|why| Failure::Config(format!("{}: {why}", path.display())))
}

fn parse_id(text: &str) -> Result<String, String> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err("this is no Drystone store id".into());
    }
    let version =
        lines.next().and_then(|line| line.strip_prefix("version ")).and_then(|v| v.parse::<u32>().ok());
    match version {
        Some(LAYOUT_VERSION) => {}
        Some(version) if version > LAYOUT_VERSION => {
            return Err(format!(
                "the store has layout version {version}; this program knows up to {LAYOUT_VERSION}. Nothing was changed"
            ));
        }
        _ => return Err("the version line is broken".into()),
    }
    match lines.next().and_then(|line| line.strip_prefix("id ")) {
        Some(id) if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(id.to_owned()),
        _ => Err("the id line is broken".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_id;

    #[test]
    fn a_newer_or_foreign_store_id_is_refused() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(parse_id(&format!("drystone store\nversion 1\nid {id}\n")).as_deref(), Ok(id));
        let newer = parse_id(&format!("drystone store\nversion 2\nid {id}\n")).unwrap_err();
        assert!(newer.contains("version 2") && newer.contains("Nothing was changed"), "{newer}");
        for broken in [
            "",
            "something",
            "drystone store\n",
            "drystone store\nversion 0\nid x",
            "drystone store\nversion 1\n",
        ] {
            assert!(parse_id(broken).is_err(), "{broken:?}");
        }
    }
}
