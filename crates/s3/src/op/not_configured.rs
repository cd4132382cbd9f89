//! Settings that no bucket here has (logging, website, replication, ...): answered as S3 does where they were never set.
//! A write that would change something is NotImplemented, never accepted in vain.

use drystone_types::limits;
use drystone_wire::xml::reader::read;
use drystone_wire::xml::writer::XmlWriter;
use drystone_wire::{ErrorCode, S3Error};

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// What S3 answers for a bucket without the setting.
enum Answer {
    /// 200, a document of this name, empty or with one element.
    Document(&'static str, Option<(&'static str, &'static str)>),
    /// 404.
    Missing(ErrorCode),
    /// With `id` in the query 404; without, a list of this name with nothing in it.
    ListOrMissing(&'static str),
    /// 204: deleting what is not there.
    Deleted,
    /// 200, when the body is a document of this name, empty or with this one element: what holds anyway. Else 501.
    Accepts(&'static str, Option<(&'static str, &'static str)>),
    /// 501.
    Refused,
}

use Answer::{Accepts, Deleted, Document, ListOrMissing, Missing, Refused};

#[rustfmt::skip]
const TABLE: &[(&str, Answer)] = &[
    ("CreateBucketMetadataConfiguration", Refused),
    ("CreateBucketMetadataTableConfiguration", Refused),
    ("DeleteBucketAnalyticsConfiguration", Missing(ErrorCode::NoSuchConfiguration)),
    ("DeleteBucketIntelligentTieringConfiguration", Missing(ErrorCode::NoSuchConfiguration)),
    ("DeleteBucketInventoryConfiguration", Missing(ErrorCode::NoSuchConfiguration)),
    ("DeleteBucketMetadataConfiguration", Deleted),
    ("DeleteBucketMetadataTableConfiguration", Deleted),
    ("DeleteBucketMetricsConfiguration", Missing(ErrorCode::NoSuchConfiguration)),
    ("DeleteBucketReplication", Deleted),
    ("DeleteBucketWebsite", Deleted),
    ("GetBucketAbac", Document("AbacStatus", Some(("Status", "Disabled")))),
    ("GetBucketAccelerateConfiguration", Document("AccelerateConfiguration", None)),
    ("GetBucketAnalyticsConfiguration", ListOrMissing("ListBucketAnalyticsConfigurationResult")),
    ("GetBucketIntelligentTieringConfiguration", ListOrMissing("ListBucketIntelligentTieringConfigurationsOutput")),
    ("GetBucketInventoryConfiguration", ListOrMissing("ListInventoryConfigurationsResult")),
    ("GetBucketLogging", Document("BucketLoggingStatus", None)),
    ("GetBucketMetadataConfiguration", Missing(ErrorCode::MetadataConfigurationNotFound)),
    ("GetBucketMetadataTableConfiguration", Missing(ErrorCode::MetadataConfigurationNotFound)),
    ("GetBucketMetricsConfiguration", ListOrMissing("ListMetricsConfigurationsResult")),
    ("GetBucketReplication", Missing(ErrorCode::ReplicationConfigurationNotFoundError)),
    ("GetBucketRequestPayment", Document("RequestPaymentConfiguration", Some(("Payer", "BucketOwner")))),
    ("GetBucketWebsite", Missing(ErrorCode::NoSuchWebsiteConfiguration)),
    ("PutBucketAbac", Accepts("AbacStatus", Some(("Status", "Disabled")))),
    ("PutBucketAccelerateConfiguration", Refused),
    ("PutBucketAnalyticsConfiguration", Refused),
    ("PutBucketIntelligentTieringConfiguration", Refused),
    ("PutBucketInventoryConfiguration", Refused),
    ("PutBucketLogging", Accepts("BucketLoggingStatus", None)),
    ("PutBucketMetricsConfiguration", Refused),
    ("PutBucketReplication", Refused),
    ("PutBucketRequestPayment", Accepts("RequestPaymentConfiguration", Some(("Payer", "BucketOwner")))),
    ("PutBucketWebsite", Refused),
];

pub(crate) async fn handle(
    context: &Context<'_>,
    name: &'static str,
    body: RequestBody,
) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let (_, answer) = TABLE.iter().find(|(other, _)| *other == name).expect("each has its line");
    match answer {
        Document(root, element) => Ok(respond::xml(200, write(root, *element))),
        ListOrMissing(root) if !context.query.has("id") => {
            Ok(respond::xml(200, write(root, Some(("IsTruncated", "false")))))
        }
        ListOrMissing(_) | Missing(ErrorCode::NoSuchConfiguration) => {
            Err(S3Error::new(ErrorCode::NoSuchConfiguration))
        }
        Missing(code) => Err(S3Error::new(*code).field("BucketName", context.bucket().as_str())),
        Deleted => Ok(respond::empty(204)),
        Accepts(root, element) if says(&document, root, *element)? => Ok(respond::empty(200)),
        Accepts(..) | Refused => Err(S3Error::not_implemented(name)),
    }
}

fn write(root: &str, element: Option<(&str, &str)>) -> String {
    XmlWriter::document(root, |w| {
        if let Some((name, text)) = element {
            w.text(name, text);
        }
    })
}

/// Does the document say this, and nothing else?
fn says(document: &[u8], root: &str, element: Option<(&str, &str)>) -> Result<bool, S3Error> {
    let found = read(document, limits::XML_OTHER_MAX_BYTES)?;
    if &*found.name != root {
        return Err(S3Error::malformed_xml());
    }
    Ok(match (found.children.as_slice(), element) {
        ([], None) => true,
        ([child], Some((name, text))) => &*child.name == name && child.text.trim() == text,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{TABLE, says};
    use drystone_wire::operation::operations_not_configured;

    #[test]
    fn every_operation_of_the_router_has_its_line() {
        let lines: Vec<_> = TABLE.iter().map(|(name, _)| *name).collect();
        let mut names: Vec<_> = operations_not_configured().collect();
        names.sort_unstable();
        assert_eq!(lines, names);
    }

    #[test]
    fn only_what_holds_anyway_is_accepted() {
        let payer = Some(("Payer", "BucketOwner"));
        let wrap =
            |inside: &str| format!("<RequestPaymentConfiguration>{inside}</RequestPaymentConfiguration>");
        let cases = [
            (wrap("<Payer>BucketOwner</Payer>"), Ok(true)),
            (wrap("<Payer>Requester</Payer>"), Ok(false)),
            (wrap(""), Ok(false)),
            (wrap("<Payer>BucketOwner</Payer><More/>"), Ok(false)),
            ("<Other/>".to_owned(), Err("MalformedXML")),
            (String::new(), Err("MalformedXML")),
        ];
        for (document, expected) in cases {
            let found = says(document.as_bytes(), "RequestPaymentConfiguration", payer);
            assert_eq!(found.map_err(|error| error.code.as_str()), expected, "{document}");
        }
        assert_eq!(says(b"<BucketLoggingStatus/>", "BucketLoggingStatus", None), Ok(true));
    }
}
