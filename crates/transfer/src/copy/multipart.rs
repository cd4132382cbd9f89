//! Multipart: parts are copied in parallel, each again alone until it is done, and put together.

use super::layout::Layout;
use super::open::{OpenCopy, Opening, kept_part};
use super::part::{self, PartCopy};
use super::properties::CopyOptions;
use super::source::SourceObject;
use super::{read_headers, tell_started};
use crate::engine::{Engine, OnFailure};
use crate::error::TransferError;
use crate::journal::upload::PartLine;
use crate::local::blocking::blocking;
use crate::outcome::{ObjectRef, Outcome};
use crate::progress::{Event, TransferId};
use crate::upload::Summing;
use crate::upload::calls::{self, UploadRef};
use crate::upload::complete::{Completion, Expected, complete, found};
use crate::upload::joined;
use crate::upload::reconcile::KeptPart;
use drystone_wire::xml::answer::CopyResult;
use tokio::task::JoinSet;

/// Copies.
///
/// # Errors
/// [`TransferError`].
pub(super) async fn copy(
    engine: &Engine,
    id: TransferId,
    source: SourceObject,
    to: &ObjectRef,
    options: &CopyOptions,
) -> Result<Outcome, TransferError> {
    let copying = Copying { engine, id, source: &source, to, options };
    let layout = copying.layout().await?;
    let opening = Opening { engine, id, source: &source, to, options };
    let mut open = opening.open(layout).await?;
    if open.is_gone {
        if let Some(outcome) = copying.completed_before(&open).await? {
            return copying.finish(open, Ok(outcome)).await;
        }
        let (journal, layout) = (open.journal.take(), open.layout.clone());
        open = opening.create(journal, layout).await?;
    }
    let outcome = copying.run(&mut open).await;
    copying.finish(open, outcome).await
}

struct Copying<'a> {
    engine: &'a Engine,
    id: TransferId,
    source: &'a SourceObject,
    to: &'a ObjectRef,
    options: &'a CopyOptions,
}

