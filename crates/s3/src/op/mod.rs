//! One file per S3 action, named as AWS names it.

pub(crate) mod abort_multipart_upload;
pub(crate) mod complete_multipart_upload;
pub(crate) mod copy_object;
pub(crate) mod create_bucket;
pub(crate) mod create_multipart_upload;
pub(crate) mod delete_bucket;
pub(crate) mod delete_bucket_cors;
pub(crate) mod delete_bucket_encryption;
pub(crate) mod delete_bucket_lifecycle;
pub(crate) mod delete_object;
pub(crate) mod delete_objects;
pub(crate) mod get_bucket_cors;
pub(crate) mod get_bucket_encryption;
pub(crate) mod get_bucket_lifecycle_configuration;
pub(crate) mod get_bucket_location;
pub(crate) mod get_bucket_versioning;
pub(crate) mod get_object;
pub(crate) mod get_object_attributes;
pub(crate) mod head_bucket;
pub(crate) mod head_object;
pub(crate) mod list_buckets;
pub(crate) mod list_multipart_uploads;
pub(crate) mod list_object_versions;
pub(crate) mod list_objects;
pub(crate) mod list_objects_v2;
pub(crate) mod list_parts;
pub(crate) mod not_configured;
pub(crate) mod post_object;
pub(crate) mod put_bucket_cors;
pub(crate) mod put_bucket_encryption;
pub(crate) mod put_bucket_lifecycle_configuration;
pub(crate) mod put_bucket_versioning;
pub(crate) mod put_object;
pub(crate) mod upload_part;
pub(crate) mod upload_part_copy;

mod keepalive;
mod location;
mod object_answer;
mod source;
mod xml_body;

pub(crate) use drystone_store::upload::UploadName;
pub(crate) use keepalive::Headers;
