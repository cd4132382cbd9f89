//! From method, host, path and query to one operation on one bucket and key: the only parser of request targets.

pub mod action;
pub mod address;
pub mod route;
pub mod subresource;

pub use action::Operation;
pub use address::{Address, Style, address};
pub use route::{Route, route};
