//! The operations: what can be asked of S3, what goes where, and what comes back.

mod buckets;
mod lifecycle;
mod objects;
mod objects_in;
mod objects_out;
mod shared;
mod upload_lists;
mod uploads;

use super::model::Operation;

/// All operations, in the order of the alphabet.
pub(super) const OPERATIONS: &[&Operation] = &[
    &uploads::ABORT_MULTIPART_UPLOAD,
    &uploads::COMPLETE_MULTIPART_UPLOAD,
    &objects_in::COPY_OBJECT,
    &buckets::CREATE_BUCKET,
    &uploads::CREATE_MULTIPART_UPLOAD,
    &buckets::DELETE_BUCKET,
    &lifecycle::DELETE_BUCKET_LIFECYCLE,
    &objects::DELETE_OBJECT,
    &objects::DELETE_OBJECTS,
    &lifecycle::GET_BUCKET_LIFECYCLE_CONFIGURATION,
    &objects_out::GET_OBJECT,
    &objects::GET_OBJECT_ATTRIBUTES,
    &buckets::HEAD_BUCKET,
    &objects_out::HEAD_OBJECT,
    &buckets::LIST_BUCKETS,
    &upload_lists::LIST_MULTIPART_UPLOADS,
    &objects::LIST_OBJECTS_V2,
    &upload_lists::LIST_PARTS,
    &lifecycle::PUT_BUCKET_LIFECYCLE_CONFIGURATION,
    &objects_in::PUT_OBJECT,
    &uploads::UPLOAD_PART,
    &uploads::UPLOAD_PART_COPY,
];
