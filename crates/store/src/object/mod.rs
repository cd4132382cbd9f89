//! Objects: put, get, copy, delete, list.

pub mod copy;
pub mod delete;
pub mod get;
pub mod list;
pub mod put;
