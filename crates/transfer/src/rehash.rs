//! Rehash: checksums of pieces of a local file, read on as many threads as there are processors.

use crate::local::blocking::blocking;
use drystone_digest::ChecksumDigest;
use drystone_types::{Checksum, ChecksumAlgorithm};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

/// Bytes that are read at once: they stay in the processor's cache until they are hashed.
const READ_BYTES: usize = 256 << 10;
/// More threads than this do not make disks faster.
const THREADS_MAX: usize = 8;

/// Checksums of `pieces` (first byte and length), in order; of a piece that the file has not, `UnexpectedEof`. `read` is told the
/// number of bytes that were read, many times. Dropping the future ends it with the pieces that are being read.
///
/// # Errors
/// What reading the file ends with.
pub async fn rehash(
    file: &Arc<File>,
    algorithm: ChecksumAlgorithm,
    pieces: Vec<(u64, u64)>,
    read: impl Fn(u64) + Send + Sync + 'static,
) -> io::Result<Vec<Checksum>> {
    let threads = available_parallelism().map_or(1, usize::from).min(THREADS_MAX).min(pieces.len());
    let shared = Arc::new((pieces, AtomicUsize::new(0), read));
    let mut found: Vec<Option<Checksum>> = vec![None; shared.0.len()];
    let stop = Arc::clone(&shared);
    let _stop = OnDrop(move || stop.1.store(usize::MAX / 2, Ordering::Relaxed)); // no piece has that index
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (file, shared) = (Arc::clone(file), Arc::clone(&shared));
            blocking(move || {
                let (pieces, next, read) = &*shared;
                let mut buffer = vec![0; READ_BYTES];
                let mut done = Vec::new();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = pieces.get(index) else { return Ok::<_, io::Error>(done) };
                    done.push((index, checksum(&file, algorithm, *piece, &mut buffer, read)?));
                }
            })
        })
        .collect();
    for done in futures_util::future::join_all(workers).await {
        for (index, checksum) in done? {
            found[index] = Some(checksum);
        }
    }
    Ok(found.into_iter().map(|checksum| checksum.expect("every piece was taken by a thread")).collect())
}

struct OnDrop<F: Fn()>(F);

impl<F: Fn()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}

fn checksum(
    file: &File,
    algorithm: ChecksumAlgorithm,
    (start, len): (u64, u64),
    buffer: &mut [u8],
    read: &impl Fn(u64),
) -> io::Result<Checksum> {
    let mut digest = ChecksumDigest::new(algorithm);
    let mut done = 0;
    while done < len {
        let step = usize::try_from(len - done).unwrap_or(usize::MAX).min(buffer.len());
        let step = &mut buffer[..step];
        file.read_exact_at(step, start + done)?;
        digest.update(step);
        done += step.len() as u64;
        read(step.len() as u64);
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::rehash;
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm as A;
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[tokio::test]
    async fn pieces_have_the_checksums_of_their_bytes() {
        let data: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&data).unwrap();
        let file = Arc::new(file);
        let read = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&read);
        let pieces = vec![(0, 600_000), (600_000, 400_000), (5, 0)];
        let found = rehash(&file, A::Sha1, pieces, move |n| {
            told.fetch_add(n, Ordering::Relaxed);
        })
        .await
        .unwrap();
        let expected = [&data[..600_000], &data[600_000..], &[]].map(|piece| checksum_of(A::Sha1, piece));
        assert_eq!(found, expected);
        assert_eq!(read.load(Ordering::Relaxed), 1_000_000);
        let error = rehash(&file, A::Crc32, vec![(999_999, 2)], |_| ()).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
    }
}
