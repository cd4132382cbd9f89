//! Verify: does a blob hold the bytes that its part records, also when they are sealed?

use bytes::Bytes;
use drystone_blobstore::{BlobError, BlobStore};
use drystone_digest::BodyDigest;
use drystone_metastore::record::{BucketId, ObjectRecord, UploadRecord};
use drystone_seal::layout::{HEAD_LEN, cut_after};
use drystone_seal::{BlobOpener, DataKey, Keyring, SealError, sealed_len, sealed_range};
use drystone_types::encryption::Sse;
use drystone_types::{BucketName, ByteRange, Encryption, Key, ManifestPart, UploadId, limits};
use std::collections::HashMap;

use crate::encryption::context_of;

/// How the blobs of an object are sealed.
#[derive(Clone, Debug)]
pub(crate) enum Sealing {
    /// Not at all.
    Plain,
    /// By this key. `md5_is_recorded` unless ETags are random (b199).
    Open {
        /// Opens them.
        data_key: DataKey,
        /// Is the MD5 on record that of the bytes?
        md5_is_recorded: bool,
    },
    /// By a key that is not here: a client's, mostly. Their checksums tell whether they are whole.
    Closed,
    /// It should open, and does not.
    Broken(String),
}

/// The keys of a check, and where they apply.
pub(crate) struct Sealings<'a> {
    keyring: Option<&'a Keyring>,
    buckets: HashMap<BucketId, BucketName>,
    uploads: HashMap<UploadId, Sealing>,
}

impl<'a> Sealings<'a> {
    /// Without keys, sealed blobs are only looked at from outside.
    pub(crate) fn new(keyring: Option<&'a Keyring>) -> Self {
        Self { keyring, buckets: HashMap::new(), uploads: HashMap::new() }
    }

    /// A bucket is met; before its objects and uploads.
    pub(crate) fn meet_bucket(&mut self, id: BucketId, name: &BucketName) {
        self.buckets.insert(id, name.clone());
    }

    /// An upload is met; before its parts.
    pub(crate) fn meet_upload(&mut self, upload: &UploadRecord) {
        if upload.properties.encryption.is_some() {
            let sealing = self.of(upload.properties.encryption.as_ref(), upload.bucket, &upload.key);
            self.uploads.insert(upload.id, sealing);
        }
    }

    /// How an object is sealed.
    pub(crate) fn of_object(&self, bucket: BucketId, key: &Key, record: &ObjectRecord) -> Sealing {
        self.of(record.properties.encryption.as_ref(), bucket, key)
    }

    /// How a part of an upload is sealed. The upload of an aborted part is gone; the lengths tell.
    pub(crate) fn of_part(&self, upload: UploadId, part: &ManifestPart) -> Sealing {
        let when_unknown = if part.blob.len == part.size { Sealing::Plain } else { Sealing::Closed };
        self.uploads.get(&upload).cloned().unwrap_or(when_unknown)
    }

    fn of(&self, encryption: Option<&Encryption>, bucket: BucketId, key: &Key) -> Sealing {
        let Some(encryption) = encryption else { return Sealing::Plain };
        let (Some(keyring), Some(bucket)) = (self.keyring, self.buckets.get(&bucket)) else {
            return Sealing::Closed;
        };
        match keyring.open_data_key(encryption, None, &context_of(bucket, key)) {
            Ok(data_key) => Sealing::Open { data_key, md5_is_recorded: encryption.sse == Sse::S3 },
            Err(SealError::NoCustomerKey) => Sealing::Closed,
            Err(error) => Sealing::Broken(format!("its data key cannot be opened: {error}")),
        }
    }
}

/// Opens the blob of a part; with `read`, reads every byte and compares it with what is recorded. Returns whether the bytes
/// were verified.
///
/// # Errors
/// What is wrong.
pub(crate) fn verify_part(
    part: &ManifestPart,
    sealing: &Sealing,
    blobs: &dyn BlobStore,
    read: bool,
) -> Result<bool, String> {
    let (blob, size) = (&part.blob, part.size);
    let expected = if matches!(sealing, Sealing::Plain) { size } else { sealed_len(size) };
    if blob.len != expected {
        return Err(format!("blob {} has {} bytes, and its part needs {expected}", blob.id, blob.len));
    }
    let failed = |error: BlobError| error.to_string();
    let reader = blobs.open(blob).map_err(failed)?;
    if !read {
        return Ok(false);
    }
    let read = |range| reader.read(range).map_err(failed);
    let mut digest = BodyDigest::new(None);
    let md5_is_recorded = match sealing {
        Sealing::Closed | Sealing::Broken(_) => return blobs.verify(blob).map(|()| true).map_err(failed),
        Sealing::Plain => {
            digest_steps(size, |start| start + limits::READ_FRAME_BYTES, read, &mut digest)?;
            true
        }
        Sealing::Open { data_key, md5_is_recorded } => {
            let does_not_open = |error: SealError| format!("blob {}: {error}", blob.id);
            let head = read(ByteRange { start: 0, end: HEAD_LEN as u64 })?;
            let opener = BlobOpener::new(data_key, part.part_number, &head, size).map_err(does_not_open)?;
            let open = |range| opener.open(range, &read(sealed_range(range, size))?).map_err(does_not_open);
            open(ByteRange { start: 0, end: 0 })?; // an empty part has a tag, too
            digest_steps(size, |start| cut_after(start, limits::READ_FRAME_BYTES), open, &mut digest)?;
            *md5_is_recorded
        }
    };
    let summary = digest.finish();
    if summary.crc64nvme != part.crc64nvme || (md5_is_recorded && summary.md5 != part.md5) {
        return Err(format!("blob {} has other digests than recorded", blob.id));
    }
    Ok(true)
}

fn digest_steps(
    size: u64,
    cut: impl Fn(u64) -> u64,
    read: impl Fn(ByteRange) -> Result<Bytes, String>,
    digest: &mut BodyDigest,
) -> Result<(), String> {
    let mut start = 0;
    while start < size {
        let end = cut(start).min(size);
        digest.update(&read(ByteRange { start, end })?);
        start = end;
    }
    Ok(())
}
