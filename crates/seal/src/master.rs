//! MasterKeys: numbered 256-bit keys. The newest seals, all open.

use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

use crate::envelope::{self, Purpose};
use crate::{Key256, SealError};

/// The store's master keys, at least one. A key is never changed under its number; to rotate, add one with a higher number
/// and keep the old ones as long as something is sealed by them.
#[derive(Clone)]
pub struct MasterKeys {
    keys: BTreeMap<u32, Key256>,
    newest: u32,
}

impl MasterKeys {
    /// One new random key, `v1`.
    pub fn generate() -> Self {
        Self { keys: BTreeMap::from([(1, Key256::random())]), newest: 1 }
    }

    /// Takes keys by number (from 1). `None` without a key.
    pub fn new(keys: BTreeMap<u32, Key256>) -> Option<Self> {
        let newest = *keys.last_key_value()?.0;
        assert!(!keys.contains_key(&0), "0 stands for a key without a number");
        Some(Self { keys, newest })
    }

    /// These keys and a new random one that seals from now on.
    pub fn rotated(&self) -> Self {
        let mut keys = self.keys.clone();
        let newest = self.newest.checked_add(1).expect("nobody rotates keys four billion times");
        keys.insert(newest, Key256::random());
        Self { keys, newest }
    }

    /// The number of the key that seals.
    pub fn newest(&self) -> u32 {
        self.newest
    }

    /// All numbers, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.keys.keys().copied()
    }

    /// As lines of a key file (see [`Keyring::parse`](crate::Keyring::parse)). Never log it.
    pub fn to_text(&self) -> Zeroizing<String> {
        let len_max = self.keys.len() * 64; // "v4294967295:", 44 characters, line end: nothing is left behind by growing
        let mut text = Zeroizing::new(String::with_capacity(len_max));
        for (number, key) in &self.keys {
            text.push('v');
            text.push_str(&number.to_string());
            text.push(':');
            text.push_str(&key.to_base64());
            text.push('\n');
        }
        text
    }

    /// Seals a secret by the newest key. `context` says what it is and where it belongs, like `secret of access key
    /// AKIA...`; only the same context opens it, so that a sealed secret is worth nothing in another row.
    pub fn seal_secret(&self, context: &[u8], secret: &[u8]) -> Vec<u8> {
        envelope::seal(self.sealing_key(), self.newest, Purpose::Secret, context, secret)
    }

    /// As [`MasterKeys::seal_secret`], by the key of this number.
    ///
    /// # Errors
    /// [`SealError::NoMasterKey`].
    pub fn seal_secret_by(&self, number: u32, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(envelope::seal(self.key(number)?, number, Purpose::Secret, context, secret))
    }

    /// Opens what [`MasterKeys::seal_secret`] sealed, by whichever key did it.
    ///
    /// # Errors
    /// [`SealError::NoMasterKey`], [`SealError::DoesNotOpen`], [`SealError::TooNew`], [`SealError::Malformed`].
    pub fn open_secret(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let key = self.key(envelope::key_number(sealed)?)?;
        envelope::open(key, Purpose::Secret, context, sealed)
    }

    /// The key that seals.
    pub(crate) fn sealing_key(&self) -> &Key256 {
        &self.keys[&self.newest]
    }

    /// The key of a number.
    pub(crate) fn key(&self, number: u32) -> Result<&Key256, SealError> {
        self.keys.get(&number).ok_or(SealError::NoMasterKey(number))
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<_> = self.numbers().map(|number| format!("v{number}")).collect();
        write!(f, "MasterKeys({}, hidden)", numbers.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::MasterKeys;
    use crate::SealError;

    #[test]
    fn the_newest_key_seals_and_all_open() {
        let old = MasterKeys::generate();
        let rotated = old.rotated();
        let by_old = old.seal_secret(b"context", b"secret");
        let by_new = rotated.seal_secret(b"context", b"secret");
        assert_eq!(rotated.open_secret(b"context", &by_old).unwrap().as_slice(), b"secret");
        assert_eq!(rotated.open_secret(b"context", &by_new).unwrap().as_slice(), b"secret");
        assert_eq!(old.open_secret(b"context", &by_new).unwrap_err(), SealError::NoMasterKey(2));
        assert_eq!(
            MasterKeys::generate().open_secret(b"context", &by_old).unwrap_err(),
            SealError::DoesNotOpen
        );
    }

    #[test]
    fn debug_shows_numbers_only() {
        assert_eq!(format!("{:?}", MasterKeys::generate().rotated()), "MasterKeys(v1, v2, hidden)");
    }
}
