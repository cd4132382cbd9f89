//! Objects: put, get, copy, change, delete, list.

pub mod change;
pub mod copy;
pub mod delete;
pub mod expiration;
pub(crate) mod frames;
pub mod get;
pub mod list;
pub(crate) mod lock;
pub mod put;
