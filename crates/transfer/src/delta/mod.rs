//! Delta: sends only the parts that changed since the object that is there; the store copies the others.
//!
//! Where the store tells the checksums of the object's parts, they decide. Where it does not, each part is copied, and what the
//! answer says of the copy, checksum or MD5, decides: a part that turns out to be another one is sent over it. So nothing is trusted
//! but what was compared, and a delta is an upload like any other: it has the same journal and the same proof at its end.

mod digests;
pub mod plan;
mod send;

pub(crate) use send::Delta;

use crate::copy::layout::Layout;
use crate::copy::source::SourceObject;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::local::blocking::blocking;
use crate::local::source::{Identity, Source};
use crate::outcome::Outcome;
use crate::part_lens::PartLens;
use crate::plan::Plan;
use crate::progress::{Event, TransferId};
use crate::upload::{Summing, UploadRequest, part_headers};
use drystone_digest::combine::crc_number;
use drystone_digest::{composite_checksum, full_object_crc};
use drystone_types::{Checksum, ChecksumType};
use http::header::HeaderMap;
use plan::{Old, OldObject, PieceDigest, Proof, is_etag_of, olds};
use std::sync::Arc;

impl Engine {
    /// Uploads a file over an older version of it, of which it sends only what changed. Sends nothing at all when the object is equal
    /// to the file already. Falls back to a whole upload, and says so, where nothing can be compared.
    ///
    /// Dropping the future leaves what [`Engine::upload`] leaves; the same call goes on, and so does an upload.
    ///
    /// # Errors
    /// As [`Engine::upload`]; [`TransferError::ObjectChanged`] when somebody else writes to the object meanwhile.
    pub async fn delta(&self, request: &UploadRequest) -> Result<Outcome, TransferError> {
        let id = self.next_id();
        let outcome = self.delta_as(id, request).await;
        self.tell_end(id, outcome)
    }

    async fn delta_as(&self, id: TransferId, request: &UploadRequest) -> Result<Outcome, TransferError> {
        let path = request.path.clone();
        let (source, identity) = blocking(move || {
            let source = Source::open(&path)?;
            let identity = source.identity()?;
            Ok::<_, TransferError>((source, identity))
        })
        .await?;
        match self.compare(id, request, &source, &identity).await? {
            Compared::Equal(outcome) => Ok(outcome),
            Compared::Unknown(why) => {
                let text = format!("the whole of {} is sent: {why}", request.path.display());
                self.tell(Event::Note { id, text });
                self.upload_as(id, request, None, None).await
            }
            Compared::Differs(delta) => {
                let delta = Arc::new(*delta);
                let outcome = self.upload_as(id, request, None, Some(&delta)).await?;
                let (parts, bytes) = delta.copied();
                Ok(Outcome {
                    bytes_moved: outcome.bytes_moved.saturating_sub(bytes),
                    parts_kept: outcome.parts_kept + parts,
                    ..outcome
                })
            }
        }
    }

    /// Compares the file with the object that is there.
    async fn compare(
        &self,
        id: TransferId,
        request: &UploadRequest,
        source: &Source,
        identity: &Identity,
    ) -> Result<Compared, TransferError> {
        let headers = part_headers(&request.headers);
        let Some(object) = SourceObject::look(self, &request.to, &headers).await? else {
            return Ok(Compared::Unknown("there is no older version of it".to_owned()));
        };
        let parts = object.parts(self, &headers).await?;
        let layout = parts.as_ref().and_then(|parts| Layout::of_lens(parts.lens.clone(), object.size));
        let old = OldObject { size: object.size, layout };
        let plan = plan::plan(&old, identity.size, self.settings().part_size_bytes)?;
        let olds = olds(&plan, &old);
        let is_same_size = object.size == identity.size;
        if !is_same_size && olds.iter().all(|old| *old == Old::Nothing) {
            return Ok(Compared::Unknown("the object that is there has no part of it".to_owned()));
        }
        let summing = summing_of(self, &object, parts.as_ref());
        let text = format!("{} is read and compared with {}", request.path.display(), request.to);
        self.tell(Event::Note { id, text });
        let digests = digests::digests(self, source, &plan, summing.algorithm).await?;
        if is_same_size
            && let Some(proof) = equal(&object, &old, &plan, &digests)
            && headers_agree(&object.head.headers, &request.headers)
        {
            let (again, before) = (source.clone(), identity.clone());
            blocking(move || again.still(&before)).await?;
            return Ok(Compared::Equal(already_there(&object, &plan, &proof)));
        }
        let ways = ways(&olds, &digests, parts.as_ref());
        if plan.part_count() < 2 {
            return Ok(Compared::Unknown("it is a single part".to_owned()));
        }
        if ways.iter().all(|way| !way) {
            return Ok(Compared::Unknown("no part of it is as in the object that is there".to_owned()));
        }
        if parts.is_none_or(|parts| parts.checksums.is_none()) {
            let text =
                "the store tells no checksums of the object's parts: they are compared while it copies them";
            self.tell(Event::Note { id, text: text.to_owned() });
        }
        let delta = Delta::new(object, plan, summing, digests, ways, part_headers(&request.headers));
        Ok(Compared::Differs(Box::new(delta)))
    }
}

