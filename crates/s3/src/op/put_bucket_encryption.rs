//! PutBucketEncryption: the default for what comes from now on. What is there stays as it is.

use drystone_store::bucket::{BucketChange, DocumentKind};
use drystone_types::encryption::DefaultSse;
use drystone_types::limits;
use drystone_wire::S3Error;
use drystone_wire::xml::request::encryption;
use drystone_wire::xml::response::encryption::encryption_configuration;

use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    context.check_bucket().await?;
    let configuration = encryption::parse(&document)?;
    if let DefaultSse::Kms(Some(key_id)) = &configuration.default
        && !context.store.has_kms_key(key_id)
    {
        return Err(S3Error::kms_key_not_found(key_id));
    }
    let text = encryption_configuration(&configuration);
    let change = BucketChange::Document(DocumentKind::Encryption, Some(text));
    let changed = context.store.change_bucket(context.bucket(), change).await;
    changed.map_err(|error| context.refusal(error))?;
    Ok(respond::empty(200))
}
