//! Pieces: a range of a file as a payload: read ahead by one piece, checksummed on the way, at the pace of the run.

use crate::local::buffers::{Buffers, PIECE_LEN};
use crate::local::source::Identity;
use crate::pace::Pace;
use drystone_client::call::StreamPayload;
use drystone_client::{Payload, Piece};
use drystone_digest::ChecksumDigest;
use drystone_types::{Checksum, ChecksumAlgorithm};
use futures_util::stream;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinHandle;

/// A range of a file.
#[derive(Clone, Debug)]
pub(crate) struct FileRange {
    pub(crate) file: Arc<File>,
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// What the file has to be still when its last byte is read, or that byte is not sent.
    pub(crate) guard: Option<Arc<Identity>>,
}

impl FileRange {
    /// A range of a file that is looked at by others.
    pub(crate) fn new(file: &Arc<File>, start: u64, len: u64) -> Self {
        Self { file: Arc::clone(file), start, len, guard: None }
    }

    fn check(&self) -> io::Result<()> {
        match &self.guard {
            Some(before) if !before.has_times_of(&self.file)? => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "it was written to"))
            }
            _ => Ok(()),
        }
    }
}

/// The checksum of what was sent, once all of it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent(Arc<Mutex<Option<Checksum>>>);

impl Sent {
    pub(crate) fn checksum(&self) -> Option<Checksum> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, checksum: Checksum) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(checksum);
    }
}

/// What a stream of pieces needs besides its range.
#[derive(Clone)]
pub(crate) struct Ways {
    pub(crate) buffers: Buffers,
    pub(crate) pace: Pace,
    /// Told how many bytes go out.
    pub(crate) moved: Arc<dyn Fn(u64) + Send + Sync>,
}

/// The payload of a range. With `trailer`, the checksum is sent after the data. `sent` gets it either way.
pub(crate) fn payload(
    range: &FileRange,
    algorithm: ChecksumAlgorithm,
    trailer: bool,
    ways: Ways,
    sent: Sent,
) -> Payload {
    let mut state = State {
        next: None,
        position: 0,
        range: range.clone(),
        digest: Some(ChecksumDigest::new(algorithm)),
        trailer: None,
        has_trailer: trailer,
        ways,
        sent,
    };
    if range.len == 0 {
        state.all_read(); // nobody asks for the pieces of nothing
    }
    let pieces = stream::unfold(state, |mut state| async move {
        let item = state.next_piece().await.transpose()?;
        Some((item, state))
    });
    Payload::Stream(StreamPayload {
        len: range.len,
        piece_len: PIECE_LEN as u64,
        trailer: trailer.then_some(algorithm),
        pieces: Box::pin(pieces),
    })
}

/// A piece that was read, and the digest that took it in.
type Read = io::Result<(crate::local::buffers::Buffer, ChecksumDigest)>;

struct State {
    range: FileRange,
    /// Bytes whose reading has begun.
    position: u64,
    next: Option<JoinHandle<Read>>,
    digest: Option<ChecksumDigest>,
    /// The checksum that is still to be sent.
    trailer: Option<Checksum>,
    has_trailer: bool,
    ways: Ways,
    sent: Sent,
}

impl State {
    async fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        if self.next.is_none() {
            self.read_ahead();
        }
        let Some(next) = self.next.take() else {
            return Ok(self.trailer.take().map(|checksum| Piece::Checksum(checksum.to_base64())));
        };
        let (buffer, digest) = next.await.map_err(io::Error::other)??;
        self.digest = Some(digest);
        let len = buffer.len() as u64;
        self.read_ahead();
        self.ways.pace.take(len).await;
        (self.ways.moved)(len);
        if self.next.is_none() {
            self.range.check()?;
            self.all_read();
        }
        Ok(Some(Piece::Data(buffer.freeze())))
    }

    /// Begins to read the next piece, if there is one.
    fn read_ahead(&mut self) {
        let left = self.range.len - self.position;
        if left == 0 {
            return;
        }
        let Some(mut digest) = self.digest.take() else { return };
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE_LEN);
        let offset = self.range.start + self.position;
        self.position += len as u64;
        let (file, mut buffer) = (Arc::clone(&self.range.file), self.ways.buffers.take());
        buffer.truncate(len);
        self.next = Some(tokio::task::spawn_blocking(move || {
            file.read_exact_at(&mut buffer, offset)?;
            digest.update(&buffer);
            Ok((buffer, digest))
        }));
    }

    /// All was read: the checksum is known. It is noted together with the last piece, since a body whose length is known is not
    /// asked for more once that many bytes are out.
    fn all_read(&mut self) {
        if let Some(checksum) = self.digest.take().map(ChecksumDigest::finish) {
            self.sent.set(checksum);
            self.trailer = self.has_trailer.then_some(checksum);
        }
    }
}

/// The checksum of a range, read now. Blocks.
///
/// # Errors
/// Those of reading; `UnexpectedEof` when the file is shorter.
pub(crate) fn checksum_of(
    range: &FileRange,
    algorithm: ChecksumAlgorithm,
    buffers: &Buffers,
) -> io::Result<Checksum> {
    let mut digest = ChecksumDigest::new(algorithm);
    let mut buffer = buffers.take();
    let mut position = 0;
    while position < range.len {
        let len = usize::try_from(range.len - position).unwrap_or(usize::MAX).min(PIECE_LEN);
        let piece = &mut buffer[..len];
        range.file.read_exact_at(piece, range.start + position)?;
        digest.update(piece);
        position += len as u64;
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::{FileRange, Sent, Ways, checksum_of, payload};
    use crate::local::buffers::{Buffers, PIECE_LEN};
    use crate::pace::Pace;
    use drystone_client::{Payload, Piece};
    use drystone_types::ChecksumAlgorithm;
    use futures_util::StreamExt as _;
    use std::io::Write as _;
    use std::sync::Arc;

    fn range(len: usize) -> FileRange {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; len]).unwrap();
        FileRange::new(&Arc::new(file), 0, len as u64)
    }

    /// Regression: an empty file sent without a trailer never had a checksum, since nobody asks a body of no bytes for its pieces;
    /// and a full one had none after its last byte.
    #[tokio::test]
    async fn the_checksum_is_known_with_the_last_byte_whoever_asks_for_more() {
        for (len, trailer) in
            [(0, false), (1, false), (PIECE_LEN, false), (PIECE_LEN + 1, false), (0, true), (9, true)]
        {
            let (range, sent) = (range(len), Sent::default());
            let ways =
                Ways { buffers: Buffers::default(), pace: Pace::new(None, None, 0), moved: Arc::new(|_| {}) };
            let algorithm = ChecksumAlgorithm::Crc64Nvme;
            let expected = checksum_of(&range, algorithm, &ways.buffers).unwrap();
            let Payload::Stream(mut stream) = payload(&range, algorithm, trailer, ways, sent.clone()) else {
                panic!("a range is a stream");
            };
            let mut left = len;
            while left > 0 {
                assert_eq!(sent.checksum(), None);
                let Some(Ok(Piece::Data(data))) = stream.pieces.next().await else { panic!("{len} bytes") };
                left -= data.len();
            }
            assert_eq!(sent.checksum(), Some(expected), "{len} bytes");
            let last = stream.pieces.next().await.map(Result::unwrap);
            assert_eq!(matches!(last, Some(Piece::Checksum(_))), trailer);
        }
    }
}
