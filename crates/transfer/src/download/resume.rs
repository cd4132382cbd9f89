//! Desk: the file that is being written and what is known of its pieces; an earlier run's, where it can be proved.

use super::fetch::Fetch;
use super::fetch::Piece;
use super::work::Work;
use crate::engine::{OnFailure, ResumeMode};
use crate::error::TransferError;
use crate::journal::download::{DownloadJournal, Head, PieceLine, VERSION, cut_of};
use crate::local::blocking::blocking;
use crate::local::target::{Place, TargetFile};
use crate::progress::Event;
use crate::rehash::rehash;
use drystone_types::Checksum;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A file in the making.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) target: TargetFile,
    pub(super) journal: Journal,
    /// Checksums of the pieces that are there.
    pub(super) sums: Vec<Option<Checksum>>,
    kept: (u32, u64),
}

/// The journal, if there is one. Writing to it does not hold up the network.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal(Option<Arc<Mutex<Option<DownloadJournal>>>>);

impl Journal {
    fn new(journal: DownloadJournal) -> Self {
        Self(Some(Arc::new(Mutex::new(Some(journal)))))
    }

    async fn with(
        &self,
        work: impl FnOnce(&mut Option<DownloadJournal>) -> Result<(), TransferError> + Send + 'static,
    ) -> Result<(), TransferError> {
        let Some(journal) = self.0.clone() else { return Ok(()) };
        blocking(move || work(&mut journal.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    /// A piece is there.
    pub(super) async fn note(&self, piece: u32, sum: &Checksum) -> Result<(), TransferError> {
        let line = PieceLine { piece, checksum: sum.to_base64() };
        self.with(move |journal| journal.as_mut().map_or(Ok(()), |journal| journal.note(&line))).await
    }

    /// The download is over.
    pub(super) async fn remove(&self) -> Result<(), TransferError> {
        self.with(|journal| journal.take().map_or(Ok(()), DownloadJournal::remove)).await
    }
}

impl Desk {
    /// The checksum of a piece, if it is there.
    pub(super) fn sum(&self, piece: &Piece) -> Option<Checksum> {
        self.sums[piece.number as usize - 1]
    }

    /// A piece is there.
    pub(super) fn set(&mut self, piece: &Piece, sum: Checksum) {
        self.sums[piece.number as usize - 1] = Some(sum);
    }

    /// Nothing is there, and what comes is in other pieces.
    pub(super) fn begin_anew(&mut self, piece_count: usize) {
        self.sums = vec![None; piece_count];
        self.kept = (0, 0);
        self.journal = Journal::default(); // its file is found by the next run, which does not use it
        self.target.forsake();
    }

    /// Nothing of it is of use: file and journal go.
    pub(super) async fn clear(mut self) -> Result<(), TransferError> {
        self.target.forsake();
        self.journal.remove().await?;
        blocking(move || drop(self.target)).await;
        Ok(())
    }

    /// The file, its journal, and how many pieces and bytes were there already.
    pub(super) fn done(self) -> (TargetFile, Journal, u32, u64) {
        (self.target, self.journal, self.kept.0, self.kept.1)
    }
}

/// Opens the file of a download: that of an earlier run with the pieces that are proved, or a new one.
pub(super) async fn open(
    fetch: &Fetch,
    place: &Place,
    mut work: Work,
) -> Result<(Work, Desk), TransferError> {
    let size = fetch.remote.size;
    let place = place.clone();
    // Who wants nothing left after a failure needs no journal either.
    let is_kept = work.pieces.len() > 1 && fetch.engine.settings().on_failure == OnFailure::Keep;
    let journal_dir = fetch.engine.journal_dir().filter(|_| is_kept).cloned();
    let Some(journal_dir) = journal_dir else {
        let target = blocking(move || TargetFile::create(&place, size)).await?;
        let sums = vec![None; work.pieces.len()];
        return Ok((work, Desk { target, journal: Journal::default(), sums, kept: (0, 0) }));
    };
    let (from, endpoint) = (fetch.from.clone(), fetch.engine.client().endpoint().url());
    let (found_at, path) = {
        let place = place.clone();
        blocking(move || {
            let path = place.absolute();
            let mut journal = DownloadJournal::open(&journal_dir, &endpoint, &from, &path)?;
            let found = journal.read()?;
            Ok::<_, TransferError>(((journal, found), path))
        })
        .await?
    };
    let (mut journal, found) = found_at;
    if let Some((head, lines)) = found {
        match adopt(fetch, &place, &mut work, &head).await? {
            Ok(target) => {
                let sums = proved(&work, &target, &lines).await?;
                let kept = work
                    .pieces
                    .iter()
                    .zip(&sums)
                    .filter(|(_, sum)| sum.is_some())
                    .map(|(piece, _)| piece.len);
                let kept = (u32::try_from(kept.clone().count()).unwrap_or(u32::MAX), kept.sum());
                return Ok((work, Desk { target, journal: Journal::new(journal), sums, kept }));
            }
            Err(why) => fetch.engine.tell(Event::Note { id: fetch.id, text: why }),
        }
    }
    let head = head(fetch, &work, &path);
    let desk = blocking(move || {
        let mut target = TargetFile::create(&place, size)?;
        let head = Head { temp_name: target.temp_name().to_owned(), temp_id: target.id()?, ..head };
        journal.begin(&head)?;
        target.keep();
        Ok::<_, TransferError>(Desk {
            target,
            journal: Journal::new(journal),
            sums: Vec::new(),
            kept: (0, 0),
        })
    });
    let desk = desk.await?;
    let sums = vec![None; work.pieces.len()];
    Ok((work, Desk { sums, ..desk }))
}

fn head(fetch: &Fetch, work: &Work, path: &Path) -> Head {
    Head {
        journal: VERSION,
        kind: "download".to_owned(),
        endpoint: fetch.engine.client().endpoint().url(),
        bucket: fetch.from.bucket.clone(),
        key: fetch.from.key.clone(),
        version_id: fetch.from.version_id.clone(),
        etag: fetch.remote.etag.clone().unwrap_or_default(),
        size: fetch.remote.size,
        path: path.to_string_lossy().into_owned(),
        temp_name: String::new(),
        temp_id: crate::local::target::FileId { device: 0, inode: 0 },
        checksum: work.algorithm.name().to_owned(),
        cut: cut_of(&work.lens()),
    }
}

/// The file of an earlier run, or why it is of no use; then it is removed.
async fn adopt(
    fetch: &Fetch,
    place: &Place,
    work: &mut Work,
    head: &Head,
) -> Result<Result<TargetFile, String>, TransferError> {
    let place = place.clone();
    let (size, name, id) = (head.size, head.temp_name.clone(), head.temp_id);
    let adopted = blocking(move || TargetFile::adopt(&place, size, &name, id)).await?;
    let Some(mut target) = adopted else {
        return Ok(Err("an earlier run's unfinished file is gone: beginning anew".to_owned()));
    };
    let why = if fetch.engine.settings().resume == ResumeMode::Never {
        "an earlier run's unfinished file is not used, as you wish"
    } else if head.size != fetch.remote.size || head.etag != fetch.remote.etag.clone().unwrap_or_default() {
        "the object is another one than when an earlier run began: beginning anew"
    } else if !head.lens().is_some_and(|lens| work.recut(&lens, &head.checksum)) {
        "an earlier run fetched it in pieces that cannot be proved now: beginning anew"
    } else {
        return Ok(Ok(target));
    };
    target.forsake();
    blocking(move || drop(target)).await;
    Ok(Err(why.to_owned()))
}

/// Checksums of the pieces that are what the journal says they are: read again, for nothing was synced.
async fn proved(
    work: &Work,
    target: &TargetFile,
    lines: &[PieceLine],
) -> Result<Vec<Option<Checksum>>, TransferError> {
    let mut said: Vec<Option<Checksum>> = vec![None; work.pieces.len()];
    for line in lines {
        let place = (line.piece as usize).checked_sub(1).and_then(|index| said.get_mut(index));
        if let (Some(place), Some(sum)) = (place, Checksum::from_base64(work.algorithm, &line.checksum)) {
            *place = Some(sum);
        }
    }
    let expected = |index: usize| work.expected.as_ref().map(|expected| expected[index]);
    let there: Vec<_> =
        work.pieces.iter().zip(&said).filter(|(_, said)| said.is_some()).map(|(piece, _)| *piece).collect();
    let ranges = there.iter().map(|piece| (piece.start, piece.len)).collect();
    let read = rehash(target.file(), work.algorithm, ranges, |_| ()).await;
    let wrong = |source| TransferError::Local { what: "read", path: target.path().to_owned(), source };
    for (piece, sum) in there.iter().zip(read.map_err(wrong)?) {
        let index = piece.number as usize - 1;
        if said[index] != Some(sum) || expected(index).is_some_and(|expected| expected != sum) {
            said[index] = None;
        }
    }
    Ok(said)
}
