//! Delete: the keys of DeleteObjects.

use drystone_types::limits::{DELETE_OBJECTS_MAX, XML_DELETE_OBJECTS_MAX_BYTES};

use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::{Node, read};

/// What DeleteObjects asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteRequest {
    /// 1 to 1,000 objects, in the order of the request.
    pub objects: Vec<ObjectIdentifier>,
    /// Report failures only.
    pub quiet: bool,
}

/// One object to delete, as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectIdentifier {
    /// Not empty, but perhaps too long: check it per object.
    pub key: String,
    /// VersionId, if there was one.
    pub version_id: Option<String>,
    /// ETag that the object must have.
    pub etag: Option<String>,
}

/// Reads the request.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML for broken XML, no object or more than 1,000, and an object
/// without a key; NotImplemented for conditions that only directory buckets have (LastModifiedTime, Size; as b159).
pub fn parse(body: &[u8]) -> Result<DeleteRequest, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_DELETE_OBJECTS_MAX_BYTES)?;
    if &*root.name != "Delete" {
        return Err(S3Error::malformed_xml());
    }
    let objects: Vec<_> = root.children_named("Object").map(object).collect::<Result<_, _>>()?;
    if !(1..=DELETE_OBJECTS_MAX).contains(&objects.len()) {
        return Err(S3Error::malformed_xml());
    }
    let quiet = match root.text_of("Quiet")?.map(str::trim) {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(S3Error::malformed_xml()),
    };
    Ok(DeleteRequest { objects, quiet })
}

fn object(node: &Node) -> Result<ObjectIdentifier, S3Error> {
    let key = node.text_of("Key")?.filter(|key| !key.is_empty()).ok_or_else(S3Error::malformed_xml)?;
    if let Some(name) = ["LastModifiedTime", "Size"].into_iter().find(|name| node.child(name).is_some()) {
        return Err(S3Error::not_implemented(name));
    }
    let optional = |name| -> Result<Option<String>, S3Error> {
        Ok(node.text_of(name)?.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    Ok(ObjectIdentifier { key: key.to_owned(), version_id: optional("VersionId")?, etag: optional("ETag")? })
}

#[cfg(test)]
mod tests {
    use super::{DeleteRequest, ObjectIdentifier, parse};
    use proptest::prelude::*;

    #[test]
    fn keys_keep_their_spaces_and_escapes() {
        let xml = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key> a&amp;b&#xD; </Key>\
                   <VersionId>null</VersionId></Object><Object><Key>../x</Key><ETag>\"e\"</ETag></Object>\
                   <Quiet>true</Quiet></Delete>";
        let object = |key: &str, version_id: Option<&str>, etag: Option<&str>| ObjectIdentifier {
            key: key.into(),
            version_id: version_id.map(Into::into),
            etag: etag.map(Into::into),
        };
        let objects = vec![object(" a&b\r ", Some("null"), None), object("../x", None, Some("\"e\""))];
        assert_eq!(parse(xml.as_bytes()), Ok(DeleteRequest { objects, quiet: true }));
    }

    #[test]
    fn one_to_a_thousand_objects_with_keys() {
        let list =
            |count: usize| format!("<Delete>{}</Delete>", "<Object><Key>k</Key></Object>".repeat(count));
        assert_eq!(
            parse(list(1000).as_bytes()).map(|request| (request.objects.len(), request.quiet)),
            Ok((1000, false))
        );
        let cases = [
            (list(0), "MalformedXML"),
            (list(1001), "MalformedXML"),
            (String::new(), "MissingRequestBodyError"),
            ("<Delete><Object/></Delete>".into(), "MalformedXML"),
            ("<Delete><Object><Key/></Object></Delete>".into(), "MalformedXML"),
            ("<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>".into(), "MalformedXML"),
            ("<Delete><Object><Key>a</Key></Object><Quiet>yes</Quiet></Delete>".into(), "MalformedXML"),
            ("<Other><Object><Key>a</Key></Object></Other>".into(), "MalformedXML"),
            ("<Delete><Object><Key>a</Key><Size>1</Size></Object></Delete>".into(), "NotImplemented"),
        ];
        for (xml, code) in cases {
            assert_eq!(parse(xml.as_bytes()).map_err(|error| error.code.as_str()), Err(code), "{xml}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&body);
        }
    }
}
