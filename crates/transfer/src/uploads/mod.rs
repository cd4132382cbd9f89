//! Uploads: those that are open in a store: found, looked at, taken over.

pub mod find;
pub mod fit;
mod pages;
pub mod stock;

pub use find::{Found, OpenUpload, all_buckets};
pub use stock::{Stock, gaps};
