//! Elements that several answers share: owners, checksums, keys that may be URL-encoded.

use std::borrow::Cow;

use drystone_types::{Checksum, ChecksumAlgorithm, ChecksumType, ObjectChecksum, Owner};

use crate::encoding::encode_list;
use crate::xml::writer::XmlWriter;

/// `<Owner>` and the like, with ID and DisplayName.
pub(super) fn owner(writer: &mut XmlWriter, element: &str, owner: &Owner) {
    writer.element(element, |w| {
        w.text("ID", &owner.id);
        w.text("DisplayName", &owner.display_name);
    });
}

/// ChecksumAlgorithm and ChecksumType (b85).
pub(super) fn declared(writer: &mut XmlWriter, checksum: Option<(ChecksumAlgorithm, ChecksumType)>) {
    if let Some((algorithm, kind)) = checksum {
        writer.text("ChecksumAlgorithm", algorithm.name());
        writer.text("ChecksumType", kind.name());
    }
}

/// `<ChecksumCRC32>` and the like of some bytes.
pub(super) fn checksum(writer: &mut XmlWriter, checksum: Option<&Checksum>) {
    if let Some(checksum) = checksum {
        writer.text(checksum.algorithm().element(), &checksum.to_base64());
    }
}

/// The checksum of an object, with `-N` where it is composite, and its type.
pub(super) fn object_checksum(writer: &mut XmlWriter, checksum: Option<&ObjectChecksum>) {
    if let Some(checksum) = checksum {
        writer.text(checksum.checksum.algorithm().element(), &checksum.text());
        writer.text("ChecksumType", checksum.kind.name());
    }
}

/// Keys, prefixes and markers, encoded when the request asked for it (b102).
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// encoding-type=url.
    pub(super) url: bool,
}

impl Names {
    pub(super) fn text(self, writer: &mut XmlWriter, element: &str, name: &str) {
        writer.text(element, &self.encoded(name));
    }

    pub(super) fn optional(self, writer: &mut XmlWriter, element: &str, name: Option<&str>) {
        if let Some(name) = name {
            self.text(writer, element, name);
        }
    }

    pub(super) fn encoding_type(self, writer: &mut XmlWriter) {
        if self.url {
            writer.text("EncodingType", "url");
        }
    }

    pub(super) fn common_prefixes(self, writer: &mut XmlWriter, prefixes: &[String]) {
        for prefix in prefixes {
            writer.element("CommonPrefixes", |w| self.text(w, "Prefix", prefix));
        }
    }

    fn encoded(self, name: &str) -> Cow<'_, str> {
        if self.url { Cow::Owned(encode_list(name)) } else { Cow::Borrowed(name) }
    }
}
