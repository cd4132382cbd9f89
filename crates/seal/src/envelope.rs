//! Envelope: a short secret, sealed by a key and bound to the place it belongs to.
//!
//! ```text
//! offset     bytes   what
//! 0              1   version: 1
//! 1              4   number of the master key; 0 for a key that has none
//! 5             24   salt, random
//! 29           len   the secret, encrypted
//! 29 + len      16   AES-GCM tag
//! ```
//!
//! The key of the envelope is HKDF-SHA256(sealing key, salt, purpose), used once, with a nonce of zeroes. The associated
//! data are the first five bytes and the context.

use aws_lc_rs::aead::{Aad, Nonce};
use zeroize::Zeroizing;

use crate::SealError;
use crate::key::{Key256, random};

/// First byte of an envelope.
const VERSION: u8 = 1;
const NUMBER_AT: usize = 1;
const SALT_AT: usize = 5;
const SALT_LEN: usize = 24;
const BODY_AT: usize = SALT_AT + SALT_LEN;
const TAG_LEN: usize = 16;
/// A nonce for a key that is used once.
const NONCE: [u8; 12] = [0; 12];

/// What an envelope is for. A secret is never taken for a data key, whatever the contexts say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A secret of the store's own: `MasterKeys::seal_secret`.
    Secret,
    /// The data key of an object.
    DataKey,
}

impl Purpose {
    fn info(self) -> &'static [u8] {
        match self {
            Self::Secret => b"drystone secret v1",
            Self::DataKey => b"drystone data key v1",
        }
    }
}

/// Bytes that sealing adds to a secret.
pub const OVERHEAD_BYTES: usize = BODY_AT + TAG_LEN;

/// Seals `secret` by `key`, which is master key `number`, or has none (0).
pub(crate) fn seal(key: &Key256, number: u32, purpose: Purpose, context: &[u8], secret: &[u8]) -> Vec<u8> {
    seal_with_salt(key, number, purpose, context, secret, random())
}

fn seal_with_salt(
    key: &Key256,
    number: u32,
    purpose: Purpose,
    context: &[u8],
    secret: &[u8],
    salt: [u8; SALT_LEN],
) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(secret.len() + OVERHEAD_BYTES); // no copy of the secret stays behind
    sealed.push(VERSION);
    sealed.extend_from_slice(&number.to_le_bytes());
    let aad = Aad::from([&sealed, context].concat());
    sealed.extend_from_slice(&salt);
    sealed.extend_from_slice(secret);
    let tag = key
        .derive(&salt, &[purpose.info()])
        .cipher()
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(NONCE), aad, &mut sealed[BODY_AT..])
        .expect("a secret is shorter than what AES-GCM takes");
    sealed.extend_from_slice(tag.as_ref());
    sealed
}

/// The number of the key that opens `sealed`.
///
/// # Errors
/// [`SealError::Malformed`], [`SealError::TooNew`].
pub(crate) fn key_number(sealed: &[u8]) -> Result<u32, SealError> {
    match sealed.first() {
        Some(&VERSION) if sealed.len() >= OVERHEAD_BYTES => {}
        Some(&version) if version > VERSION => return Err(SealError::TooNew(version)),
        _ => return Err(SealError::Malformed("envelope")),
    }
    let number = &sealed[NUMBER_AT..SALT_AT];
    Ok(u32::from_le_bytes(number.try_into().expect("4 bytes")))
}

/// Opens what `seal` sealed with the same key, purpose and context.
///
/// # Errors
/// [`SealError::DoesNotOpen`], [`SealError::Malformed`], [`SealError::TooNew`].
pub(crate) fn open(
    key: &Key256,
    purpose: Purpose,
    context: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    key_number(sealed)?;
    let aad = Aad::from([&sealed[..SALT_AT], context].concat());
    let (body, tag) = sealed[BODY_AT..].split_at(sealed.len() - OVERHEAD_BYTES);
    let mut secret = Zeroizing::new(vec![0; body.len()]);
    key.derive(&sealed[SALT_AT..BODY_AT], &[purpose.info()])
        .cipher()
        .open_separate_gather(Nonce::assume_unique_for_key(NONCE), aad, body, tag, &mut secret)
        .map_err(|_| SealError::DoesNotOpen)?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::{OVERHEAD_BYTES, Purpose, open, seal, seal_with_salt};
    use crate::key::tests::{counting, hex};
    use crate::{Key256, SealError};
    use proptest::prelude::*;

    /// Made by another implementation (Python's `cryptography`), from the drawing.
    #[test]
    fn golden_envelope() {
        let sealed = seal_with_salt(
            &Key256::new(counting(0)),
            7,
            Purpose::Secret,
            b"a place",
            b"a secret",
            counting(0x40),
        );
        assert_eq!(
            hex(&sealed),
            "0107000000404142434445464748494a4b4c4d4e4f5051525354555657f5753f3fbbc6b5fcedaca238ccc20b19117b308e3706042f"
        );
    }

    #[test]
    fn only_the_same_key_and_context_open_it_and_every_flipped_bit_closes_it() {
        let key = Key256::new([1; 32]);
        let sealed = seal(&key, 3, Purpose::Secret, b"here", b"secret");
        assert_eq!(open(&key, Purpose::Secret, b"here", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(open(&key, Purpose::Secret, b"there", &sealed).unwrap_err(), SealError::DoesNotOpen);
        assert_eq!(open(&key, Purpose::DataKey, b"here", &sealed).unwrap_err(), SealError::DoesNotOpen);
        assert_eq!(
            open(&Key256::new([2; 32]), Purpose::Secret, b"here", &sealed).unwrap_err(),
            SealError::DoesNotOpen
        );
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, Purpose::Secret, b"here", &flipped).is_err(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(open(&key, Purpose::Secret, b"here", &sealed[..len]).is_err(), "{len} bytes of it");
        }
    }

    #[test]
    fn the_same_secret_sealed_twice_looks_different() {
        let key = Key256::new([1; 32]);
        assert_ne!(
            seal(&key, 1, Purpose::Secret, b"", b"secret"),
            seal(&key, 1, Purpose::Secret, b"", b"secret")
        );
        assert_eq!(seal(&key, 1, Purpose::Secret, b"", b"").len(), OVERHEAD_BYTES);
    }

    #[test]
    fn a_newer_envelope_is_told_from_a_broken_one() {
        let key = Key256::new([1; 32]);
        let mut sealed = seal(&key, 1, Purpose::Secret, b"", b"secret");
        sealed[0] = 2;
        assert_eq!(open(&key, Purpose::Secret, b"", &sealed).unwrap_err(), SealError::TooNew(2));
        assert_eq!(open(&key, Purpose::Secret, b"", &[]).unwrap_err(), SealError::Malformed("envelope"));
    }

    proptest! {
        #[test]
        fn any_secret_comes_back(secret: Vec<u8>, context: Vec<u8>) {
            let key = Key256::random();
            let sealed = seal(&key, 1, Purpose::Secret, &context, &secret);
            let opened = open(&key, Purpose::Secret, &context, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), secret.as_slice());
        }

        #[test]
        fn arbitrary_bytes_never_open(mut bytes: Vec<u8>) {
            prop_assert!(open(&Key256::new([1; 32]), Purpose::Secret, b"", &bytes).is_err());
            bytes.insert(0, 1);
            prop_assert!(open(&Key256::new([1; 32]), Purpose::Secret, b"", &bytes).is_err());
        }
    }
}
