//! Opening: an upload that an earlier run left is continued if what it did can be proved; else a new one is created.

use super::calls::{self, Summing, UploadRef};
use super::complete::{Completion, Expected, found};
use super::pieces::{FileRange, checksum_of};
use super::proof::{Proof, refuses_proof};
use super::reconcile::{KeptPart, Reconciled, reconcile};
use super::{Open, UploadRequest, outcome_of, part_headers};
use crate::engine::{Engine, ResumeMode};
use crate::error::TransferError;
use crate::journal::upload::{Head, PartLine, UploadJournal, VERSION};
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::progress::{Event, TransferId};
use drystone_client::CallError;
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What opening came to.
pub(super) enum Opened {
    /// Parts are to be sent.
    Open(Box<Open>),
    /// An earlier run had done everything.
    AlreadyThere(Outcome),
}

/// What opening works with.
struct Opening<'a> {
    engine: &'a Engine,
    id: TransferId,
    request: &'a UploadRequest,
    source: &'a Source,
    identity: &'a Identity,
    /// How a new upload is cut and summed; as the settings say when not given.
    chosen: Option<(Plan, Summing)>,
}

/// What an earlier run left, or an upload that is to be adopted.
struct Earlier {
    upload_id: String,
    plan: Plan,
    summing: Summing,
    /// Lines of the journal, if the source is what it was then.
    trusted: Vec<PartLine>,
    is_same_source: bool,
}

/// Opens.
///
/// # Errors
/// [`TransferError`].
pub(super) async fn open(
    engine: &Engine,
    id: TransferId,
    request: &UploadRequest,
    source: &Source,
    identity: &Identity,
    adopt: Option<(&str, u64)>,
    chosen: Option<(Plan, Summing)>,
) -> Result<Opened, TransferError> {
    let opening = Opening { engine, id, request, source, identity, chosen };
    let mut journal = opening.journal().await?;
    let earlier = if let Some((upload_id, part_size_bytes)) = adopt {
        Some(opening.adopted(upload_id, part_size_bytes)?)
    } else {
        let (kept, earlier) = opening.earlier(journal).await?;
        journal = kept;
        earlier
    };
    let Some(earlier) = earlier else { return opening.create(journal).await };
    let must_exist = adopt.is_some();
    match opening.resume(&earlier, must_exist).await? {
        Resumed::Parts(parts, summing) => {
            let head = opening.head(Some(earlier.upload_id.clone()), earlier.plan, summing);
            let journal = begin_with(journal, head, parts.clone()).await?;
            let upload = opening.upload_ref(&earlier.upload_id);
            Ok(Opened::Open(Box::new(Open { upload, plan: earlier.plan, summing, parts, journal })))
        }
        Resumed::Done(outcome) => {
            if let Some(journal) = journal {
                blocking(move || journal.remove()).await?;
            }
            Ok(Opened::AlreadyThere(outcome))
        }
        Resumed::Vanished => {
            opening.note("the upload of the earlier run is gone from the store; it begins anew".to_owned());
            opening.create(journal).await
        }
    }
}

/// Aborts what an unfinished run of this upload left, and forgets it. `true` if there was anything.
///
/// # Errors
/// [`TransferError`].
pub(super) async fn abandon(engine: &Engine, request: &UploadRequest) -> Result<bool, TransferError> {
    let Some(dir) = engine.journal_dir().cloned() else { return Ok(false) };
    let endpoint = engine.client().endpoint().url();
    let (to, path) = (request.to.clone(), absolute(&request.path));
    let (journal, read) = blocking(move || {
        let mut journal = UploadJournal::open(&dir, &endpoint, &to.bucket, &to.key, &path)?;
        let read = journal.read()?;
        Ok::<_, TransferError>((journal, read))
    })
    .await?;
    let upload_id = read.and_then(|(head, _)| head.upload_id);
    if let Some(upload_id) = &upload_id {
        let (bucket, key) = (request.to.bucket.clone(), request.to.key.clone());
        calls::abort(engine.client(), &UploadRef { bucket, key, upload_id: upload_id.clone() }).await?;
    }
    blocking(move || journal.remove()).await?;
    Ok(upload_id.is_some())
}

/// What became of an upload.
enum Resumed {
    /// These parts are there and right.
    Parts(BTreeMap<u32, KeptPart>, Summing),
    /// It was completed.
    Done(Outcome),
    /// The store does not know it.
    Vanished,
}

