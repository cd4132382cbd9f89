//! GetBucketAcl: owner and grants.

use drystone_wire::S3Error;

use super::acl_answer;
use crate::context::Context;
use crate::respond::HttpResponse;

pub(crate) async fn handle(context: &Context<'_>) -> Result<HttpResponse, S3Error> {
    let rules = context.rules();
    Ok(acl_answer::answer(context, &rules.owner, &rules.acl))
}
