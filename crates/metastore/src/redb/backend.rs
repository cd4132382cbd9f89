//! The file below redb: a header page of ours, then redb's own file, all through `disk::File`.
//!
//! The header says what the file is before redb sees it, so a newer or foreign file is refused without a changed byte.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crc_fast::{CrcAlgorithm, checksum};
use drystone_disk::File;

use super::FORMAT_VERSION;
use crate::MetaError;

/// Our page at the front. Redb's pages stay aligned behind it.
pub(super) const HEADER_BYTES: u64 = 4096;
const MAGIC: [u8; 8] = *b"DRYMETA\0";

/// The header page of a version.
pub(super) fn header(version: u32) -> Vec<u8> {
    let mut page = MAGIC.to_vec();
    page.extend_from_slice(&version.to_le_bytes());
    let seal = seal(&page);
    page.extend_from_slice(&seal);
    page.resize(usize::try_from(HEADER_BYTES).expect("a page fits"), 0);
    page
}

/// Says that the file is of this version from now on. One sector is written: after a power cut the old header is there or
/// the new one.
pub(super) fn move_header_forward(file: &dyn File) -> io::Result<()> {
    file.write_all_at(&header(FORMAT_VERSION)[..16], 0)?;
    file.sync_data()
}

/// Checks that `file` is a metastore that this version reads; its version.
pub(super) fn check_header(file: &dyn File) -> Result<u32, MetaError> {
    let corrupt = |what: &str| Err(MetaError::Corrupt(what.to_owned()));
    let mut page = [0; 16];
    match file.read_exact_at(&mut page, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return corrupt("the file is too short");
        }
        Err(error) => return Err(super::error::engine_error("read the header", error)),
    }
    if page[..8] != MAGIC {
        return corrupt("the file is not a metastore");
    }
    if page[12..] != seal(&page[..12]) {
        return corrupt("the file's header is damaged");
    }
    let version = page[8..12].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
    match version {
        1..=FORMAT_VERSION => Ok(version),
        found if found > FORMAT_VERSION => Err(MetaError::TooNew { found, supported: FORMAT_VERSION }),
        _ => corrupt("the file's format version is unknown"),
    }
}

fn seal(bytes: &[u8]) -> [u8; 4] {
    let crc = checksum(CrcAlgorithm::Crc32Iscsi, bytes);
    u32::try_from(crc).expect("CRC-32C has 32 bits").to_le_bytes()
}

/// The gravest failure that the file has shown since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// A read failed; the file itself is whole.
    Read,
    /// No room to write; what was durable still is.
    Full,
    /// A write or sync failed: the page cache can no longer be trusted.
    Lost,
}

/// Remembers failures across the engine, which reports them without saying what it was doing.
#[derive(Clone, Debug, Default)]
pub(super) struct Failures(Arc<Mutex<Option<Failure>>>);

impl Failures {
    pub(super) fn gravest(&self) -> Option<Failure> {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note<T>(&self, result: io::Result<T>, failure: Failure) -> io::Result<T> {
        if result.is_err() {
            let mut gravest = self.lock();
            *gravest = (*gravest).max(Some(failure));
        }
        result
    }

    fn note_write<T>(&self, result: io::Result<T>) -> io::Result<T> {
        let full = result.as_ref().is_err_and(|error| {
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        });
        self.note(result, if full { Failure::Full } else { Failure::Lost })
    }
}

/// Redb's part of the file.
#[derive(Debug)]
pub(super) struct FileBackend {
    pub(super) file: Arc<dyn File>,
    pub(super) failures: Failures,
}

impl redb::StorageBackend for FileBackend {
    fn len(&self) -> io::Result<u64> {
        let len = self.failures.note(self.file.len(), Failure::Read)?;
        Ok(len.saturating_sub(HEADER_BYTES))
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.failures.note(self.file.read_exact_at(out, HEADER_BYTES + offset), Failure::Read)
    }

    /// The database gives back what it does not need after a commit. That is synced, too: nothing that a step did to the
    /// file may still be on its way when the step is answered.
    fn set_len(&self, len: u64) -> io::Result<()> {
        let shrinks = len < self.len()?;
        self.failures.note_write(self.file.set_len(HEADER_BYTES + len))?;
        if shrinks { self.sync_data() } else { Ok(()) }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.failures.note(self.file.sync_data(), Failure::Lost)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.failures.note_write(self.file.write_all_at(data, HEADER_BYTES + offset))
    }
}

/// The file as it is, with writes kept in memory: serves reads while the disk is too full even to open for writing.
#[derive(Debug)]
pub(super) struct OverlayBackend {
    base: FileBackend,
    over: Mutex<Over>,
}

#[derive(Debug)]
struct Over {
    len: u64,
    /// Written bytes by page number, whole pages.
    pages: BTreeMap<u64, Box<[u8]>>,
}

const PAGE_BYTES: usize = 4096;

impl OverlayBackend {
    pub(super) fn new(base: FileBackend) -> io::Result<Self> {
        let len = redb::StorageBackend::len(&base)?;
        Ok(Self { base, over: Mutex::new(Over { len, pages: BTreeMap::new() }) })
    }

    fn over(&self) -> MutexGuard<'_, Over> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A page as the file has it; zeroes past its end.
    fn base_page(&self, number: u64) -> io::Result<Box<[u8]>> {
        let mut page = vec![0; PAGE_BYTES].into_boxed_slice();
        let start = number * PAGE_BYTES as u64;
        let there = redb::StorageBackend::len(&self.base)?.saturating_sub(start).min(PAGE_BYTES as u64);
        let there = usize::try_from(there).expect("at most a page");
        redb::StorageBackend::read(&self.base, start, &mut page[..there])?;
        Ok(page)
    }
}

/// Splits `len` bytes at `offset` along pages: (page number, offset in it, range of the bytes).
fn pages(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, std::ops::Range<usize>)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = usize::try_from(at % PAGE_BYTES as u64).expect("less than a page");
        let count = (PAGE_BYTES - within).min(len - done);
        let piece = (at / PAGE_BYTES as u64, within, done..done + count);
        done += count;
        (count > 0).then_some(piece)
    })
}

impl redb::StorageBackend for OverlayBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.over().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let over = self.over();
        if offset + out.len() as u64 > over.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (number, within, range) in pages(offset, out.len()) {
            let count = range.len();
            match over.pages.get(&number) {
                Some(page) => out[range].copy_from_slice(&page[within..within + count]),
                None => out[range].copy_from_slice(&self.base_page(number)?[within..within + count]),
            }
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.over().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut over = self.over();
        for (number, within, range) in pages(offset, data.len()) {
            let mut page = match over.pages.remove(&number) {
                Some(page) => page,
                None => self.base_page(number)?,
            };
            page[within..within + range.len()].copy_from_slice(&data[range]);
            over.pages.insert(number, page);
        }
        Ok(())
    }
}
