//! XML documents: reading requests into values, writing answers from values.

pub mod response;
pub mod writer;
