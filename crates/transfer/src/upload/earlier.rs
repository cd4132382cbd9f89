//! Earlier: what an earlier run of an upload left: read from its journal, compared with what the store has, proved by the file.

use super::calls::{self, Summing};
use super::complete::{Completion, Expected, found};
use super::open::{Opening, described};
use super::pieces::{FileRange, checksum_of};
use super::reconcile::{KeptPart, Reconciled, reconcile};
use super::{outcome_of, part_headers};
use crate::engine::ResumeMode;
use crate::error::TransferError;
use crate::journal::upload::{PartLine, Read, UploadJournal};
use crate::local::blocking::blocking;
use crate::local::buffers::Buffers;
use crate::outcome::Outcome;
use crate::plan::Plan;
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType};
use std::collections::BTreeMap;

/// What an earlier run left, or an upload that is to be adopted.
pub(super) struct Earlier {
    pub(super) upload_id: String,
    pub(super) plan: Plan,
    summing: Summing,
    /// Lines of the journal, if the source is what it was then.
    trusted: Vec<PartLine>,
    is_same_source: bool,
}

/// What became of an upload.
pub(super) enum Resumed {
    /// These parts are there and right.
    Parts(BTreeMap<u32, KeptPart>, Summing),
    /// It was completed.
    Done(Outcome),
    /// The store does not know it.
    Vanished,
}

impl Opening<'_> {
    pub(super) fn adopted(&self, upload_id: &str, part_size_bytes: u64) -> Result<Earlier, TransferError> {
        let plan = Plan::new(self.identity.size, Some(part_size_bytes))?;
        Ok(Earlier {
            upload_id: upload_id.to_owned(),
            plan,
            summing: self.summing(),
            trusted: Vec::new(),
            is_same_source: false,
        })
    }

    /// What the journal says, if it can be used; what cannot is aborted.
    pub(super) async fn earlier(
        &self,
        journal: Option<UploadJournal>,
    ) -> Result<(Option<UploadJournal>, Option<Earlier>), TransferError> {
        let Some(mut journal) = journal else { return Ok((None, None)) };
        let (journal, read) = blocking(move || {
            let read = journal.read();
            (journal, read)
        })
        .await;
        let (head, lines) = match read? {
            Read::Upload(head, lines) => (head, lines),
            Read::Nothing => return Ok((Some(journal), None)),
            Read::Damaged => {
                let to = &self.request.to;
                self.note(format!(
                    "the journal of an earlier run cannot be read, so it begins anew; drystone uploads ls {to} shows what that run left"
                ));
                return Ok((Some(journal), None));
            }
        };
        let Some(upload_id) = head.upload_id.clone() else {
            self.note("an earlier run died while it opened an upload; `drystone uploads ls` shows it if it was opened".to_owned());
            return Ok((Some(journal), None));
        };
        let settings = self.engine.settings();
        let part_size = head.plan.part_size_bytes;
        let plan = Plan::new(self.identity.size, Some(part_size)).ok();
        let algorithm = ChecksumAlgorithm::parse(&head.checksum).unwrap_or(settings.checksum);
        let summing = Summing::declared(algorithm, ChecksumType::parse(&head.checksum_type));
        let is_same = head.is_adopted
            || head.described == described(&self.request.headers)
                && summing.algorithm == self.summing().algorithm;
        let is_wanted = settings.resume == ResumeMode::Auto
            && settings.part_size_bytes.is_none_or(|size| size == part_size);
        let (Some(plan), true) = (plan, is_wanted && is_same) else {
            let why =
                if is_same { "" } else { ", which was opened for an object of other metadata or checksums," };
            self.note(format!("what an earlier run sent is not used: upload {upload_id}{why} is aborted"));
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
    pub(super) async fn resume(&self, earlier: &Earlier) -> Result<Resumed, TransferError> {
        let upload = self.upload_ref(&earlier.upload_id);
        let (listed, declared) =
            match calls::parts(self.engine.client(), &upload, &part_headers(&self.request.headers)).await {
                Ok(listed) => listed,
                Err(error) if error.code() == Some("NoSuchUpload") && !self.is_adopted => {
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
        Ok(Resumed::Parts(self.proved(earlier, summing.algorithm, reconciled).await?, summing))
    }

    /// Reads the source where only that can tell.
    async fn proved(
        &self,
        earlier: &Earlier,
        algorithm: ChecksumAlgorithm,
        reconciled: Reconciled,
    ) -> Result<BTreeMap<u32, KeptPart>, TransferError> {
        let mut kept = reconciled.kept;
        let looked_at = reconciled.to_prove.len();
        let mut others = 0;
        for (number, part) in reconciled.to_prove {
            let (start, len) = earlier.plan.part(number);
            let range = FileRange::new(self.source.file(), start, len);
            let (buffers, expected) = (self.engine.buffers().clone(), part.checksum);
            let proved = blocking(move || prove(&range, &expected, algorithm, &buffers)).await;
            let proved = proved.map_err(|source| TransferError::Local {
                what: "read",
                path: self.request.path.clone(),
                source,
            })?;
            if let Some(checksum) = proved {
                kept.insert(number, KeptPart { etag: part.etag, checksum, len });
            } else {
                others += 1;
            }
        }
        let path = self.request.path.display();
        if self.is_adopted && others > 0 && kept.is_empty() {
            return Err(TransferError::Refused(format!(
                "none of the {others} parts that the store has is of {path}: is it another file? If not, abort the upload, and begin anew"
            )));
        }
        if others > 0 {
            self.note(format!("{others} of {looked_at} parts that were compared are not what {path} has there: they are sent again"));
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
}

/// Is the range what `expected` says? Then its checksum, of `algorithm` if that costs no second read.
fn prove(
    range: &FileRange,
    expected: &Checksum,
    algorithm: ChecksumAlgorithm,
    buffers: &Buffers,
) -> std::io::Result<Option<Checksum>> {
    if checksum_of(range, expected.algorithm(), buffers)? != *expected {
        return Ok(None);
    }
    if expected.algorithm() == algorithm {
        return Ok(Some(*expected));
    }
    checksum_of(range, algorithm, buffers).map(Some)
}
