//! Transfers: big files to, from and between S3 stores, in parts, resumable and verified.

pub mod copy;
pub mod delta;
pub mod download;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod journal;
pub mod listing;
pub mod local;
pub mod outcome;
pub mod pace;
pub mod part_lens;
pub mod plan;
pub mod progress;
pub mod prove;
pub mod rate;
pub mod rehash;
pub mod select;
pub mod sweep;
pub mod sync;
pub mod target;
pub mod upload;
pub mod uploads;
pub mod uri;
pub mod verify;

pub use engine::{Engine, OnFailure, ResumeMode, Settings};
pub use error::TransferError;
pub use outcome::{ObjectRef, Outcome};
pub use uri::{Location, S3Uri, UriError};
