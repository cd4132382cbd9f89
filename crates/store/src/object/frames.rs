//! Frames: the bytes of an object in steps, read, verified and opened.

use bytes::Bytes;
use drystone_blobstore::{BlobReader, BlobStore};
use drystone_metastore::MetaStore;
use drystone_seal::layout::{HEAD_LEN, cut_after};
use drystone_seal::{BlobOpener, DataKey, SealError, sealed_len, sealed_range};
use drystone_types::manifest::Piece;
use drystone_types::{BlobHome, BlobRef, ByteRange};
use std::sync::Arc;

use crate::StoreError;
use crate::blocking::blocking;

/// Cuts pieces into frames, aligned so that no block is verified twice.
pub(crate) struct Frames {
    pieces: std::vec::IntoIter<Piece>,
    rest: Option<Piece>,
    sealed: bool,
}

impl Frames {
    /// Frames of `pieces`, whose blobs are `sealed` or not.
    pub(crate) fn new(pieces: Vec<Piece>, sealed: bool) -> Self {
        let mut pieces = pieces.into_iter();
        let rest = pieces.next();
        Self { pieces, rest, sealed }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.rest.is_none()
    }

    /// The next frame, which ends at a multiple of `step` in its blob, or at the end of its piece.
    pub(crate) fn next(&mut self, step: u64) -> Option<Piece> {
        let piece = self.rest?;
        let range = piece.range;
        let cut = if self.sealed { cut_after(range.start, step) } else { (range.start / step + 1) * step };
        let end = cut.min(range.end);
        self.rest = if end < range.end {
            Some(Piece { range: ByteRange { start: end, end: range.end }, ..piece })
        } else {
            self.pieces.next()
        };
        Some(Piece { range: ByteRange { start: range.start, end }, ..piece })
    }
}

/// Reads frames, keeping the blob of the last one open.
pub(crate) struct FrameSource {
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    /// Opens sealed blobs.
    pub(crate) data_key: Option<DataKey>,
    /// An inline blob at hand.
    pub(crate) inline: Option<(BlobRef, Bytes)>,
    /// The blob of the last frame.
    pub(crate) last: Option<OpenBlob>,
}

impl FrameSource {
    /// The bytes of a frame.
    pub(crate) async fn read(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        let expected = if self.data_key.is_some() { sealed_len(frame.size) } else { frame.size };
        if frame.blob.len != expected {
            return Err(corrupt(&frame.blob, "it does not have the length of its part"));
        }
        match frame.blob.home {
            BlobHome::Inline => self.read_inline(frame).await,
            BlobHome::Store => self.read_blob(frame).await,
        }
    }

    async fn read_inline(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        if self.inline.as_ref().is_none_or(|(blob, _)| *blob != frame.blob) {
            let data = self.meta.get_inline(frame.blob.id).await?;
            self.inline = Some((frame.blob, data.ok_or_else(|| corrupt(&frame.blob, "it is missing"))?));
        }
        let (blob, data) = self.inline.as_ref().expect("just set");
        if data.len() as u64 != blob.len {
            return Err(corrupt(blob, "it has another length"));
        }
        let read = |range: ByteRange| {
            let at = |offset| usize::try_from(offset).expect("within an inline blob");
            Ok(data.slice(at(range.start)..at(range.end)))
        };
        read_piece(&frame, self.data_key.as_ref(), &mut None, read)
    }

    async fn read_blob(&mut self, frame: Piece) -> Result<Bytes, StoreError> {
        let opened = self.last.take().filter(|opened| opened.blob == frame.blob);
        let (blobs, data_key) = (Arc::clone(&self.blobs), self.data_key.clone());
        let (opened, bytes) = blocking(move || {
            let mut opened = match opened {
                Some(opened) => opened,
                None => OpenBlob { blob: frame.blob, reader: blobs.open(&frame.blob)?, opener: None },
            };
            let read = |range| Ok(opened.reader.read(range)?);
            let bytes = read_piece(&frame, data_key.as_ref(), &mut opened.opener, read)?;
            Ok((opened, bytes))
        })
        .await?;
        self.last = Some(opened);
        Ok(bytes)
    }
}

/// A blob that is being read.
pub(crate) struct OpenBlob {
    blob: BlobRef,
    reader: Box<dyn BlobReader>,
    /// Known when the head was read.
    opener: Option<BlobOpener>,
}

/// The plain bytes of `frame`; `read` gives bytes as they are stored. The opener is made when it is first needed: with the
/// first segment, if that is wanted anyway, so that a small object costs one read.
fn read_piece(
    frame: &Piece,
    data_key: Option<&DataKey>,
    opener: &mut Option<BlobOpener>,
    read: impl Fn(ByteRange) -> Result<Bytes, StoreError>,
) -> Result<Bytes, StoreError> {
    const HEAD: u64 = HEAD_LEN as u64;
    let Some(data_key) = data_key else { return read(frame.range) };
    let does_not_open = |error: SealError| corrupt(&frame.blob, &error.to_string());
    let place = sealed_range(frame.range, frame.size);
    let new_opener =
        |head: &[u8]| BlobOpener::new(data_key, frame.part_number, head, frame.size).map_err(does_not_open);
    let sealed = if opener.is_some() {
        read(place)?
    } else if place.start == HEAD {
        let mut head = read(ByteRange { start: 0, end: place.end })?;
        let sealed = head.split_off(HEAD_LEN);
        *opener = Some(new_opener(&head)?);
        sealed
    } else {
        *opener = Some(new_opener(&read(ByteRange { start: 0, end: HEAD })?)?);
        read(place)?
    };
    opener.as_ref().expect("just set").open(frame.range, &sealed).map_err(does_not_open)
}

fn corrupt(blob: &BlobRef, why: &str) -> StoreError {
    StoreError::Corrupt(format!("blob {}: {why}", blob.id))
}

#[cfg(test)]
mod tests {
    use super::Frames;
    use drystone_seal::layout::{HEAD_LEN, SEGMENT_PLAIN};
    use drystone_types::manifest::Piece;
    use drystone_types::{BlobHome, BlobId, BlobRef, ByteRange, PartNumber};

    fn piece(id: u64, start: u64, end: u64) -> Piece {
        Piece {
            part_number: PartNumber::new(id).expect("legal"),
            size: end,
            blob: BlobRef { id: BlobId(id), len: end, home: BlobHome::Store },
            range: ByteRange { start, end },
        }
    }

    #[test]
    fn frames_cover_pieces_exactly_and_break_at_steps_that_may_change() {
        for (start, end) in [(0, 1), (0, 1000), (1, 1001), (999, 3007)] {
            let mut frames = Frames::new(vec![piece(1, start, end), piece(2, 0, 10)], false);
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

    #[test]
    fn frames_of_sealed_blobs_break_at_segments() {
        const STEP: u64 = 64 << 10;
        let border = |segment: u64| segment * SEGMENT_PLAIN as u64 - HEAD_LEN as u64;
        for (start, end) in [(0, 1), (0, border(1)), (1, border(1) + 1), (border(3) - 1, border(40) + 5)] {
            let mut frames = Frames::new(vec![piece(1, start, end)], true);
            let mut at = start;
            for step in [16 * STEP, 4 * STEP, STEP].into_iter().cycle() {
                let frame = frames.next(step).expect("not done").range;
                assert_eq!(frame.start, at);
                assert!(
                    frame.end == end || (frame.end + HEAD_LEN as u64).is_multiple_of(SEGMENT_PLAIN as u64)
                );
                at = frame.end;
                if at == end {
                    break;
                }
            }
            assert!(frames.is_done());
        }
    }
}
