//! Key256: 32 secret bytes that are wiped when dropped and never printed.

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// Length of every key in bytes.
pub const KEY_LEN: usize = 32;

/// A 256-bit key. Its `Debug` form hides it; its memory is wiped on drop.
#[derive(Clone)]
pub struct Key256(Zeroizing<[u8; KEY_LEN]>);

impl Key256 {
    /// A new random key. The system's generator, and no other source, makes keys and salts: they must not repeat, not
    /// even in a test that replays a seed.
    pub fn random() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// Takes 32 bytes.
    pub fn new(bytes: [u8; KEY_LEN]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From base64 with padding; `None` unless it is exactly 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let mut bytes = STANDARD.decode(text).ok()?;
        let key = <[u8; KEY_LEN]>::try_from(bytes.as_slice()).ok().map(Self::new);
        bytes.zeroize();
        key
    }

    /// The key in base64. Never log it.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    /// The key itself.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The key that HKDF-SHA256 makes of this one, `salt`, and `info`.
    pub(crate) fn derive(&self, salt: &[u8], info: &[&[u8]]) -> Key256 {
        let mut derived = Zeroizing::new([0; KEY_LEN]);
        Salt::new(HKDF_SHA256, salt)
            .extract(self.expose())
            .expand(info, Len256)
            .and_then(|okm| okm.fill(derived.as_mut_slice()))
            .expect("32 bytes are within what HKDF gives");
        Self(derived)
    }

    /// This key, made ready for AES-256-GCM.
    pub(crate) fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, self.expose()).expect("the key has 32 bytes"))
    }
}

impl fmt::Debug for Key256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key256(hidden)")
    }
}

struct Len256;

impl KeyType for Len256 {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system's random numbers do not fail once it runs");
    bytes
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Key256;
    use std::fmt::Write as _;

    pub(crate) fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a string takes it");
            text
        })
    }

    /// `first`, `first` + 1, ...
    pub(crate) fn counting<const N: usize>(first: u8) -> [u8; N] {
        let mut next = first;
        std::array::from_fn(|_| (next, next = next.wrapping_add(1)).0)
    }

    #[test]
    fn a_key_is_32_bytes_of_base64_and_its_debug_form_hides_it() {
        let key = Key256::new([7; 32]);
        assert_eq!(Key256::from_base64(&key.to_base64()).unwrap().expose(), &[7; 32]);
        assert_eq!(format!("{key:?}"), "Key256(hidden)");
        for wrong in ["", "AAAA", "not base64", &"A".repeat(43), &format!("{}=", "A".repeat(47))] {
            assert!(Key256::from_base64(wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn derived_keys_depend_on_key_salt_and_info() {
        let key = Key256::new([7; 32]);
        let derived = [
            key.derive(b"salt", &[b"info"]),
            key.derive(b"salt", &[b"other"]),
            key.derive(b"pepper", &[b"info"]),
            Key256::new([8; 32]).derive(b"salt", &[b"info"]),
        ];
        for (i, one) in derived.iter().enumerate() {
            for other in &derived[i + 1..] {
                assert_ne!(one.expose(), other.expose());
            }
        }
    }

    /// RFC 5869, test case 1, cut to 32 bytes: the derivation is HKDF-SHA256 and nothing of our own. The input key there
    /// has 22 bytes, so this runs on the library as `derive` does.
    #[test]
    fn hkdf_is_that_of_rfc_5869() {
        use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let mut out = [0; 32];
        let prk = Salt::new(HKDF_SHA256, &salt).extract(&[0x0b; 22]);
        prk.expand(&[&info], super::Len256).unwrap().fill(&mut out).unwrap();
        assert_eq!(hex(&out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }
}
