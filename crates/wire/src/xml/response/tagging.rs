//! Tagging, as GetObjectTagging and GetBucketTagging return it.

use drystone_types::Tags;

use crate::xml::writer::XmlWriter;

/// The document; tags in the order in which they were put.
pub fn tagging(tags: &Tags) -> String {
    XmlWriter::document("Tagging", |w| {
        w.element("TagSet", |w| {
            for (key, value) in &tags.0 {
                w.element("Tag", |w| {
                    w.text("Key", key);
                    w.text("Value", value);
                });
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::tagging;
    use drystone_types::Tags;

    #[test]
    fn a_tag_set_is_there_even_when_it_is_empty() {
        assert!(tagging(&Tags::default()).ends_with("\"><TagSet></TagSet></Tagging>"));
    }
}
