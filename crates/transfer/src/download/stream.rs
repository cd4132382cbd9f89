//! A download into a stream: pieces come side by side, a few ahead, go out in order, and are proved at the end.

use super::fetch::{Failure, Fetch, Piece};
use super::sink::Sink;
use crate::error::TransferError;
use crate::evidence::{Evidence, Origin};
use crate::local::blocking::blocking;
use crate::outcome::Outcome;
use crate::part_lens::{Asker, Known, PartLens};
use crate::progress::{Event, Kind};
use bytes::Bytes;
use drystone_digest::ChecksumDigest;
use drystone_types::Checksum;
use futures_util::{StreamExt as _, stream};
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Bytes that are asked for together.
const PIECE_BYTES: u64 = 4 << 20;
/// Pieces that come before they can go out: they are the memory that a stream takes.
const AHEAD: usize = 6;

/// What is written to, and the checksums of what was.
struct Out {
    writer: Box<dyn Write + Send>,
    sums: Option<Sums>,
}

/// Checksums of parts that follow each other.
struct Sums {
    evidence: Evidence,
    parts: PartLens,
    done: Vec<(Checksum, u64)>,
    digest: ChecksumDigest,
    digested: u64,
}

impl Sums {
    fn new(evidence: Evidence, parts: PartLens) -> Self {
        let digest = ChecksumDigest::new(evidence.algorithm());
        Self { evidence, parts, done: Vec::new(), digest, digested: 0 }
    }

    fn update(&mut self, mut data: &[u8]) {
        while let Some(len) = self.parts.lens.get(self.done.len()).copied() {
            let left = usize::try_from(len - self.digested).unwrap_or(usize::MAX);
            let (now, later) = data.split_at(left.min(data.len()));
            self.digest.update(now);
            self.digested += now.len() as u64;
            data = later;
            if self.digested < len {
                return;
            }
            let digest = std::mem::replace(&mut self.digest, ChecksumDigest::new(self.evidence.algorithm()));
            self.done.push((digest.finish(), len));
            self.digested = 0;
        }
    }
}

/// Runs it.
pub(super) async fn run(mut fetch: Fetch, writer: Box<dyn Write + Send>) -> Result<Outcome, TransferError> {
    let size = fetch.remote.size;
    let (sums, unproved) = chosen(&fetch).await?;
    let pieces: Vec<Piece> = (0..size.div_ceil(PIECE_BYTES))
        .map(|n| {
            let start = n * PIECE_BYTES;
            Piece {
                number: u32::try_from(n + 1).unwrap_or(u32::MAX),
                start,
                len: PIECE_BYTES.min(size - start),
            }
        })
        .collect();
    fetch.piece_count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
    fetch.engine.tell(Event::Started {
        id: fetch.id,
        kind: Kind::Download,
        source: fetch.from.to_string(),
        target: "-".to_owned(),
        bytes_total: Some(size),
        part_count: if pieces.len() > 1 { fetch.piece_count } else { 0 },
        part_size_bytes: PIECE_BYTES.min(size),
        bytes_done: 0,
        parts_done: 0,
    });
    let mut out = Out { writer, sums };
    let ahead = AHEAD.min(fetch.engine.pace().window().max(2));
    let mut done = 0;
    while done < pieces.len() {
        let fetched = pieces[done..].iter().copied().map(|piece| fetched(&fetch, piece));
        let mut fetched = stream::iter(fetched).buffered(ahead);
        let mut is_cut = false;
        while let Some(data) = fetched.next().await {
            match data {
                Ok(data) => out = written(out, data).await?,
                Err(Failure::RangesIgnored) if done == 0 => {
                    is_cut = true;
                    break;
                }
                Err(Failure::RangesIgnored) => return Err(other_ranges()),
                Err(Failure::Ended(error)) => return Err(error),
            }
            let piece = pieces[done];
            fetch.engine.tell(Event::PartDone { id: fetch.id, part_number: piece.number, len: piece.len });
            done += 1;
        }
        drop(fetched);
        if is_cut {
            fetch.ignores_ranges.store(true, Ordering::Relaxed);
            out = in_one(&fetch, out).await?;
            break;
        }
    }
    finish(&fetch, out, unproved).await
}

/// What can be computed while bytes go by; or why nothing can.
async fn chosen(fetch: &Fetch) -> Result<(Option<Sums>, String), TransferError> {
    let Fetch { engine, from, headers, remote, .. } = fetch;
    let asker = Asker { client: engine.client(), object: from, remote, headers };
    let mut why = remote.etag_is_no_md5.map(|why| format!("its ETag is no MD5: {why}"));
    for evidence in remote.by_cost() {
        let listed = (evidence.origin == Origin::Checksum).then(|| evidence.algorithm());
        let parts = match evidence.part_count {
            None => Some(PartLens { lens: vec![remote.size], checksums: None, known: Known::Asked }),
            Some(count) => asker.find(count, listed).await?,
        };
        if let Some(parts) = parts {
            return Ok((Some(Sums::new(evidence, parts)), String::new()));
        }
        why = Some("the store does not tell how long its parts are".to_owned());
    }
    Ok((None, why.unwrap_or_else(|| "the store gives no checksum".to_owned())))
}

