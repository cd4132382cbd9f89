//! S3 errors: the table of codes, the error value, and a constructor for every error with a set text.

pub mod access;
pub mod code;
pub mod encryption;
pub mod headers;
pub mod object_lock;
pub mod objects;
pub mod s3_error;
pub mod tagging;
pub mod uploads;

pub use code::ErrorCode;
pub use s3_error::S3Error;
