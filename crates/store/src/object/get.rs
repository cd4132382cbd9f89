//! GetObject: manifest, range, pieces; verified frames read ahead of the client. Never a short success.

use bytes::Bytes;
use drystone_metastore::MetaError;
use drystone_metastore::record::{ObjectRecord, ObjectView};
use drystone_seal::DataKey;
use drystone_types::encryption::{CustomerKey, Sse};
use drystone_types::{BucketName, ByteRange, Key, Manifest, Version, Versioning, WhichVersion};
use futures_core::Stream;
use std::pin::Pin as StdPin;
use std::sync::Arc;
use tokio::sync::mpsc;

use crate::budget::counted;
use crate::encryption::{EncryptionError, check_customer_key};
use crate::object::frames::{FrameSource, Frames};
use crate::pin::Pin;
use crate::{Store, StoreError};

/// An object found, and pinned: its bytes stay readable until this is dropped.
#[derive(Debug)]
pub struct FoundObject {
    /// The object.
    pub record: ObjectRecord,
    /// Its parts.
    pub manifest: Manifest,
    /// The version that answers name; `None` in a bucket that never had any.
    pub shown_version: Option<Version>,
    inline: Option<Bytes>,
    /// Opens its bytes; there when it is encrypted and not locked.
    data_key: Option<DataKey>,
    bucket: BucketName,
    key: Key,
    pin: Pin,
}

/// Verified bytes of an object, in order. An error ends it before the last byte.
pub type ObjectBytes = StdPin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

impl Store {
    /// HeadObject: the current version, or `which`.
    ///
    /// # Errors
    /// [`StoreError::NoSuchBucket`], [`StoreError::NoSuchKey`], [`StoreError::NoSuchVersion`],
    /// [`StoreError::InvalidVersion`], [`StoreError::DeleteMarker`].
    pub async fn head_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<ObjectRecord, StoreError> {
        match self.meta.head_object(bucket, key, which).await {
            Err(error) => Err(self.no_version(bucket, error).await),
            found => Ok(found?),
        }
    }

    /// A version that is not there: in a bucket that never had versions, no id is one.
    pub(crate) async fn no_version(&self, bucket: &BucketName, error: MetaError) -> StoreError {
        if matches!(error, MetaError::NoSuchVersion)
            && let Ok(record) = self.get_bucket(bucket).await
            && record.versioning == Versioning::Unversioned
        {
            return StoreError::InvalidVersion;
        }
        error.into()
    }

    /// Finds an object with its manifest, for GET, for HEAD with partNumber, and as a copy source. One that a client's key
    /// encrypts is locked until [`Store::unlock`].
    ///
    /// # Errors
    /// As [`Store::head_object`]; [`StoreError::Encryption`] when its named key is gone.
    pub async fn find_object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<FoundObject, StoreError> {
        let pin = self.pins.pin(); // before the look-up: see `pin`
        let found = match self.meta.get_object(bucket, key, which).await {
            Err(error) => return Err(self.no_version(bucket, error).await),
            Ok(found) => found,
        };
        let ObjectView { record, manifest, inline } = found;
        if !manifest.adds_up(record.size) {
            return Err(StoreError::Corrupt(format!("the manifest of {bucket}/{key} does not add up")));
        }
        let encryption = record.properties.encryption.as_ref();
        let data_key = match record.properties.sse() {
            None | Some(Sse::Customer { .. }) => None,
            Some(Sse::S3 | Sse::Kms { .. }) => self.open_encryption(encryption, None, bucket, key)?,
        };
        let is_versioned =
            !record.version.is_null || self.get_bucket(bucket).await?.versioning != Versioning::Unversioned;
        let shown_version = is_versioned.then_some(record.version);
        let (bucket, key) = (bucket.clone(), key.clone());
        Ok(FoundObject { record, manifest, shown_version, inline, data_key, bucket, key, pin })
    }

    /// Takes the client's key, which there must be if, and only if, one encrypts the object (b200).
    ///
    /// # Errors
    /// [`StoreError::Encryption`].
    pub fn unlock(
        &self,
        object: &mut FoundObject,
        customer_key: Option<&CustomerKey>,
    ) -> Result<(), StoreError> {
        let encryption = object.record.properties.encryption.as_ref();
        check_customer_key(encryption, customer_key)?;
        if customer_key.is_some() {
            object.data_key = self.open_encryption(encryption, customer_key, &object.bucket, &object.key)?;
        }
        Ok(())
    }

    /// The bytes `range` of `object`. Returns once the first frame is read and verified, so that a failure there can
    /// still be answered as an error.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Internal`]; [`StoreError::Encryption`] when the object is locked.
    pub async fn read_object(
        &self,
        object: FoundObject,
        range: ByteRange,
    ) -> Result<ObjectBytes, StoreError> {
        if !self.read_budget.has_room() {
            return Err(StoreError::Busy);
        }
        let is_sealed = object.record.properties.encryption.is_some();
        if is_sealed && object.data_key.is_none() {
            return Err(EncryptionError::KeyMissing.into());
        }
        let budget = Arc::clone(&self.read_budget);
        let mut frames = Frames::new(object.manifest.locate(range), is_sealed);
        let Some(first) = frames.next(budget.step()) else {
            return Ok(Box::pin(futures_util::stream::empty()));
        };
        let mut source = FrameSource {
            meta: Arc::clone(&self.meta),
            blobs: Arc::clone(&self.blobs),
            inline: object.inline.map(|data| (object.manifest.parts[0].blob, data)),
            data_key: object.data_key,
            last: None,
        };
        let bytes = counted(source.read(first).await?, &budget);
        if frames.is_done() {
            return Ok(Box::pin(futures_util::stream::iter([Ok(bytes)])));
        }
        let (sender, receiver) = mpsc::channel(1);
        let pin = object.pin;
        tokio::spawn(async move {
            let _pin = pin;
            if sender.send(Ok(bytes)).await.is_err() {
                return;
            }
            while let Some(frame) = frames.next(budget.step()) {
                let Ok(place) = sender.reserve().await else { return }; // the reader left
                let result = source.read(frame).await.map(|bytes| counted(bytes, &budget));
                let failed = result.is_err();
                place.send(result);
                if failed {
                    return;
                }
            }
        });
        Ok(Box::pin(futures_util::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|frame| (frame, receiver))
        })))
    }
}
