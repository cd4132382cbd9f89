//! The S3 door: HTTP in, store calls, HTTP out. Parses, authenticates, dispatches, answers; decides no S3 rule itself.

pub mod access_log;
mod actions;
pub mod api;
pub mod auth;
mod authorise;
pub mod body;
pub mod connection;
mod context;
mod cors;
pub mod dispatch;
pub mod encryption;
mod head;
pub mod notification;
mod op;
mod options;
pub mod peer;
mod post_form;
pub mod respond;
pub mod server;
pub mod stall;
mod sts;

pub use access_log::LogSink;
pub use dispatch::S3Service;
pub use encryption::SseCOverHttp;
pub use options::{NewBuckets, S3Options};
pub use respond::{HttpResponse, ResponseBody};
