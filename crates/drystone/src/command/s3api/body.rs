//! Body: the file that is sent, and the file into which an object goes.

use crate::Failure;
use drystone_client::call::StreamPayload;
use drystone_client::{Answer, CallError, Payload, Piece};
use drystone_digest::ChecksumDigest;
use drystone_transfer::local::blocking::blocking;
use drystone_transfer::local::target::{Place, TargetFile};
use drystone_types::{Checksum, ChecksumAlgorithm};
use futures_util::stream;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is read at once.
const PIECE_BYTES: u64 = 1 << 20;

/// A range of a file.
#[derive(Clone, Debug)]
pub(super) struct Body {
    file: Arc<File>,
    path: PathBuf,
    offset: u64,
    len: u64,
}

impl Body {
    /// Opens a file, or the bytes `FIRST-LAST` of it. Blocks.
    ///
    /// # Errors
    /// [`Failure::Usage`] when it cannot be read or does not have the range.
    pub(super) fn open(path: &Path, range: Option<&str>) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::Usage(format!("--body {}: {why}", path.display()));
        let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let found = file.metadata().map_err(|error| wrong(error.to_string()))?;
        if !found.is_file() {
            return Err(wrong("it is no regular file".into()));
        }
        let (offset, len) = match range {
            None => (0, found.len()),
            Some(text) => range_of(text, found.len()).ok_or_else(|| {
                wrong(format!("it has {} bytes, and --body-range {text} is no part of it", found.len()))
            })?,
        };
        Ok(Self { file: Arc::new(file), path: path.to_owned(), offset, len })
    }

    /// The checksum of all that will be sent. Blocks.
    ///
    /// # Errors
    /// [`Failure::Other`] when it cannot be read.
    pub(super) fn checksum(&self, algorithm: ChecksumAlgorithm) -> Result<Checksum, Failure> {
        let mut digest = ChecksumDigest::new(algorithm);
        let mut at = 0;
        while at < self.len {
            let piece = self.piece(at);
            let piece = piece
                .map_err(|error| Failure::other(format!("cannot read {}", self.path.display()), error))?;
            digest.update(&piece);
            at += piece.len() as u64;
        }
        Ok(digest.finish())
    }

    /// The payload; it can be made again for another attempt.
    pub(super) fn payload(&self) -> Payload {
        if self.len == 0 {
            return Payload::Empty;
        }
        let body = self.clone();
        let pieces = stream::try_unfold(0, move |at| {
            let body = body.clone();
            async move {
                if at == body.len {
                    return Ok(None);
                }
                let piece = blocking(move || body.piece(at)).await?;
                let next = at + piece.len() as u64;
                Ok::<_, io::Error>(Some((Piece::Data(piece.into()), next)))
            }
        });
        Payload::Stream(StreamPayload {
            len: self.len,
            piece_len: PIECE_BYTES,
            trailer: None,
            pieces: Box::pin(pieces),
        })
    }

    fn piece(&self, at: u64) -> io::Result<Vec<u8>> {
        let len = PIECE_BYTES.min(self.len - at);
        let mut piece = vec![0; usize::try_from(len).expect("a piece is small")];
        self.file.read_exact_at(&mut piece, self.offset + at)?;
        Ok(piece)
    }
}

/// Offset and length of `FIRST-LAST`, both counted from 0 and included.
fn range_of(text: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = text.trim_start_matches("bytes=").split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < size).then(|| (first, last - first + 1))
}

/// Writes the body of an answer into a file: beside it first, so that a file that is there stays whole until the new one is. What is
/// no regular file, as /dev/stdout, is written as it comes.
///
/// # Errors
/// [`Failure`]; [`CallError::Broken`] when the bytes are not those that the checksum is of.
pub(super) async fn receive(answer: &mut Answer, path: &Path) -> Result<(), Failure> {
    let len = answer.content_len().unwrap_or(0);
    let mut sum = expected(answer).map(|checksum| (ChecksumDigest::new(checksum.algorithm()), checksum));
    let mut sink = Sink::open(path, len).await?;
    let mut at = 0;
    while let Some(bytes) = answer.next().await? {
        if let Some((digest, _)) = &mut sum {
            digest.update(&bytes);
        }
        let len = bytes.len() as u64;
        sink = sink.write(bytes, at).await?;
        at += len;
    }
    if let Some((digest, expected)) = sum
        && digest.finish() != expected
    {
        let why = "the bytes that came are not those that the checksum is of".to_owned();
        return Err(CallError::Broken { action: answer.action, why }.into());
    }
    sink.finish(at).await
}

/// The checksum of the whole body, where the answer has it.
fn expected(answer: &Answer) -> Option<Checksum> {
    if answer.status != 200 {
        return None;
    }
    ChecksumAlgorithm::ALL
        .into_iter()
        .find_map(|algorithm| Checksum::from_base64(algorithm, answer.header(algorithm.header())?))
}

enum Sink {
    Beside(TargetFile),
    Device(File),
}

impl Sink {
    async fn open(path: &Path, len: u64) -> Result<Self, Failure> {
        let path = path.to_owned();
        blocking(move || {
            if path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
                let opened = File::options().write(true).open(&path);
                let wrong = |error| Failure::other(format!("cannot write {}", path.display()), error);
                return opened.map(Self::Device).map_err(wrong);
            }
            Ok(Self::Beside(TargetFile::create(&Place::Path(path), len)?))
        })
        .await
    }

    async fn write(self, bytes: bytes::Bytes, at: u64) -> Result<Self, Failure> {
        blocking(move || {
            let written = match &self {
                Self::Beside(target) => target.file().write_all_at(&bytes, at),
                Self::Device(device) => io::Write::write_all(&mut &*device, &bytes),
            };
            written.map(|()| self).map_err(|error| Failure::other("cannot write what was received", error))
        })
        .await
    }

    async fn finish(self, len: u64) -> Result<(), Failure> {
        match self {
            Self::Beside(target) => {
                blocking(move || target.finish(len, None)).await.map(drop).map_err(Failure::from)
            }
            Self::Device(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, range_of};
    use drystone_client::Payload;
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm;

    #[test]
    fn ranges_are_first_and_last_byte() {
        assert_eq!(range_of("0-9", 10), Some((0, 10)));
        assert_eq!(range_of("bytes=3-3", 10), Some((3, 1)));
        for bad in ["", "3", "3-2", "0-10", "-5", "5-", "a-b"] {
            assert_eq!(range_of(bad, 10), None, "{bad}");
        }
    }

    #[test]
    fn a_range_of_a_file_is_sent_and_summed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let data: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&path, &data).unwrap();
        let body = Body::open(&path, Some("1000000-2999999")).unwrap();
        let sum = body.checksum(ChecksumAlgorithm::Crc64Nvme).unwrap();
        assert_eq!(sum, checksum_of(ChecksumAlgorithm::Crc64Nvme, &data[1_000_000..]));
        assert_eq!(body.payload().len(), 2_000_000);
        assert!(Body::open(&path, Some("0-3000000")).is_err());
        assert!(Body::open(folder.path(), None).is_err());
        assert!(Body::open(&folder.path().join("nothing"), None).is_err());
        let empty = folder.path().join("empty");
        #[expect(clippy::disallowed_methods, reason = "a file of a test")]
        std::fs::write(&empty, b"").unwrap();
        assert!(matches!(Body::open(&empty, None).unwrap().payload(), Payload::Empty));
    }
}
