//! Ingest: a body becomes durable bytes with known digests. Nothing names them yet.
//!
//! Small bodies stay in memory and travel inside the metadata step. Larger ones go to the blobstore through two buffers:
//! one fills from the network while the other is digested, sealed and written on the blocking pool. What is digested is what the
//! client sent; what is written is sealed when the object is encrypted.

use bytes::{Bytes, BytesMut};
use drystone_blobstore::{BlobStore, BlobWriter};
use drystone_digest::{BodyDigest, BodySummary};
use drystone_metastore::record::{Digests, NewBlob};
use drystone_seal::{BlobSealer, DataKey, sealed_len};
use drystone_types::{BlobRef, Checksum, ChecksumAlgorithm, PartNumber, limits};
use futures_util::StreamExt as _;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::blocking::blocking;
use crate::budget::{Budget, Share};
use crate::lease::Lease;
use crate::{Body, BodyFrame, Store, StoreError};

/// What a body must be.
#[derive(Clone, Copy, Debug)]
pub struct IngestSpec {
    /// Length announced by the client, if any.
    pub declared_len: Option<u64>,
    /// Most bytes.
    pub size_max: u64,
    /// Content-MD5 (b44).
    pub content_md5: Option<[u8; 16]>,
    /// Checksum sent with the body.
    pub sent: SentChecksum,
    /// Checksum to compute when none is sent.
    pub wanted: Option<ChecksumAlgorithm>,
}

/// The checksum that a client sends with a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SentChecksum {
    /// None.
    #[default]
    None,
    /// In a header: known before the body.
    Value(Checksum),
    /// In the trailer: known after it.
    Trailer(ChecksumAlgorithm),
}

impl SentChecksum {
    /// Its algorithm.
    pub fn algorithm(self) -> Option<ChecksumAlgorithm> {
        match self {
            Self::None => None,
            Self::Value(checksum) => Some(checksum.algorithm()),
            Self::Trailer(algorithm) => Some(algorithm),
        }
    }
}

/// By which key, and as which part, a body is sealed before it is written.
#[derive(Clone, Debug)]
pub(crate) struct SealAs {
    /// Key of the object.
    pub(crate) data_key: DataKey,
    /// 1 for an object sent in one piece.
    pub(crate) part_number: PartNumber,
}

impl SealAs {
    fn sealer(&self) -> BlobSealer {
        BlobSealer::new(&self.data_key, self.part_number)
    }
}

/// A body that is ready to be named by a metadata step.
pub(crate) struct Ingested {
    /// The bytes, durable unless inline.
    pub(crate) content: NewBlob,
    /// Its digests.
    pub(crate) summary: BodySummary,
    lease: Option<Lease>,
}

impl Ingested {
    /// Digests as a record keeps them; `keep` says whether the checksum is kept, `md5` what ETags show.
    pub(crate) fn digests(&self, md5: [u8; 16], keep: bool) -> Digests {
        let BodySummary { crc64nvme, checksum, .. } = self.summary;
        Digests { md5, crc64nvme, checksum: checksum.filter(|_| keep) }
    }

    /// The step that names the bytes has taken place.
    pub(crate) fn named(self) {
        if let Some(lease) = self.lease {
            lease.spent();
        }
    }
}

/// Remembers how many bytes came in since the last look at free space, so that small writes need not look each time.
#[derive(Debug, Default)]
pub(crate) struct RoomGauge(AtomicU64);

/// Look at free space again after this many bytes.
const ROOM_CHECK_BYTES: u64 = 4 << 20;

impl RoomGauge {
    fn is_due(&self, len: u64) -> bool {
        let due = self.0.load(Ordering::Relaxed) == 0
            || self.0.fetch_add(len, Ordering::Relaxed) >= ROOM_CHECK_BYTES;
        if due {
            self.0.store(0, Ordering::Relaxed);
        }
        due
    }

    fn looked(&self, len: u64) {
        self.0.fetch_add(len.max(1), Ordering::Relaxed);
    }
}

