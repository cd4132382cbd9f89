//! Streams: bytes of unknown number become an object. Parts are spooled to disk, so that a failed one can be sent again without a part in
//! memory, and grow, so that 10,000 always suffice. A stream cannot be read twice: a failed upload of one is aborted.

use super::calls::{self, Summing, UploadRef};
use super::complete::{self, Completion, Expected};
use super::part::{self, Job, PartOf, Received};
use super::pieces::FileRange;
use super::reconcile::KeptPart;
use super::{UploadRequest, joined, open, outcome_of, part_headers, single};
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::local::buffers::Buffers;
use crate::outcome::{ObjectRef, Outcome};
use crate::plan::{Plan, PlanError, stream_part_size};
use crate::progress::{Event, Kind, TransferId};
use drystone_types::limits::PART_COUNT_MAX;
use http::header::HeaderMap;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// A stream, and to where.
#[derive(Clone, Debug)]
pub struct StreamRequest {
    /// The object.
    pub to: ObjectRef,
    /// Headers that describe it.
    pub headers: HeaderMap,
    /// About how many bytes will come, if the user knows: then all parts are of one length, as some stores demand.
    pub expected_size: Option<u64>,
    /// Folder for parts that are on their way: their files have no names and need as much room as there are parts in flight.
    pub spool_dir: PathBuf,
}

type Input = Arc<Mutex<Box<dyn Read + Send>>>;

/// A part's bytes on disk.
struct Spooled {
    file: Arc<File>,
    len: u64,
    is_last: bool,
}

impl Engine {
    /// Uploads what `input` yields until its end.
    ///
    /// # Errors
    /// [`TransferError`]. The parts that were sent are aborted.
    pub async fn upload_stream(
        &self,
        request: &StreamRequest,
        input: Box<dyn Read + Send>,
    ) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.stream_as(id, request, Arc::new(Mutex::new(input))).await;
        self.tell_end(id, outcome)
    }

    /// Aborts the uploads of streams that were stopped: a stream cannot be read again. How many there were.
    ///
    /// # Errors
    /// [`TransferError`].
    pub async fn abandon_streams(&self) -> Result<usize, TransferError> {
        let streams = std::mem::take(&mut *self.streams().lock().unwrap_or_else(PoisonError::into_inner));
        for upload in &streams {
            calls::abort(self.client(), upload).await?;
        }
        Ok(streams.len())
    }

    async fn stream_as(
        &self,
        id: TransferId,
        request: &StreamRequest,
        input: Input,
    ) -> Result<Outcome, TransferError> {
        let first_size = self.first_size(request)?;
        let first = self.spool(request, &input, first_size).await?;
        let described = UploadRequest {
            path: PathBuf::from("-"),
            to: request.to.clone(),
            headers: request.headers.clone(),
        };
        if first.is_last {
            let range = FileRange::new(&first.file, 0, first.len);
            return single::put_range(self, id, &described, range).await;
        }
        let summing = Summing::chosen(self.settings().checksum);
        let upload_id = open::create_upload(self, &described, summing).await?;
        let to = &request.to;
        let upload = UploadRef { bucket: to.bucket.clone(), key: to.key.clone(), upload_id };
        self.tell(Event::Started {
            id,
            kind: Kind::Upload,
            source: "-".to_owned(),
            target: to.to_string(),
            bytes_total: request.expected_size,
            part_count: 0,
            part_size_bytes: first_size,
            bytes_done: 0,
            parts_done: 0,
        });
        self.streams().lock().unwrap_or_else(PoisonError::into_inner).push(upload.clone());
        let sending = Sending { engine: self, id, request, upload: &upload, summing, first_size };
        let outcome = sending.run(&input, first).await;
        if outcome.is_err() {
            let _ = calls::abort(self.client(), &upload).await; // the first error is what is told
        }
        let mut streams = self.streams().lock().unwrap_or_else(PoisonError::into_inner);
        streams.retain(|open| open.upload_id != upload.upload_id);
        outcome
    }

    fn first_size(&self, request: &StreamRequest) -> Result<u64, PlanError> {
        Plan::new(request.expected_size.unwrap_or(0), self.settings().part_size_bytes)
            .map(|plan| plan.part_size_bytes)
    }

    async fn spool(
        &self,
        request: &StreamRequest,
        input: &Input,
        len: u64,
    ) -> Result<Spooled, TransferError> {
        let (dir, input, buffers) = (request.spool_dir.clone(), Arc::clone(input), self.buffers().clone());
        let wrong = |what| {
            let path = request.spool_dir.clone();
            move |source| TransferError::Local { what, path, source }
        };
        let spooled = blocking(move || {
            let file = tempfile::tempfile_in(dir).map_err(SpoolError::Write)?;
            let mut input = input.lock().unwrap_or_else(PoisonError::into_inner);
            fill(&mut **input, &file, len, &buffers).map(|(len, is_last)| Spooled {
                file: Arc::new(file),
                len,
                is_last,
            })
        });
        spooled.await.map_err(|error| match error {
            SpoolError::Read(source) => {
                TransferError::Local { what: "read", path: PathBuf::from("-"), source }
            }
            SpoolError::Write(source) => wrong("spool a part to")(source),
        })
    }
}

