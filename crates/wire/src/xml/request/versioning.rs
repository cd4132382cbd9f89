//! VersioningConfiguration: what PutBucketVersioning sets.

use drystone_types::Versioning;
use drystone_types::limits::XML_OTHER_MAX_BYTES;

use crate::error::{ErrorCode, S3Error};
use crate::xml::reader::read;

/// Reads the state to set: enabled or suspended.
///
/// # Errors
/// MissingRequestBodyError for an empty body; MalformedXML for broken XML, another document or an unknown Status or
/// MfaDelete; IllegalVersioningConfigurationException without a Status; NotImplemented for MfaDelete, since deletes would
/// not ask for the code.
pub fn parse(body: &[u8]) -> Result<Versioning, S3Error> {
    if body.trim_ascii().is_empty() {
        return Err(ErrorCode::MissingRequestBodyError.into());
    }
    let root = read(body, XML_OTHER_MAX_BYTES)?;
    if &*root.name != "VersioningConfiguration" {
        return Err(S3Error::malformed_xml());
    }
    match root.text_of("MfaDelete")? {
        None | Some("Disabled") => {}
        Some("Enabled") => return Err(S3Error::not_implemented("MfaDelete")),
        Some(_) => return Err(S3Error::malformed_xml()),
    }
    match root.text_of("Status")? {
        Some("Enabled") => Ok(Versioning::Enabled),
        Some("Suspended") => Ok(Versioning::Suspended),
        None => Err(S3Error::versioning_without_status()),
        Some(_) => Err(S3Error::malformed_xml()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use drystone_types::Versioning;
    use proptest::prelude::*;

    #[test]
    fn a_configuration_has_a_status() {
        let wrap = |inside: &str| format!("<VersioningConfiguration>{inside}</VersioningConfiguration>");
        let cases = [
            (wrap("<Status>Enabled</Status>"), Ok(Versioning::Enabled)),
            (wrap("<Status>Suspended</Status>"), Ok(Versioning::Suspended)),
            (wrap("<MfaDelete>Disabled</MfaDelete><Status>Enabled</Status>"), Ok(Versioning::Enabled)),
            (wrap("<Status>enabled</Status>"), Err("MalformedXML")),
            (wrap("<Status>Disabled</Status>"), Err("MalformedXML")),
            (wrap("<Status/>"), Err("MalformedXML")),
            (wrap("<Status>Enabled</Status><Status>Suspended</Status>"), Err("MalformedXML")),
            (wrap("<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>"), Err("NotImplemented")),
            (wrap("<Status>Enabled</Status><MfaDelete>yes</MfaDelete>"), Err("MalformedXML")),
            (wrap(""), Err("IllegalVersioningConfigurationException")),
            (String::new(), Err("MissingRequestBodyError")),
            ("<Other><Status>Enabled</Status></Other>".into(), Err("MalformedXML")),
            ("<VersioningConfiguration>".into(), Err("MalformedXML")),
        ];
        for (xml, expected) in cases {
            assert_eq!(parse(xml.as_bytes()).map_err(|error| error.code.as_str()), expected, "{xml}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = parse(&body);
        }
    }
}