impl Store {
    /// Receives `body` whole, makes it durable, sealed if `seal` says so, and checks everything that was said about it.
    ///
    /// Dropping the future leaves a leased blob at most; its lease hands it to the sweep.
    pub(crate) async fn ingest(
        &self,
        body: Body,
        spec: IngestSpec,
        seal: Option<SealAs>,
    ) -> Result<Ingested, StoreError> {
        if let Some(len) = spec.declared_len.filter(|len| *len > spec.size_max) {
            return Err(StoreError::EntityTooLarge { proposed: len, max: spec.size_max });
        }
        if !self.ingest_budget.has_room() {
            return Err(StoreError::Busy);
        }
        self.check_room(spec.declared_len.unwrap_or(0)).await?;
        let share = self.ingest_budget.share(0);
        let budget = Arc::clone(&self.ingest_budget);
        let rest = Bytes::new();
        let kept = if seal.is_some() { BlobSealer::KEPT_MAX_BYTES } else { 0 };
        let mut intake =
            Intake { body, spec, received: 0, trailer: None, ended: false, rest, budget, share, kept };
        let inline_max = usize::try_from(limits::INLINE_SIZE_MAX_BYTES).expect("small");
        let mut first = BytesMut::new();
        intake.fill(&mut first, inline_max + 1).await?;
        let digest = BodyDigest::new(spec.sent.algorithm().or(spec.wanted));
        let ingested = if intake.ended && first.len() <= inline_max {
            ingest_inline(digest, seal.as_ref(), first.freeze())
        } else {
            let stored = self.ingest_blob(&mut intake, digest, seal, first).await;
            self.watch_syncs(stored)?
        };
        intake.check(&ingested.summary)?;
        Ok(ingested)
    }

    async fn ingest_blob(
        &self,
        intake: &mut Intake,
        digest: BodyDigest,
        seal: Option<SealAs>,
        mut filled: BytesMut,
    ) -> Result<Ingested, StoreError> {
        let lease = self.leases.take().await?;
        let blobs = Arc::clone(&self.blobs);
        let mut writing = tokio::spawn(blocking(move || {
            let mut write = BlobWrite::begin(blobs.as_ref(), lease, digest, seal.as_ref())?;
            write.absorb(&filled)?;
            filled.clear();
            Ok((write, filled))
        }));
        let mut filling = BytesMut::new();
        loop {
            if !intake.ended {
                intake.fill(&mut filling, 0).await?;
            }
            let (mut write, mut spare) = joined(writing.await)?;
            if filling.is_empty() {
                assert!(intake.ended, "an empty buffer means the end");
                return blocking(move || write.finish()).await;
            }
            std::mem::swap(&mut filling, &mut spare);
            let mut filled = spare;
            if filling.capacity() as u64 > self.ingest_budget.step() {
                filling = BytesMut::new(); // memory is short: keep no more than is needed
            }
            self.check_room(filled.len() as u64).await?;
            writing = tokio::spawn(blocking(move || {
                write.absorb(&filled)?;
                filled.clear();
                Ok((write, filled))
            }));
        }
    }

    /// Refuses new bytes when they would eat the reserve that deletes and metadata need.
    pub(crate) async fn check_room(&self, len: u64) -> Result<(), StoreError> {
        if !self.room.is_due(len) && len < ROOM_CHECK_BYTES {
            return Ok(());
        }
        let blobs = Arc::clone(&self.blobs);
        blocking(move || Ok(blobs.check_room(len)?)).await?;
        self.room.looked(len);
        Ok(())
    }
}

/// Is a small body what its digests say? `trailer` is the checksum that followed it.
///
/// # Errors
/// [`StoreError::BadContentMd5`], [`StoreError::ChecksumMismatch`].
pub fn check_small_body(
    data: &[u8],
    content_md5: Option<[u8; 16]>,
    sent: SentChecksum,
    trailer: Option<Checksum>,
) -> Result<(), StoreError> {
    let mut digest = BodyDigest::new(sent.algorithm());
    digest.update(data);
    check_digests(&digest.finish(), content_md5, sent, trailer)
}

/// Content-MD5 and checksum are what the client said.
fn check_digests(
    summary: &BodySummary,
    content_md5: Option<[u8; 16]>,
    sent: SentChecksum,
    trailer: Option<Checksum>,
) -> Result<(), StoreError> {
    if let Some(expected) = content_md5.filter(|expected| *expected != summary.md5) {
        return Err(StoreError::BadContentMd5 { expected, calculated: summary.md5 });
    }
    let expected = match sent {
        SentChecksum::None => return Ok(()),
        SentChecksum::Value(checksum) => Some(checksum),
        SentChecksum::Trailer(_) => trailer,
    };
    match sent.algorithm() {
        Some(algorithm) if expected.is_none() || expected != summary.checksum => {
            Err(StoreError::ChecksumMismatch(algorithm))
        }
        _ => Ok(()),
    }
}

fn joined<T>(result: Result<Result<T, StoreError>, tokio::task::JoinError>) -> Result<T, StoreError> {
    match result {
        Ok(result) => result,
        Err(panic) => Err(StoreError::Internal { what: "a write task ended early", source: Box::new(panic) }),
    }
}

fn ingest_inline(mut digest: BodyDigest, seal: Option<&SealAs>, data: Bytes) -> Ingested {
    digest.update(&data);
    let summary = digest.finish();
    let data = match seal {
        Some(seal) => sealed_at_once(seal, &data),
        None => data,
    };
    Ingested { content: NewBlob::Inline(data), summary, lease: None }
}

