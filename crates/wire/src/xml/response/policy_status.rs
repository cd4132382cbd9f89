//! PolicyStatus, as GetBucketPolicyStatus returns it.

use crate::xml::writer::XmlWriter;

/// The document.
pub fn policy_status(is_public: bool) -> String {
    XmlWriter::document("PolicyStatus", |w| w.value("IsPublic", is_public))
}
