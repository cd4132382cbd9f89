//! Opening: a copy that an earlier run left is continued if the source is still the same; else a new upload is created.

use super::layout::Layout;
use super::properties::CopyOptions;
use super::read_headers;
use super::source::SourceObject;
use crate::engine::{Engine, ResumeMode};
use crate::error::TransferError;
use crate::journal::copy::{CopyHead, CopyJournal, runs};
use crate::journal::upload::{PartLine, VERSION};
use crate::local::blocking::blocking;
use crate::outcome::ObjectRef;
use crate::progress::{Event, TransferId};
use crate::upload::Summing;
use crate::upload::calls::{self, UploadRef};
use crate::upload::proof::{Proof, refuses_proof};
use crate::upload::reconcile::{KeptPart, ListedPart, md5_of};
use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType};
use std::collections::{BTreeMap, HashMap};

/// A copy in the making.
#[derive(Debug)]
pub(super) struct OpenCopy {
    pub(super) upload: UploadRef,
    pub(super) layout: Layout,
    pub(super) summing: Summing,
    /// Parts that are done.
    pub(super) parts: BTreeMap<u32, KeptPart>,
    pub(super) journal: Option<CopyJournal>,
    /// The upload is gone, though all its parts were done: it may have been completed.
    pub(super) is_gone: bool,
}

/// What opening works with.
pub(super) struct Opening<'a> {
    pub(super) engine: &'a Engine,
    pub(super) id: TransferId,
    pub(super) source: &'a SourceObject,
    pub(super) to: &'a ObjectRef,
    pub(super) options: &'a CopyOptions,
}

