//! Actions: from the routed operation to its file in `op`.

use drystone_wire::headers::check_supported;
use drystone_wire::{Operation, S3Error};

use crate::body::RequestBody;
use crate::context::Context;
use crate::op;
use crate::respond::HttpResponse;

impl Context<'_> {
    /// Runs the routed action; the caller is known and may do it.
    pub(crate) async fn perform(&self, body: RequestBody) -> Result<HttpResponse, S3Error> {
        let operation = self.route.operation;
        check_supported(self.headers)?;
        let body = match operation {
            Operation::CreateBucket
            | Operation::DeleteObjects
            | Operation::PutBucketEncryption
            | Operation::PutBucketLifecycleConfiguration
            | Operation::PutBucketTagging
            | Operation::PutBucketVersioning
            | Operation::PutBucketAcl
            | Operation::PutObjectAcl
            | Operation::PutBucketPolicy
            | Operation::PutBucketOwnershipControls
            | Operation::PutPublicAccessBlock
            | Operation::PutBucketCors
            | Operation::PutBucketNotificationConfiguration
            | Operation::NotConfigured(_)
            | Operation::PutObject
            | Operation::PostObject
            | Operation::PutObjectLegalHold
            | Operation::PutObjectLockConfiguration
            | Operation::PutObjectRetention
            | Operation::PutObjectTagging
            | Operation::RestoreObject
            | Operation::UploadPart
            | Operation::CompleteMultipartUpload => body,
            _ => body.ignore().await?,
        };
        match operation {
            Operation::ListBuckets => op::list_buckets::handle(self).await,
            Operation::CreateBucket => op::create_bucket::handle(self, body).await,
            Operation::HeadBucket => op::head_bucket::handle(self).await,
            Operation::DeleteBucket => op::delete_bucket::handle(self).await,
            Operation::GetBucketLocation => op::get_bucket_location::handle(self).await,
            Operation::ListObjects => op::list_objects::handle(self).await,
            Operation::ListObjectsV2 => op::list_objects_v2::handle(self).await,
            Operation::ListMultipartUploads => op::list_multipart_uploads::handle(self).await,
            Operation::DeleteObjects => op::delete_objects::handle(self, body).await,
            Operation::ListObjectVersions => op::list_object_versions::handle(self).await,
            Operation::GetBucketVersioning => op::get_bucket_versioning::handle(self).await,
            Operation::PutBucketVersioning => op::put_bucket_versioning::handle(self, body).await,
            Operation::GetBucketAcl => Ok(op::get_bucket_acl::handle(self)),
            Operation::PutBucketAcl => op::put_bucket_acl::handle(self, body).await,
            Operation::GetObjectAcl => op::get_object_acl::handle(self).await,
            Operation::PutObjectAcl => op::put_object_acl::handle(self, body).await,
            Operation::GetBucketPolicy => op::get_bucket_policy::handle(self).await,
            Operation::PutBucketPolicy => op::put_bucket_policy::handle(self, body).await,
            Operation::DeleteBucketPolicy => op::delete_bucket_policy::handle(self).await,
            Operation::GetBucketPolicyStatus => Ok(op::get_bucket_policy_status::handle(self)),
            Operation::GetBucketOwnershipControls => op::get_bucket_ownership_controls::handle(self).await,
            Operation::PutBucketOwnershipControls => {
                op::put_bucket_ownership_controls::handle(self, body).await
            }
            Operation::DeleteBucketOwnershipControls => {
                op::delete_bucket_ownership_controls::handle(self).await
            }
            Operation::GetPublicAccessBlock => op::get_public_access_block::handle(self).await,
            Operation::PutPublicAccessBlock => op::put_public_access_block::handle(self, body).await,
            Operation::DeletePublicAccessBlock => op::delete_public_access_block::handle(self).await,
            Operation::GetBucketEncryption => op::get_bucket_encryption::handle(self).await,
            Operation::PutBucketEncryption => op::put_bucket_encryption::handle(self, body).await,
            Operation::DeleteBucketEncryption => op::delete_bucket_encryption::handle(self).await,
            Operation::GetBucketCors => op::get_bucket_cors::handle(self).await,
            Operation::PutBucketCors => op::put_bucket_cors::handle(self, body).await,
            Operation::GetBucketNotificationConfiguration => {
                op::get_bucket_notification_configuration::handle(self).await
            }
            Operation::PutBucketNotificationConfiguration => {
                op::put_bucket_notification_configuration::handle(self, body).await
            }
            Operation::DeleteBucketCors => op::delete_bucket_cors::handle(self).await,
            Operation::NotConfigured(name) => op::not_configured::handle(self, name, body).await,
            Operation::PutBucketLifecycleConfiguration => {
                op::put_bucket_lifecycle_configuration::handle(self, body).await
            }
            Operation::GetBucketLifecycleConfiguration => {
                op::get_bucket_lifecycle_configuration::handle(self).await
            }
            Operation::DeleteBucketLifecycle => op::delete_bucket_lifecycle::handle(self).await,
            Operation::PutObject => op::put_object::handle(self, body).await,
            Operation::PostObject => op::post_object::handle(self, body).await,
            Operation::GetObject => op::get_object::handle(self).await,
            Operation::HeadObject => op::head_object::handle(self).await,
            Operation::DeleteObject => op::delete_object::handle(self).await,
            Operation::CopyObject => op::copy_object::handle(self).await,
            Operation::GetObjectAttributes => op::get_object_attributes::handle(self).await,
            Operation::CreateMultipartUpload => op::create_multipart_upload::handle(self).await,
            Operation::UploadPart => op::upload_part::handle(self, body).await,
            Operation::UploadPartCopy => op::upload_part_copy::handle(self).await,
            Operation::ListParts => op::list_parts::handle(self).await,
            Operation::CompleteMultipartUpload => op::complete_multipart_upload::handle(self, body).await,
            Operation::AbortMultipartUpload => op::abort_multipart_upload::handle(self).await,
            Operation::GetObjectTagging => op::get_object_tagging::handle(self).await,
            Operation::PutObjectTagging => op::put_object_tagging::handle(self, body).await,
            Operation::DeleteObjectTagging => op::delete_object_tagging::handle(self).await,
            Operation::GetBucketTagging => op::get_bucket_tagging::handle(self).await,
            Operation::PutBucketTagging => op::put_bucket_tagging::handle(self, body).await,
            Operation::DeleteBucketTagging => op::delete_bucket_tagging::handle(self).await,
            Operation::GetObjectLockConfiguration => op::get_object_lock_configuration::handle(self).await,
            Operation::PutObjectLockConfiguration => {
                op::put_object_lock_configuration::handle(self, body).await
            }
            Operation::GetObjectRetention => op::get_object_retention::handle(self).await,
            Operation::PutObjectRetention => op::put_object_retention::handle(self, body).await,
            Operation::GetObjectLegalHold => op::get_object_legal_hold::handle(self).await,
            Operation::PutObjectLegalHold => op::put_object_legal_hold::handle(self, body).await,
            Operation::RestoreObject => op::restore_object::handle(self, body).await,
            Operation::SelectObjectContent => op::select_object_content::handle(self).await,
            Operation::GetObjectTorrent => op::get_object_torrent::handle(self).await,
            Operation::SecurityToken | Operation::NotImplemented(_) => {
                self.check_bucket().await?;
                Err(S3Error::not_implemented(operation.name()))
            }
        }
    }
}
