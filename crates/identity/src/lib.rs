//! Who there is: accounts, users, groups, policies, access keys, sessions. Documents at rest, one immutable snapshot in use.
//!
//! [`Identities`] holds the snapshot and changes it; [`Snapshot`] answers every question of a request. A change is written
//! first and then swapped in whole, so it holds from the next request on.

mod builtin;
pub mod document;
mod error;
pub mod identities;
mod keys;
pub mod manage;
pub mod names;
pub mod session;
pub mod snapshot;
mod state;

pub use document::DocumentName;
pub use error::IdentityError;
pub use identities::{Chance, Documents, Identities, Root};
pub use keys::{Caller, CallerKeys};
pub use session::{NewSession, SessionRequest};
pub use snapshot::Snapshot;
