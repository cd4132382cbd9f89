//! PutBucketPolicy: compiled before it is stored, so that a stored policy is a legal one.

use drystone_access::policy::NamedPrincipal;
use drystone_access::{Policy, PolicyKind};
use drystone_identity::Snapshot;
use drystone_store::bucket::DocumentKind;
use drystone_types::limits;
use drystone_wire::{ErrorCode, S3Error};

use crate::authorise::{Blocked, StoredPolicy};
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let malformed = |why: String| S3Error::new(ErrorCode::MalformedPolicy).message(why);
    let text = std::str::from_utf8(&document)
        .map_err(|_| S3Error::new(ErrorCode::MalformedPolicy).message("This policy contains invalid Json"))?;
    let policy = Policy::parse(text, PolicyKind::Bucket(context.bucket()));
    let policy = policy.map_err(|error| malformed(error.to_string()))?;
    if !policy.named_principals().all(|principal| exists(context.snapshot, principal)) {
        return Err(malformed("Invalid principal in policy".into()));
    }
    if context.rules().public_access_block.refuses_policy(&policy) {
        return Err(context.blocked(Blocked::Policy));
    }
    let stored = StoredPolicy::put(text, &policy, context.snapshot);
    context.set_document(DocumentKind::Policy, Some(stored.write())).await?;
    Ok(respond::empty(204))
}

/// Is this somebody? A principal that is nobody is most likely a mistake, and could become somebody else's right later.
fn exists(snapshot: &Snapshot, principal: &NamedPrincipal) -> bool {
    match principal {
        NamedPrincipal::Everyone => true,
        // Services of AWS are nobody here and do no harm. A role or session, which nothing here is matched by, could be in a Deny
        // that its author relies on.
        NamedPrincipal::Other(text) => {
            !["arn:aws:iam:", "arn:aws:sts:"].iter().any(|arn| text.starts_with(arn))
        }
        NamedPrincipal::Account(text) | NamedPrincipal::CanonicalUser(text) => {
            snapshot.find_account(text).is_some()
        }
        NamedPrincipal::User { path_and_name, .. } => match principal.user_arn() {
            Some(arn) => snapshot.user_id(&arn).is_some(),
            None => snapshot.find_account(path_and_name.trim_start_matches('/')).is_some(),
        },
    }
}
