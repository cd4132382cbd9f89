//! RestoreRequest: read only as far as a store needs that keeps every class at hand.

use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::read;

/// Checks that the document is one.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML for another document, or Days that are no number.
pub fn parse(body: &[u8]) -> Result<(), S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "RestoreRequest" {
        return Err(S3Error::malformed_xml());
    }
    root.only("Days")?.map_or(Ok(()), |days| days.integer().map(drop))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_a_restore_request_is_one() {
        let cases = [
            ("<RestoreRequest><Days>1</Days></RestoreRequest>", Ok(())),
            ("<RestoreRequest/>", Ok(())),
            ("<RestoreRequest><Days>x</Days></RestoreRequest>", Err("MalformedXML")),
            ("<Restore/>", Err("MalformedXML")),
            ("", Err("MissingRequestBodyError")),
        ];
        for (xml, expected) in cases {
            assert_eq!(parse(xml.as_bytes()).map_err(|error| error.code.as_str()), expected, "{xml}");
        }
    }
}
