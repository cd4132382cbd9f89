//! CopyObjectResult and CopyPartResult, read.

use super::common::{NotUnderstood, date, etag, expect, object_checksum};
use crate::xml::reader::Node;
use drystone_types::{ObjectChecksum, Timestamp};

/// Answer to CopyObject and to UploadPartCopy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyResult {
    /// ETag of the copy or the part, without quotes.
    pub etag: String,
    /// When it was made.
    pub last_modified: Option<Timestamp>,
    /// Its checksum; of a part always one of all its bytes.
    pub checksum: Option<ObjectChecksum>,
}

/// Reads the answer to CopyObject or to UploadPartCopy.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or has no ETag.
pub fn copy_result(root: &Node) -> Result<CopyResult, NotUnderstood> {
    expect(root, &["CopyObjectResult", "CopyPartResult"])?;
    Ok(CopyResult {
        etag: etag(root).ok_or_else(|| NotUnderstood(format!("{} has no ETag", root.name)))?,
        last_modified: date(root, "LastModified"),
        checksum: object_checksum(root),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::copy_result;
    use crate::xml::response::copy::{CopyObjectResult, CopyPartResult};
    use drystone_types::{Checksum, ETag, ObjectChecksum, Timestamp};

    #[test]
    fn b57_what_our_server_writes_is_read() {
        let (etag, last_modified) = (ETag::single([1; 16]), Timestamp::from_seconds(5));
        let checksum = Checksum::crc64nvme(5);
        let object =
            CopyObjectResult { etag, last_modified, checksum: Some(ObjectChecksum::full(checksum)) }.to_xml();
        let part = CopyPartResult { etag, last_modified, checksum: Some(checksum) }.to_xml();
        for xml in [object, part] {
            let read = copy_result(&root(&xml)).unwrap();
            assert_eq!((read.etag, read.last_modified), (etag.to_string(), Some(last_modified)));
            assert_eq!(read.checksum, Some(ObjectChecksum::full(checksum)));
        }
        assert!(copy_result(&root("<CopyPartResult/>")).is_err());
        assert!(copy_result(&root("<html/>")).is_err());
    }
}
