//! XML documents: reading requests into values, writing answers from values, reading answers.

pub mod answer;
pub mod reader;
pub mod request;
pub mod response;
pub mod writer;
