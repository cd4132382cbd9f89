//! GetBucketNotificationConfiguration: the rules as they were put, with the ids they got; empty where there are none.

use drystone_store::bucket::DocumentKind;
use drystone_wire::S3Error;
use drystone_wire::notification::NotificationConfiguration;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let bucket = context.bucket_record().await?;
    let document = bucket.documents.get(&DocumentKind::Notification).cloned();
    Ok(respond::xml(200, document.unwrap_or_else(|| NotificationConfiguration::default().to_xml())))
}
