//! Compiled policies say what the specification says of the parsed ones, on a million random pairs.

use drystone_access::policy::{Fit, Verdict};
use drystone_access::{AccessRequest, Policy};

use crate::generate;
use crate::random::Random;
use crate::requests::{self, NOW, Request};
use crate::spec::{self, Says};

/// (policy, request) pairs.
const PAIRS: usize = 1_000_000;
/// Requests that meet one policy.
const REQUESTS: usize = 50;

pub(crate) fn access_request(request: &Request) -> AccessRequest<'_> {
    AccessRequest {
        principal: &request.principal,
        action: request.action,
        resource: &request.resource,
        conditions: &request.conditions,
        now: NOW,
        bucket: None,
        object: None,
        is_initiator: false,
    }
}

fn says(policy: &Policy, request: &Request) -> Says {
    match policy.judge(&access_request(request)) {
        Verdict::Deny(_) => Says::Deny,
        Verdict::Allow(_, Fit::Itself) => Says::Allow(2),
        Verdict::Allow(..) => Says::Allow(1),
        Verdict::Silent => Says::Nothing,
    }
}

#[test]
fn a_million_random_policies_and_requests_agree_with_the_specification() {
    let seed = Random::seed();
    let mut random = Random(seed);
    let (mut denies, mut allows, mut to_accounts, mut nothings) = (0, 0, 0, 0);
    let requests: Vec<_> = (0..5000)
        .map(|_| {
            let principal = requests::principal(&mut random, &[]);
            requests::request(&mut random, principal)
        })
        .collect();
    for round in 0..PAIRS / REQUESTS {
        let made = generate::policy(&mut random, round % 2 == 0);
        for _ in 0..REQUESTS {
            let request = random.pick(&requests);
            let expected = spec::judge(&made.document, &made.bound, &request.ask);
            let found = says(&made.policy, request);
            assert_eq!(
                found, expected,
                "ACCESS_SEED={seed} cargo test -p drystone-access --test specification\n{:#}\n{:#?}",
                made.json, request.ask
            );
            match expected {
                Says::Deny => denies += 1,
                Says::Allow(2) => allows += 1,
                Says::Allow(_) => to_accounts += 1,
                Says::Nothing => nothings += 1,
            }
        }
    }
    println!("{denies} deny, {allows} allow, {to_accounts} allow the account, {nothings} say nothing");
    for (count, least) in
        [(denies, PAIRS / 20), (allows, PAIRS / 20), (to_accounts, PAIRS / 1000), (nothings, PAIRS / 20)]
    {
        assert!(count >= least, "{denies} {allows} {to_accounts} {nothings}");
    }
}
