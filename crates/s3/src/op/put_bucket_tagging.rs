//! PutBucketTagging: all tags at once; an empty set removes them.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_types::{Tags, limits};
use drystone_wire::S3Error;
use drystone_wire::tag_rules::Tagged;
use drystone_wire::xml::{request, response};

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let tags = request::tagging::parse(&document, Tagged::Bucket)?;
    let change = BucketChange::Document(DocumentKind::Tagging, kept(&tags));
    context.store.change_bucket(context.bucket(), change).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(204))
}

/// The document that is kept, and answered as it is; none for no tags.
pub(super) fn kept(tags: &Tags) -> Option<String> {
    (!tags.is_empty()).then(|| response::tagging::tagging(tags))
}
