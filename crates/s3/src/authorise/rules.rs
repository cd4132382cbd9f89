//! BucketRules: who may do what in a bucket, compiled from its documents and kept as long as they do not change.

use drystone_access::public::is_public_acl;
use drystone_access::{BucketFacts, ObjectOwnership, Policy, PublicAccessBlock};
use drystone_store::bucket::{BucketRecord, DocumentKind};
use drystone_types::acl::{Grant, Grantee, Permission};
use drystone_types::{AccountId, Acl};
use drystone_wire::xml::request::{acl, ownership, public_access_block};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tracing::error;

use super::StoredPolicy;

/// Compiled rules that are kept. When there are more buckets in use, all are compiled anew.
const KEPT_MAX: usize = 10_000;

/// Who may do what in a bucket.
#[derive(Debug)]
pub(crate) struct BucketRules {
    pub(crate) owner: AccountId,
    pub(crate) policy: Option<Policy>,
    pub(crate) acl: Acl,
    pub(crate) public_access_block: PublicAccessBlock,
    pub(crate) ownership: ObjectOwnership,
}

impl BucketRules {
    /// Compiles a bucket's documents. They were checked when they were put; one that does not parse any more closes the bucket,
    /// because it could be the one that denies.
    pub(crate) fn of(bucket: &BucketRecord) -> Self {
        let document = |kind| bucket.documents.get(&kind).map(String::as_str);
        let broken =
            |what: &str| error!(bucket = %bucket.name, "the {what} of a bucket cannot be used: it is closed");
        let policy = document(DocumentKind::Policy).map(|text| {
            StoredPolicy::read(text).and_then(|stored| stored.compile(&bucket.name)).unwrap_or_else(|_| {
                broken("policy");
                Policy::denying_everything()
            })
        });
        let acl = match document(DocumentKind::Acl).map(|text| acl::parse(text.as_bytes())) {
            None => Acl::private(&bucket.owner),
            Some(Ok(parsed)) => parsed.acl,
            Some(Err(_)) => {
                broken("ACL");
                Acl::default()
            }
        };
        let ownership = match document(DocumentKind::OwnershipControls) {
            None => ObjectOwnership::ObjectWriter, // as on AWS without controls
            Some(text) => object_ownership(text).unwrap_or_else(|| {
                broken("ownership");
                ObjectOwnership::BucketOwnerEnforced
            }),
        };
        let block = match document(DocumentKind::PublicAccessBlock) {
            None => PublicAccessBlock::default(),
            Some(text) => block(text).unwrap_or_else(|| {
                broken("public access block");
                PublicAccessBlock::ALL
            }),
        };
        Self { owner: bucket.owner.clone(), policy, acl, public_access_block: block, ownership }
    }

    /// Could anything here be open to those who do not sign?
    pub(crate) fn may_serve_public(&self) -> bool {
        self.policy.is_some() || (self.ownership.acls_count() && is_public_acl(&self.acl))
    }

    /// Does the ACL let everybody write, also those who do not sign?
    pub(crate) fn everyone_writes(&self) -> bool {
        self.acl.grants.iter().any(|grant| {
            grant.grantee == Grantee::AllUsers
                && matches!(grant.permission, Permission::Write | Permission::FullControl)
        })
    }

    /// What a judgement has to know.
    pub(crate) fn facts(&self) -> BucketFacts<'_> {
        BucketFacts {
            owner: &self.owner,
            policy: self.policy.as_ref(),
            acl: &self.acl,
            public_access_block: self.public_access_block,
            ownership: self.ownership,
        }
    }
}

/// The ACL of an object that is nobody's: everybody may set it.
pub(crate) fn set_by_everyone() -> Acl {
    Acl { grants: vec![Grant { grantee: Grantee::AllUsers, permission: Permission::WriteAcp }] }
}

/// Reads the document of ownership controls.
fn object_ownership(text: &str) -> Option<ObjectOwnership> {
    ownership::parse(text.as_bytes()).ok().and_then(|name| ObjectOwnership::parse(&name))
}

fn block(text: &str) -> Option<PublicAccessBlock> {
    let parsed = public_access_block::parse(text.as_bytes()).ok()?;
    Some(PublicAccessBlock {
        block_public_acls: parsed.block_public_acls,
        ignore_public_acls: parsed.ignore_public_acls,
        block_public_policy: parsed.block_public_policy,
        restrict_public_buckets: parsed.restrict_public_buckets,
    })
}

/// The rules of the buckets in use.
#[derive(Debug, Default)]
pub(crate) struct RulesCache(RwLock<HashMap<u64, (u64, Arc<BucketRules>)>>);

impl RulesCache {
    /// The rules of a bucket as its record says.
    pub(crate) fn get(&self, bucket: &BucketRecord) -> Arc<BucketRules> {
        let id = bucket.id.0;
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some((revision, rules)) = kept
            && revision == bucket.revision
        {
            return rules;
        }
        let rules = Arc::new(BucketRules::of(bucket));
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        // A request that read the bucket before a change may come here after one that read it later: the later stays.
        if kept.get(&id).is_none_or(|(revision, _)| *revision < bucket.revision) {
            kept.insert(id, (bucket.revision, Arc::clone(&rules)));
        }
        rules
    }
}
