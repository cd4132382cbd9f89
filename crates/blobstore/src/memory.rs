//! MemoryBlobStore: the reference engine, for tests. Nothing survives the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange};

use crate::{BlobError, BlobReader, BlobStore, BlobWriter};

/// Blobs in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobStore {
    shelf: Arc<Mutex<Shelf>>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// `None` while a blob is being written.
    blobs: BTreeMap<BlobId, Option<Bytes>>,
    /// Bytes that may still be written, if there is a limit.
    room: Option<u64>,
}

struct MemoryWriter {
    shelf: Arc<Mutex<Shelf>>,
    id: BlobId,
    data: Vec<u8>,
    failed: bool,
}

struct MemoryReader(Bytes);

impl MemoryBlobStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `bytes` more bytes be written; `None` takes the limit away. Deleting gives nothing back.
    pub fn set_room(&self, bytes: Option<u64>) {
        lock(&self.shelf).room = bytes;
    }
}

impl BlobStore for MemoryBlobStore {
    fn create(&self, id: BlobId) -> Result<Box<dyn BlobWriter>, BlobError> {
        let mut shelf = lock(&self.shelf);
        if shelf.blobs.contains_key(&id) {
            return Err(BlobError::AlreadyExists(id));
        }
        shelf.blobs.insert(id, None);
        Ok(Box::new(MemoryWriter { shelf: Arc::clone(&self.shelf), id, data: Vec::new(), failed: false }))
    }

    fn open(&self, blob: &BlobRef) -> Result<Box<dyn BlobReader>, BlobError> {
        let corrupt = |what: String| BlobError::Corrupt { id: blob.id, what };
        match lock(&self.shelf).blobs.get(&blob.id) {
            None => Err(BlobError::Missing(blob.id)),
            Some(None) => Err(corrupt("it is not finished".to_owned())),
            Some(Some(data)) if data.len() as u64 != blob.len => {
                Err(corrupt(format!("it holds {} bytes, not {}", data.len(), blob.len)))
            }
            Some(Some(data)) => Ok(Box::new(MemoryReader(data.clone()))),
        }
    }

    fn delete(&self, id: BlobId) -> Result<(), BlobError> {
        lock(&self.shelf).blobs.remove(&id);
        Ok(())
    }

    fn settle_deletes(&self) -> Result<(), BlobError> {
        Ok(())
    }

    fn list(&self, each: &mut dyn FnMut(BlobId)) -> Result<(), BlobError> {
        let ids: Vec<_> = lock(&self.shelf).blobs.keys().copied().collect();
        ids.into_iter().for_each(each);
        Ok(())
    }

    fn check_room(&self, len: u64) -> Result<(), BlobError> {
        // No memory holds u64::MAX bytes: the suite asks for them, to see a refusal.
        let room = lock(&self.shelf).room.unwrap_or(u64::MAX - 1);
        if len <= room { Ok(()) } else { Err(BlobError::Full) }
    }
}

impl BlobWriter for MemoryWriter {
    fn write(&mut self, data: &[u8]) -> Result<(), BlobError> {
        let mut shelf = lock(&self.shelf);
        let rest = shelf.room.map(|room| room.checked_sub(data.len() as u64));
        if self.failed || rest == Some(None) {
            self.failed = true;
            return Err(BlobError::Full);
        }
        shelf.room = rest.flatten();
        self.data.extend_from_slice(data);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<BlobRef, BlobError> {
        if self.failed {
            return Err(BlobError::Full);
        }
        let blob = BlobRef { id: self.id, len: self.data.len() as u64, home: BlobHome::Store };
        // Deleted meanwhile, as a file may be: nothing is left to open.
        if let Some(place) = lock(&self.shelf).blobs.get_mut(&self.id) {
            *place = Some(self.data.into());
        }
        Ok(blob)
    }
}

impl BlobReader for MemoryReader {
    fn read(&self, range: ByteRange) -> Result<Bytes, BlobError> {
        let index = |offset| usize::try_from(offset).expect("a range of a blob in memory fits a usize");
        Ok(self.0.slice(index(range.start)..index(range.end)))
    }
}

fn lock(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_engine_conforms() {
        crate::conformance::run_all(|| Box::new(MemoryBlobStore::new()));
    }

    #[test]
    fn a_writer_that_ran_out_of_room_never_succeeds_again() {
        let store = MemoryBlobStore::new();
        store.set_room(Some(3));
        let mut writer = store.create(BlobId(1)).unwrap();
        writer.write(b"ab").unwrap();
        assert!(matches!(writer.write(b"cd"), Err(BlobError::Full)));
        store.set_room(None);
        assert!(writer.write(b"cd").is_err());
        assert!(writer.finish().is_err());
    }
}
