//! S3 bytes to values and back: operations, queries, headers, XML, signatures and chunked bodies, POST forms. No sockets.

pub mod access_log;
pub mod auth;
pub mod chunked;
pub mod cors;
pub mod encoding;
pub mod error;
pub mod headers;
pub mod notification;
pub mod operation;
pub mod post;
pub mod query;
pub mod sigv2;
pub mod sigv4;
pub mod sts;
pub mod tag_rules;
pub mod xml;

pub use error::{ErrorCode, S3Error};
pub use operation::{Operation, Route, route};
pub use query::Query;
