//! Errors of tags, in headers and in XML (b28).

use drystone_types::limits::{BUCKET_TAGS_MAX, OBJECT_TAGS_MAX};

use super::{ErrorCode, S3Error};

impl S3Error {
    /// 404: the bucket has no tags.
    pub fn no_such_tag_set(bucket: impl Into<String>) -> Self {
        Self::new(ErrorCode::NoSuchTagSet).field("BucketName", bucket)
    }

    /// 400: x-amz-tagging cannot be decoded, or names a key twice (b28).
    pub fn tagging_header_malformed(value: impl Into<String>) -> Self {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters \
                       without tag name duplicates.";
        Self::invalid_argument("x-amz-tagging", value, message)
    }

    /// 400: x-amz-tagging-directive is neither COPY nor REPLACE.
    pub fn unknown_tagging_directive(value: impl Into<String>) -> Self {
        Self::invalid_argument("x-amz-tagging-directive", value, "Unknown tagging directive.")
    }

    /// 400: a key is empty, too long, or has a character that tags may not have (b28).
    pub fn invalid_tag_key(key: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidTag).field("TagKey", key)
    }

    /// 400: as [`S3Error::invalid_tag_key`], for a value.
    pub fn invalid_tag_value(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidTag)
            .message("The TagValue you have provided is invalid")
            .field("TagKey", key)
            .field("TagValue", value)
    }

    /// 400: two tags of one key, in XML.
    pub fn duplicate_tag_key(key: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidTag)
            .message("Cannot provide multiple Tags with the same key")
            .field("TagKey", key)
    }

    /// 400: an object's tag in the namespace that S3 keeps for itself.
    pub fn reserved_object_tag(key: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidTag)
            .message("Your TagKey cannot be prefixed with aws:")
            .field("TagKey", key)
    }

    /// 400: as [`S3Error::reserved_object_tag`], for a bucket's tag.
    pub fn reserved_bucket_tag(key: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidTag)
            .message("System tags cannot be added/updated by requester")
            .field("TagKey", key)
    }

    /// 400: as [`S3Error::reserved_bucket_tag`], where CreateBucket brings it: S3 says it in other words there.
    pub fn reserved_tag_of_new_bucket() -> Self {
        Self::new(ErrorCode::InvalidTag).message(
            "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from \
             your tag keys and try again.",
        )
    }

    /// 400: more tags than an object may have (b28).
    pub fn too_many_object_tags() -> Self {
        Self::new(ErrorCode::BadRequest)
            .message(format!("Object tags cannot be greater than {OBJECT_TAGS_MAX}"))
    }

    /// 400: more tags than a bucket may have.
    pub fn too_many_bucket_tags() -> Self {
        Self::new(ErrorCode::BadRequest)
            .message(format!("Bucket tag count cannot be greater than {BUCKET_TAGS_MAX}"))
    }
}
