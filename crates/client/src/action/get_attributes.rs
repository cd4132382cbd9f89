//! GetObjectAttributes: checksums and parts of an object.

use super::{Paged, Pager};
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{ObjectAttributes, object_attributes};
use http::{HeaderMap, Method};

/// All attributes.
pub const ALL_ATTRIBUTES: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

/// Asks for the attributes of an object and a page of its parts.
#[derive(Clone, Debug, Default)]
pub struct GetObjectAttributes {
    /// Bucket.
    pub bucket: String,
    /// Key.
    pub key: String,
    /// Version.
    pub version_id: Option<String>,
    /// Which attributes.
    pub attributes: Vec<&'static str>,
    /// Parts after this number.
    pub part_number_marker: Option<u64>,
    /// Parts of a page.
    pub max_parts: Option<u32>,
    /// Keys of SSE-C.
    pub headers: HeaderMap,
}

impl GetObjectAttributes {
    /// All attributes of an object.
    pub fn new(bucket: &str, key: &str) -> Self {
        let attributes = ALL_ATTRIBUTES.to_vec();
        Self { bucket: bucket.to_owned(), key: key.to_owned(), attributes, ..Self::default() }
    }

    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`].
    pub fn call(&self) -> Result<Call, CallError> {
        let max_parts = self.max_parts.map(|count| count.to_string());
        let marker = self.part_number_marker.map(|number| number.to_string());
        Call::new("GetObjectAttributes", Method::GET)
            .object(&self.bucket, &self.key)
            .query("attributes", "")
            .query_if("versionId", self.version_id.as_deref())
            .headers(self.headers.clone())
            .text_header("x-amz-object-attributes", &self.attributes.join(","))?
            .text_header_if("x-amz-max-parts", max_parts.as_deref())?
            .text_header_if("x-amz-part-number-marker", marker.as_deref())
    }
}

impl Paged for GetObjectAttributes {
    const ACTION: &'static str = "GetObjectAttributes";
    type Page = ObjectAttributes;

    async fn page(&self, client: &Client) -> Result<ObjectAttributes, CallError> {
        client.document(|| self.call()).await?.read(object_attributes)
    }

    fn after(&self, page: &ObjectAttributes) -> Option<Self> {
        let next = page.parts.as_ref()?.next_part_number_marker?;
        Some(Self { part_number_marker: Some(next), ..self.clone() })
    }

    fn marker(&self) -> String {
        self.part_number_marker.unwrap_or(0).to_string()
    }
}

impl Client {
    /// GetObjectAttributes with all parts.
    ///
    /// # Errors
    /// [`CallError`]; `NotImplemented`, `MethodNotAllowed` or the object's bytes ([`CallError::BadAnswer`]) from stores that do not
    /// have it.
    pub async fn get_object_attributes(
        &self,
        request: &GetObjectAttributes,
    ) -> Result<ObjectAttributes, CallError> {
        let mut pager = Pager::new(self, request.clone());
        let mut all: Option<ObjectAttributes> = None;
        while let Some(page) = pager.next().await? {
            match &mut all {
                None => all = Some(page),
                Some(all) => {
                    if all.etag != page.etag {
                        let why = "the object changed while its parts were listed".to_owned();
                        return Err(CallError::BadAnswer { action: GetObjectAttributes::ACTION, why });
                    }
                    let parts = page.parts.map(|parts| parts.parts).unwrap_or_default();
                    all.parts.get_or_insert_default().parts.extend(parts);
                }
            }
        }
        let mut all = all.unwrap_or_default();
        if let Some(parts) = &mut all.parts {
            parts.next_part_number_marker = None;
        }
        Ok(all)
    }
}