impl Opening<'_> {
    fn note(&self, text: String) {
        self.engine.tell(Event::Note { id: self.id, text });
    }

    fn upload_ref(&self, upload_id: &str) -> UploadRef {
        let to = &self.request.to;
        UploadRef { bucket: to.bucket.clone(), key: to.key.clone(), upload_id: upload_id.to_owned() }
    }

    fn head(&self, upload_id: Option<String>, plan: Plan, summing: Summing) -> Head {
        Head {
            journal: VERSION,
            kind: "upload".to_owned(),
            endpoint: self.engine.client().endpoint().url(),
            bucket: self.request.to.bucket.clone(),
            key: self.request.to.key.clone(),
            path: absolute(&self.request.path),
            upload_id,
            plan,
            checksum: summing.algorithm.name().to_owned(),
            checksum_type: summing.kind.name().to_owned(),
            source: self.identity.clone(),
        }
    }

    async fn journal(&self) -> Result<Option<UploadJournal>, TransferError> {
        let Some(dir) = self.engine.journal_dir().cloned() else { return Ok(None) };
        let endpoint = self.engine.client().endpoint().url();
        let (to, path) = (self.request.to.clone(), absolute(&self.request.path));
        blocking(move || UploadJournal::open(&dir, &endpoint, &to.bucket, &to.key, &path)).await.map(Some)
    }

    fn adopted(&self, upload_id: &str, part_size_bytes: u64) -> Result<Earlier, TransferError> {
        let plan = Plan::new(self.identity.size, Some(part_size_bytes))?;
        Ok(Earlier {
            upload_id: upload_id.to_owned(),
            plan,
            summing: Summing::chosen(self.engine.settings().checksum),
            trusted: Vec::new(),
            is_same_source: false,
        })
    }

    /// What the journal says, if it can be used; what cannot is aborted.
    async fn earlier(
        &self,
        journal: Option<UploadJournal>,
    ) -> Result<(Option<UploadJournal>, Option<Earlier>), TransferError> {
        let Some(mut journal) = journal else { return Ok((None, None)) };
        let (journal, read) = blocking(move || {
            let read = journal.read();
            (journal, read)
        })
        .await;
        let Some((head, lines)) = read? else { return Ok((Some(journal), None)) };
        let Some(upload_id) = head.upload_id.clone() else {
            self.note("an earlier run died while it opened an upload; `drystone uploads ls` shows it if it was opened".to_owned());
            return Ok((Some(journal), None));
        };
        let settings = self.engine.settings();
        let part_size = head.plan.part_size_bytes;
        let plan = Plan::new(self.identity.size, Some(part_size)).ok();
        let algorithm = ChecksumAlgorithm::parse(&head.checksum).unwrap_or(settings.checksum);
        let summing = Summing::declared(algorithm, ChecksumType::parse(&head.checksum_type));
        let is_wanted = settings.resume == ResumeMode::Auto
            && settings.part_size_bytes.is_none_or(|size| size == part_size);
        let (Some(plan), true) = (plan, is_wanted) else {
            self.note(format!("what an earlier run sent is not used: upload {upload_id} is aborted"));
            calls::abort(self.engine.client(), &self.upload_ref(&upload_id)).await?;
            return Ok((Some(journal), None));
        };
        let difference = self.identity.difference(&head.source);
        if let Some(how) = &difference {
            let path = self.request.path.display();
            self.note(format!(
                "{path} changed since the earlier run ({how}): each part is compared with what the store has"
            ));
        }
        let is_same_source = difference.is_none();
        let trusted = if is_same_source { lines } else { Vec::new() };
        Ok((Some(journal), Some(Earlier { upload_id, plan, summing, trusted, is_same_source })))
    }

    /// Asks the store what it has, and proves it.
    async fn resume(&self, earlier: &Earlier, must_exist: bool) -> Result<Resumed, TransferError> {
        let upload = self.upload_ref(&earlier.upload_id);
        let (listed, declared) =
            match calls::parts(self.engine.client(), &upload, &part_headers(&self.request.headers)).await {
                Ok(listed) => listed,
                Err(error) if error.code() == Some("NoSuchUpload") && !must_exist => {
                    return self.completed_before(earlier).await;
                }
                Err(error) => return Err(TransferError::call("listing the parts that the store has")(error)),
            };
        let summing = declared.unwrap_or(earlier.summing);
        let reconciled = reconcile(&earlier.plan, &listed, &earlier.trusted, summing.algorithm);
        if reconciled.strangers > 0 {
            self.note(format!(
                "{} parts that the store has are of another plan and are left out",
                reconciled.strangers
            ));
        }
        Ok(Resumed::Parts(self.prove(earlier, summing.algorithm, reconciled).await?, summing))
    }

    /// Reads the source where only that can tell.
    async fn prove(
        &self,
        earlier: &Earlier,
        algorithm: ChecksumAlgorithm,
        reconciled: Reconciled,
    ) -> Result<BTreeMap<u32, KeptPart>, TransferError> {
        let mut kept = reconciled.kept;
        for (number, part) in reconciled.to_prove {
            let (start, len) = earlier.plan.part(number);
            let range = FileRange { file: self.source.file().clone(), start, len };
            let (buffers, expected) = (self.engine.buffers().clone(), part.checksum);
            let proved = blocking(move || prove(&range, &expected, algorithm, &buffers)).await;
            let proved = proved.map_err(|source| TransferError::Local {
                what: "read",
                path: self.request.path.clone(),
                source,
            })?;
            if let Some(checksum) = proved {
                kept.insert(number, KeptPart { etag: part.etag, checksum, len });
            }
        }
        Ok(kept)
    }

    /// The upload is gone. If everything had been sent and the object is what it would have become, it was completed.
    async fn completed_before(&self, earlier: &Earlier) -> Result<Resumed, TransferError> {
        let parts: BTreeMap<u32, KeptPart> = earlier
            .trusted
            .iter()
            .filter_map(|line| {
                let checksum = Checksum::from_base64(earlier.summing.algorithm, &line.checksum)
                    .or_else(|| Checksum::from_base64(ChecksumAlgorithm::Md5, &line.checksum))?;
                let number = line.part_number;
                let in_plan = (1..=earlier.plan.part_count()).contains(&number);
                let len = in_plan.then(|| earlier.plan.part(number).1)?;
                Some((number, KeptPart { etag: line.etag.clone(), checksum, len }))
            })
            .collect();
        let is_whole = (1..=earlier.plan.part_count()).all(|number| parts.contains_key(&number));
        if !earlier.is_same_source || !is_whole {
            return Ok(Resumed::Vanished);
        }
        let upload = self.upload_ref(&earlier.upload_id);
        let completion = Completion {
            upload: &upload,
            summing: earlier.summing,
            read_headers: part_headers(&self.request.headers),
        };
        let expected = Expected::of(&parts, earlier.summing);
        let Some(done) = found(self.engine, &completion, &expected).await? else {
            return Ok(Resumed::Vanished);
        };
        self.note("an earlier run had completed it already".to_owned());
        let parts_kept = earlier.plan.part_count();
        Ok(Resumed::Done(Outcome { parts_kept, ..outcome_of(&expected, parts_kept, done) }))
    }

    /// A new upload. The journal says that one is being opened before the store is asked, and which one before anything is sent.
    async fn create(&self, journal: Option<UploadJournal>) -> Result<Opened, TransferError> {
        let (engine, request) = (self.engine, self.request);
        let (plan, summing) = if let Some(chosen) = self.chosen {
            chosen
        } else {
            let plan = Plan::new(self.identity.size, engine.settings().part_size_bytes)?;
            (plan, Summing::chosen(engine.settings().checksum))
        };
        let journal = begin(journal, self.head(None, plan, summing)).await?;
        let upload_id = match create_upload(engine, request, summing).await {
            Ok(upload_id) => upload_id,
            Err(error) => {
                let is_certain =
                    error.call_error().is_none_or(|error| !matches!(error, CallError::Broken { .. }));
                if let Some(journal) = journal.filter(|_| is_certain) {
                    blocking(move || journal.remove()).await?;
                }
                return Err(error);
            }
        };
        let journal = begin(journal, self.head(Some(upload_id.clone()), plan, summing)).await?;
        let upload = self.upload_ref(&upload_id);
        Ok(Opened::Open(Box::new(Open { upload, plan, summing, parts: BTreeMap::new(), journal })))
    }
}

