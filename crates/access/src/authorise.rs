//! authorise: may this principal do this? Every rule about who may do what meets here.
//!
//! 1. A Deny in any policy decides, except that the root of the bucket's account can always read, replace and delete the
//!    bucket's policy.
//! 2. Within the account that owns the resource, identity policies *or* the resource's own rules (bucket policy, ACL) are
//!    enough. Its root has every right.
//! 3. From another account both are needed; that account's root needs only the resource's rules.
//! 4. Naming an account (in a policy or ACL) lets that account pass the right on; it does not by itself let its users in.
//! 5. A session also needs the Allow of one of its session policies, if it has any.
//! 6. The initiator of an upload may abort it and list its parts (b165), unless denied.
//! 7. A bucket's policy is a matter of its owner's account: nobody else reads or changes it, whatever it allows.

use drystone_types::AccountId;

use crate::acl::{self, Asked};
use crate::action::Action;
use crate::decision::{Because, Decision, Missing, Source, StatementRef};
use crate::policy::{Fit, Policy, Verdict};
use crate::principal::Account;
use crate::request::{AccessRequest, BucketFacts};

/// Judges a request.
pub fn authorise<'a>(request: &AccessRequest<'a>) -> Decision<'a> {
    match judge(request) {
        Ok(because) => Decision { allowed: true, because },
        Err(because) => Decision { allowed: false, because },
    }
}

fn judge<'a>(request: &AccessRequest<'a>) -> Result<Because<'a>, Because<'a>> {
    let bucket =
        request.bucket.and_then(|bucket| bucket.policy).map(|policy| (policy, policy.judge(request)));

    let identity = judge_identity(request)?;
    let is_within_session = judge_session(request)?;
    if let Some((policy, Verdict::Deny(index))) = bucket
        && !is_never_locked_out(request)
    {
        return Err(Because::Denied(statement(Source::Bucket, policy, index)));
    }
    let allowed = judge_allowances(request, identity, bucket)?;
    if !is_within_session {
        return Err(Because::Nothing(Missing::Session));
    }
    if is_for_owner_only(request) { Err(Because::OwnerOnly) } else { Ok(allowed) }
}

/// Who may change the policy of another account's bucket could take every other right in it.
fn is_for_owner_only(request: &AccessRequest<'_>) -> bool {
    let about_policy = matches!(
        request.action,
        Action::GetBucketPolicy
            | Action::PutBucketPolicy
            | Action::DeleteBucketPolicy
            | Action::GetBucketPolicyStatus
    );
    let owner = request.bucket.map(|bucket| bucket.owner);
    about_policy && request.principal.account().map(|account| &account.id) != owner
}

/// Do the session's policies leave it this right? `Err` is a Deny.
fn judge_session<'a>(request: &AccessRequest<'a>) -> Result<bool, Because<'a>> {
    let policies = request.principal.session().map_or(&[][..], |session| &session.policies);
    let mut is_within = policies.is_empty();
    for policy in policies {
        match policy.judge(request) {
            Verdict::Deny(index) => return Err(Because::Denied(statement(Source::Session, policy, index))),
            Verdict::Allow(..) => is_within = true,
            Verdict::Silent => {}
        }
    }
    Ok(is_within)
}

/// What allows it on the side of the requester, in its own account. `Err` is a Deny.
fn judge_identity<'a>(request: &AccessRequest<'a>) -> Result<Option<Because<'a>>, Because<'a>> {
    let Some(user) = request.principal.user() else {
        return Ok(request.principal.is_root().then_some(Because::Root));
    };
    let mut allowed = None;
    for attached in &user.policies {
        let name = Source::Identity(&attached.name);
        match attached.policy.judge(request) {
            Verdict::Deny(index) => return Err(Because::Denied(statement(name, &attached.policy, index))),
            Verdict::Allow(index, _) if allowed.is_none() => {
                allowed = Some(Because::Allowed(statement(name, &attached.policy, index)));
            }
            Verdict::Allow(..) | Verdict::Silent => {}
        }
    }
    Ok(allowed)
}

/// The root of the bucket's account can always repair its policy.
fn is_never_locked_out(request: &AccessRequest<'_>) -> bool {
    let repairs = matches!(
        request.action,
        Action::GetBucketPolicy | Action::PutBucketPolicy | Action::DeleteBucketPolicy
    );
    let owner = request.bucket.map(|bucket| bucket.owner);
    repairs && request.principal.is_root() && request.principal.account().map(|account| &account.id) == owner
}

