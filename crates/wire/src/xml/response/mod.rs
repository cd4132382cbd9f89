//! Every XML answer: a struct of computed values and its document.

pub mod acl;
pub mod copy;
pub mod delete;
pub mod encryption;
pub mod error;
pub mod lifecycle;
pub mod list_buckets;
pub mod list_objects;
pub mod list_parts;
pub mod list_uploads;
pub mod list_versions;
pub mod object_attributes;
pub mod object_lock;
pub mod ownership;
pub mod policy_status;
pub mod public_access_block;
pub mod tagging;
pub mod upload;
pub mod versioning;

mod common;
