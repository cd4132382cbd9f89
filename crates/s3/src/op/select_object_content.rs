//! SelectObjectContent: closed to new customers on AWS since July 2024, and answered as they are: 405.

use drystone_wire::S3Error;

use super::changed;
use crate::context::Context;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    changed::find(context).await?;
    Err(S3Error::method_not_allowed(context.method.as_str(), "SELECT"))
}
