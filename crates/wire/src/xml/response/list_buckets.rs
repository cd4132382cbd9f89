//! ListAllMyBucketsResult and LocationConstraint.

use drystone_types::{BucketName, Owner, Timestamp};

use super::common::owner;
use crate::xml::writer::XmlWriter;

/// Answer to ListBuckets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAllMyBucketsResult {
    /// Whose buckets.
    pub owner: Owner,
    /// Ascending by name.
    pub buckets: Vec<BucketEntry>,
    /// prefix, if it was sent.
    pub prefix: Option<String>,
    /// The token of the next page.
    pub continuation_token: Option<String>,
}

/// One bucket of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketEntry {
    /// Name.
    pub name: BucketName,
    /// When it was created.
    pub created: Timestamp,
    /// Its region; shown only where the request asked for some of the buckets, as S3 does.
    pub region: Option<String>,
}

impl ListAllMyBucketsResult {
    /// The document.
    pub fn to_xml(&self) -> String {
        XmlWriter::document("ListAllMyBucketsResult", |w| {
            owner(w, "Owner", &self.owner);
            w.element("Buckets", |w| {
                for bucket in &self.buckets {
                    w.element("Bucket", |w| {
                        w.text("Name", bucket.name.as_str());
                        w.text("CreationDate", &bucket.created.iso8601());
                        w.optional("BucketRegion", bucket.region.as_deref());
                        w.text("BucketArn", &bucket_arn(&bucket.name));
                    });
                }
            });
            w.optional("Prefix", self.prefix.as_deref());
            w.optional("ContinuationToken", self.continuation_token.as_deref());
        })
    }
}

/// The name of a bucket as policies write it; x-amz-bucket-arn and BucketArn show it.
pub fn bucket_arn(name: &BucketName) -> String {
    format!("arn:aws:s3:::{name}")
}

/// Answer to GetBucketLocation: the region, and nothing for `us-east-1`.
pub fn location_constraint(region: &str) -> String {
    XmlWriter::document_with_text("LocationConstraint", if region == "us-east-1" { "" } else { region })
}

#[cfg(test)]
mod tests {
    use super::{BucketEntry, ListAllMyBucketsResult, location_constraint};
    use drystone_types::{BucketName, Owner, Timestamp};

    #[test]
    fn list_buckets_shows_owner_names_and_dates() {
        let name = BucketName::parse("bkt").expect("legal");
        let result = ListAllMyBucketsResult {
            owner: Owner { id: "cafe".into(), account_id: "1".into(), display_name: "me".into() },
            buckets: vec![BucketEntry { name, created: Timestamp(0), region: None }],
            prefix: None,
            continuation_token: None,
        };
        let expected = "<Owner><ID>cafe</ID><DisplayName>me</DisplayName></Owner><Buckets><Bucket><Name>bkt</Name>\
            <CreationDate>1970-01-01T00:00:00.000Z</CreationDate><BucketArn>arn:aws:s3:::bkt</BucketArn></Bucket></Buckets></ListAllMyBucketsResult>";
        assert!(result.to_xml().ends_with(expected), "{}", result.to_xml());
    }

    #[test]
    fn the_location_of_us_east_1_is_empty() {
        let root = "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
        assert!(location_constraint("us-east-1").ends_with(&format!("{root}</LocationConstraint>")));
        assert!(location_constraint("eu-west-1").ends_with(&format!("{root}eu-west-1</LocationConstraint>")));
    }
}
