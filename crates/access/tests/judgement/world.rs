//! A small world: two accounts, one bucket.

use std::collections::BTreeMap;
use std::sync::Arc;

use drystone_access::{
    AccessRequest, Account, Action, AttachedPolicy, BucketFacts, CannedAcl, ConditionKey, Conditions,
    Decision, ObjectFacts, ObjectOwnership, Policy, PolicyKind, Principal, PublicAccessBlock, Resource, User,
    Values, authorise,
};
use drystone_types::{AccountId, Acl, BucketName, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp(1_795_343_400_000); // 2026-11-22T10:30:00Z

pub(crate) fn account(name: &str) -> Arc<Account> {
    let number = if name == "owner" { "111111111111" } else { "222222222222" };
    Arc::new(Account {
        id: AccountId::parse(name).expect("a legal id"),
        number: number.into(),
        aliases: vec![],
    })
}

pub(crate) fn root(of: &str) -> Principal {
    Principal::Root(account(of))
}

pub(crate) fn user(of: &str, statements: &[&str]) -> Principal {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let policies = if statements.is_empty() {
        vec![]
    } else {
        let policy = Arc::new(Policy::parse(&text, PolicyKind::Identity).expect("a legal policy"));
        vec![AttachedPolicy { name: "mine".into(), policy }]
    };
    let (path, name, id) = ("/".into(), "alice".into(), "AIDAALICE".into());
    Principal::User(Arc::new(User { account: account(of), path, name, id, policies }))
}

pub(crate) fn bucket_policy(statements: &[&str]) -> Policy {
    let bucket = BucketName::parse("bucket").expect("a legal name");
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    Policy::parse(&text, PolicyKind::Bucket(&bucket)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A world with one bucket of `owner`.
pub(crate) struct World {
    pub(crate) policy: Option<Policy>,
    pub(crate) bucket_acl: Acl,
    pub(crate) block: PublicAccessBlock,
    pub(crate) ownership: ObjectOwnership,
    pub(crate) object: Option<(AccountId, Acl)>,
    pub(crate) is_initiator: bool,
    pub(crate) given: Given,
    pub(crate) owner: AccountId,
}

impl Default for World {
    fn default() -> Self {
        let owner = account("owner").id.clone();
        Self {
            policy: None,
            bucket_acl: Acl::private(&owner),
            block: PublicAccessBlock::default(),
            ownership: ObjectOwnership::default(),
            object: None,
            is_initiator: false,
            given: Given::default(),
            owner,
        }
    }
}

#[derive(Default)]
pub(crate) struct Given(BTreeMap<ConditionKey, Vec<&'static str>>);

impl Conditions for Given {
    fn values(&self, key: &ConditionKey) -> Values<'_> {
        match self.0.get(key).map(Vec::as_slice) {
            None => Values::Absent,
            Some([one]) => Values::one(*one),
            Some(many) => Values::Many(many.iter().map(|value| (*value).into()).collect()),
        }
    }
}

pub(crate) fn given(pairs: &[(&str, &[&'static str])]) -> Given {
    Given(pairs.iter().map(|(name, values)| (ConditionKey::parse(name), values.to_vec())).collect())
}

impl World {
    pub(crate) fn judge<T>(
        &self,
        principal: &Principal,
        action: Action,
        then: impl FnOnce(&Decision<'_>, &Resource) -> T,
    ) -> T {
        let resource = match action.kind() {
            drystone_access::ResourceKind::Object => Resource::object("bucket", "photos/cat.jpg"),
            _ => Resource::bucket("bucket"),
        };
        let request = AccessRequest {
            principal,
            action,
            resource: &resource,
            conditions: &self.given,
            now: NOW,
            bucket: Some(BucketFacts {
                owner: &self.owner,
                policy: self.policy.as_ref(),
                acl: &self.bucket_acl,
                public_access_block: self.block,
                ownership: self.ownership,
            }),
            object: self.object.as_ref().map(|(owner, acl)| ObjectFacts { owner, acl }),
            is_initiator: self.is_initiator,
        };
        then(&authorise(&request), &resource)
    }

    pub(crate) fn allows(&self, principal: &Principal, action: Action) -> bool {
        self.judge(principal, action, |decision, _| decision.allowed)
    }

    pub(crate) fn object(owner: &str, canned: CannedAcl, ownership: ObjectOwnership) -> Self {
        let (owner, bucket_owner) = (account(owner).id.clone(), account("owner").id.clone());
        let acl = canned.grants(&owner, &bucket_owner);
        Self { object: Some((owner, acl)), ownership, ..Self::default() }
    }
}
