//! The specification of the whole judgement, on top of that of policies.

use drystone_access::policy::Document;

use crate::spec::{Ask, Bound, Says, judge};

/// An ACL, as texts: grantee (`all`, `signed`, or a canonical id) and permission.
pub(crate) type Grants = Vec<(String, String)>;

/// Everything about a request for the whole judgement.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub(crate) ask: Ask,
    pub(crate) identity: Vec<&'a Document>,
    pub(crate) session: Option<&'a Document>,
    pub(crate) bucket_policy: Option<(&'a Document, &'a Bound)>,
    pub(crate) bucket_policy_is_public: bool,
    pub(crate) bucket_owner: String,
    pub(crate) bucket_acl: Grants,
    pub(crate) object: Option<(String, Grants)>,
    pub(crate) acls_count: bool,
    pub(crate) ignore_public_acls: bool,
    pub(crate) restrict_public_buckets: bool,
    pub(crate) is_initiator: bool,
}

/// The whole judgement.
pub(crate) fn authorise(case: &Case<'_>) -> bool {
    let who = &case.ask.who;
    let signed = !who.account.is_empty();
    let root = signed && who.user.is_none();
    let action = case.ask.action.as_str();
    let identity: Vec<_> = case.identity.iter().map(|policy| judge(policy, &None, &case.ask)).collect();
    let session = case.session.map(|policy| judge(policy, &None, &case.ask));
    let bucket = case.bucket_policy.map_or(Says::Nothing, |(policy, bound)| judge(policy, bound, &case.ask));

    // Explicit denies first.
    if identity.contains(&Says::Deny) || session == Some(Says::Deny) {
        return false;
    }
    let about_policy =
        ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"].contains(&action);
    let owner_root = root && who.canonical == case.bucket_owner;
    if bucket == Says::Deny && !(owner_root && about_policy) {
        return false;
    }
    // A bucket's policy is no matter of other accounts.
    if (about_policy || action == "s3:GetBucketPolicyStatus") && who.canonical != case.bucket_owner {
        return false;
    }
    // A session needs its policy's consent to everything.
    if session == Some(Says::Nothing) {
        return false;
    }
    if case.is_initiator
        && signed
        && ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"].contains(&action)
    {
        return true;
    }
    let identity_allows = root || identity.iter().any(|says| matches!(says, Says::Allow(_)));

    let of_the_bucket = [
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:BypassGovernanceRetention",
    ];
    let owner = match &case.object {
        Some((owner, _)) if case.acls_count && !of_the_bucket.contains(&action) => owner,
        _ => &case.bucket_owner,
    };
    // 0: no, 1: the account, 2: the requester.
    let mut resource = 0;
    let foreign = who.canonical != case.bucket_owner;
    let restricted = case.restrict_public_buckets && case.bucket_policy_is_public && foreign;
    if let Says::Allow(naming) = bucket
        && *owner == case.bucket_owner
        && !restricted
    {
        resource = naming;
    }
    if case.acls_count {
        resource = resource.max(acl_allows(case, action));
    }
    if !signed {
        resource == 2
    } else if who.canonical == *owner {
        identity_allows || resource == 2
    } else {
        identity_allows && resource > 0
    }
}

fn acl_allows(case: &Case<'_>, action: &str) -> u8 {
    let bucket = (&case.bucket_owner, &case.bucket_acl);
    let object = case.object.as_ref().map(|(owner, acl)| (owner, acl));
    let (target, permission) = match action {
        "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => (Some(bucket), "READ"),
        "s3:PutObject" | "s3:DeleteObject" => (Some(bucket), "WRITE"),
        "s3:DeleteObjectVersion" if case.ask.who.canonical == case.bucket_owner => (Some(bucket), "WRITE"),
        "s3:GetBucketAcl" => (Some(bucket), "READ_ACP"),
        "s3:PutBucketAcl" => (Some(bucket), "WRITE_ACP"),
        "s3:GetObject" | "s3:GetObjectVersion" => (object, "READ"),
        "s3:GetObjectAcl" | "s3:GetObjectVersionAcl" => (object, "READ_ACP"),
        "s3:PutObjectAcl" | "s3:PutObjectVersionAcl" => (object, "WRITE_ACP"),
        _ => (None, ""),
    };
    let Some((owner, acl)) = target else { return 0 };
    let who = &case.ask.who;
    let signed = !who.account.is_empty();
    let as_account = if who.user.is_some() { 1 } else { 2 };
    let mut best = 0;
    if permission.ends_with("_ACP") && signed && who.canonical == *owner {
        best = as_account;
    }
    for (grantee, given) in acl {
        if given != permission && given != "FULL_CONTROL" {
            continue;
        }
        let public = grantee == "all" || (grantee == "signed" && signed);
        if public && !case.ignore_public_acls {
            best = 2;
        }
        if signed && *grantee == who.canonical {
            best = best.max(as_account);
        }
    }
    best
}
