//! Journals: what a transfer did so far, one file each, so that another run goes on.

pub mod copy;
pub mod download;
pub mod file;
pub mod upload;
