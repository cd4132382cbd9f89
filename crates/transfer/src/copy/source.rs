//! CopySourceObject: what is copied, as its store describes it; and whether a copy is it.

use super::layout::Layout;
use crate::engine::Engine;
use crate::error::TransferError;
use crate::evidence::Remote;
use crate::outcome::ObjectRef;
use crate::part_lens::{Asker, PartLens};
use crate::upload::Summing;
use drystone_client::CallError;
use drystone_client::action::{CopySource, HeadObject, ObjectHead};
use drystone_types::{ChecksumType, ETag, ObjectChecksum, Tags};
use http::header::HeaderMap;

/// An object that is read by its store itself.
#[derive(Clone, Debug)]
pub(crate) struct SourceObject {
    pub(crate) object: ObjectRef,
    pub(crate) head: ObjectHead,
    /// Bytes.
    pub(crate) size: u64,
    /// ETag, without quotes: every read of it demands that it is still the same.
    pub(crate) etag: String,
    remote: Option<Remote>,
}

impl SourceObject {
    /// Looks at an object; `None` when there is none.
    ///
    /// # Errors
    /// [`TransferError::Call`]; [`TransferError::Refused`] when the store does not say what the object is.
    pub(crate) async fn look(
        engine: &Engine,
        object: &ObjectRef,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, TransferError> {
        let version_id = object.version_id.clone();
        let headers = headers.clone();
        let request = HeadObject { version_id, headers, ..HeadObject::new(&object.bucket, &object.key) };
        let head = match engine.client().head_object(&request).await {
            Ok(head) => head,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(TransferError::call(format!("looking at {object}"))(error)),
        };
        let (Some(size), Some(etag)) = (head.object_size(), head.etag.clone()) else {
            let why =
                format!("the store does not tell length and ETag of {object}: it cannot be copied safely");
            return Err(TransferError::Refused(why));
        };
        let remote = Remote::of(&head.headers);
        Ok(Some(Self { object: object.clone(), head, size, etag, remote }))
    }

    /// As a copy names it. It has to be the object that was looked at.
    pub(crate) fn named(&self) -> CopySource {
        let version_id = self.object.version_id.clone();
        let if_match = Some(self.etag.clone());
        CopySource { version_id, if_match, ..CopySource::new(&self.object.bucket, &self.object.key) }
    }

    /// Its parts, as far as the store tells; `None` when it was not made of parts.
    ///
    /// # Errors
    /// As [`Asker::find`].
    pub(crate) async fn parts(
        &self,
        engine: &Engine,
        headers: &HeaderMap,
    ) -> Result<Option<PartLens>, TransferError> {
        let (Some(remote), Some(count)) = (&self.remote, self.part_count()) else { return Ok(None) };
        let listed = self.head.checksum.filter(|checksum| checksum.kind == ChecksumType::Composite);
        let listed = listed.map(|checksum| checksum.checksum.algorithm());
        Asker { client: engine.client(), object: &self.object, remote, headers }.find(count, listed).await
    }

    /// How many parts it was made of, by its ETag.
    fn part_count(&self) -> Option<u32> {
        ETag::parse(&self.etag)?.part_count.map(u32::from)
    }

    /// Its checksum, where it says how it was made.
    fn checksum(&self) -> Option<ObjectChecksum> {
        self.head.checksum
    }

    /// The checksums that a copy in parts gets: those of the source, if it has any.
    pub(crate) fn summing(&self, engine: &Engine) -> Summing {
        match self.checksum() {
            Some(ObjectChecksum { checksum, kind, .. }) if checksum.algorithm().allows(kind) => {
                Summing::declared(checksum.algorithm(), Some(kind))
            }
            _ => Summing::chosen(engine.settings().checksum),
        }
    }

    /// Its tags. Stores that know no tags have none.
    ///
    /// # Errors
    /// [`TransferError::Call`].
    pub(crate) async fn tags(&self, engine: &Engine) -> Result<Tags, TransferError> {
        let ObjectRef { bucket, key, version_id } = &self.object;
        match engine.client().get_object_tagging(bucket, key, version_id.as_deref()).await {
            Ok(tags) => Ok(tags),
            Err(error) if knows_no_tags(&error) => Ok(Tags::default()),
            Err(error) => {
                let what = format!(
                    "reading the tags of {} (--copy-props metadata-directive copies without them)",
                    self.object
                );
                Err(TransferError::call(what)(error))
            }
        }
    }

    /// Is it still the same?
    ///
    /// # Errors
    /// [`TransferError::ObjectChanged`]; [`TransferError::Call`].
    pub(crate) async fn still(&self, engine: &Engine, headers: &HeaderMap) -> Result<(), TransferError> {
        match Self::look(engine, &self.object, headers).await? {
            Some(now) if now.etag == self.etag && now.size == self.size => Ok(()),
            _ => Err(self.changed()),
        }
    }

    pub(crate) fn changed(&self) -> TransferError {
        TransferError::ObjectChanged { bucket: self.object.bucket.clone(), key: self.object.key.clone() }
    }

    /// The error of a call that reads it.
    pub(crate) fn call_error(&self, what: String, error: CallError) -> TransferError {
        if error.status() == Some(412) { self.changed() } else { TransferError::call(what)(error) }
    }

    /// What an ETag and a checksum prove about a copy whose parts are cut as `layout`, if they are.
    ///
    /// # Errors
    /// How it differs.
    pub(crate) fn compare(
        &self,
        layout: Option<&Layout>,
        etag: &str,
        checksum: Option<&ObjectChecksum>,
    ) -> Result<Option<String>, String> {
        let is_cut_alike = layout.map(Layout::count) == self.part_count();
        if let (Some(ours), Some(theirs)) = (self.checksum(), checksum)
            && ours.checksum.algorithm() == theirs.checksum.algorithm()
            && ours.kind == theirs.kind
            && (ours.kind == ChecksumType::FullObject || is_cut_alike)
        {
            let name = ours.checksum.algorithm().name();
            if ours.checksum == theirs.checksum {
                return Ok(Some(format!("{name} as the source's")));
            }
            // Parts of unequal length, of which the store told only the first, give another composite checksum of the same bytes.
            if ours.kind == ChecksumType::FullObject {
                return Err(format!("its {name} is {} instead of {}", theirs.text(), ours.text()));
            }
        }
        Ok((is_cut_alike && etag.eq_ignore_ascii_case(&self.etag)).then(|| "ETag as the source's".to_owned()))
    }
}

/// Is this the answer of a store without tags?
fn knows_no_tags(error: &CallError) -> bool {
    matches!(error.status(), Some(405 | 501))
        || matches!(error.code(), Some("NotImplemented" | "MethodNotAllowed" | "NoSuchTagSet"))
        || matches!(error, CallError::BadAnswer { .. })
}

#[cfg(test)]
mod tests {
    use super::{Layout, SourceObject};
    use crate::outcome::ObjectRef;
    use drystone_client::action::ObjectHead;
    use drystone_types::{Checksum, ChecksumAlgorithm as A, ChecksumType as T, ObjectChecksum};