impl Opening<'_> {
    /// Opens the copy with these parts.
    ///
    /// # Errors
    /// [`TransferError`].
    pub(super) async fn open(&self, layout: Layout) -> Result<OpenCopy, TransferError> {
        let mut journal = self.journal().await?;
        let mut earlier = None;
        if let Some(mut opened) = journal.take() {
            let (opened, read) = blocking(move || {
                let read = opened.read();
                (opened, read)
            })
            .await;
            earlier = read?;
            journal = Some(opened);
        }
        if let Some((head, lines)) = earlier
            && let Some(upload_id) = head.upload_id.clone()
        {
            let upload = self.upload_ref(&upload_id);
            if self.fits(&head, &layout) {
                let lines = lines.clone();
                if let Some(open) = self.resume(upload, &layout, &head, lines).await? {
                    return Ok(OpenCopy { journal, ..open });
                }
                self.note("the upload of the earlier run is gone from the store; it begins anew".to_owned());
            } else {
                self.note(format!("what an earlier run copied is not used: upload {upload_id} is aborted"));
                calls::abort(self.engine.client(), &upload).await?;
            }
        }
        self.create(journal, layout).await
    }

    fn note(&self, text: String) {
        self.engine.tell(Event::Note { id: self.id, text });
    }

    fn upload_ref(&self, upload_id: &str) -> UploadRef {
        let upload_id = upload_id.to_owned();
        UploadRef { bucket: self.to.bucket.clone(), key: self.to.key.clone(), upload_id }
    }

    async fn journal(&self) -> Result<Option<CopyJournal>, TransferError> {
        let Some(dir) = self.engine.journal_dir().cloned() else { return Ok(None) };
        let endpoint = self.engine.client().endpoint().url();
        let (from, to) = (self.source.object.clone(), self.to.clone());
        blocking(move || CopyJournal::open(&dir, &endpoint, &from, &to)).await.map(Some)
    }

    /// Is the earlier copy one of the same object, cut in the same way?
    fn fits(&self, head: &CopyHead, layout: &Layout) -> bool {
        self.engine.settings().resume == ResumeMode::Auto
            && head.source_etag == self.source.etag
            && head.lens == runs(layout.parts().map(|(_, len)| len))
    }

    fn head(&self, upload_id: Option<String>, layout: &Layout, summing: Summing) -> CopyHead {
        CopyHead {
            journal: VERSION,
            kind: "copy".to_owned(),
            endpoint: self.engine.client().endpoint().url(),
            from: self.source.object.to_string(),
            source_etag: self.source.etag.clone(),
            bucket: self.to.bucket.clone(),
            key: self.to.key.clone(),
            upload_id,
            lens: runs(layout.parts().map(|(_, len)| len)),
            checksum: summing.algorithm.name().to_owned(),
            checksum_type: summing.kind.name().to_owned(),
        }
    }

    /// Asks the store what it has. `None` when the upload is gone and cannot have been completed.
    async fn resume(
        &self,
        upload: UploadRef,
        layout: &Layout,
        head: &CopyHead,
        lines: Vec<PartLine>,
    ) -> Result<Option<OpenCopy>, TransferError> {
        let summing = declared(head, self.source.summing(self.engine));
        let headers = read_headers(&self.options.headers);
        let open = |summing, parts, is_gone| {
            let (upload, layout) = (upload.clone(), layout.clone());
            OpenCopy { upload, layout, summing, parts, journal: None, is_gone }
        };
        match calls::parts(self.engine.client(), &upload, &headers).await {
            Ok((listed, told)) => {
                let summing = told.unwrap_or(summing);
                let parts = kept(layout, &listed, &lines, summing.algorithm);
                Ok(Some(open(summing, parts, false)))
            }
            Err(error) if error.code() == Some("NoSuchUpload") => {
                let parts = of_lines(layout, &lines, summing.algorithm);
                let is_whole = u32::try_from(parts.len()) == Ok(layout.count());
                Ok(is_whole.then(|| open(summing, parts, true)))
            }
            Err(error) => Err(TransferError::call("listing the parts that the store has")(error)),
        }
    }

    /// A new upload, with the checksums of the source, or without any where the store does not know them.
    pub(super) async fn create(
        &self,
        journal: Option<CopyJournal>,
        layout: Layout,
    ) -> Result<OpenCopy, TransferError> {
        let summing = self.source.summing(self.engine);
        let tags = if self.options.keeps_tags() { Some(self.source.tags(self.engine).await?) } else { None };
        let headers = self.options.for_create(&self.source.head, tags.as_ref());
        let journal = begin(journal, self.head(None, &layout, summing)).await?;
        let (client, to) = (self.engine.client(), self.to);
        let failed = |error| TransferError::call(format!("opening the upload of {to}"))(error);
        let mut upload_id = None;
        if self.engine.proof() != Proof::ContentMd5 {
            match calls::create(client, &to.bucket, &to.key, &headers, Some(summing)).await {
                Ok(created) => upload_id = Some(created),
                Err(error) if refuses_proof(&error) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        let upload_id = match upload_id {
            Some(upload_id) => upload_id,
            None => calls::create(client, &to.bucket, &to.key, &headers, None).await.map_err(failed)?,
        };
        let journal = begin(journal, self.head(Some(upload_id.clone()), &layout, summing)).await?;
        let upload = self.upload_ref(&upload_id);
        Ok(OpenCopy { upload, layout, summing, parts: BTreeMap::new(), journal, is_gone: false })
    }
}

fn declared(head: &CopyHead, otherwise: Summing) -> Summing {
    let algorithm = ChecksumAlgorithm::parse(&head.checksum);
    algorithm
        .map_or(otherwise, |algorithm| Summing::declared(algorithm, ChecksumType::parse(&head.checksum_type)))
}

/// What is known of a part that was copied. Where the store tells no checksum and no MD5, there is a value that no part can have:
/// it is of no upload's algorithm, so nothing is compared with it.
pub(super) fn kept_part(
    etag: &str,
    told: Option<Checksum>,
    len: u64,
    algorithm: ChecksumAlgorithm,
) -> KeptPart {
    let told = told.filter(|checksum| checksum.algorithm() == algorithm);
    let checksum = told.or_else(|| md5_of(etag)).unwrap_or_else(untold);
    KeptPart { etag: etag.to_owned(), checksum, len }
}

fn untold() -> Checksum {
    Checksum::new(ChecksumAlgorithm::Md5, &[0; 16]).expect("an MD5 has 16 bytes")
}

/// The parts that the journal and the store agree on.
fn kept(
    layout: &Layout,
    listed: &[ListedPart],
    lines: &[PartLine],
    algorithm: ChecksumAlgorithm,
) -> BTreeMap<u32, KeptPart> {
    let journal: HashMap<u32, &PartLine> = lines.iter().map(|line| (line.part_number, line)).collect();
    let known = |part: &ListedPart| {
        let number = u32::try_from(part.part_number).ok()?;
        let line = journal.get(&number).filter(|line| line.etag == part.etag)?;
        let len = layout.part_checked(number).map(|(_, len)| len).filter(|len| *len == part.size)?;
        let written = Checksum::from_base64(algorithm, &line.checksum);
        if let (Some(written), Some(listed)) = (written, part.checksum)
            && written.algorithm() == listed.algorithm()
            && written != listed
        {
            return None;
        }
        Some((number, kept_part(&part.etag, written.or(part.checksum), len, algorithm)))
    };
    listed.iter().filter_map(known).collect()
}

/// The parts that the journal knows.
fn of_lines(layout: &Layout, lines: &[PartLine], algorithm: ChecksumAlgorithm) -> BTreeMap<u32, KeptPart> {
    let part = |line: &PartLine| {
        let (_, len) = layout.part_checked(line.part_number)?;
        let checksum = Checksum::from_base64(algorithm, &line.checksum);
        Some((line.part_number, kept_part(&line.etag, checksum, len, algorithm)))
    };
    lines.iter().filter_map(part).collect()
}

async fn begin(journal: Option<CopyJournal>, head: CopyHead) -> Result<Option<CopyJournal>, TransferError> {
    let Some(mut journal) = journal else { return Ok(None) };
    blocking(move || journal.begin(&head, []).map(|()| Some(journal))).await
}

#[cfg(test)]
mod tests {
    use super::{kept, of_lines};
    use crate::copy::layout::Layout;
    use crate::journal::upload::PartLine;
    use crate::upload::reconcile::ListedPart;
    use drystone_types::{Checksum, ChecksumAlgorithm as A};

    const MIB: u64 = 1 << 20;

    #[test]
    fn parts_count_that_journal_and_store_agree_on() {
        let layout = Layout::of_lens([5 * MIB, 5 * MIB, 2], 10 * MIB + 2).unwrap();
        let sum = |n: u64| Checksum::crc64nvme(n);
        let line = |part_number, etag: &str, checksum: String| PartLine {
            part_number,
            etag: etag.to_owned(),
            checksum,
        };
        let listed = |part_number, size, etag: &str, checksum| ListedPart {
            part_number,
            size,
            etag: etag.to_owned(),
            checksum,
        };
        let lines =
            [line(1, "a", sum(1).to_base64()), line(2, "b", String::new()), line(9, "c", String::new())];
        let numbers =
            |store: &[ListedPart]| kept(&layout, store, &lines, A::Crc64Nvme).into_keys().collect::<Vec<_>>();
        assert_eq!(numbers(&[listed(1, 5 * MIB, "a", Some(sum(1))), listed(2, 5 * MIB, "b", None)]), [1, 2]);
        assert_eq!(numbers(&[listed(1, 5 * MIB, "a", None)]), [1]);
        for (what, part) in [
            ("another ETag", listed(1, 5 * MIB, "x", Some(sum(1)))),
            ("another length", listed(1, 4 * MIB, "a", Some(sum(1)))),
            ("another checksum", listed(1, 5 * MIB, "a", Some(sum(2)))),
            ("not in the journal", listed(3, 2, "d", None)),
            ("no part of the layout", listed(9, 2, "c", None)),
            ("no number", listed(u64::MAX, 2, "c", None)),
        ] {
            assert!(numbers(&[part]).is_empty(), "{what}");
        }
        let parts = of_lines(&layout, &lines, A::Crc64Nvme);
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[&1].checksum, sum(1));
        assert_eq!(parts[&2].checksum.algorithm(), A::Md5);
    }
}
