//! Request headers as typed values, one file per family. All pure: a header map in, a value or an S3 error out.

pub mod acl;
pub mod checksum;
pub mod conditional;
pub mod content_md5;
pub mod copy_conditions;
pub mod copy_range;
pub mod copy_source;
pub mod delete_condition;
pub mod encryption;
pub mod final_checksum;
pub mod hoisted;
pub mod object_attributes;
pub mod object_headers;
pub mod object_lock;
pub mod owner;
pub mod response_overrides;
pub mod tagging;
pub mod text;
pub mod unsupported;

#[cfg(test)]
pub(crate) mod testing;

pub use checksum::{
    SentChecksum, checksum_algorithm, checksum_mode_enabled, checksum_type, declared_checksum, sent_checksum,
    trailer_checksum,
};
pub use conditional::{ETagList, Judgement, ReadConditions, write_precondition};
pub use content_md5::content_md5;
pub use copy_conditions::CopyConditions;
pub use copy_range::{CopyRange, copy_range};
pub use copy_source::{CopySource, MetadataDirective, copy_source, metadata_directive};
pub use delete_condition::{DeletePrecondition, delete_precondition};
pub use encryption::{customer_key, refuse_sse, requested_sse, source_customer_key, sse_headers};
pub use final_checksum::{FinalChecksum, final_checksum, mp_object_size};
pub use hoisted::with_hoisted;
pub use object_attributes::{ObjectAttributes, object_attributes};
pub use object_headers::{DEFAULT_CONTENT_TYPE, object_headers, storage_class};
pub use object_lock::{bucket_object_lock_enabled, bypass_governance_retention, object_lock};
pub use owner::{expected_bucket_owner, source_expected_bucket_owner};
pub use response_overrides::response_overrides;
pub use tagging::{TaggingDirective, tagging, tagging_directive};
pub use text::{to_header_value, to_text};
pub use unsupported::check_supported;
