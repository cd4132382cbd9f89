//! Uploads: those that are open in a store: found, taken over, ended.

pub mod fit;
