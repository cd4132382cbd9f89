//! MemoryFs: a file system in memory that keeps apart what is durable, and can lose power.
//!
//! It is harsher than most disks: a file's sync makes only its bytes durable, a directory's sync only its names.
//! [`MemoryFs::crash`] keeps exactly what was synced; [`MemoryFs::crash_torn`] keeps a random part of the rest as well,
//! sector by sector and name by name.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::{DirEntry, File, Fs};

mod crash;
mod file;

use file::{Content, MemoryFile};

/// Free bytes that a new `MemoryFs` reports.
const FREE_BYTES: u64 = 1 << 40;

/// A file system in memory. Clones share it; it starts with an empty root directory `/`.
#[derive(Clone, Debug, Default)]
pub struct MemoryFs {
    machine: Arc<Machine>,
}

#[derive(Debug)]
struct Machine {
    /// Counts crashes: a file opened before one is of no use after it. Held for reading during every call.
    epoch: RwLock<u64>,
    root: Arc<Mutex<Dir>>,
    free_bytes: Mutex<u64>,
}

#[derive(Clone, Debug)]
enum Node {
    File(Arc<Mutex<Content>>),
    Dir(Arc<Mutex<Dir>>),
}

#[derive(Debug, Default)]
struct Dir {
    names: BTreeMap<String, Node>,
    durable: BTreeMap<String, Node>,
    /// What leads from `durable` to `names`, in order.
    pending: Vec<Change>,
}

/// Names set or removed in one atomic change.
type Change = Vec<(String, Option<Node>)>;

impl Default for Machine {
    fn default() -> Self {
        Self { epoch: RwLock::default(), root: Arc::default(), free_bytes: Mutex::new(FREE_BYTES) }
    }
}

impl MemoryFs {
    /// An empty file system.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the answer of [`Fs::free_bytes`]. Nothing else heeds it.
    pub fn set_free_bytes(&self, free_bytes: u64) {
        *lock(&self.machine.free_bytes) = free_bytes;
    }

    fn running(&self) -> RwLockReadGuard<'_, u64> {
        self.machine.epoch.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn dir(&self, path: &Path) -> io::Result<Arc<Mutex<Dir>>> {
        let mut dir = Arc::clone(&self.machine.root);
        for component in path.components() {
            let Component::Normal(name) = component else { continue };
            let next = lock(&dir).names.get(&*name.to_string_lossy()).cloned();
            dir = match next {
                Some(Node::Dir(next)) => next,
                Some(Node::File(_)) => return Err(io::ErrorKind::NotADirectory.into()),
                None => return Err(io::ErrorKind::NotFound.into()),
            };
        }
        Ok(dir)
    }

    /// The directory that holds `path`, and the name of `path` in it.
    fn place(&self, path: &Path) -> io::Result<(Arc<Mutex<Dir>>, String)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.dir(parent)?, name.to_string_lossy().into_owned()))
    }

    fn node(&self, path: &Path) -> io::Result<Node> {
        let (dir, name) = self.place(path)?;
        let node = lock(&dir).names.get(&name).cloned();
        node.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn create(&self, path: &Path, node: Node) -> io::Result<()> {
        let (dir, name) = self.place(path)?;
        let mut dir = lock(&dir);
        if dir.names.contains_key(&name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        dir.change(vec![(name, Some(node))]);
        Ok(())
    }

    fn open_as(&self, path: &Path, writable: bool) -> io::Result<Arc<dyn File>> {
        let epoch = self.running();
        match self.node(path)? {
            Node::File(content) => Ok(self.handle(content, *epoch, writable)),
            Node::Dir(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn handle(&self, content: Arc<Mutex<Content>>, epoch: u64, writable: bool) -> Arc<dyn File> {
        Arc::new(MemoryFile { machine: Arc::clone(&self.machine), content, epoch, writable })
    }
}

impl Dir {
    fn change(&mut self, change: Change) {
        apply(&mut self.names, &change);
        self.pending.push(change);
    }

    fn sync(&mut self) {
        for change in self.pending.drain(..) {
            apply(&mut self.durable, &change);
        }
    }
}

fn apply(names: &mut BTreeMap<String, Node>, change: &Change) {
    for (name, node) in change {
        match node {
            Some(node) => names.insert(name.clone(), node.clone()),
            None => names.remove(name),
        };
    }
}

impl Fs for MemoryFs {
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let epoch = self.running();
        let content = Arc::<Mutex<Content>>::default();
        self.create(path, Node::File(Arc::clone(&content)))?;
        Ok(self.handle(content, *epoch, true))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.open_as(path, false)
    }

    fn open_rw(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        self.open_as(path, true)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let _running = self.running();
        self.create(path, Node::Dir(Arc::default()))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let _running = self.running();
        let dir = self.dir(path)?;
        lock(&dir).sync();
        Ok(())
    }

    /// Only within one directory: no engine needs more, and what a crash does to the two halves of another rename is up
    /// to the file system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let _running = self.running();
        if from.parent() != to.parent() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a memory file system renames within a directory",
            ));
        }
        let (dir, from) = self.place(from)?;
        let (_, to) = self.place(to)?;
        let mut dir = lock(&dir);
        let node = dir.names.get(&from).cloned().ok_or(io::ErrorKind::NotFound)?;
        if from != to {
            dir.change(vec![(from, None), (to, Some(node))]);
        }
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let _running = self.running();
        let (dir, name) = self.place(path)?;
        let mut dir = lock(&dir);
        match dir.names.get(&name) {
            Some(Node::File(_)) => dir.change(vec![(name, None)]),
            Some(Node::Dir(_)) => return Err(io::ErrorKind::IsADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        let _running = self.running();
        let dir = self.dir(path)?;
        let dir = lock(&dir);
        let entry = |(name, node): (&String, &Node)| DirEntry {
            name: name.clone(),
            is_dir: matches!(node, Node::Dir(_)),
        };
        Ok(dir.names.iter().map(entry).collect())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let _running = self.running();
        if path.file_name().is_none() {
            return Ok(true); // the root
        }
        match self.node(path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        if !self.exists(path)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(*lock(&self.machine.free_bytes))
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
