//! How rows are stored. Each version is frozen: a change of the format is a new module beside the old one.

pub(crate) mod v2;
