//! ListAllMyBucketsResult, read.

use super::common::{Account, NotUnderstood, account, date, expect, required, string};
use crate::xml::reader::Node;
use drystone_types::Timestamp;

/// One page of buckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListBucketsPage {
    /// The token of the next page, if there is one.
    pub continuation_token: Option<String>,
    /// Whose buckets.
    pub owner: Option<Account>,
    /// Ascending by name.
    pub buckets: Vec<BucketEntry>,
}

/// One bucket of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketEntry {
    /// Name.
    pub name: String,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// Its region, where the store tells it.
    pub region: Option<String>,
}

/// Reads a page of ListBuckets.
///
/// # Errors
/// [`NotUnderstood`] when it is another document or a bucket has no name.
pub fn list_buckets(root: &Node) -> Result<ListBucketsPage, NotUnderstood> {
    expect(root, &["ListAllMyBucketsResult"])?;
    let buckets = root.children_named("Buckets").flat_map(|list| list.children_named("Bucket"));
    Ok(ListBucketsPage {
        continuation_token: string(root, "ContinuationToken"),
        owner: account(root, "Owner"),
        buckets: buckets.map(bucket).collect::<Result<_, _>>()?,
    })
}

fn bucket(node: &Node) -> Result<BucketEntry, NotUnderstood> {
    Ok(BucketEntry {
        name: required(node, "Name")?.to_owned(),
        created: date(node, "CreationDate"),
        region: string(node, "BucketRegion"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::common::testing::root;
    use super::list_buckets;
    use crate::xml::response::list_buckets::{BucketEntry, ListAllMyBucketsResult};
    use drystone_types::{BucketName, Owner, Timestamp};

    #[test]
    fn what_our_server_writes_is_read() {
        let written = ListAllMyBucketsResult {
            owner: Owner { id: "me".into(), account_id: "1".into(), display_name: "Me".into() },
            buckets: vec![BucketEntry {
                name: BucketName::parse("bucket").unwrap(),
                created: Timestamp::from_seconds(5),
                region: Some("eu-west-1".into()),
            }],
            prefix: None,
            continuation_token: Some("next".into()),
        };
        let page = list_buckets(&root(&written.to_xml())).unwrap();
        assert_eq!(page.continuation_token.as_deref(), Some("next"));
        assert_eq!(page.owner.unwrap().id.as_deref(), Some("me"));
        let bucket = &page.buckets[0];
        assert_eq!((bucket.name.as_str(), bucket.region.as_deref()), ("bucket", Some("eu-west-1")));
        assert_eq!(bucket.created, Some(Timestamp::from_seconds(5)));
    }

    #[test]
    fn no_buckets_are_an_empty_list() {
        for xml in
            ["<ListAllMyBucketsResult/>", "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"]
        {
            assert_eq!(list_buckets(&root(xml)).unwrap().buckets, []);
        }
        assert!(list_buckets(&root("<html/>")).is_err());
    }
}
