//! PutBucketNotificationConfiguration: whom to tell of what; an empty one tells nobody. In force at once.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::headers::text::text;
use drystone_wire::notification::NotificationConfiguration;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let fresh_id = || context.service.fresh_id();
    let configuration = NotificationConfiguration::parse(&document, fresh_id)?;
    let skips = text(context.headers, "x-amz-skip-destination-validation");
    if !skips.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        configuration.check_destinations(|name| context.service.webhooks.contains(name))?;
    }
    let document = (!configuration.rules.is_empty()).then(|| configuration.to_xml());
    let change = BucketChange::Document(DocumentKind::Notification, document);
    context.store.change_bucket(context.bucket(), change).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(200))
}