/// Creates an upload with these checksums, or without any where the store does not know them.
pub(super) async fn create_upload(
    engine: &Engine,
    request: &UploadRequest,
    summing: Summing,
) -> Result<String, TransferError> {
    let (client, to) = (engine.client(), &request.to);
    if engine.proof() != Proof::ContentMd5 {
        match calls::create(client, &to.bucket, &to.key, &request.headers, Some(summing)).await {
            Ok(upload_id) => return Ok(upload_id),
            Err(error) if refuses_proof(&error) && error.code() != Some("SignatureDoesNotMatch") => {}
            Err(error) => return Err(TransferError::call("opening the upload")(error)),
        }
    }
    let created = calls::create(client, &to.bucket, &to.key, &request.headers, None).await;
    let upload_id = created.map_err(TransferError::call("opening the upload"))?;
    engine.learn_proof(Proof::ContentMd5);
    Ok(upload_id)
}

/// Is the range what `expected` says? Then its checksum, of `algorithm` if that costs no second read.
fn prove(
    range: &FileRange,
    expected: &Checksum,
    algorithm: ChecksumAlgorithm,
    buffers: &crate::local::buffers::Buffers,
) -> std::io::Result<Option<Checksum>> {
    if checksum_of(range, expected.algorithm(), buffers)? != *expected {
        return Ok(None);
    }
    if expected.algorithm() == algorithm {
        return Ok(Some(*expected));
    }
    checksum_of(range, algorithm, buffers).map(Some)
}

async fn begin(journal: Option<UploadJournal>, head: Head) -> Result<Option<UploadJournal>, TransferError> {
    begin_with(journal, head, BTreeMap::new()).await
}

/// Begins the journal with these parts.
async fn begin_with(
    journal: Option<UploadJournal>,
    head: Head,
    parts: BTreeMap<u32, KeptPart>,
) -> Result<Option<UploadJournal>, TransferError> {
    let Some(mut journal) = journal else { return Ok(None) };
    blocking(move || {
        let line = |(part_number, part): (u32, KeptPart)| PartLine {
            part_number,
            etag: part.etag,
            checksum: part.checksum.to_base64(),
        };
        journal.begin(&head, parts.into_iter().map(line))?;
        Ok(Some(journal))
    })
    .await
}

/// The path by which the journal knows a file: whatever folder the program runs in.
fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
