//! DeleteResult, read.

use super::common::{NotUnderstood, expect, flag, required, string};
use crate::xml::reader::Node;

/// Answer to DeleteObjects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteResult {
    /// Keys that are gone; none when the request was quiet.
    pub deleted: Vec<DeletedObject>,
    /// Keys that could not be deleted.
    pub errors: Vec<DeleteFailure>,
}

/// One deleted key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedObject {
    /// Key.
    pub key: String,
    /// The version that was named.
    pub version_id: Option<String>,
    /// A delete marker was made, or was what the version id named; its version id.
    pub delete_marker: Option<String>,
}

/// One key that could not be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteFailure {
    /// Key.
    pub key: String,
    /// The version that was named.
    pub version_id: Option<String>,
    /// S3's code.
    pub code: String,
    /// Why.
    pub message: String,
}

/// Reads the answer to DeleteObjects.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or an entry has no key.
pub fn delete_result(root: &Node) -> Result<DeleteResult, NotUnderstood> {
    expect(root, &["DeleteResult", "DeleteObjectsResult"])?;
    Ok(DeleteResult {
        deleted: root.children_named("Deleted").map(deleted).collect::<Result<_, _>>()?,
        errors: root.children_named("Error").map(failure).collect::<Result<_, _>>()?,
    })
}

fn deleted(node: &Node) -> Result<DeletedObject, NotUnderstood> {
    let marker = string(node, "DeleteMarkerVersionId").or_else(|| Some(String::new()));
    Ok(DeletedObject {
        key: required(node, "Key")?.to_owned(),
        version_id: string(node, "VersionId"),
        delete_marker: marker.filter(|_| flag(node, "DeleteMarker") == Some(true)),
    })
}

fn failure(node: &Node) -> Result<DeleteFailure, NotUnderstood> {
    Ok(DeleteFailure {
        key: required(node, "Key")?.to_owned(),
        version_id: string(node, "VersionId"),
        code: string(node, "Code").unwrap_or_else(|| "Unknown".to_owned()),
        message: string(node, "Message").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::delete_result;
    use crate::error::ErrorCode;
    use crate::xml::response::delete as written;

    #[test]
    fn what_our_server_writes_is_read() {
        let deleted =
            |key: &str, version_id: Option<&str>, delete_marker: Option<&str>| written::DeletedObject {
                key: key.into(),
                version_id: version_id.map(Into::into),
                delete_marker: delete_marker.map(Into::into),
            };
        let failure = written::DeleteFailure {
            key: " c".into(),
            version_id: None,
            error: ErrorCode::AccessDenied.into(),
        };
        let result = written::DeleteResult {
            deleted: vec![deleted("a\r&", None, Some("v1")), deleted("b", Some("null"), None)],
            errors: vec![failure],
        };
        let read = delete_result(&root(&result.to_xml())).unwrap();
        assert_eq!(
            (read.deleted[0].key.as_str(), read.deleted[0].delete_marker.as_deref()),
            ("a\r&", Some("v1"))
        );
        assert_eq!(
            (read.deleted[1].version_id.as_deref(), read.deleted[1].delete_marker.as_ref()),
            (Some("null"), None)
        );
        assert_eq!((read.errors[0].key.as_str(), read.errors[0].code.as_str()), (" c", "AccessDenied"));
    }

    #[test]
    fn documents_of_other_stores_are_read() {
        let read = delete_result(&root("<DeleteResult><Error><Key>k</Key></Error></DeleteResult>")).unwrap();
        assert_eq!(read.errors[0].code, "Unknown");
        assert_eq!(delete_result(&root("<DeleteResult/>")).unwrap(), super::DeleteResult::default());
        assert!(delete_result(&root("<DeleteResult><Deleted/></DeleteResult>")).is_err());
        assert!(delete_result(&root("<html/>")).is_err());
    }
}
