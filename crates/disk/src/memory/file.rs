//! Content, MemoryFile: the bytes of a file in memory, and which of them are durable.

use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Machine, lock};
use crate::File;

#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) durable: Vec<u8>,
    /// All bytes that differ from `durable` lie in here.
    pub(super) dirty: Option<Range<usize>>,
}

/// An open file.
#[derive(Debug)]
pub(super) struct MemoryFile {
    pub(super) machine: Arc<Machine>,
    pub(super) content: Arc<Mutex<Content>>,
    pub(super) epoch: u64,
    pub(super) writable: bool,
}

impl MemoryFile {
    /// Runs `work` on the content, unless the machine crashed since the file was opened.
    fn with<T>(&self, work: impl FnOnce(&mut Content) -> io::Result<T>) -> io::Result<T> {
        let epoch = self.machine.epoch.read().unwrap_or_else(PoisonError::into_inner);
        if *epoch != self.epoch {
            return Err(io::Error::other("the machine crashed after this file was opened"));
        }
        work(&mut lock(&self.content))
    }

    fn change(&self, work: impl FnOnce(&mut Content) -> io::Result<()>) -> io::Result<()> {
        if !self.writable {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file is open for reading"));
        }
        self.with(work)
    }
}

impl File for MemoryFile {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.with(|content| {
            let start = index(offset)?;
            let end = start.checked_add(buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            buffer.copy_from_slice(content.bytes.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        })
    }

    fn write_all_at(&self, data: &[u8], offset: u64) -> io::Result<()> {
        self.change(|content| {
            let start = index(offset)?;
            let end = start.checked_add(data.len()).ok_or(io::ErrorKind::FileTooLarge)?;
            if content.bytes.len() < end {
                content.resize(end);
            }
            content.bytes[start..end].copy_from_slice(data);
            content.soil(start..end);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.change(|content| {
            content.resize(index(len)?);
            Ok(())
        })
    }

    fn len(&self) -> io::Result<u64> {
        self.with(|content| Ok(content.bytes.len() as u64))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|content| {
            content.sync();
            Ok(())
        })
    }
}

impl Content {
    fn resize(&mut self, len: usize) {
        let old = self.bytes.len();
        self.bytes.resize(len, 0);
        self.soil(old.min(len)..old.max(len));
    }

    fn soil(&mut self, range: Range<usize>) {
        self.dirty = match self.dirty.take() {
            Some(dirty) => Some(dirty.start.min(range.start)..dirty.end.max(range.end)),
            None => Some(range),
        };
    }

    fn sync(&mut self) {
        let Some(dirty) = self.dirty.take() else { return };
        let len = self.bytes.len();
        self.durable.resize(len, 0);
        let dirty = dirty.start.min(len)..dirty.end.min(len);
        self.durable[dirty.clone()].copy_from_slice(&self.bytes[dirty]);
    }
}

fn index(offset: u64) -> io::Result<usize> {
    usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge.into())
}
