//! BlobStore: what every blob engine promises. The suite in `conformance` checks it.

use bytes::Bytes;
use drystone_types::limits::READ_FRAME_BYTES;
use drystone_types::{BlobId, BlobRef, ByteRange};

use crate::BlobError;

/// A store of immutable blobs. All methods block.
pub trait BlobStore: Send + Sync + std::fmt::Debug {
    /// Starts the blob `id`, which must never have existed. A failure other than `AlreadyExists` may leave an unfinished
    /// blob behind, for `delete`.
    ///
    /// # Errors
    /// [`BlobError::AlreadyExists`], [`BlobError::Full`], [`BlobError::Io`].
    fn create(&self, id: BlobId) -> Result<Box<dyn BlobWriter>, BlobError>;

    /// Opens a durable blob for reading. Once open it stays readable even if it is deleted.
    ///
    /// # Errors
    /// [`BlobError::Missing`], [`BlobError::Corrupt`], [`BlobError::Io`].
    fn open(&self, blob: &BlobRef) -> Result<Box<dyn BlobReader>, BlobError>;

    /// Deletes the blob, finished or not. Deleting what is not there is a success: names are never reused, so a delete
    /// can be repeated after a crash.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn delete(&self, id: BlobId) -> Result<(), BlobError>;

    /// Makes earlier deletes durable and names nothing else; called once per sweep batch.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn settle_deletes(&self) -> Result<(), BlobError>;

    /// Calls `each` for every blob in the engine, finished or not, in no order. For offline checks.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn list(&self, each: &mut dyn FnMut(BlobId)) -> Result<(), BlobError>;

    /// The disk is full and a delete needs room for its record: gives up what the engine keeps for that. Returns whether
    /// there was anything. Until [`BlobStore::restore_ballast`] succeeds, [`BlobStore::check_room`] finds no room.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    fn throw_ballast(&self) -> Result<bool, BlobError> {
        Ok(false)
    }

    /// Takes it in again, if there is room for it. Returns whether it is in.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Io`].
    fn restore_ballast(&self) -> Result<bool, BlobError> {
        Ok(true)
    }

    /// Is there room for `len` more bytes, with the reserve kept free for metadata and deletes?
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Io`].
    fn check_room(&self, len: u64) -> Result<(), BlobError>;

    /// Reads the whole blob and checks every block, [`READ_FRAME_BYTES`] at a time. For scrubs and offline checks.
    ///
    /// # Errors
    /// As [`BlobStore::open`] and [`BlobReader::read`].
    fn verify(&self, blob: &BlobRef) -> Result<(), BlobError> {
        let reader = self.open(blob)?;
        let mut start = 0;
        while start < blob.len {
            let end = blob.len.min(start + READ_FRAME_BYTES);
            reader.read(ByteRange { start, end })?;
            start = end;
        }
        Ok(())
    }
}

/// A blob being written. Dropping it without `finish` leaves an unfinished blob for `delete`.
pub trait BlobWriter: Send {
    /// Appends `data`.
    ///
    /// # Errors
    /// [`BlobError::Full`], [`BlobError::Io`]; the blob can then only be dropped and deleted.
    fn write(&mut self, data: &[u8]) -> Result<(), BlobError>;

    /// Makes all bytes and the name durable.
    ///
    /// # Errors
    /// As `write`. After an error the blob is *not* durable, whatever a later sync says.
    fn finish(self: Box<Self>) -> Result<BlobRef, BlobError>;
}

/// A blob open for reading.
pub trait BlobReader: Send + Sync {
    /// Bytes `range` of the blob, every block of them verified. The range lies within the blob; that it does not is the
    /// caller's bug, and a panic.
    ///
    /// # Errors
    /// [`BlobError::Corrupt`] when a checksum fails or the blob is shorter than recorded, [`BlobError::Io`].
    fn read(&self, range: ByteRange) -> Result<Bytes, BlobError>;
}
