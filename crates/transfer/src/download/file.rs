//! A download into a file: pieces side by side, each in its place, proved, and named when everything is.

use super::fetch::{Failure, Fetch, Piece};
use super::resume::{self, Desk};
use super::sink::{FileSink, Sink, Turn};
use super::work::Work;
use crate::engine::OnFailure;
use crate::error::TransferError;
use crate::evidence::Origin;
use crate::local::blocking::blocking;
use crate::local::target::{Place, TargetFile};
use crate::outcome::Outcome;
use crate::part_lens::{Asker, PartLens};
use crate::progress::Event;
use crate::prove::{Proof, Subject};
use drystone_client::Answer;
use drystone_types::Checksum;
use futures_util::{StreamExt as _, stream};
use std::sync::atomic::Ordering;

/// How often a piece is fetched that is known to be wrong.
const PIECE_TRIES: u32 = 4;
/// How often everything is fetched again, when it is wrong and nobody can say where.
const SECOND_LOOKS: u32 = 3;
/// Pieces that wait for a slot; more would wait for nothing.
const WAITING_MIN: usize = 16;

/// A download into a file.
#[derive(Debug)]
pub(super) struct FileDownload {
    pub(super) fetch: Fetch,
    /// The file gets the time of the object.
    pub(super) keeps_time: bool,
    pub(super) target: String,
    /// Pieces write one after the other.
    pub(super) turn: Turn,
}

impl FileDownload {
    /// Runs it. `first` is an answer with everything, if there is one already.
    pub(super) async fn run(mut self, place: Place, first: Option<Answer>) -> Result<Outcome, TransferError> {
        let parts = self.parts().await?;
        let settings = self.fetch.engine.settings();
        let work = Work::new(&self.fetch.remote, parts.as_ref(), settings)?;
        let (work, mut desk) = resume::open(&self.fetch, &place, work).await?;
        self.fetch.piece_count = u32::try_from(work.pieces.len()).unwrap_or(u32::MAX);
        self.started(&work, &desk);
        let done = match self.filled(&work, &mut desk, first).await {
            Err(Failure::RangesIgnored) => {
                self.fetch.ignores_ranges.store(true, Ordering::Relaxed);
                let whole = Work::undivided(&self.fetch.remote);
                self.fetch.piece_count = 1;
                desk.begin_anew(whole.pieces.len());
                self.note(
                    "the store ignores ranges: everything is fetched in one piece, and cannot be resumed",
                );
                self.filled(&whole, &mut desk, None).await
            }
            done => done,
        };
        match done {
            Ok(verified) => self.finish(desk, &work, verified).await,
            Err(failure) => {
                let error = match failure {
                    Failure::Ended(error) => error,
                    Failure::RangesIgnored => {
                        TransferError::Refused("the store answers with other ranges".into())
                    }
                };
                let is_useless =
                    matches!(error, TransferError::ObjectChanged { .. } | TransferError::Corrupt { .. });
                if is_useless || self.fetch.engine.settings().on_failure == OnFailure::Abort {
                    desk.clear().await?;
                }
                Err(error)
            }
        }
    }

