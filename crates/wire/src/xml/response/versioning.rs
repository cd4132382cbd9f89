//! VersioningConfiguration, as GetBucketVersioning returns it.

use drystone_types::Versioning;

use crate::xml::writer::XmlWriter;

/// The document; empty when versioning was never configured.
pub fn versioning_configuration(versioning: Versioning) -> String {
    XmlWriter::document("VersioningConfiguration", |w| w.optional("Status", versioning.name()))
}

#[cfg(test)]
mod tests {
    use super::versioning_configuration;
    use drystone_types::Versioning;

    #[test]
    fn a_bucket_that_was_never_versioned_has_no_status() {
        let cases = [
            (Versioning::Unversioned, "/\"></VersioningConfiguration>"),
            (Versioning::Enabled, "<Status>Enabled</Status></VersioningConfiguration>"),
            (Versioning::Suspended, "<Status>Suspended</Status></VersioningConfiguration>"),
        ];
        for (versioning, end) in cases {
            let xml = versioning_configuration(versioning);
            assert!(xml.ends_with(end), "{xml}");
        }
    }
}
