//! GetObjectTagging and PutObjectTagging.

use super::content_md5;
use crate::{Call, CallError, Client};
use drystone_types::Tags;
use drystone_wire::xml::{answer, response};
use http::Method;
use http::header::HeaderName;

impl Client {
    /// GetObjectTagging.
    ///
    /// # Errors
    /// [`CallError`]; `NotImplemented` from stores without tags.
    pub async fn get_object_tagging(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Tags, CallError> {
        let call = || {
            let call = Call::new("GetObjectTagging", Method::GET).object(bucket, key).query("tagging", "");
            Ok(call.query_if("versionId", version_id))
        };
        self.document(call).await?.read(answer::tagging)
    }

    /// PutObjectTagging.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_object_tagging(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        tags: &Tags,
    ) -> Result<(), CallError> {
        let document = response::tagging::tagging(tags); // the same form in both directions
        let md5 = content_md5(document.as_bytes());
        let call = Call::new("PutObjectTagging", Method::PUT).object(bucket, key).query("tagging", "");
        let call = call.query_if("versionId", version_id).header(HeaderName::from_static("content-md5"), md5);
        self.done(call.body(document)).await.map(drop)
    }
}
