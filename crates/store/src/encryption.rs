//! Encryption: by whose key a new object is encrypted, and who may open one that is (b198-b202).

use drystone_seal::{DataKey, SealError};
use drystone_types::encryption::{BucketEncryption, CustomerKey, DefaultSse, RequestedSse, Sse};
use drystone_types::{BucketName, Encryption, Key, PartNumber};

use crate::ingest::SealAs;
use crate::{Store, StoreError};

/// Named key of SSE-KMS when nobody names one.
pub use drystone_seal::keyring::DEFAULT_NAMED_KEY;
/// Every key that the store holds.
pub use drystone_seal::{Keyring, MasterKeys};

/// How a new object will be encrypted. [`Store::choose_encryption`] makes it.
#[derive(Clone, Debug)]
pub struct EncryptWith {
    sse: Sse,
    customer: Option<CustomerKey>,
}

/// Why encryption refused a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// No named key has this id.
    #[error("no key is named {0:?}")]
    NoSuchKmsKey(String),
    /// The bucket does not take clients' keys.
    #[error("the bucket does not take clients' keys")]
    CustomerKeysBlocked,
    /// The object is encrypted by a client's key, and none was sent (b200).
    #[error("the client's key is missing")]
    KeyMissing,
    /// A client's key was sent, and the object is not encrypted by one (b200).
    #[error("the object is not encrypted by a client's key")]
    KeyNotApplicable,
    /// It is not the key that the object is encrypted by (b200).
    #[error("it is another key than the object's")]
    KeyWrong,
}

impl Store {
    /// How an object is encrypted that asks for `requested` and goes into a bucket whose configuration is `bucket`.
    ///
    /// # Errors
    /// [`EncryptionError::NoSuchKmsKey`], [`EncryptionError::CustomerKeysBlocked`].
    pub fn choose_encryption(
        &self,
        requested: Option<RequestedSse>,
        bucket: Option<&BucketEncryption>,
    ) -> Result<Option<EncryptWith>, StoreError> {
        let chosen = choose(requested, bucket, self.options.encrypt_by_default)?;
        if let Some(EncryptWith { sse: Sse::Kms { key_id, .. }, .. }) = &chosen
            && !self.options.keyring.has_named(key_id)
        {
            return Err(EncryptionError::NoSuchKmsKey(key_id.clone()).into());
        }
        Ok(chosen)
    }

    /// Is there a key that clients call `key_id`?
    pub fn has_kms_key(&self, key_id: &str) -> bool {
        self.options.keyring.has_named(key_id)
    }

    /// Are objects encrypted whose bucket says nothing?
    pub fn encrypts_by_default(&self) -> bool {
        self.options.encrypt_by_default
    }

