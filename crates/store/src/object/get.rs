//! GetObject: manifest, range, pieces; verified frames read ahead of the client. Never a short success.

use bytes::Bytes;
use drystone_blobstore::{BlobReader, BlobStore};
use drystone_metastore::MetaError;
use drystone_metastore::record::{ObjectRecord, ObjectView};
use drystone_types::manifest::Piece;
use drystone_types::{
    BlobHome, BlobRef, BucketName, ByteRange, Key, Manifest, Version, Versioning, WhichVersion,
};
use futures_core::Stream;
use std::pin::Pin as StdPin;
use std::sync::Arc;
use tokio::sync::mpsc;

use crate::blocking::blocking;
use crate::budget::counted;
use crate::pin::Pin;
use crate::{Store, StoreError};

/// An object found, and pinned: its bytes stay readable until this is dropped.
#[derive(Debug)]
pub struct FoundObject {
    /// The object.
    pub record: ObjectRecord,
    /// Its parts.
    pub manifest: Manifest,
    /// The version that answers name; `None` in a bucket that never had any.
    pub shown_version: Option<Version>,
    inline: Option<Bytes>,
    pin: Pin,
}

/// Verified bytes of an object, in order. An error ends it before the last byte.
pub type ObjectBytes = StdPin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

impl Store {
    /// HeadObject: the current version, or `which`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`], [`StoreError::NoSuchVersion`],
    /// [`StoreError::InvalidVersion`], [`StoreError::DeleteMarker`].
    pub async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectRecord, StoreError> {
        match self.meta.head_object(bucket, key, which).await {
            Err(error) => Err(self.no_version(bucket, error).await),
            found => Ok(found?),
        }
    }

    /// A version that is not there: in a bucket that never had versions, no id is one.
    pub(crate) async fn no_version(&self, bucket: &BucketName, error: MetaError) -> StoreError {
        if matches!(error, MetaError::NoSuchVersion)
            && let Ok(record) = self.get_bucket(bucket).await
            && record.versioning == Versioning::Unversioned
        {
            return StoreError::InvalidVersion;
        }
        error.into()
    }

    /// Finds an object with its manifest, for GET, for HEAD with partNumber, and as a copy source.
    ///
    /// # Errors
    /// As [`Store::head_object`].
    pub async fn find_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<FoundObject, StoreError> {
        let pin = self.pins.pin(); // before the look-up: see `pin`
        let found = match self.meta.get_object(bucket, key, which).await {
            Err(error) => return Err(self.no_version(bucket, error).await),
            Ok(found) => found,
        };
        let ObjectView { record, manifest, inline } = found;
        if !manifest.adds_up(record.size) {
            return Err(StoreError::Corrupt(format!("the manifest of {bucket}/{key} does not add up")));
        }
        let is_versioned =
            !record.version.is_null || self.get_bucket(bucket).await?.versioning != Versioning::Unversioned;
        let shown_version = is_versioned.then_some(record.version);
        Ok(FoundObject { record, manifest, shown_version, inline, pin })
    }

    /// The bytes `range` of `object`. Returns once the first frame is read and verified, so that a failure there can
    /// still be answered as an error.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Internal`].
    pub async fn read_object(
        &self,
        object: FoundObject,
        range: ByteRange,
    ) -> Result<ObjectBytes, StoreError> {
        if !self.read_budget.has_room() {
            return Err(StoreError::Busy);
        }
        let budget = Arc::clone(&self.read_budget);
        let mut frames = Frames::new(object.manifest.locate(range));
        let Some(first) = frames.next(budget.step()) else {
            return Ok(Box::pin(futures_util::stream::empty()));
        };
        let mut source = FrameSource {
            meta: Arc::clone(&self.meta),
            blobs: Arc::clone(&self.blobs),
            inline: object.inline.map(|data| (object.manifest.parts[0].blob, data)),
            open: None,
        };
        let bytes = counted(source.read(first).await?, &budget);
        if frames.is_done() {
            return Ok(Box::pin(futures_util::stream::iter([Ok(bytes)])));
        }
        let (sender, receiver) = mpsc::channel(1);
        let pin = object.pin;
        tokio::spawn(async move {
            let _pin = pin;
            if sender.send(Ok(bytes)).await.is_err() {
                return;
            }
            while let Some(frame) = frames.next(budget.step()) {
                let Ok(place) = sender.reserve().await else { return }; // the reader left
                let result = source.read(frame).await.map(|bytes| counted(bytes, &budget));
                let failed = result.is_err();
                place.send(result);
                if failed {
                    return;
                }
            }
        });
        Ok(Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|frame| (frame, receiver))
        })))
    }
}

