//! GetObject: manifest, range, pieces; verified frames read ahead of the client. Never a short success.

use bytes::Bytes;
use drystone_blobstore::{BlobReader, BlobStore};
use drystone_metastore::record::{ObjectRecord, ObjectView};
use drystone_types::manifest::Piece;
use drystone_types::{BlobHome, BlobRef, BucketName, ByteRange, Key, Manifest, limits};
use futures_core::Stream;
use std::pin::Pin as StdPin;
use std::sync::Arc;
use tokio::sync::mpsc;

use crate::blocking::blocking;
use crate::pin::Pin;
use crate::{Store, StoreError};

/// An object found, and pinned: its bytes stay readable until this is dropped.
#[derive(Debug)]
pub struct FoundObject {
    /// The object.
    pub record: ObjectRecord,
    /// Its parts.
    pub manifest: Manifest,
    inline: Option<Bytes>,
    pin: Pin,
}

/// Verified bytes of an object, in order. An error ends it before the last byte.
pub type ObjectBytes = StdPin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

impl Store {
    /// HeadObject.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`].
    pub async fn head_object(&self, bucket: &BucketName, key: &Key) -> Result<ObjectRecord, StoreError> {
        Ok(self.meta.head_object(bucket, key).await?)
    }

    /// Finds an object with its manifest, for GET, for HEAD with partNumber, and as a copy source.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`].
    pub async fn find_object(&self, bucket: &BucketName, key: &Key) -> Result<FoundObject, StoreError> {
        let pin = self.pins.pin(); // before the look-up: see `pin`
        let ObjectView { record, manifest, inline } = self.meta.get_object(bucket, key).await?;
        if !manifest.adds_up(record.size) {
            return Err(StoreError::Corrupt(format!("the manifest of {bucket}/{key} does not add up")));
        }
        Ok(FoundObject { record, manifest, inline, pin })
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
        let mut frames = frames_of(&object.manifest.locate(range)).into_iter();
        let Some(first) = frames.next() else {
            return Ok(Box::pin(futures_util::stream::empty()));
        };
        let mut source = FrameSource {
            meta: Arc::clone(&self.meta),
            blobs: Arc::clone(&self.blobs),
            inline: object.inline.map(|data| (object.manifest.parts[0].blob, data)),
            open: None,
        };
        let bytes = source.read(first).await?;
        if frames.len() == 0 {
            return Ok(Box::pin(futures_util::stream::iter([Ok(bytes)])));
        }
        let (sender, receiver) = mpsc::channel(1);
        let pin = object.pin;
        tokio::spawn(async move {
            let _pin = pin;
            if sender.send(Ok(bytes)).await.is_err() {
                return;
            }
            for frame in frames {
                let result = source.read(frame).await;
                let failed = result.is_err();
                if sender.send(result).await.is_err() || failed {
                    return;
                }
            }
        });
        Ok(Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|frame| (frame, receiver))
        })))
    }
}

/// Cuts pieces into frames of at most [`limits::READ_FRAME_BYTES`], aligned so that no block is verified twice.
fn frames_of(pieces: &[Piece]) -> Vec<Piece> {
    let mut frames = Vec::new();
    for Piece { blob, range } in pieces {
        let mut start = range.start;
        while start < range.end {
            let end = ((start / limits::READ_FRAME_BYTES + 1) * limits::READ_FRAME_BYTES).min(range.end);
            frames.push(Piece { blob: *blob, range: ByteRange { start, end } });
            start = end;
        }
    }
    frames
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
    use super::frames_of;
    use drystone_types::manifest::Piece;
    use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange, limits};

    #[test]
    fn frames_cover_a_piece_exactly_and_break_at_frame_borders() {
        let frame = limits::READ_FRAME_BYTES;
        let blob = BlobRef { id: BlobId(1), len: 5 * frame, home: BlobHome::Store };
        for (start, end) in [(0, 1), (0, frame), (1, frame + 1), (frame - 1, 3 * frame + 7)] {
            let frames = frames_of(&[Piece { blob, range: ByteRange { start, end } }]);
            assert_eq!(frames.first().map(|f| f.range.start), Some(start));
            assert_eq!(frames.last().map(|f| f.range.end), Some(end));
            assert!(
                frames.windows(2).all(|f| f[0].range.end == f[1].range.start && f[0].range.end % frame == 0)
            );
        }
    }
}
