//! GetBucketAcl: owner and grants.

use super::acl_answer;
use crate::context::Context;
use crate::respond::HttpResponse;

pub(crate) fn handle(context: &Context<'_>) -> HttpResponse {
    let rules = context.rules();
    acl_answer::answer(context, &rules.owner, &rules.acl)
}
