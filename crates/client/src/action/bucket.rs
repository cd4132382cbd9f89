//! CreateBucket, DeleteBucket, HeadBucket.

use super::text_of;
use crate::{Call, CallError, Client};
use drystone_wire::xml::writer::XmlWriter;
use http::Method;

/// What HeadBucket tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadBucket {
    /// The bucket's region, where the store tells it.
    pub region: Option<String>,
}

/// The region that S3 wants unnamed.
const CLASSIC_REGION: &str = "us-east-1";

/// The document of CreateBucket; empty where the region is the one that needs no naming.
fn create_document(location: Option<&str>) -> Option<String> {
    let location = location.filter(|region| !region.is_empty() && *region != CLASSIC_REGION)?;
    Some(XmlWriter::document("CreateBucketConfiguration", |w| w.text("LocationConstraint", location)))
}

impl Client {
    /// CreateBucket in a region; in the store's own if none is named.
    ///
    /// # Errors
    /// [`CallError`]; `BucketAlreadyOwnedByYou` also when an answer was lost and it was asked again.
    pub async fn create_bucket(&self, bucket: &str, location: Option<&str>) -> Result<(), CallError> {
        let call = Call::new("CreateBucket", Method::PUT).bucket(bucket);
        let call = match create_document(location) {
            Some(document) => call.body(document),
            None => call,
        };
        self.done(call).await.map(drop)
    }

    /// DeleteBucket.
    ///
    /// # Errors
    /// [`CallError`]; `BucketNotEmpty`.
    pub async fn delete_bucket(&self, bucket: &str) -> Result<(), CallError> {
        self.done(Call::new("DeleteBucket", Method::DELETE).bucket(bucket)).await.map(drop)
    }

    /// HeadBucket.
    ///
    /// # Errors
    /// [`CallError`]; as answers to HEAD have no body, codes are made of the status: `NotFound` for 404.
    pub async fn head_bucket(&self, bucket: &str) -> Result<HeadBucket, CallError> {
        let answer = self.done(Call::new("HeadBucket", Method::HEAD).bucket(bucket)).await?;
        Ok(HeadBucket { region: text_of(&answer.headers, "x-amz-bucket-region") })
    }
}

#[cfg(test)]
mod tests {
    use super::create_document;
    use drystone_wire::xml::request::create_bucket;

    #[test]
    fn the_classic_region_is_not_named() {
        for unnamed in [None, Some(""), Some("us-east-1")] {
            assert_eq!(create_document(unnamed), None);
        }
        let document = create_document(Some("eu-west-1")).unwrap();
        assert_eq!(create_bucket::parse(document.as_bytes()).unwrap().location.as_deref(), Some("eu-west-1"));
    }
}