enum SpoolError {
    Read(io::Error),
    Write(io::Error),
}

/// Copies up to `len` bytes into the file. Returns how many there were, and whether the input ended.
fn fill(input: &mut dyn Read, file: &File, len: u64, buffers: &Buffers) -> Result<(u64, bool), SpoolError> {
    let mut buffer = buffers.take();
    let mut position = 0;
    while position < len {
        let room = usize::try_from(len - position).unwrap_or(usize::MAX).min(buffer.len());
        let count = match input.read(&mut buffer[..room]) {
            Ok(0) => return Ok((position, true)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(SpoolError::Read(error)),
        };
        file.write_all_at(&buffer[..count], position).map_err(SpoolError::Write)?;
        position += count as u64;
    }
    Ok((position, false))
}

/// A stream on its way.
struct Sending<'a> {
    engine: &'a Engine,
    id: TransferId,
    request: &'a StreamRequest,
    upload: &'a UploadRef,
    summing: Summing,
    first_size: u64,
}

impl Sending<'_> {
    async fn run(&self, input: &Input, first: Spooled) -> Result<Outcome, TransferError> {
        let mut parts = self.send(input, first).await?;
        self.engine.tell(Event::Completing { id: self.id });
        let completion = Completion {
            upload: self.upload,
            summing: self.summing,
            read_headers: part_headers(&self.request.headers),
        };
        let done = complete::complete(self.engine, &completion, &mut parts).await?;
        let part_count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let outcome = outcome_of(&Expected::of(&parts, self.summing), part_count, done);
        Ok(Outcome { bytes_moved: outcome.bytes, ..outcome })
    }

    /// Spools and sends, a part for each slot of the pace, until the input ends.
    async fn send(&self, input: &Input, first: Spooled) -> Result<BTreeMap<u32, KeptPart>, TransferError> {
        let mut running: JoinSet<Result<(u32, u64, Received), TransferError>> = JoinSet::new();
        let mut parts = BTreeMap::new();
        let mut next = Some(first);
        let mut number = 0;
        while let Some(spooled) = next.take() {
            number += 1;
            if number > u32::from(PART_COUNT_MAX) {
                return Err(PlanError::TooLarge(u64::MAX).into());
            }
            let slot = self.engine.pace().slot().await;
            let (is_last, len) = (spooled.is_last, spooled.len);
            let (engine, job) = (self.engine.clone(), self.job(number, &spooled));
            running.spawn(async move { Ok((number, len, part::send(&engine, &job, slot).await?)) });
            while let Some(done) = running.try_join_next() {
                keep(&mut parts, joined(done)?);
            }
            if !is_last {
                let spooled = self.engine.spool(self.request, input, self.size_of(number + 1)).await?;
                next = (spooled.len > 0).then_some(spooled);
            }
        }
        while let Some(done) = running.join_next().await {
            keep(&mut parts, joined(done)?);
        }
        Ok(parts)
    }

    fn size_of(&self, number: u32) -> u64 {
        let expected = self.request.expected_size.unwrap_or(0).div_ceil(self.first_size);
        match u64::from(number).checked_sub(expected) {
            None | Some(0) => self.first_size,
            Some(beyond) => stream_part_size(u32::try_from(beyond).unwrap_or(u32::MAX), self.first_size),
        }
    }

    fn job(&self, number: u32, spooled: &Spooled) -> Job {
        Job {
            id: self.id,
            bucket: self.upload.bucket.clone(),
            key: self.upload.key.clone(),
            part: Some(PartOf { upload_id: self.upload.upload_id.clone(), number, count: 0 }),
            range: FileRange::new(&spooled.file, 0, spooled.len),
            path: PathBuf::from("-"),
            algorithm: self.summing.algorithm,
            headers: part_headers(&self.request.headers),
        }
    }
}

fn keep(parts: &mut BTreeMap<u32, KeptPart>, (number, len, received): (u32, u64, Received)) {
    parts.insert(number, KeptPart { etag: received.etag, checksum: received.checksum, len });
}

#[cfg(test)]
mod tests {
    use super::fill;
    use crate::local::buffers::Buffers;
    use std::io::Read as _;

    #[test]
    fn a_spooled_part_ends_at_its_length_or_with_the_input() {
        let input: Vec<u8> = (0..=255).cycle().take(600_000).collect();
        for (len, expected, is_last) in
            [(500_000, 500_000, false), (600_000, 600_000, false), (700_000, 600_000, true)]
        {
            let mut file = tempfile::tempfile().unwrap();
            let filled = fill(&mut &input[..], &file, len, &Buffers::default());
            assert_eq!(filled.ok(), Some((expected, is_last)));
            let mut back = Vec::new();
            file.read_to_end(&mut back).unwrap();
            assert_eq!(back, input[..usize::try_from(expected).unwrap()]);
        }
    }
}