/// What the comparison came to.
enum Compared {
    /// The object is the file.
    Equal(Outcome),
    /// Parts of the object may be parts of the file.
    Differs(Box<Delta>),
    /// Nothing can be compared, for this reason.
    Unknown(String),
}

/// The checksums of the new object: the old one's where its parts' can be compared, so that the next delta can compare them, too.
fn summing_of(engine: &Engine, object: &SourceObject, parts: Option<&PartLens>) -> Summing {
    let listed = parts.and_then(|parts| parts.checksums.as_ref()?.first());
    match listed {
        Some(checksum) => Summing::declared(checksum.algorithm(), Some(ChecksumType::Composite)),
        None if object.head.checksum.is_some_and(|sum| sum.kind == ChecksumType::FullObject) => {
            object.summing(engine)
        }
        None => Summing::chosen(engine.settings().checksum),
    }
}

/// Which parts are worth a copy: those that the old object may have.
fn ways(olds: &[Old], digests: &[PieceDigest], parts: Option<&PartLens>) -> Vec<bool> {
    let listed = parts.and_then(|parts| parts.checksums.as_ref());
    let way = |(index, (old, digest)): (usize, (&Old, &PieceDigest))| match old {
        Old::Nothing => false,
        Old::Bytes => true,
        Old::Part => {
            digest.compare_checksum(listed.and_then(|sums: &Vec<Checksum>| sums.get(index))) != Proof::Differs
        }
    };
    olds.iter().zip(digests).enumerate().map(way).collect()
}

/// What proves that the object, of the same length, is the file; `None` when nothing does.
fn equal(object: &SourceObject, old: &OldObject, plan: &Plan, digests: &[PieceDigest]) -> Option<String> {
    let is_cut_alike = old.layout.as_ref() == Some(&Layout::of_plan(plan)) || plan.part_count() == 1;
    if is_cut_alike && is_etag_of(digests, &object.etag) {
        return Some("ETag".to_owned());
    }
    let told = object.head.checksum?;
    let algorithm = told.checksum.algorithm();
    if digests.iter().any(|digest| digest.checksum.algorithm() != algorithm) {
        return None;
    }
    let ours = match told.kind {
        ChecksumType::Composite if is_cut_alike => {
            let sums: Vec<_> = digests.iter().map(|digest| digest.checksum).collect();
            composite_checksum(algorithm, &sums)
        }
        ChecksumType::FullObject if algorithm.allows(ChecksumType::FullObject) => full_object_crc(
            algorithm,
            digests.iter().map(|digest| (crc_number(&digest.checksum), digest.len)),
        ),
        _ => return None,
    };
    let of = if told.kind == ChecksumType::FullObject { "of the whole object" } else { "of its parts" };
    let is_strong = told.checksum.as_bytes().len() * 8 >= plan::PROOF_BITS_MIN;
    (ours.checksum == told.checksum && is_strong).then(|| format!("{} {of}", algorithm.name()))
}

/// Does the object have what it would get? What a HEAD does not tell is given for a reason.
fn headers_agree(theirs: &HeaderMap, ours: &HeaderMap) -> bool {
    ours.iter().all(|(name, value)| theirs.get(name) == Some(value))
}

fn already_there(object: &SourceObject, plan: &Plan, proof: &str) -> Outcome {
    let checksum = object.head.checksum;
    Outcome {
        bytes: object.size,
        part_count: plan.part_count(),
        parts_kept: plan.part_count(),
        etag: object.etag.clone(),
        version_id: object.head.version_id.clone(),
        checksum: checksum.map(|sum| (sum.checksum.algorithm().lower_name().to_owned(), sum.text())),
        verified: format!("already there: {proof}"),
        ..Outcome::default()
    }
}
