//! Blocked: what Block Public Access keeps out, and how that is said to whom the bucket belongs.

use drystone_access::Resource;
use drystone_wire::S3Error;

use super::{is_of, needs};
use crate::context::Context;

/// Something public that a bucket's settings refuse.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocked {
    /// BlockPublicAcls.
    Acl,
    /// BlockPublicPolicy.
    Policy,
}

impl Context<'_> {
    /// AccessDenied. The bucket's own people are told which setting it was, in AWS's words; others are not.
    pub(crate) fn blocked(&self, what: Blocked) -> S3Error {
        let principal = &self.caller.principal;
        let denied = S3Error::access_denied();
        let Some(who) = principal.arn().filter(|_| is_of(principal, &self.rules().owner)) else {
            return denied;
        };
        let bucket = self.bucket().as_str();
        let resource = match &self.route.key {
            Some(key) => Resource::object(bucket, key.as_str()),
            None => Resource::bucket(bucket),
        };
        let (things, setting) = match what {
            Blocked::Acl => ("public access control lists (ACLs)", "BlockPublicAcls"),
            Blocked::Policy => ("public policies", "BlockPublicPolicy"),
        };
        denied.message(format!(
            "User: {who} is not authorized to perform: {} on resource: \"{}\" because {things} are blocked by the {setting} \
             block public access setting.",
            needs::main_action(self.route),
            resource.arn(),
        ))
    }
}
