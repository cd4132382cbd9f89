//! PutBucketCors: rules, in force at once.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::cors::CorsConfiguration;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::CORS_XML_MAX_BYTES).await?;
    context.check_bucket().await?;
    let configuration = CorsConfiguration::parse(&document)?;
    let change = BucketChange::Document(DocumentKind::Cors, Some(configuration.to_xml()));
    context.store.change_bucket(context.bucket(), change).await.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(200))
}
