//! OwnershipControls, as GetBucketOwnershipControls returns it.

use crate::xml::writer::XmlWriter;

/// The document with its one rule.
pub fn ownership_controls(object_ownership: &str) -> String {
    XmlWriter::document("OwnershipControls", |w| {
        w.element("Rule", |w| w.text("ObjectOwnership", object_ownership));
    })
}