impl Copying<'_> {
    /// The parts of the source, so that the ETag stays; others if they are not known or are wanted otherwise.
    async fn layout(&self) -> Result<Layout, TransferError> {
        let (size, wanted) = (self.source.size, self.engine.settings().part_size_bytes);
        if wanted.is_none() {
            let headers = read_headers(&self.options.headers);
            let parts = self.source.parts(self.engine, &headers).await?;
            if let Some(layout) = parts.and_then(|parts| Layout::of_lens(parts.lens, size)) {
                return Ok(layout);
            }
        }
        Ok(Layout::for_copy(size, wanted)?)
    }

    async fn run(&self, open: &mut OpenCopy) -> Result<Outcome, TransferError> {
        let parts_kept = u32::try_from(open.parts.len()).unwrap_or(u32::MAX);
        let bytes_kept: u64 = open.parts.values().map(|part| part.len).sum();
        let layout = Some(&open.layout);
        tell_started(self.engine, self.id, self.source, self.to, layout, (bytes_kept, parts_kept));
        self.copy_missing(open).await?;
        // Stores that do not know If-Match copied whatever was there.
        self.source.still(self.engine, &read_headers(&self.options.headers)).await?;
        self.engine.tell(Event::Completing { id: self.id });
        let expected = Expected::of(&open.parts, open.summing);
        self.compare(open, expected.etag.as_deref().unwrap_or_default(), &expected)?;
        let completion = self.completion(&open.upload, open.summing);
        let done = complete(self.engine, &completion, &mut open.parts).await?;
        let proved = self.compare(open, &done.told.etag, &expected)?;
        let mut outcome = self.outcome(open, &expected, &done.told, [Some(done.verified), proved]);
        outcome.bytes_moved = self.source.size - bytes_kept;
        outcome.parts_kept = parts_kept;
        Ok(outcome)
    }

    fn completion<'a>(&self, upload: &'a UploadRef, summing: Summing) -> Completion<'a> {
        Completion { upload, summing, read_headers: read_headers(&self.options.headers) }
    }

    /// What proves that the parts together are the source.
    fn compare(
        &self,
        open: &OpenCopy,
        etag: &str,
        expected: &Expected,
    ) -> Result<Option<String>, TransferError> {
        let what = || format!("the copy {}", self.to);
        let compared = self.source.compare(Some(&open.layout), etag, expected.checksum.as_ref());
        compared.map_err(|how| TransferError::Corrupt { what: what(), how })
    }

    fn outcome(
        &self,
        open: &OpenCopy,
        expected: &Expected,
        told: &calls::ObjectTold,
        proved: [Option<String>; 2],
    ) -> Outcome {
        let checksum = expected.checksum.as_ref();
        Outcome {
            bytes: self.source.size,
            part_count: open.layout.count(),
            etag: told.etag.clone(),
            version_id: told.version_id.clone(),
            checksum: checksum.map(|sum| (sum.checksum.algorithm().lower_name().to_owned(), sum.text())),
            verified: proved.into_iter().flatten().collect::<Vec<_>>().join(", "),
            ..Outcome::default()
        }
    }

    /// An earlier run had every part. Is the object there?
    async fn completed_before(&self, open: &OpenCopy) -> Result<Option<Outcome>, TransferError> {
        let expected = Expected::of(&open.parts, open.summing);
        let Some(done) = found(self.engine, &self.completion(&open.upload, open.summing), &expected).await?
        else {
            return Ok(None);
        };
        let proved = self.compare(open, &done.told.etag, &expected)?;
        let text = "an earlier run had completed it already".to_owned();
        self.engine.tell(Event::Note { id: self.id, text });
        let outcome = self.outcome(open, &expected, &done.told, [Some(done.verified), proved]);
        Ok(Some(Outcome { parts_kept: open.layout.count(), ..outcome }))
    }

    /// Copies every part that is not there, as many at once as the pace allows; each is in the journal once it is done.
    async fn copy_missing(&self, open: &mut OpenCopy) -> Result<(), TransferError> {
        let mut missing = (1..=open.layout.count())
            .filter(|number| !open.parts.contains_key(number))
            .collect::<Vec<_>>()
            .into_iter();
        let mut running: JoinSet<Result<(u32, CopyResult), TransferError>> = JoinSet::new();
        let mut is_out = false;
        while !(is_out && running.is_empty()) {
            tokio::select! {
                biased;
                Some(done) = running.join_next() => {
                    let (number, copied) = joined(done)?;
                    self.note(open, number, &copied).await?;
                }
                slot = self.engine.pace().slot(), if !is_out => match missing.next() {
                    None => is_out = true,
                    Some(number) => {
                        let (engine, job) = (self.engine.clone(), self.job(open, number));
                        running.spawn(async move { Ok((number, part::copy(&engine, &job, slot).await?)) });
                    }
                },
            }
        }
        Ok(())
    }

    fn job(&self, open: &OpenCopy, number: u32) -> PartCopy {
        let (start, len) = open.layout.part(number);
        PartCopy {
            id: self.id,
            upload: open.upload.clone(),
            source: self.source.clone(),
            number,
            count: open.layout.count(),
            start,
            len,
            headers: read_headers(&self.options.headers),
        }
    }

    /// A part is done: the journal knows it before it counts.
    async fn note(&self, open: &mut OpenCopy, number: u32, copied: &CopyResult) -> Result<(), TransferError> {
        let (_, len) = open.layout.part(number);
        let told = copied.checksum.map(|told| told.checksum);
        let part: KeptPart = kept_part(&copied.etag, told, len, open.summing.algorithm);
        let is_told = part.checksum.algorithm() == open.summing.algorithm;
        let checksum = if is_told { part.checksum.to_base64() } else { String::new() };
        if let Some(mut journal) = open.journal.take() {
            let line = PartLine { part_number: number, etag: part.etag.clone(), checksum };
            open.journal = blocking(move || journal.append(&line).map(|()| Some(journal))).await?;
        }
        open.parts.insert(number, part);
        self.engine.tell(Event::Moved { id: self.id, part_number: number, bytes: len });
        self.engine.tell(Event::PartDone { id: self.id, part_number: number, len });
        Ok(())
    }

    /// After the end: the journal goes when the object is there; a failed copy stays or goes as the user chose.
    async fn finish(
        &self,
        open: OpenCopy,
        outcome: Result<Outcome, TransferError>,
    ) -> Result<Outcome, TransferError> {
        // Parts of an object that changed, or that came out wrong, are of no use to anybody.
        let is_useless =
            matches!(outcome, Err(TransferError::ObjectChanged { .. } | TransferError::Corrupt { .. }));
        let is_over = match (&outcome, self.engine.settings().on_failure) {
            (Ok(_), _) => true,
            (Err(_), OnFailure::Keep) if !is_useless => false,
            (Err(_), _) => calls::abort(self.engine.client(), &open.upload).await.is_ok(),
        };
        if let Some(journal) = open.journal.filter(|_| is_over) {
            blocking(move || journal.remove()).await?;
        }
        outcome
    }
}
