//! DeleteObject: removes an object, a version of it, or hides it behind a delete marker.

use super::text_of;
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::quoted_etag;
use http::Method;

/// Removes an object.
#[derive(Clone, Debug, Default)]
pub struct DeleteObject {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version.
    pub version_id: Option<String>,
    /// Only when it has this ETag.
    pub if_match: Option<String>,
}

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The version that was removed, or that of the delete marker.
    pub version_id: Option<String>,
    /// Was a delete marker made or removed?
    pub is_delete_marker: bool,
}

impl DeleteObject {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let if_match = self.if_match.as_deref().map(quoted_etag);
        Call::new("DeleteObject", Method::DELETE)
            .object(&self.bucket, &self.key)
            .query_if("versionId", self.version_id.as_deref())
            .text_header_if("if-match", if_match.as_deref())
    }
}

impl Client {
    /// DeleteObject. There is no error when there was no object.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete_object(&self, request: &DeleteObject) -> Result<Deleted, CallError> {
        let answer = self.done(request.call()?).await?;
        Ok(Deleted {
            version_id: text_of(&answer.headers, "x-amz-version-id"),
            is_delete_marker: text_of(&answer.headers, "x-amz-delete-marker")
                .is_some_and(|text| text == "true"),
        })
    }
}
