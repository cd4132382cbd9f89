//! (being built)

pub mod auth;
pub mod chunked;
pub mod sigv2;
pub mod sigv4;
