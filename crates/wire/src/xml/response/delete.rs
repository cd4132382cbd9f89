//! DeleteResult: the answer to DeleteObjects.

use crate::error::S3Error;
use crate::xml::writer::XmlWriter;

/// Answer to DeleteObjects, entries in the order of the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteResult {
    /// Keys that are gone; leave empty when the request was quiet.
    pub deleted: Vec<DeletedObject>,
    /// Keys that could not be deleted.
    pub errors: Vec<DeleteFailure>,
}

/// One deleted key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedObject {
    /// Key as sent.
    pub key: String,
    /// VersionId as sent.
    pub version_id: Option<String>,
    /// A delete marker was made, or was what the version id named; its version id.
    pub delete_marker: Option<String>,
}

/// One key that could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteFailure {
    /// Key as sent.
    pub key: String,
    /// VersionId as sent.
    pub version_id: Option<String>,
    /// Why.
    pub error: S3Error,
}

impl DeleteResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("DeleteResult", |w| {
            for object in &self.deleted {
                w.element("Deleted", |w| {
                    w.text("Key", &object.key);
                    w.optional("VersionId", object.version_id.as_deref());
                    if let Some(marker) = &object.delete_marker {
                        w.value("DeleteMarker", true);
                        w.text("DeleteMarkerVersionId", marker);
                    }
                });
            }
            for failure in &self.errors {
                w.element("Error", |w| {
                    w.text("Key", &failure.key);
                    w.optional("VersionId", failure.version_id.as_deref());
                    w.text("Code", failure.error.code.as_str());
                    w.text("Message", &failure.error.message);
                });
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{DeleteFailure, DeleteResult, DeletedObject};
    use crate::error::{ErrorCode, S3Error};

    #[test]
    fn delete_result_lists_successes_and_failures() {
        let result = DeleteResult {
            deleted: vec![
                DeletedObject { key: "a\r".into(), version_id: Some("null".into()), delete_marker: None },
                DeletedObject { key: "m".into(), version_id: None, delete_marker: Some("1".into()) },
            ],
            errors: vec![DeleteFailure {
                key: "b".into(),
                version_id: None,
                error: S3Error::new(ErrorCode::AccessDenied),
            }],
        };
        let expected = "<Deleted><Key>a&#xD;</Key><VersionId>null</VersionId></Deleted>\
            <Deleted><Key>m</Key><DeleteMarker>true</DeleteMarker>\
            <DeleteMarkerVersionId>1</DeleteMarkerVersionId></Deleted><Error><Key>b</Key>\
            <Code>AccessDenied</Code><Message>Access Denied.</Message></Error></DeleteResult>";
        assert!(result.to_xml().ends_with(expected), "{}", result.to_xml());
    }
}
