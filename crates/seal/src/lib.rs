//! Encryption at rest: who holds which key, sealed secrets, and sealed blobs whose ranges open alone. No I/O.
//!
//! ```text
//! master key ---- seals ----> secrets (secret access keys, session tokens)
//! master key, named key or
//! the client's key -- seals --> data key of one object -- and a salt --> key of one blob -- seals --> segments
//! ```
//!
//! Everything is AES-256-GCM under a key that HKDF-SHA256 derives for this one use, so no nonce can meet its key twice.
//! docs/FORMATS.md draws what is stored; docs/rfcs/0008-encryption-at-rest.md says why.

pub mod data_key;
pub mod envelope;
pub mod error;
pub mod key;
pub mod keyring;
pub mod layout;
pub mod master;
pub mod opener;
pub mod sealer;

pub use data_key::DataKey;
pub use error::{KeyFileError, SealError};
pub use key::Key256;
pub use keyring::{Keyring, is_key_name};
pub use layout::{plain_len, sealed_len, sealed_range};
pub use master::MasterKeys;
pub use opener::BlobOpener;
pub use sealer::BlobSealer;