/// Cuts pieces into frames, aligned so that no block is verified twice.
struct Frames {
    pieces: std::vec::IntoIter<Piece>,
    rest: Option<Piece>,
}

impl Frames {
    fn new(pieces: Vec<Piece>) -> Self {
        let mut pieces = pieces.into_iter();
        let rest = pieces.next();
        Self { pieces, rest }
    }

    fn is_done(&self) -> bool {
        self.rest.is_none()
    }

    /// The next frame, which ends at a multiple of `step` or at the end of its piece.
    fn next(&mut self, step: u64) -> Option<Piece> {
        let Piece { blob, range } = self.rest?;
        let end = ((range.start / step + 1) * step).min(range.end);
        self.rest = if end < range.end {
            Some(Piece { blob, range: ByteRange { start: end, end: range.end } })
        } else {
            self.pieces.next()
        };
        Some(Piece { blob, range: ByteRange { start: range.start, end } })
    }
}

/// Reads frames, keeping the blob of the last one open.
struct FrameSource {
    meta: Arc<dyn drystone_metastore::MetaStore>,
    blobs: Arc<dyn BlobStore>,
    inline: Option<(BlobRef, Bytes)>,
    open: Option<(BlobRef, Arc<dyn BlobReader>)>,
}

impl FrameSource {
    async fn read(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        match frame.blob.home {
            BlobHome::Inline => self.read_inline(frame).await,
            BlobHome::Store => self.read_blob(frame).await,
        }
    }

    async fn read_inline(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        if self.inline.as_ref().is_none_or(|(blob, _)| *blob != frame.blob) {
            let data = self.meta.get_inline(frame.blob.id).await?;
            let data =
                data.ok_or_else(|| StoreError::Corrupt(format!("inline blob {} is missing", frame.blob.id)))?;
            self.inline = Some((frame.blob, data));
        }
        let (blob, data) = self.inline.as_ref().expect("just set");
        if data.len() as u64 != blob.len {
            return Err(StoreError::Corrupt(format!("inline blob {} has another length", blob.id)));
        }
        let at = |offset| usize::try_from(offset).expect("within an inline blob");
        Ok(data.slice(at(frame.range.start)..at(frame.range.end)))
    }

    async fn read_blob(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        let opened = self.open.take().filter(|(blob, _)| *blob == frame.blob);
        let blobs = Arc::clone(&self.blobs);
        let (reader, bytes) = blocking(move || {
            let reader = match opened {
                Some((_, reader)) => reader,
                None => Arc::from(blobs.open(&frame.blob)?),
            };
            let bytes = reader.read(frame.range)?;
            Ok((reader, bytes))
        })
        .await?;
        self.open = Some((frame.blob, reader));
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;
    use drystone_types::manifest::Piece;
    use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange};

    #[test]
    fn frames_cover_pieces_exactly_and_break_at_steps_that_may_change() {
        let blob = |id| BlobRef { id: BlobId(id), len: 5000, home: BlobHome::Store };
        let piece = |id, start, end| Piece { blob: blob(id), range: ByteRange { start, end } };
        for (start, end) in [(0, 1), (0, 1000), (1, 1001), (999, 3007)] {
            let mut frames = Frames::new(vec![piece(1, start, end), piece(2, 0, 10)]);
            let mut at = start;
            for step in [1000, 250, 1000, 64].into_iter().cycle() {
                let frame = frames.next(step).expect("not done").range;
                assert_eq!(frame.start, at);
                assert!(frame.end == end || frame.end.is_multiple_of(step));
                at = frame.end;
                if at == end {
                    break;
                }
            }
            assert_eq!(frames.next(1000), Some(piece(2, 0, 10)));
            assert!(frames.is_done() && frames.next(1000).is_none());
        }
    }
}