/// Puts both sides together; nothing is denied any more.
fn judge_allowances<'a>(
    request: &AccessRequest<'a>,
    identity: Option<Because<'a>>,
    bucket_policy: Option<(&'a Policy, Verdict)>,
) -> Result<Because<'a>, Because<'a>> {
    let is_initiator = request.is_initiator
        && !request.principal.is_anonymous()
        && matches!(request.action, Action::AbortMultipartUpload | Action::ListMultipartUploadParts);
    if is_initiator {
        return Ok(Because::Initiator);
    }
    let account = request.principal.account();
    let Some(bucket) = request.bucket else {
        return identity.ok_or(Because::Nothing(Missing::Identity));
    };
    let owner = owner_of_resource(request, &bucket);
    let is_own = account.is_some_and(|account| account.id == *owner);
    let resource = judge_resource(request, &bucket, owner, bucket_policy);
    let by_name = |(because, fit)| (fit == Fit::Itself).then_some(because);
    if is_own {
        return identity.or(resource.and_then(by_name)).ok_or(Because::Nothing(Missing::Identity));
    }
    if account.is_none() {
        return resource.and_then(by_name).ok_or(Because::Nothing(Missing::Resource));
    }
    let (because, _) = resource.ok_or(Because::Nothing(Missing::Resource))?;
    identity.map(|_| because).ok_or(Because::Nothing(Missing::Identity))
}

/// Whose resource it is: an object's owner where ACLs count and the action is about an object that is there; else the bucket's.
fn owner_of_resource<'a>(request: &AccessRequest<'a>, bucket: &BucketFacts<'a>) -> &'a AccountId {
    match request.object {
        Some(object) if bucket.ownership.acls_count() && is_about_existing(request.action) => object.owner,
        _ => bucket.owner,
    }
}

/// Is it about an object that is there? Writing and deleting are matters of the bucket.
fn is_about_existing(action: Action) -> bool {
    use Action as A;
    !matches!(
        action,
        A::PutObject
            | A::DeleteObject
            | A::DeleteObjectVersion
            | A::AbortMultipartUpload
            | A::ListMultipartUploadParts
            | A::BypassGovernanceRetention
    )
}

/// What allows it on the side of the resource, and how well the requester fits.
fn judge_resource<'a>(
    request: &AccessRequest<'a>,
    bucket: &BucketFacts<'a>,
    owner: &AccountId,
    policy: Option<(&'a Policy, Verdict)>,
) -> Option<(Because<'a>, Fit)> {
    // A bucket's policy gives no rights to objects that another account owns.
    let policy =
        policy.filter(|(policy, _)| owner == bucket.owner && !is_restricted(request, bucket, policy));
    let by_policy = match policy {
        Some((policy, Verdict::Allow(index, fit))) => {
            Some((Because::Allowed(statement(Source::Bucket, policy, index)), fit))
        }
        _ => None,
    };
    let by_acl = match judge_acl(request, bucket) {
        Fit::No => None,
        fit => Some((Because::Acl, fit)),
    };
    match (by_policy, by_acl) {
        (Some(policy), Some(acl)) => Some(if acl.1 > policy.1 { acl } else { policy }),
        (policy, acl) => policy.or(acl),
    }
}

/// RestrictPublicBuckets: a public policy gives nothing outside the bucket's account.
fn is_restricted(request: &AccessRequest<'_>, bucket: &BucketFacts<'_>, policy: &Policy) -> bool {
    let is_own = |account: &Account| account.id == *bucket.owner;
    bucket.public_access_block.restrict_public_buckets
        && policy.is_public()
        && !request.principal.account().is_some_and(is_own)
}

fn judge_acl(request: &AccessRequest<'_>, bucket: &BucketFacts<'_>) -> Fit {
    if !bucket.ownership.acls_count() {
        return Fit::No;
    }
    let ignore_public = bucket.public_access_block.ignore_public_acls;
    match (acl::asked_for(request.action), request.object) {
        (Some(Asked::Bucket(permission)), _) => {
            let fit = acl::granted(bucket.acl, bucket.owner, request.principal, permission, ignore_public);
            let is_own = request.principal.account().is_some_and(|account| account.id == *bucket.owner);
            // Only the bucket's owner can be granted to remove a version for good.
            if request.action == Action::DeleteObjectVersion && !is_own { Fit::No } else { fit }
        }
        (Some(Asked::Object(permission)), Some(object)) => {
            acl::granted(object.acl, object.owner, request.principal, permission, ignore_public)
        }
        _ => Fit::No,
    }
}

fn statement<'a>(source: Source<'a>, policy: &'a Policy, index: usize) -> StatementRef<'a> {
    StatementRef { source, index, sid: policy.sid(index) }
}
