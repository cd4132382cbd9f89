//! FaultyFs: wraps a file system and fails chosen calls, so that a test can break an operation at every step.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{DirEntry, File, Fs};

/// A kind of call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// [`Fs::create_new`].
    CreateNew,
    /// [`Fs::open`] and [`Fs::open_rw`].
    Open,
    /// [`Fs::create_dir`].
    CreateDir,
    /// [`Fs::sync_dir`].
    SyncDir,
    /// [`Fs::rename`].
    Rename,
    /// [`Fs::remove_file`].
    Remove,
    /// [`Fs::read_dir`] and [`Fs::exists`].
    List,
    /// [`Fs::free_bytes`].
    FreeBytes,
    /// [`File::read_exact_at`] and [`File::len`].
    Read,
    /// [`File::write_all_at`]. A failing write leaves its first half behind.
    Write,
    /// [`File::set_len`].
    SetLen,
    /// [`File::sync_data`].
    SyncData,
}

/// A file system with faults on order. With no order given it does what the wrapped one does.
#[derive(Clone, Debug)]
pub struct FaultyFs {
    inner: Arc<dyn Fs>,
    orders: Arc<Mutex<Orders>>,
}

#[derive(Debug, Default)]
struct Orders {
    faults: Vec<Fault>,
    budget: Option<u64>,
    calls: u64,
}

#[derive(Debug)]
struct Fault {
    /// `None` is any kind.
    call: Option<Call>,
    /// Calls of this kind that still succeed.
    before: u64,
    /// Fails every later call too.
    stays: bool,
    kind: io::ErrorKind,
}

#[derive(Debug)]
struct FaultyFile {
    inner: Arc<dyn File>,
    orders: Arc<Mutex<Orders>>,
}

impl FaultyFs {
    /// Wraps `inner`. Clones share their faults.
    pub fn new(inner: Arc<dyn Fs>) -> Self {
        Self { inner, orders: Arc::default() }
    }

    /// Fails the `nth` call from now (1 is the next) of kind `call` (`None`: of any kind), once, with `kind`.
    pub fn fail_nth(&self, call: Option<Call>, nth: u64, kind: io::ErrorKind) {
        self.order(call, nth, false, kind);
    }

    /// Fails the `nth` call from now (1 is the next) of kind `call` (`None`: of any kind) and all later ones.
    pub fn fail_from(&self, call: Option<Call>, nth: u64, kind: io::ErrorKind) {
        self.order(call, nth, true, kind);
    }

    /// Lets `bytes` more bytes be written; what exceeds them fails with `StorageFull`.
    pub fn fill_after(&self, bytes: u64) {
        self.lock().budget = Some(bytes);
    }

    /// Takes back every order.
    pub fn heal(&self) {
        let mut orders = self.lock();
        orders.faults.clear();
        orders.budget = None;
    }

    /// Calls made so far, failed or not.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    fn order(&self, call: Option<Call>, nth: u64, stays: bool, kind: io::ErrorKind) {
        assert!(nth > 0, "calls are counted from 1");
        self.lock().faults.push(Fault { call, before: nth - 1, stays, kind });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrap(&self, file: Arc<dyn File>) -> Arc<dyn File> {
        Arc::new(FaultyFile { inner: file, orders: Arc::clone(&self.orders) })
    }
}

/// Counts one call and answers whether it fails.
fn check(orders: &Mutex<Orders>, call: Call) -> io::Result<()> {
    let mut orders = orders.lock().unwrap_or_else(PoisonError::into_inner);
    orders.calls += 1;
    let number = orders.calls;
    let mut failure = None;
    for fault in &mut orders.faults {
        if fault.call.is_some_and(|chosen| chosen != call) {
            continue;
        }
        if fault.before == 0 {
            failure.get_or_insert(fault.kind);
        }
        fault.before = match fault.before {
            0 if fault.stays => 0,
            0 => u64::MAX, // done
            before => before - 1,
        };
    }
    match failure {
        Some(kind) => Err(io::Error::new(kind, format!("injected fault at call {number}, {call:?}"))),
        None => Ok(()),
    }
}

