//! From method, host, path and query to one operation on one bucket and key: the only parser of request targets.

pub mod action;
pub mod address;
mod log_name;
pub mod route;
pub mod subresource;

pub use action::Operation;
pub use address::{Address, Style, address};
pub use log_name::log_name;
pub use route::{Route, route};
pub use subresource::operations_not_configured;
