//! The files of this machine that transfers read and write: their one home.

pub mod blocking;
pub mod buffers;
pub mod folder;
pub mod place;
pub mod remove;
pub mod safe_path;
pub mod source;
pub mod split;
pub mod target;
