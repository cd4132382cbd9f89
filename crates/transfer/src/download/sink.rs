//! Sink: where the bytes of a piece go, in order: into their place in a file, or into memory.

use crate::error::TransferError;
use crate::evidence::is_crc;
use bytes::Bytes;
use drystone_digest::ChecksumDigest;
use drystone_types::{Checksum, ChecksumAlgorithm};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Bytes that are gathered before they are written: so much work is worth the way to another thread.
const BATCH_BYTES: usize = 512 << 10;
/// Bytes of one write. Longer ones make the page cache use large folios, whose fresh memory costs up to five times the time of the
/// processor (ext4 in a virtual machine: 0.35 s/GiB up to 64 KiB, 0.3 to 2.2 s from 128 KiB on).
const WRITE_BYTES: usize = 64 << 10;

/// Where bytes go.
pub(super) enum Sink {
    /// Into a file.
    File(Box<FileSink>),
    /// Into memory, for somebody who puts pieces in order.
    Memory(Vec<Bytes>),
    /// To somebody who waits for each of them.
    Channel(mpsc::Sender<Bytes>),
}

impl Sink {
    /// Takes the next bytes. They are where they belong after `finish` only.
    pub(super) async fn take(&mut self, data: Bytes) -> Result<(), TransferError> {
        match self {
            Self::File(sink) => sink.take(data).await,
            Self::Memory(all) => {
                all.push(data);
                Ok(())
            }
            Self::Channel(to) => {
                // Who waits ends early only with an error of their own, which counts.
                let _ = to.send(data).await;
                Ok(())
            }
        }
    }
}

type Written = (ChecksumDigest, io::Result<()>);

/// Who holds it writes to the file. The system lets one write at a time into a file, and whoever comes meanwhile spins: with eight
/// pieces at once that took 5 CPU-seconds per GB, and 1 with this (2026-11-22).
pub(super) type Turn = Arc<Mutex<()>>;

/// Writes a piece into its place, and takes its checksum on the way.
///
/// With a CRC that is done at once, where the bytes come: they are in the processor's cache still, and waking another thread for them
/// costs as much as the work. Digests that take longer than the network go to other threads: one batch while the next one comes.
pub(super) struct FileSink {
    file: Arc<File>,
    turn: Turn,
    path: PathBuf,
    offset: u64,
    is_quick: bool,
    batch: Vec<Bytes>,
    batch_len: usize,
    /// `None` while a batch is written.
    digest: Option<ChecksumDigest>,
    writing: Option<JoinHandle<Written>>,
}

impl FileSink {
    /// Into `file` from `offset` on; `path` is for messages.
    pub(super) fn new(
        file: &Arc<File>,
        turn: &Turn,
        path: &Path,
        offset: u64,
        algorithm: ChecksumAlgorithm,
    ) -> Self {
        Self {
            file: Arc::clone(file),
            turn: Arc::clone(turn),
            path: path.to_owned(),
            offset,
            is_quick: is_crc(algorithm),
            batch: Vec::new(),
            batch_len: 0,
            digest: Some(ChecksumDigest::new(algorithm)),
            writing: None,
        }
    }

    async fn take(&mut self, data: Bytes) -> Result<(), TransferError> {
        if self.is_quick {
            return self.write_now(&data).map_err(|source| self.wrong(source));
        }
        self.batch_len += data.len();
        self.batch.push(data);
        if self.batch_len < BATCH_BYTES {
            return Ok(());
        }
        self.written().await?;
        self.write();
        Ok(())
    }

    fn wrong(&self, source: io::Error) -> TransferError {
        TransferError::Local { what: "write", path: self.path.clone(), source }
    }

    fn write_now(&mut self, data: &[u8]) -> io::Result<()> {
        let digest = self.digest.as_mut().expect("no batch is being written");
        for data in data.chunks(WRITE_BYTES) {
            digest.update(data);
            self.file.write_all_at(data, self.offset)?;
            self.offset += data.len() as u64;
        }
        Ok(())
    }

    /// Begins to write what was gathered.
    fn write(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let (file, turn, offset) = (Arc::clone(&self.file), Arc::clone(&self.turn), self.offset);
        self.offset += std::mem::take(&mut self.batch_len) as u64;
        let mut digest = self.digest.take().expect("no other batch is being written");
        self.writing = Some(tokio::task::spawn_blocking(move || {
            for data in &batch {
                digest.update(data);
            }
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let mut at = offset;
            for data in batch.iter().flat_map(|data| data.chunks(WRITE_BYTES)) {
                if let Err(error) = file.write_all_at(data, at) {
                    return (digest, Err(error));
                }
                at += data.len() as u64;
            }
            (digest, Ok(()))
        }));
    }

    /// Waits for the batch that is being written.
    async fn written(&mut self) -> Result<(), TransferError> {
        let Some(writing) = &mut self.writing else { return Ok(()) };
        let written = writing.await;
        self.writing = None;
        let (digest, outcome) = match written {
            Ok(written) => written,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => std::future::pending().await, // the runtime is shutting down
            },
        };
        self.digest = Some(digest);
        outcome.map_err(|source| self.wrong(source))
    }

    /// Writes the rest and returns the checksum of everything.
    pub(super) async fn finish(mut self) -> Result<Checksum, TransferError> {
        self.written().await?;
        if !self.batch.is_empty() {
            self.write();
            self.written().await?;
        }
        Ok(self.digest.take().expect("nothing is being written").finish())
    }
}
