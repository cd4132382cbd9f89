//! GetBucketPolicyStatus: is the bucket public, by its policy or its ACL?
//! A bucket without a policy is answered too, where AWS answers NoSuchBucketPolicy: the question has an answer either way.

use drystone_access::Policy;
use drystone_access::public::is_public_acl;
use drystone_wire::xml::response::policy_status::policy_status;

use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) fn handle(context: &Context<'_>) -> HttpResponse {
    let rules = context.rules();
    let by_policy = rules.policy.as_ref().is_some_and(Policy::is_public);
    let by_acl = rules.ownership.acls_count() && is_public_acl(&rules.acl);
    respond::xml(200, policy_status(by_policy || by_acl))
}