    const MIB: u64 = 1 << 20;
    const MD5: &str = "b2add96cc9702bbf4efb0ccdfc6b7747";

    fn source(etag: &str, checksum: Option<ObjectChecksum>) -> SourceObject {
        let head = ObjectHead { checksum, ..ObjectHead::default() };
        let object = ObjectRef::new("b", "k");
        SourceObject { object, head, size: 15 * MIB, etag: etag.to_owned(), remote: None }
    }

    fn layout(count: u64) -> Layout {
        Layout::of_lens(std::iter::repeat_n(5 * MIB, usize::try_from(count).unwrap()), count * 5 * MIB)
            .unwrap()
    }

    /// ETag and checksum of the source; layout, ETag and checksum of the copy; what is proved.
    type Case<'a> = (
        &'a str,
        Option<ObjectChecksum>,
        Option<&'a Layout>,
        &'a str,
        Option<ObjectChecksum>,
        Result<Option<String>, String>,
    );

    #[test]
    fn a_copy_is_proved_by_checksum_or_etag() {
        let full = |n| Some(ObjectChecksum::full(Checksum::crc64nvme(n)));
        let composite = |n: u8| {
            let checksum = Checksum::new(A::Sha256, &[n; 32]).unwrap();
            Some(ObjectChecksum { checksum, kind: T::Composite, part_count: Some(3) })
        };
        let (three, one) = (format!("{MD5}-3"), MD5.to_owned());
        let (cut3, cut2) = (layout(3), layout(2));
        let same_sum = Ok(Some("CRC64NVME as the source's".to_owned()));
        let same_sha = Ok(Some("SHA256 as the source's".to_owned()));
        let same_etag = Ok(Some("ETag as the source's".to_owned()));
        let cases: [Case<'_>; 9] = [
            (&three, full(1), Some(&cut2), "x", full(1), same_sum.clone()),
            (&three, full(1), None, &one, full(1), same_sum),
            (&three, None, Some(&cut3), &three, full(1), same_etag.clone()),
            (&three, None, Some(&cut2), &three, full(1), Ok(None)),
            (&one, None, None, &one, None, same_etag),
            (&three, composite(1), Some(&cut3), "x", composite(1), same_sha),
            (&three, composite(1), Some(&cut2), "x", composite(2), Ok(None)),
            (&three, composite(1), Some(&cut3), "x", composite(2), Ok(None)),
            (&three, full(1), Some(&cut3), &three, None, Ok(Some("ETag as the source's".to_owned()))),
        ];
        for (etag, sum, cut, copied_etag, copied_sum, want) in cases {
            let found = source(etag, sum).compare(cut, copied_etag, copied_sum.as_ref());
            assert_eq!(found, want, "{etag} {sum:?} {copied_etag} {copied_sum:?}");
        }
        let wrong = source(&three, full(1)).compare(Some(&cut3), &three, full(2).as_ref()).unwrap_err();
        assert!(wrong.contains("CRC64NVME"), "{wrong}");
    }
}