fn sealed_at_once(seal: &SealAs, data: &[u8]) -> Bytes {
    let mut sealed = Vec::with_capacity(usize::try_from(sealed_len(data.len() as u64)).expect("small"));
    let mut write = |bytes: &[u8]| -> Result<(), Infallible> {
        sealed.extend_from_slice(bytes);
        Ok(())
    };
    let mut sealer = seal.sealer();
    let Ok(()) = sealer.update(data, &mut write);
    let Ok(()) = sealer.finish(&mut write);
    sealed.into()
}

/// A blob being written, with the digest of what came in. Owns its lease, so that giving up in any way, also while a
/// blocking task still runs, hands the blob to the sweep only after the last write.
struct BlobWrite {
    writer: Box<dyn BlobWriter>,
    digest: BodyDigest,
    sealer: Option<BlobSealer>,
    lease: Lease,
}

impl BlobWrite {
    fn begin(
        blobs: &dyn BlobStore,
        lease: Lease,
        digest: BodyDigest,
        seal: Option<&SealAs>,
    ) -> Result<Self, StoreError> {
        let writer = blobs.create(lease.id())?;
        Ok(Self { writer, digest, sealer: seal.map(SealAs::sealer), lease })
    }

    fn absorb(&mut self, data: &[u8]) -> Result<(), StoreError> {
        self.digest.update(data);
        match &mut self.sealer {
            Some(sealer) => sealer.update(data, |sealed| self.writer.write(sealed))?,
            None => self.writer.write(data)?,
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Ingested, StoreError> {
        let summary = self.digest.finish();
        let expected = if self.sealer.is_some() { sealed_len(summary.len) } else { summary.len };
        if let Some(sealer) = self.sealer {
            sealer.finish(|sealed| self.writer.write(sealed))?;
        }
        let blob: BlobRef = self.writer.finish()?;
        assert_eq!(blob.len, expected, "what was digested is what was written");
        Ok(Ingested { content: NewBlob::Leased(blob), summary, lease: Some(self.lease) })
    }
}

/// The body on its way in.
struct Intake {
    body: Body,
    spec: IngestSpec,
    received: u64,
    trailer: Option<Checksum>,
    ended: bool,
    rest: Bytes, // of a frame that did not fit the buffer
    budget: Arc<Budget>,
    share: Share,
    kept: u64, // by the sealer
}

impl Intake {
    /// Fills `buffer` to the step of the budget, and at least to `least` bytes, or to the end of the body. Memory grows
    /// with what arrives, not with what is announced.
    async fn fill(&mut self, buffer: &mut BytesMut, least: usize) -> Result<(), StoreError> {
        loop {
            let target = usize::try_from(self.budget.step()).expect("a step is small").max(least);
            if buffer.len() >= target {
                return Ok(());
            }
            if self.rest.is_empty() {
                match self.body.next().await {
                    None => {
                        self.ended = true;
                        return Ok(());
                    }
                    Some(Err(error)) => return Err(StoreError::Body(error)),
                    Some(Ok(BodyFrame::Trailer(checksum))) => {
                        self.trailer = Some(checksum);
                        continue;
                    }
                    Some(Ok(BodyFrame::Data(data))) => self.receive(data)?,
                }
            }
            let take = self.rest.len().min(target - buffer.len());
            if buffer.capacity() - buffer.len() < take {
                let doubled =
                    (buffer.capacity() * 2).max(buffer.len() + take).min(target.max(buffer.len() + take));
                buffer.reserve(doubled - buffer.len());
            }
            buffer.extend_from_slice(&self.rest.split_to(take));
            self.share.set(2 * buffer.capacity() as u64 + self.kept); // another one is being written
        }
    }

    fn receive(&mut self, data: Bytes) -> Result<(), StoreError> {
        self.received += data.len() as u64;
        if self.received > self.spec.size_max {
            return Err(StoreError::EntityTooLarge { proposed: self.received, max: self.spec.size_max });
        }
        if self.spec.declared_len.is_some_and(|declared| self.received > declared) {
            return Err(StoreError::IncompleteBody);
        }
        self.rest = data;
        Ok(())
    }

    /// Length and digests are what the client said.
    fn check(&self, summary: &BodySummary) -> Result<(), StoreError> {
        assert_eq!(summary.len, self.received, "every received byte was digested");
        if self.spec.declared_len.is_some_and(|declared| declared != summary.len) {
            return Err(StoreError::IncompleteBody);
        }
        check_digests(summary, self.spec.content_md5, self.spec.sent, self.trailer)
    }
}
