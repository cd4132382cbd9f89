//! Error: the document of every error answer (b9).

use crate::error::S3Error;
use crate::xml::writer::{DECLARATION, XmlWriter};

/// The error document: Code, Message, the code's own elements, RequestId, HostId.
pub fn error_document(error: &S3Error, request_id: &str, host_id: &str) -> String {
    format!("{DECLARATION}{}", error_fragment(error, request_id, host_id))
}

/// As [`error_document`] without the declaration, for an error inside a 200 that began early (b123).
pub fn error_fragment(error: &S3Error, request_id: &str, host_id: &str) -> String {
    XmlWriter::plain_fragment("Error", |w| {
        w.text("Code", error.code.as_str());
        w.text("Message", &error.message);
        for (name, value) in &error.fields {
            w.text(name, &printable(value));
        }
        w.text("RequestId", request_id);
        w.text("HostId", host_id);
    })
}

/// Elements of errors echo what clients sent. Characters that no XML document can carry are replaced, so that every
/// error can be read.
fn printable(value: &str) -> String {
    let illegal =
        |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    value.replace(illegal, "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::error_document;
    use crate::error::S3Error;

    #[test]
    fn b9_b41_errors_have_code_message_elements_and_ids() {
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchUpload</Code>\
            <Message>The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have \
            been aborted or completed.</Message><UploadId>a&lt;b</UploadId><RequestId>R</RequestId>\
            <HostId>H</HostId></Error>";
        assert_eq!(error_document(&S3Error::no_such_upload("a<b"), "R", "H"), expected);
    }

    #[test]
    fn b9_an_error_can_always_be_read() {
        let xml = error_document(&S3Error::no_such_upload("a\0b\x1bc\n"), "R", "H");
        assert!(xml.contains("<UploadId>a\u{fffd}b\u{fffd}c&#xA;</UploadId>"), "{xml}");
    }
}
