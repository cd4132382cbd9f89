//! Uploads: a file or a stream becomes an object, in parts that go up in parallel, are retried alone, and are kept when the program dies.

pub(crate) mod part;
pub(crate) mod pieces;
pub mod proof;
pub mod reconcile;
