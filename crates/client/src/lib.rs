//! S3 asked over HTTP: endpoint, credentials, one request and its answer. Knows no files and no plans.

pub mod action;
pub mod answer;
pub mod call;
mod client;
pub mod config;
pub mod credentials;
pub mod endpoint;
pub mod error;
mod framing;
pub mod ground;
mod payload_body;
pub mod retry;
mod transport;

pub use answer::Answer;
pub use call::{Call, Payload, Piece};
pub use client::{Client, ClientOptions, PayloadSigning};
pub use credentials::{Credentials, CredentialsError, Provider};
pub use endpoint::{Addressing, Endpoint};
pub use error::{CallError, ServiceError};
pub use ground::Ground;
pub use tokio_rustls::rustls::ClientConfig as TlsConfig;
pub use transport::Timeouts;