impl Fs for FaultyFs {
    fn create_new(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        check(&self.orders, Call::CreateNew)?;
        Ok(self.wrap(self.inner.create_new(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        check(&self.orders, Call::Open)?;
        Ok(self.wrap(self.inner.open(path)?))
    }

    fn open_rw(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        check(&self.orders, Call::Open)?;
        Ok(self.wrap(self.inner.open_rw(path)?))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        check(&self.orders, Call::CreateDir)?;
        self.inner.create_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        check(&self.orders, Call::SyncDir)?;
        self.inner.sync_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        check(&self.orders, Call::Rename)?;
        self.inner.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        check(&self.orders, Call::Remove)?;
        self.inner.remove_file(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        check(&self.orders, Call::List)?;
        self.inner.read_dir(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        check(&self.orders, Call::List)?;
        self.inner.exists(path)
    }

    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        check(&self.orders, Call::FreeBytes)?;
        let free = self.inner.free_bytes(path)?;
        Ok(self.lock().budget.map_or(free, |budget| budget.min(free)))
    }
}

impl File for FaultyFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        check(&self.orders, Call::Read)?;
        self.inner.read_exact_at(buffer, offset)
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        if let Err(fault) = check(&self.orders, Call::Write) {
            // A real write that fails may have written some of its bytes: leave half, whatever becomes of them.
            let _ = self.inner.write_all_at(&data[..data.len() / 2], offset);
            return Err(fault);
        }
        let fits = self.spend(data.len());
        self.inner.write_all_at(&data[..fits], offset)?;
        if fits < data.len() {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "injected fault: the byte budget is spent",
            ));
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        check(&self.orders, Call::SetLen)?;
        self.inner.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        check(&self.orders, Call::Read)?;
        self.inner.len()
    }

    fn sync_data(&self) -> io::Result<()> {
        check(&self.orders, Call::SyncData)?;
        self.inner.sync_data()
    }
}

impl FaultyFile {
    /// Takes `wanted` bytes from the budget; returns how many it still held.
    fn spend(&self, wanted: usize) -> usize {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(budget) = &mut orders.budget else { return wanted };
        let fits = usize::try_from(*budget).unwrap_or(usize::MAX).min(wanted);
        *budget -= fits as u64;
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryFs;

    fn setup() -> (FaultyFs, Arc<dyn File>) {
        let fs = FaultyFs::new(Arc::new(MemoryFs::new()));
        let file = fs.create_new(Path::new("/f")).unwrap();
        (fs, file)
    }

    #[test]
    fn the_nth_call_of_a_kind_fails_once() {
        let (fs, file) = setup();
        fs.fail_nth(Some(Call::Write), 2, io::ErrorKind::TimedOut);
        file.write_all_at(b"a", 0).unwrap();
        file.sync_data().expect("another kind does not count");
        assert_eq!(file.write_all_at(b"bbbb", 1).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(file.len().unwrap(), 3, "half of the failed write is there");
        file.write_all_at(b"cccc", 1).unwrap();
    }

    #[test]
    fn from_the_nth_call_on_everything_fails_until_healed() {
        let (fs, file) = setup();
        fs.fail_from(None, 2, io::ErrorKind::Other);
        file.write_all_at(b"a", 0).unwrap();
        assert!(file.sync_data().is_err());
        assert!(fs.open(Path::new("/f")).is_err());
        assert!(file.len().is_err());
        fs.heal();
        file.sync_data().unwrap();
    }

    #[test]
    fn a_spent_budget_is_a_full_disk() {
        let (fs, file) = setup();
        fs.fill_after(5);
        file.write_all_at(b"abc", 0).unwrap();
        assert_eq!(fs.free_bytes(Path::new("/")).unwrap(), 2);
        assert_eq!(file.write_all_at(b"def", 3).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(file.len().unwrap(), 5);
        fs.remove_file(Path::new("/f")).expect("a full disk can still delete");
    }
}