async fn fetched(fetch: &Fetch, piece: Piece) -> Result<Vec<Bytes>, Failure> {
    let mut sink = Sink::Memory(Vec::new());
    fetch.piece(piece, &mut sink, None).await?;
    match sink {
        Sink::Memory(data) => Ok(data),
        _ => unreachable!("it was made two lines above"),
    }
}

async fn written(mut out: Out, data: Vec<Bytes>) -> Result<Out, TransferError> {
    blocking(move || {
        for data in data {
            if let Some(sums) = &mut out.sums {
                sums.update(&data);
            }
            out.writer.write_all(&data).map_err(cannot_write)?;
        }
        Ok(out)
    })
    .await
}

fn other_ranges() -> TransferError {
    TransferError::Refused("the store answers with other ranges than it is asked for".to_owned())
}

fn cannot_write(source: std::io::Error) -> TransferError {
    TransferError::Local { what: "write", path: PathBuf::from("-"), source }
}

/// Everything in one answer, from a store that knows no ranges: then nothing comes ahead of what is written.
async fn in_one(fetch: &Fetch, out: Out) -> Result<Out, TransferError> {
    let (send, mut receive) = tokio::sync::mpsc::channel::<Bytes>(4);
    let writer = tokio::task::spawn_blocking(move || {
        let mut out = out;
        while let Some(data) = receive.blocking_recv() {
            if let Some(sums) = &mut out.sums {
                sums.update(&data);
            }
            out.writer.write_all(&data).map_err(cannot_write)?;
        }
        Ok::<_, TransferError>(out)
    });
    let mut sink = Sink::Channel(send);
    let piece = Piece { number: 1, start: 0, len: fetch.remote.size };
    let done = fetch.piece(piece, &mut sink, None).await;
    drop(sink);
    let out = writer.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    match done {
        Ok(()) => Ok(out),
        Err(Failure::Ended(error)) => Err(error),
        Err(Failure::RangesIgnored) => {
            Err(TransferError::Refused("the store answers with other ranges".into()))
        }
    }
}

async fn finish(fetch: &Fetch, mut out: Out, unproved: String) -> Result<Outcome, TransferError> {
    let remote = &fetch.remote;
    fetch.engine.tell(Event::Completing { id: fetch.id });
    out = blocking(move || out.writer.flush().map(|()| out).map_err(cannot_write)).await?;
    let verified = match out.sums {
        None => {
            let text = format!("{}: only the length could be checked ({unproved})", fetch.from);
            fetch.engine.tell(Event::Note { id: fetch.id, text });
            format!("the length only ({unproved})")
        }
        Some(sums) => proved(fetch, sums).await?,
    };
    Ok(Outcome {
        bytes: remote.size,
        bytes_moved: remote.size,
        part_count: if fetch.piece_count > 1 { fetch.piece_count } else { 0 },
        parts_kept: 0,
        etag: remote.bare_etag().to_owned(),
        version_id: remote.version_id.clone(),
        checksum: remote.whole_checksum(),
        verified,
    })
}

async fn proved(fetch: &Fetch, mut sums: Sums) -> Result<String, TransferError> {
    sums.update(&[]); // of nothing there is a checksum, too
    let evidence = sums.evidence;
    let found = evidence.value_of(&sums.done);
    if found == Some(evidence.value) {
        return Ok(evidence.name());
    }
    if let (Known::Supposed, Some(count)) = (sums.parts.known, evidence.part_count) {
        let Fetch { engine, from, headers, remote, .. } = fetch;
        let asker = Asker { client: engine.client(), object: from, remote, headers };
        let asked = asker.each(count).await?;
        if asked.is_none_or(|asked| asked.lens != sums.parts.lens) {
            let why = "its parts are of unequal length, which was known too late";
            let text = format!("{from}: only the length could be checked ({why})");
            engine.tell(Event::Note { id: fetch.id, text });
            return Ok(format!("the length only ({why})"));
        }
    }
    let said = evidence.text(&evidence.value);
    let came = found.map_or_else(|| "nothing".to_owned(), |found| evidence.text(&found));
    Err(TransferError::Corrupt {
        what: fetch.from.to_string(),
        how: format!(
            "{} should be {said}, and is {came}: what was written is not the object; do not use it",
            evidence.name()
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::Sums;
    use crate::evidence::{Evidence, Origin};
    use crate::part_lens::{Known, PartLens};
    use drystone_digest::body::checksum_of;
    use drystone_types::ChecksumAlgorithm as A;

    #[test]
    fn checksums_are_taken_part_by_part_however_the_bytes_come() {
        let value = checksum_of(A::Md5, b"");
        let evidence = Evidence { value, part_count: Some(3), origin: Origin::Etag };
        for step in 1..12 {
            let parts = PartLens { lens: vec![4, 4, 3], checksums: None, known: Known::Asked };
            let mut sums = Sums::new(evidence, parts);
            for data in b"abcdefghijk".chunks(step) {
                sums.update(data);
            }
            let expected = [(&b"abcd"[..], 4), (b"efgh", 4), (b"ijk", 3)];
            assert_eq!(sums.done, expected.map(|(data, len)| (checksum_of(A::Md5, data), len)), "{step}");
        }
        let mut empty = Sums::new(evidence, PartLens { lens: vec![0], checksums: None, known: Known::Asked });
        empty.update(&[]);
        assert_eq!(empty.done, [(value, 0)]);
    }
}
