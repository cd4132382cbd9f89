//! A session never has a right that its parent or its session policy has not.

use std::sync::Arc;

use drystone_access::public::PublicAccessBlock;
use drystone_access::{AccessRequest, BucketFacts, ObjectOwnership, Principal, authorise};
use drystone_types::Acl;

use crate::generate;
use crate::random::Random;
use crate::requests::{self, NOW, account};

#[test]
fn rights_of_a_session_are_rights_of_its_parent_and_of_its_policy() {
    let seed = Random::seed();
    let mut random = Random(seed);
    let (mut same, mut narrowed) = (0, 0);
    let identities: Vec<_> = (0..2000).map(|_| generate::policy(&mut random, false)).collect();
    let buckets: Vec<_> = (0..2000).map(|_| generate::policy(&mut random, true)).collect();
    for _ in 0..20_000 {
        let (identity, narrowing) = (random.pick(&identities), random.pick(&identities));
        let bucket_policy = random.pick(&buckets);
        // The one key that tells a session from its parent: a policy may well ask for it.
        let asks_type =
            [identity, bucket_policy].iter().any(|made| made.json.to_string().contains("PrincipalType"));
        if asks_type {
            continue;
        }
        let parent = requests::principal(&mut random, &[Arc::clone(&identity.policy)]);
        if parent.is_anonymous() {
            continue;
        }
        let request = requests::request(&mut random, parent.clone());
        let owner = account('a').id.clone();
        let acl = Acl::private(&owner);
        let allowed = |principal: &Principal| {
            let bucket = BucketFacts {
                owner: &owner,
                policy: Some(&bucket_policy.policy),
                acl: &acl,
                public_access_block: PublicAccessBlock::default(),
                ownership: ObjectOwnership::default(),
            };
            let (action, resource, conditions) = (request.action, &request.resource, &request.conditions);
            let (now, bucket) = (NOW, Some(bucket));
            let asked = AccessRequest {
                principal,
                action,
                resource,
                conditions,
                now,
                bucket,
                object: None,
                is_initiator: false,
            };
            (authorise(&asked).allowed, narrowing.policy.judge(&asked))
        };
        let (by_parent, _) = allowed(&parent);
        let (by_plain_session, _) = allowed(&requests::session_of(&parent, None));
        let session = requests::session_of(&parent, Some(Arc::clone(&narrowing.policy)));
        let (by_session, says) = allowed(&session);
        assert_eq!(by_plain_session, by_parent, "ACCESS_SEED={seed}\n{:#}", identity.json);
        assert!(!by_session || by_parent, "ACCESS_SEED={seed}\n{:#}\n{:#}", identity.json, narrowing.json);
        let says_allow = matches!(says, drystone_access::policy::Verdict::Allow(..));
        assert_eq!(by_session, by_parent && says_allow, "ACCESS_SEED={seed}");
        if by_session {
            same += 1;
        }
        if by_parent && !by_session {
            narrowed += 1;
        }
    }
    assert!(same > 200 && narrowed > 200, "{same} {narrowed}");
}
