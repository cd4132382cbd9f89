//! x-amz-object-attributes and its paging headers (b186, b187).

use drystone_types::limits::LIST_PAGE_MAX;
use http::HeaderMap;

use super::text::{joined, text};
use crate::error::S3Error;
use crate::query::integer;

/// What GetObjectAttributes asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectAttributes {
    /// ETag.
    pub etag: bool,
    /// Checksum.
    pub checksum: bool,
    /// ObjectParts.
    pub object_parts: bool,
    /// StorageClass.
    pub storage_class: bool,
    /// ObjectSize.
    pub object_size: bool,
    /// x-amz-max-parts, 0 to 1000, 1000 by default.
    pub max_parts: u32,
    /// x-amz-part-number-marker, 0 by default.
    pub part_number_marker: u32,
}

/// Reads the list of attributes.
///
/// # Errors
/// InvalidRequest when it is missing or empty, InvalidArgument for an unknown name (b187) or a bad paging number.
pub fn object_attributes(headers: &HeaderMap) -> Result<ObjectAttributes, S3Error> {
    let names = joined(headers, "x-amz-object-attributes").unwrap_or_default();
    if names.trim().is_empty() {
        return Err(S3Error::attributes_missing());
    }
    let number = |name, default| {
        let value = text(headers, name);
        integer(name, value.as_deref(), default)
    };
    let mut attributes = ObjectAttributes {
        max_parts: number("x-amz-max-parts", LIST_PAGE_MAX)?.min(LIST_PAGE_MAX),
        part_number_marker: number("x-amz-part-number-marker", 0)?,
        ..ObjectAttributes::default()
    };
    for name in names.split(',').map(str::trim) {
        match name {
            "ETag" => attributes.etag = true,
            "Checksum" => attributes.checksum = true,
            "ObjectParts" => attributes.object_parts = true,
            "StorageClass" => attributes.storage_class = true,
            "ObjectSize" => attributes.object_size = true,
            other => return Err(S3Error::invalid_attribute_name(other)),
        }
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::{ObjectAttributes, object_attributes};
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_str(value).expect("a value"));
        }
        map
    }

    #[test]
    fn b186_b187_attributes_are_a_list_in_one_header_or_several() {
        let expected = ObjectAttributes {
            etag: true,
            checksum: true,
            object_parts: true,
            storage_class: true,
            object_size: true,
            max_parts: 1000,
            part_number_marker: 2,
        };
        let list = "x-amz-object-attributes";
        let marker = ("x-amz-part-number-marker", "2");
        let one = [
            (list, "ETag, Checksum,ObjectParts,StorageClass,ObjectSize"),
            marker,
            ("x-amz-max-parts", "5000"),
        ];
        let several =
            [(list, "ETag,Checksum"), (list, "ObjectParts"), (list, "StorageClass,ObjectSize"), marker];
        assert_eq!(object_attributes(&headers(&one)), Ok(expected));
        assert_eq!(object_attributes(&headers(&several)), Ok(expected));
        let cases: [(&[(&'static str, &str)], &str); 6] = [
            (&[], "InvalidRequest"),
            (&[(list, " ")], "InvalidRequest"),
            (&[(list, "etag")], "InvalidArgument"),
            (&[(list, "ETag,")], "InvalidArgument"),
            (&[(list, "ETag"), ("x-amz-max-parts", "-1")], "InvalidArgument"),
            (&[(list, "ETag"), ("x-amz-part-number-marker", "x")], "InvalidArgument"),
        ];
        for (pairs, code) in cases {
            assert_eq!(
                object_attributes(&headers(pairs)).map_err(|e| e.code.as_str()),
                Err(code),
                "{pairs:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_never_panic(value in "[ -~]{0,40}") {
            let _ = object_attributes(&headers(&[("x-amz-object-attributes", &value), ("x-amz-max-parts", &value)]));
        }
    }
}