    fn asker(&self) -> Asker<'_> {
        let Fetch { engine, from, headers, remote, .. } = &self.fetch;
        Asker { client: engine.client(), object: from, remote, headers }
    }

    fn note(&self, text: impl Into<String>) {
        self.fetch.engine.tell(Event::Note { id: self.fetch.id, text: text.into() });
    }

    /// The parts of the object, where they matter while it is fetched.
    async fn parts(&self) -> Result<Option<PartLens>, TransferError> {
        let remote = &self.fetch.remote;
        if remote.size < self.fetch.engine.settings().multipart_threshold_bytes {
            return Ok(None);
        }
        match remote.by_cost().first() {
            Some(evidence) => match evidence.part_count {
                Some(count) => {
                    let listed = (evidence.origin == Origin::Checksum).then(|| evidence.algorithm());
                    self.asker().find(count, listed).await
                }
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    fn started(&self, work: &Work, desk: &Desk) {
        let kept = || work.pieces.iter().zip(&desk.sums).filter(|(_, sum)| sum.is_some());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.fetch.engine.tell(Event::Started {
            id: self.fetch.id,
            kind: crate::progress::Kind::Download,
            source: self.fetch.from.to_string(),
            target: self.target.clone(),
            bytes_total: Some(self.fetch.remote.size),
            part_count: if work.pieces.len() > 1 { count(work.pieces.len()) } else { 0 },
            part_size_bytes: work.pieces.first().map_or(0, |piece| piece.len),
            bytes_done: kept().map(|(piece, _)| piece.len).sum(),
            parts_done: count(kept().count()),
        });
    }

    /// Fetches what is missing until everything is proved; says what was proved.
    async fn filled(&self, work: &Work, desk: &mut Desk, first: Option<Answer>) -> Result<String, Failure> {
        let missing: Vec<_> = work.pieces.iter().filter(|piece| desk.sum(piece).is_none()).copied().collect();
        self.pieces(work, desk, missing, first).await?;
        for _ in 0..SECOND_LOOKS {
            let how = match self.settle(work, desk).await? {
                Ok(verified) => return Ok(verified),
                Err(how) => how,
            };
            // Somewhere bytes are wrong. Each piece is fetched again: those that come differently were, or are.
            self.note(format!("{how}; everything is fetched again to find out where"));
            let before = desk.sums.clone();
            for piece in &work.pieces {
                self.wrong(*piece, 1, &how);
            }
            self.pieces(work, desk, work.pieces.clone(), None).await?;
            if before == desk.sums {
                let how = format!(
                    "{how}, and so it was when everything was fetched again: the store's copy is damaged"
                );
                return Err(self.corrupt(how).into());
            }
        }
        match self.settle(work, desk).await? {
            Ok(verified) => Ok(verified),
            Err(how) => Err(self.corrupt(how).into()),
        }
    }

    fn corrupt(&self, how: String) -> TransferError {
        TransferError::Corrupt { what: self.fetch.from.to_string(), how }
    }

    /// What moved of a piece does not count.
    fn wrong(&self, piece: Piece, attempt: u32, why: &str) {
        self.fetch.engine.tell(Event::PartFailed {
            id: self.fetch.id,
            part_number: piece.number,
            moved: piece.len,
            attempt,
            why: why.to_owned(),
            wait: Some(std::time::Duration::ZERO),
        });
    }

    /// Fetches pieces side by side.
    async fn pieces(
        &self,
        work: &Work,
        desk: &mut Desk,
        pieces: Vec<Piece>,
        mut first: Option<Answer>,
    ) -> Result<(), Failure> {
        let at_once = self.fetch.engine.pace().window().max(WAITING_MIN);
        let target = &desk.target;
        let fetched = pieces.into_iter().map(|piece| {
            let first = first.take(); // there is one only where there is only one piece
            async move { (piece, self.piece(work, target, piece, first).await) }
        });
        let mut fetched = stream::iter(fetched).buffer_unordered(at_once);
        let mut sums = Vec::new();
        while let Some((piece, sum)) = fetched.next().await {
            let sum = sum?;
            desk.journal.note(piece.number, &sum).await?;
            sums.push((piece, sum));
            self.fetch.engine.tell(Event::PartDone {
                id: self.fetch.id,
                part_number: piece.number,
                len: piece.len,
            });
        }
        drop(fetched);
        for (piece, sum) in sums {
            desk.set(&piece, sum);
        }
        Ok(())
    }

    /// Fetches one piece until it is what it has to be.
    async fn piece(
        &self,
        work: &Work,
        target: &TargetFile,
        piece: Piece,
        mut first: Option<Answer>,
    ) -> Result<Checksum, Failure> {
        let mut attempt = 1;
        loop {
            let mut sink = Sink::File(Box::new(FileSink::new(
                target.file(),
                &self.turn,
                target.path(),
                piece.start,
                work.algorithm,
            )));
            self.fetch.piece(piece, &mut sink, first.take()).await?;
            let Sink::File(sink) = sink else { unreachable!("it was made a line above") };
            let sum = sink.finish().await?;
            let index = piece.number as usize - 1;
            let expected = work.expected.as_ref().map(|expected| expected[index]);
            if expected.is_none_or(|expected| expected == sum) {
                return Ok(sum);
            }
            let name = work.algorithm.name();
            let how = format!(
                "part {} of {} came with another {name} than it has",
                piece.number,
                work.pieces.len()
            );
            if attempt == PIECE_TRIES {
                return Err(self.corrupt(format!("{how}, {attempt} times")).into());
            }
            self.wrong(piece, attempt, &how);
            attempt += 1;
        }
    }

    /// Is what came what the store says? What was proved, or how it differs.
    async fn settle(&self, work: &Work, desk: &Desk) -> Result<Result<String, String>, TransferError> {
        let remote = &self.fetch.remote;
        let sums: Vec<Checksum> = desk.sums.iter().flatten().copied().collect();
        match work.verdict(&sums) {
            Some(Ok(evidence)) => return Ok(Ok(evidence.name())),
            Some(Err(found)) => {
                let evidence = work.evidence.expect("it gave a verdict");
                return Ok(Err(differs(&evidence, &found)));
            }
            None => {}
        }
        let subject = Subject { file: desk.target.file(), path: desk.target.path(), asker: self.asker() };
        let mut why = remote.etag_is_no_md5.map(|why| format!("its ETag is no MD5: {why}"));
        for evidence in remote.by_cost() {
            match subject.prove(&evidence, |_| ()).await? {
                Proof::Equal(_) => return Ok(Ok(evidence.name())),
                Proof::Different { found, .. } => return Ok(Err(differs(&evidence, &found))),
                Proof::Unknown(unknown) => why = Some(unknown),
            }
        }
        let why = why.unwrap_or_else(|| "the store gives no checksum".to_owned());
        self.note(format!("{}: only the length could be checked ({why})", self.fetch.from));
        Ok(Ok(format!("the length only ({why})")))
    }

    async fn finish(&self, desk: Desk, work: &Work, verified: String) -> Result<Outcome, TransferError> {
        let remote = &self.fetch.remote;
        self.fetch.engine.tell(Event::Completing { id: self.fetch.id });
        let modified = remote.last_modified.filter(|_| self.keeps_time);
        let (target, journal, kept, kept_bytes) = desk.done();
        let size = remote.size;
        blocking(move || target.finish(size, modified)).await?;
        journal.remove().await?;
        let count = u32::try_from(work.pieces.len()).unwrap_or(u32::MAX);
        Ok(Outcome {
            bytes: size,
            bytes_moved: size - kept_bytes,
            part_count: if count > 1 { count } else { 0 },
            parts_kept: kept,
            etag: remote.bare_etag().to_owned(),
            version_id: remote.version_id.clone(),
            checksum: remote.whole_checksum(),
            verified,
        })
    }
}

fn differs(evidence: &crate::evidence::Evidence, found: &Checksum) -> String {
    let (said, came) = (evidence.text(&evidence.value), evidence.text(found));
    format!("{} should be {said}, and is {came}", evidence.name())
}
