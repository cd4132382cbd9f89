//! CreateBucket: a name, where S3 clients believe it is, and who may use it.

use drystone_access::public::is_public_acl;
use drystone_access::{CannedAcl, ObjectOwnership};
use drystone_store::StoreError;
use drystone_store::bucket::{CreateBucketRequest, DocumentKind};
use drystone_types::{AccountId, Acl, limits};
use drystone_wire::headers::acl::{SentAcl, object_ownership, sent_acl};
use drystone_wire::headers::bucket_object_lock_enabled;
use drystone_wire::xml::request::create_bucket;
use drystone_wire::xml::request::public_access_block::PublicAccessBlockConfiguration;
use drystone_wire::xml::response::acl::access_control_policy;
use drystone_wire::xml::response::list_buckets::bucket_arn;
use drystone_wire::xml::response::ownership::ownership_controls;
use drystone_wire::xml::response::public_access_block::public_access_block;
use drystone_wire::{ErrorCode, S3Error};
use std::collections::BTreeMap;

use crate::authorise::check_grantees;
use crate::body::RequestBody;
use crate::context::Context;
use crate::respond::{self, HttpResponse};

/// The region where making one's own bucket again succeeds, as it does on AWS for historical reasons.
const FORGIVING_REGION: &str = "us-east-1";

pub(crate) async fn handle(context: &Context<'_>, body: RequestBody) -> Result<HttpResponse, S3Error> {
    let document = super::xml_body::read(context, body, limits::XML_OTHER_MAX_BYTES).await?;
    let asked = create_bucket::parse(&document)?;
    check_location(context, asked.location.as_deref())?;
    let tags = super::put_bucket_tagging::kept(&asked.tags);
    let asks_for_here =
        asked.location.as_deref().is_none_or(|region| region == context.service.options.region);
    let is_plain = tags.is_none() && asks_for_here;
    let account = context.account().clone();
    let mut documents = documents(context, &account)?;
    documents.extend(tags.map(|tags| (DocumentKind::Tagging, tags)));
    let request = CreateBucketRequest {
        location: asked.location.unwrap_or_default(),
        object_lock: bucket_object_lock_enabled(context.headers)?,
        documents,
        ..CreateBucketRequest::of(context.bucket().clone(), account)
    };
    match context.store.create_bucket(request).await {
        Ok(_) => {}
        Err(StoreError::BucketAlreadyExists) => exists(context, is_plain).await?,
        Err(error) => return Err(context.refusal(error)),
    }
    let mut response = respond::empty(200);
    respond::set(&mut response, "location", &format!("/{}", context.bucket()));
    respond::set(&mut response, "x-amz-bucket-arn", &bucket_arn(context.bucket()));
    Ok(response)
}

/// Names of regions are kept and shown, of this server's or another; what cannot be one is refused.
fn check_location(context: &Context<'_>, asked: Option<&str>) -> Result<(), S3Error> {
    let here = context.service.options.region.as_str();
    let Some(asked) = asked.filter(|asked| *asked != here && *asked != "EU" && !is_region(asked)) else {
        return Ok(());
    };
    if here == FORGIVING_REGION {
        return Err(S3Error::new(ErrorCode::InvalidLocationConstraint).field("LocationConstraint", asked));
    }
    Err(S3Error::new(ErrorCode::IllegalLocationConstraintException).message(format!(
        "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
    )))
}

/// `eu-west-1`, `us-gov-east-1`, `us-iso-west-1`, ...
fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let (Some((number, words)), true) = (parts.split_last(), parts.len() >= 3) else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.iter().all(|word| is_word(word))
        && number.parse::<u8>().is_ok_and(|number| (1..=9).contains(&number))
}

/// The caller's own bucket is there already, or another's.
async fn exists(context: &Context<'_>, is_plain: bool) -> Result<(), S3Error> {
    let bucket = context.bucket_record().await?;
    if bucket.owner != *context.account() {
        return Err(
            S3Error::new(ErrorCode::BucketAlreadyExists).field("BucketName", context.bucket().as_str())
        );
    }
    // a 200 would promise a lock that is not there
    let lacks_lock = bucket_object_lock_enabled(context.headers)? && bucket.object_lock.is_none();
    let is_here = context.region_of(&bucket) == context.service.options.region;
    if context.service.options.region == FORGIVING_REGION && is_here && is_plain && !lacks_lock {
        return Ok(());
    }
    Err(context.refusal(StoreError::BucketAlreadyExists))
}

/// Ownership, public access block and ACL that the bucket begins with.
fn documents(context: &Context<'_>, owner: &AccountId) -> Result<BTreeMap<DocumentKind, String>, S3Error> {
    let defaults = context.service.options.new_buckets;
    let sent = object_ownership(context.headers)?.and_then(|name| ObjectOwnership::parse(&name));
    let ownership = sent.or(defaults.object_ownership);
    let mut documents = BTreeMap::new();
    if let Some(ownership) = ownership {
        documents.insert(DocumentKind::OwnershipControls, ownership_controls(ownership.name()));
    }
    if defaults.block_public_access {
        let block = PublicAccessBlockConfiguration {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        };
        documents.insert(DocumentKind::PublicAccessBlock, public_access_block(&block));
    }
    if let Some(acl) = acl(context, owner)? {
        let is_private = acl == Acl::private(owner);
        if ownership == Some(ObjectOwnership::BucketOwnerEnforced) && !is_private {
            return Err(S3Error::new(ErrorCode::InvalidBucketAclWithObjectOwnership));
        }
        if defaults.block_public_access && is_public_acl(&acl) {
            return Err(S3Error::new(ErrorCode::InvalidBucketAclWithBlockPublicAccessError));
        }
        if !is_private {
            documents.insert(DocumentKind::Acl, access_control_policy(owner, &acl, |_| None));
        }
    }
    Ok(documents)
}

fn acl(context: &Context<'_>, owner: &AccountId) -> Result<Option<Acl>, S3Error> {
    match sent_acl(context.headers)? {
        SentAcl::None => Ok(None),
        SentAcl::Canned(name) => Ok(CannedAcl::parse(&name).map(|canned| canned.grants(owner, owner))),
        SentAcl::Grants(acl) => {
            check_grantees(context, &acl, "id")?;
            Ok(Some(acl))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_region;

    #[test]
    fn regions_look_like_regions() {
        for region in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "eu-isoe-west-1", "mx-central-1"] {
            assert!(is_region(region), "{region}");
        }
        for other in
            ["", "foo", "aws-global", "eu-west-", "-west-1", "EU-west-1", "eu-west-10", "eu-1", "eu west-1"]
        {
            assert!(!is_region(other), "{other}");
        }
    }
}
