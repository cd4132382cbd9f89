//! DataKey: the random key of one object, and the key of each of its blobs.

use aws_lc_rs::aead::LessSafeKey;
use drystone_types::PartNumber;

use crate::Key256;
use crate::layout::SALT_LEN;

/// The key of an object's bytes. Random, never reused, stored only sealed.
#[derive(Clone, Debug)]
pub struct DataKey(Key256);

impl DataKey {
    pub(crate) fn random() -> Self {
        Self(Key256::random())
    }

    pub(crate) fn new(key: Key256) -> Self {
        Self(key)
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// The key of the blob that holds part `part_number` and begins with `salt`. A part that is sent again has another
    /// salt, so every blob has a nonce space of its own; a blob put in another part's place does not open.
    pub(crate) fn blob_key(&self, part_number: PartNumber, salt: &[u8; SALT_LEN]) -> LessSafeKey {
        let number = part_number.get().to_le_bytes();
        self.0.derive(salt, &[b"drystone blob v1", &number]).cipher()
    }
}