    /// Makes the data key of a new object.
    pub(crate) fn new_encryption(
        &self,
        with: Option<EncryptWith>,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<(Encryption, DataKey)>, StoreError> {
        let Some(EncryptWith { sse, customer }) = with else { return Ok(None) };
        let context = context_of(bucket, key);
        let made = self.options.keyring.new_data_key(&sse, customer.as_ref(), &context);
        let (data_key, sealed_key) = made.map_err(of_seal)?;
        Ok(Some((Encryption { sse, sealed_key }, data_key)))
    }

    /// Opens the data key of an object or upload; `customer` is what the request brought.
    ///
    /// # Errors
    /// [`EncryptionError::KeyMissing`], [`EncryptionError::KeyNotApplicable`], [`EncryptionError::KeyWrong`],
    /// [`EncryptionError::NoSuchKmsKey`]; [`StoreError::Internal`] when a master key is missing.
    pub(crate) fn open_encryption(
        &self,
        encryption: Option<&Encryption>,
        customer: Option<&CustomerKey>,
        bucket: &BucketName,
        key: &Key,
    ) -> Result<Option<DataKey>, StoreError> {
        check_customer_key(encryption, customer)?;
        let Some(encryption) = encryption else { return Ok(None) };
        let opened = self.options.keyring.open_data_key(encryption, customer, &context_of(bucket, key));
        match opened {
            Err(SealError::DoesNotOpen) if customer.is_some() => Err(EncryptionError::KeyWrong.into()),
            opened => opened.map(Some).map_err(of_seal),
        }
    }

    /// What an ETag shows: the MD5 of the bytes, or a random number where the store does not hold the key alone: with
    /// SSE-C and SSE-KMS (b199).
    pub(crate) fn shown_md5(&self, encryption: Option<&Encryption>, md5: [u8; 16]) -> [u8; 16] {
        match encryption.map(|encryption| &encryption.sse) {
            None | Some(Sse::S3) => md5,
            Some(Sse::Kms { .. } | Sse::Customer { .. }) => self.entropy.random_u128().to_le_bytes(),
        }
    }
}

/// Did the request bring a client's key if, and only if, the object needs one, and is it the one? Says so without looking at
/// the sealed key: by the MD5, as clients do.
///
/// # Errors
/// [`EncryptionError::KeyMissing`], [`EncryptionError::KeyNotApplicable`], [`EncryptionError::KeyWrong`].
pub fn check_customer_key(
    encryption: Option<&Encryption>,
    customer: Option<&CustomerKey>,
) -> Result<(), EncryptionError> {
    match (encryption.map(|encryption| &encryption.sse), customer) {
        (Some(Sse::Customer { .. }), None) => Err(EncryptionError::KeyMissing),
        (Some(Sse::Customer { key_md5 }), Some(key)) if *key_md5 != key.md5() => {
            Err(EncryptionError::KeyWrong)
        }
        (Some(Sse::Customer { .. }), Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(EncryptionError::KeyNotApplicable),
    }
}

/// By whose key: what the request says, else the bucket, else the store.
fn choose(
    requested: Option<RequestedSse>,
    bucket: Option<&BucketEncryption>,
    by_default: bool,
) -> Result<Option<EncryptWith>, EncryptionError> {
    let bucket_key =
        |requested: Option<bool>| requested.or(bucket.and_then(|bucket| bucket.bucket_key)).unwrap_or(false);
    let kms = |key_id: Option<String>, context, wanted| Sse::Kms {
        key_id: key_id.unwrap_or_else(|| DEFAULT_NAMED_KEY.to_owned()),
        context,
        bucket_key: bucket_key(wanted),
    };
    let sse = match requested {
        Some(RequestedSse::Customer(_)) if bucket.is_some_and(|bucket| bucket.blocks_customer_keys) => {
            return Err(EncryptionError::CustomerKeysBlocked);
        }
        Some(RequestedSse::Customer(key)) => {
            let sse = Sse::Customer { key_md5: key.md5() };
            return Ok(Some(EncryptWith { sse, customer: Some(key) }));
        }
        Some(RequestedSse::S3) => Sse::S3,
        Some(RequestedSse::Kms { key_id, context, bucket_key }) => kms(key_id, context, bucket_key),
        None => match bucket.map(|bucket| &bucket.default) {
            Some(DefaultSse::S3) => Sse::S3,
            Some(DefaultSse::Kms(key_id)) => kms(key_id.clone(), None, None),
            None if by_default => Sse::S3,
            None => return Ok(None),
        },
    };
    Ok(Some(EncryptWith { sse, customer: None }))
}

/// What a sealed data key is bound to, so that it is worth nothing in another row.
pub(crate) fn context_of(bucket: &BucketName, key: &Key) -> Vec<u8> {
    [b"object", bucket.as_str().as_bytes(), key.as_str().as_bytes()].join(&0)
}

fn of_seal(error: SealError) -> StoreError {
    match error {
        SealError::NoCustomerKey => EncryptionError::KeyMissing.into(),
        SealError::NoNamedKey(name) => EncryptionError::NoSuchKmsKey(name).into(),
        other => StoreError::Internal { what: "a data key cannot be opened", source: Box::new(other) },
    }
}

/// How the bytes of part `part_number` are sealed.
pub(crate) fn seal_as(data_key: Option<DataKey>, part_number: PartNumber) -> Option<SealAs> {
    data_key.map(|data_key| SealAs { data_key, part_number })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(byte: u8) -> CustomerKey {
        CustomerKey::new([byte; 32], [byte; 16])
    }

    fn bucket(default: DefaultSse) -> BucketEncryption {
        BucketEncryption { default, bucket_key: Some(true), blocks_customer_keys: false }
    }

    #[test]
    fn b33_b34_the_request_decides_then_the_bucket_then_the_store() {
        let sse = |requested, bucket: Option<&BucketEncryption>, by_default| {
            choose(requested, bucket, by_default).unwrap().map(|with| with.sse)
        };
        let kms = |id: &str, bucket_key| Sse::Kms { key_id: id.into(), context: None, bucket_key };
        let asks = |id: Option<&str>| RequestedSse::Kms {
            key_id: id.map(Into::into),
            context: None,
            bucket_key: None,
        };
        let by_kms = bucket(DefaultSse::Kms(Some("b".into())));
        assert_eq!(sse(None, None, false), None);
        assert_eq!(sse(None, None, true), Some(Sse::S3));
        assert_eq!(sse(None, Some(&bucket(DefaultSse::S3)), false), Some(Sse::S3));
        assert_eq!(sse(None, Some(&by_kms), true), Some(kms("b", true)));
        assert_eq!(sse(None, Some(&bucket(DefaultSse::Kms(None))), true), Some(kms("aws/s3", true)));
        assert_eq!(sse(Some(RequestedSse::S3), Some(&by_kms), false), Some(Sse::S3));
        assert_eq!(sse(Some(asks(Some("r"))), Some(&by_kms), false), Some(kms("r", true)));
        assert_eq!(sse(Some(asks(None)), None, false), Some(kms("aws/s3", false)));
        let with_key = sse(Some(RequestedSse::Customer(customer(1))), Some(&by_kms), true);
        assert_eq!(with_key, Some(Sse::Customer { key_md5: [1; 16] }));
    }

    #[test]
    fn a_bucket_may_refuse_clients_keys() {
        let blocking = BucketEncryption { blocks_customer_keys: true, ..bucket(DefaultSse::S3) };
        let error = choose(Some(RequestedSse::Customer(customer(1))), Some(&blocking), true).unwrap_err();
        assert_eq!(error, EncryptionError::CustomerKeysBlocked);
        assert!(choose(Some(RequestedSse::S3), Some(&blocking), true).is_ok());
    }

    #[test]
    fn b200_a_clients_key_is_asked_for_where_it_is_needed_and_nowhere_else() {
        use EncryptionError as E;
        let by = |sse| Encryption { sse, sealed_key: Vec::new() };
        let by_customer = by(Sse::Customer { key_md5: [1; 16] });
        let (right, wrong) = (customer(1), customer(2));
        for (encryption, key, expected) in [
            (None, None, Ok(())),
            (None, Some(&right), Err(E::KeyNotApplicable)),
            (Some(&by(Sse::S3)), None, Ok(())),
            (Some(&by(Sse::S3)), Some(&right), Err(E::KeyNotApplicable)),
            (Some(&by_customer), None, Err(E::KeyMissing)),
            (Some(&by_customer), Some(&wrong), Err(E::KeyWrong)),
            (Some(&by_customer), Some(&right), Ok(())),
        ] {
            assert_eq!(check_customer_key(encryption, key), expected);
        }
    }

    #[test]
    fn no_two_objects_share_a_context() {
        let of = |bucket: &str, key: &str| {
            context_of(&BucketName::parse(bucket).unwrap(), &Key::parse(key).unwrap())
        };
        assert_ne!(of("abc", "d/e"), of("abc", "d"));
        assert_ne!(of("abcd", "e"), of("abc", "de"));
    }
}
