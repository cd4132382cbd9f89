//! CORS: a bucket's configuration, and which of its rules answers a browser's question (S38, S39).

mod configuration;
mod grant;
mod preflight;

pub use configuration::{CorsConfiguration, CorsRule};
pub use grant::CorsGrant;
pub use preflight::{CorsBucket, Resource, grant_for_request, preflight};
