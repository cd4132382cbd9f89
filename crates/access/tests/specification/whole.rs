//! The whole judgement (policies, ACLs, public access, ownership, sessions) against the specification.

use std::sync::Arc;

use drystone_access::public::PublicAccessBlock;
use drystone_access::{AccessRequest, BucketFacts, ObjectFacts, ObjectOwnership, authorise};
use drystone_types::Acl;
use drystone_types::acl::{Grant, Grantee, Permission};

use crate::generate::{self, Made};
use crate::random::Random;
use crate::requests::{self, NOW, account};
use crate::spec_whole::{self, Case, Grants};

const CASES: usize = 300_000;

#[test]
fn b165_and_every_other_rule_agree_with_the_specification_on_random_cases() {
    let seed = Random::seed();
    let mut random = Random(seed);
    let identities: Vec<_> = (0..2000).map(|_| generate::policy(&mut random, false)).collect();
    let buckets: Vec<_> = (0..2000).map(|_| generate::policy(&mut random, true)).collect();
    let (mut allowed, mut refused) = (0, 0);
    for _ in 0..CASES {
        let expected = one_case(&mut random, seed, &identities, &buckets);
        if expected {
            allowed += 1;
        } else {
            refused += 1;
        }
    }
    println!("{allowed} allowed, {refused} refused");
    assert!(allowed > CASES / 10 && refused > CASES / 10, "{allowed} {refused}");
}

/// Compares one; true when it is allowed.
fn one_case(random: &mut Random, seed: u64, identities: &[Made], buckets: &[Made]) -> bool {
    let attached: Vec<_> = (0..random.below(3)).map(|_| random.pick(identities)).collect();
    let policies: Vec<_> = attached.iter().map(|made| Arc::clone(&made.policy)).collect();
    let parent = requests::principal(random, &policies);
    let session_policy = random.percent(50).then(|| random.pick(identities));
    let is_session = random.percent(20) && !parent.is_anonymous();
    let principal = if is_session {
        requests::session_of(&parent, session_policy.map(|made| Arc::clone(&made.policy)))
    } else {
        parent
    };
    let has_policies = principal.user().is_some();
    let request = requests::request(random, principal);

    let bucket_policy = random.percent(60).then(|| random.pick(buckets));
    let bucket_owner = account('a').id.clone();
    let bucket_acl = acl(random, 'a');
    let object_owner = *random.pick(&['a', 'a', 'b']);
    let object = random.percent(70).then(|| (account(object_owner).id.clone(), acl(random, object_owner)));
    let ownership = *random.pick(&ObjectOwnership::ALL);
    let (ignore_public_acls, restrict_public_buckets) = (random.percent(25), random.percent(25));
    let block =
        PublicAccessBlock { ignore_public_acls, restrict_public_buckets, ..PublicAccessBlock::default() };
    let is_initiator = random.percent(20);

    let asked = AccessRequest {
        principal: &request.principal,
        action: request.action,
        resource: &request.resource,
        conditions: &request.conditions,
        now: NOW,
        bucket: Some(BucketFacts {
            owner: &bucket_owner,
            policy: bucket_policy.map(|made| &*made.policy),
            acl: &bucket_acl,
            public_access_block: block,
            ownership,
        }),
        object: object.as_ref().map(|(owner, acl)| ObjectFacts { owner, acl }),
        is_initiator,
    };
    let decision = authorise(&asked);
    let case = Case {
        ask: request.ask.clone(),
        identity: if has_policies { attached.iter().map(|made| &made.document).collect() } else { vec![] },
        session: session_policy.filter(|_| is_session).map(|made| &made.document),
        bucket_policy: bucket_policy.map(|made| (&made.document, &made.bound)),
        bucket_policy_is_public: bucket_policy.is_some_and(|made| made.policy.is_public()),
        bucket_owner: bucket_owner.to_string(),
        bucket_acl: grants(&bucket_acl),
        object: object.as_ref().map(|(owner, acl)| (owner.to_string(), grants(acl))),
        acls_count: ownership != ObjectOwnership::BucketOwnerEnforced,
        ignore_public_acls,
        restrict_public_buckets,
        is_initiator,
    };
    assert_eq!(
        decision.allowed,
        spec_whole::authorise(&case),
        "ACCESS_SEED={seed} cargo test -p drystone-access --test specification\n{decision:?}\n{case:#?}"
    );
    decision.allowed
}

/// The owner's grant, mostly, and random others.
fn acl(random: &mut Random, owner: char) -> Acl {
    let mut acl = if random.percent(80) { Acl::private(&account(owner).id) } else { Acl::default() };
    for _ in 0..random.below(3) {
        let grantee = match random.below(4) {
            0 => Grantee::AllUsers,
            1 => Grantee::AuthenticatedUsers,
            2 => Grantee::LogDelivery,
            _ => Grantee::Account(account(*random.pick(&['a', 'b'])).id.clone()),
        };
        acl.grants.push(Grant { grantee, permission: *random.pick(&Permission::ALL) });
    }
    acl
}

fn grants(acl: &Acl) -> Grants {
    let text = |grantee: &Grantee| match grantee {
        Grantee::AllUsers => "all".to_owned(),
        Grantee::AuthenticatedUsers => "signed".to_owned(),
        Grantee::LogDelivery => "log".to_owned(),
        Grantee::Account(id) => id.to_string(),
    };
    acl.grants.iter().map(|grant| (text(&grant.grantee), grant.permission.name().to_owned())).collect()
}
