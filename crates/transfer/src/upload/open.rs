//! Opening: an upload that an earlier run left is continued if what it did can be proved; else a new one is created.

use super::calls::{self, Summing, UploadRef};
use super::earlier::Resumed;
use super::proof::{Proof, refuses_proof};
use super::reconcile::KeptPart;
use super::{Open, UploadRequest};
use crate::engine::Engine;
use crate::error::TransferError;
use crate::journal::upload::{Head, PartLine, UploadJournal, VERSION};
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::progress::{Event, TransferId};
use drystone_client::CallError;
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::sha256;
use http::header::HeaderMap;
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
pub(super) struct Opening<'a> {
    pub(super) engine: &'a Engine,
    pub(super) id: TransferId,
    pub(super) request: &'a UploadRequest,
    pub(super) source: &'a Source,
    pub(super) identity: &'a Identity,
    /// How a new upload is cut and summed; as the settings say when not given.
    pub(super) chosen: Option<(Plan, Summing)>,
    /// It is an upload of others.
    pub(super) is_adopted: bool,
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
    let is_adopted = adopt.is_some();
    let opening = Opening { engine, id, request, source, identity, chosen, is_adopted };
    let mut journal = opening.journal().await?;
    let earlier = if let Some((upload_id, part_size_bytes)) = adopt {
        Some(opening.adopted(upload_id, part_size_bytes)?)
    } else {
        let (kept, earlier) = opening.earlier(journal).await?;
        journal = kept;
        earlier
    };
    let Some(earlier) = earlier else { return opening.create(journal).await };
    match opening.resume(&earlier).await? {
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
    let found = blocking(move || {
        let Some(mut journal) = UploadJournal::find(&dir, &endpoint, &to.bucket, &to.key, &path)? else {
            return Ok(None);
        };
        let read = journal.read()?;
        Ok::<_, TransferError>(Some((journal, read)))
    })
    .await?;
    let Some((journal, read)) = found else { return Ok(false) };
    let upload_id = read.upload_id();
    if let Some(upload_id) = upload_id {
        let (bucket, key) = (request.to.bucket.clone(), request.to.key.clone());
        calls::abort(engine.client(), &UploadRef { bucket, key, upload_id: upload_id.to_owned() }).await?;
    }
    blocking(move || journal.remove()).await?;
    Ok(upload_id.is_some())
}

impl Opening<'_> {
    pub(super) fn note(&self, text: String) {
        self.engine.tell(Event::Note { id: self.id, text });
    }

    pub(super) fn upload_ref(&self, upload_id: &str) -> UploadRef {
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
            described: described(&self.request.headers),
            is_adopted: self.is_adopted,
        }
    }

    /// How new parts are summed.
    pub(super) fn summing(&self) -> Summing {
        self.chosen.map_or_else(|| Summing::chosen(self.engine.settings().checksum), |(_, summing)| summing)
    }

    async fn journal(&self) -> Result<Option<UploadJournal>, TransferError> {
        let Some(dir) = self.engine.journal_dir().cloned() else { return Ok(None) };
        let endpoint = self.engine.client().endpoint().url();
        let (to, path) = (self.request.to.clone(), absolute(&self.request.path));
        blocking(move || UploadJournal::open(&dir, &endpoint, &to.bucket, &to.key, &path)).await.map(Some)
    }

    /// A new upload. The journal says that one is being opened before the store is asked, and which one before anything is sent.
    async fn create(&self, journal: Option<UploadJournal>) -> Result<Opened, TransferError> {
        let (engine, request) = (self.engine, self.request);
        let plan = match self.chosen {
            Some((plan, _)) => plan,
            None => Plan::new(self.identity.size, engine.settings().part_size_bytes)?,
        };
        let summing = self.summing();
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

/// A hash of the headers that describe an object: what an upload was opened with cannot be changed any more.
pub(super) fn described(headers: &HeaderMap) -> String {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"].concat()
    };
    let mut lines: Vec<_> = headers.iter().map(line).collect();
    lines.sort_unstable();
    hex(&sha256(&lines.concat()))
}
