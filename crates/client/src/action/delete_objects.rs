//! DeleteObjects: removes up to 1,000 objects at once.

use super::content_md5;
use crate::{Call, CallError, Client};
use drystone_wire::xml::answer::{DeleteResult, delete_result};
use drystone_wire::xml::writer::XmlWriter;
use http::Method;
use http::header::HeaderName;

/// Objects of one call.
pub const DELETE_OBJECTS_MAX: usize = drystone_types::limits::DELETE_OBJECTS_MAX;

/// Removes objects.
#[derive(Clone, Debug, Default)]
pub struct DeleteObjects {
    /// Bucket.
    pub bucket: String,
    /// 1 to 1,000 objects.
    pub objects: Vec<ObjectToDelete>,
    /// Tell failures only.
    pub quiet: bool,
}

/// An object that is to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectToDelete {
    /// Key.
    pub key: String,
    /// Version.
    pub version_id: Option<String>,
}

impl DeleteObjects {
    /// The call.
    ///
    /// # Errors
    /// [`CallError::Unsendable`] when there is no object or more than [`DELETE_OBJECTS_MAX`].
    pub fn call(&self) -> Result<Call, CallError> {
        if self.objects.is_empty() || self.objects.len() > DELETE_OBJECTS_MAX {
            let why = format!("{} objects: one call takes 1 to {DELETE_OBJECTS_MAX}", self.objects.len());
            return Err(CallError::Unsendable { action: "DeleteObjects", why });
        }
        let document = self.document();
        let md5 = content_md5(document.as_bytes());
        let call = Call::new("DeleteObjects", Method::POST).bucket(&self.bucket).query("delete", "");
        Ok(call.header(HeaderName::from_static("content-md5"), md5).body(document))
    }

    fn document(&self) -> String {
        XmlWriter::document("Delete", |w| {
            for object in &self.objects {
                w.element("Object", |w| {
                    w.text("Key", &object.key);
                    w.optional("VersionId", object.version_id.as_deref());
                });
            }
            w.value("Quiet", self.quiet);
        })
    }
}

impl Client {
    /// DeleteObjects, tried again while that may help. Keys that could not be deleted are in the result.
    ///
    /// # Errors
    /// [`CallError`] when the call as a whole failed.
    pub async fn delete_objects(&self, request: &DeleteObjects) -> Result<DeleteResult, CallError> {
        self.document(|| request.call()).await?.read(delete_result)
    }
}

#[cfg(test)]
mod tests {
    use super::{DeleteObjects, ObjectToDelete};
    use crate::Payload;
    use drystone_wire::xml::request::delete;

    #[test]
    fn b231_what_a_client_writes_the_server_reads() {
        let keys = ["a", " b&<\r\n", "\u{1}é", "../x"];
        let object = |key: &&str| ObjectToDelete { key: (*key).to_owned(), version_id: Some("null".into()) };
        let request =
            DeleteObjects { bucket: "b".into(), objects: keys.iter().map(object).collect(), quiet: true };
        let call = request.call().unwrap();
        let Payload::Bytes(body) = &call.payload else { panic!("a document") };
        let read = delete::parse(body).unwrap();
        assert!(read.quiet);
        assert_eq!(read.objects.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), keys);
        assert!(call.headers.contains_key("content-md5"));
    }

    #[test]
    fn one_to_a_thousand_objects_go_with_one_call() {
        let of = |count| DeleteObjects {
            bucket: "b".into(),
            objects: vec![ObjectToDelete { key: "k".into(), version_id: None }; count],
            quiet: false,
        };
        for (count, ok) in [(0, false), (1, true), (1000, true), (1001, false)] {
            assert_eq!(of(count).call().is_ok(), ok, "{count}");
        }
    }
}
