//! Buffers: memory for pieces of files, used again and again: fresh memory costs a page fault for every 4 KiB.

use bytes::Bytes;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Length of a buffer: a piece stays in the processor's cache from the read through the checksum to the send.
pub const PIECE_LEN: usize = 256 << 10;
/// Spare buffers that are kept.
const SPARE_MAX: usize = 64;

/// A pool. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Box<[u8]>>>>);

/// A buffer of [`PIECE_LEN`] bytes. It goes back to its pool when it is dropped.
#[derive(Debug)]
pub struct Buffer {
    data: Option<Box<[u8]>>,
    len: usize,
    pool: Buffers,
}

impl Buffers {
    /// A buffer with old content.
    pub fn take(&self) -> Buffer {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let data = spare.unwrap_or_else(|| vec![0; PIECE_LEN].into_boxed_slice());
        Buffer { data: Some(data), len: PIECE_LEN, pool: self.clone() }
    }
}

impl Buffer {
    /// Its first `len` bytes are the content.
    ///
    /// # Panics
    /// When it is shorter.
    pub fn truncate(&mut self, len: usize) {
        assert!(len <= PIECE_LEN, "a buffer has {PIECE_LEN} bytes");
        self.len = len;
    }

    /// The content, to hand on without copying.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.data.as_ref().expect("it has its memory until it is dropped")[..self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.data.as_mut().expect("it has its memory until it is dropped")[..self.len]
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut spare = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_MAX {
            spare.extend(self.data.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffers, PIECE_LEN};

    #[test]
    fn a_buffer_goes_back_when_its_bytes_are_dropped() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take();
        buffer[..3].copy_from_slice(b"abc");
        buffer.truncate(3);
        let bytes = buffer.freeze();
        assert_eq!(&bytes[..], b"abc");
        assert_eq!(buffers.0.lock().unwrap().len(), 0);
        drop(bytes);
        assert_eq!(buffers.0.lock().unwrap().len(), 1);
        assert_eq!(buffers.take().len(), PIECE_LEN);
    }
}
