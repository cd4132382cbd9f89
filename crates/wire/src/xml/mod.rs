//! XML documents: reading requests into values, writing answers from values.

pub mod reader;
pub mod request;
pub mod response;
pub mod writer;
