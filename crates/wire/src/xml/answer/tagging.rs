//! Tagging, read.

use super::common::{NotUnderstood, expect, required, text};
use crate::xml::reader::Node;
use drystone_types::Tags;

/// Reads the answer to GetObjectTagging.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or a tag has no key.
pub fn tagging(root: &Node) -> Result<Tags, NotUnderstood> {
    expect(root, &["Tagging"])?;
    let tags = root.children_named("TagSet").flat_map(|set| set.children_named("Tag"));
    let pair = |tag: &Node| {
        Ok((required(tag, "Key")?.to_owned(), text(tag, "Value").unwrap_or_default().to_owned()))
    };
    tags.map(pair).collect::<Result<_, _>>().map(Tags)
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::tagging;
    use crate::xml::response::tagging::tagging as written;
    use drystone_types::Tags;

    #[test]
    fn what_our_server_writes_is_read() {
        for tags in [vec![], vec![("a", "1"), ("b é", "")]] {
            let tags =
                Tags(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect());
            assert_eq!(tagging(&root(&written(&tags))), Ok(tags));
        }
        assert!(tagging(&root("<Tagging><TagSet><Tag/></TagSet></Tagging>")).is_err());
    }
}
