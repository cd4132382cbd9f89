//! Request headers as typed values, one file per family. All pure: a header map in, a value or an S3 error out.

pub mod checksum;
pub mod conditional;
pub mod copy_source;
pub mod object_attributes;
pub mod object_headers;
pub mod owner;
pub mod response_overrides;
pub mod text;
pub mod unsupported;
