//! Identity policies say here what they say to `iam-rs`, a library by others, wherever it follows AWS.

use std::collections::BTreeMap;

use drystone_access::policy::Verdict;
use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, Principal, PrincipalId, evaluate_policy,
};
use serde_json::Value;

use crate::generate::{self, Made};
use crate::policies::access_request;
use crate::random::Random;
use crate::requests::{self, Request};

/// Why a policy cannot be compared: what `iam-rs` 0.8 does otherwise than AWS documents.
fn differs_by_policy(made: &Made) -> Option<&'static str> {
    let statements = made.json["Statement"].as_array().expect("a list");
    let conditions: Vec<_> = statements.iter().map(|statement| statement["Condition"].to_string()).collect();
    let in_conditions = |part: &str| conditions.iter().any(|text| text.contains(part));
    let text = made.json.to_string();
    if in_conditions("${") {
        return Some("variables in conditions are left as they are");
    }
    if text.contains("${") && made.json["Version"] != "2012-10-17" {
        return Some("variables count in every version");
    }
    if text.contains("${*}") {
        return Some("escapes are taken for variables");
    }
    if in_conditions("ArnEquals") || in_conditions("ArnNotEquals") {
        return Some("ArnEquals does not know wildcards");
    }
    if in_conditions("aws:ResourceTag/") || in_conditions("s3:BucketTag/") {
        return Some("a key that nobody answers is absent there, and fails closed here");
    }
    if in_conditions("2026-01-02\"") {
        return Some("a day without a time is no date");
    }
    None
}

/// Why a request cannot be compared with any policy.
fn differs_by_request(made: &Made, request: &Request) -> Option<&'static str> {
    let keys = &request.ask.keys;
    if keys.values().any(Option::is_none) {
        return Some("nothing is unknown there");
    }
    if keys.values().flatten().flatten().any(|value| value == "x") {
        return Some("values of a wrong form match negated operators there, and fail closed here");
    }
    if keys.values().flatten().flatten().any(|value| value == "2026-01-02") {
        return Some("a day without a time is no date");
    }
    if keys
        .get("s3:requestobjecttagkeys")
        .is_some_and(|values| values.as_ref().is_some_and(|list| list.len() > 1))
        && made.json.to_string().contains("\"StringNot")
    {
        return Some("several values without a quantifier: AWS does not say");
    }
    let asks = |key: &str| made.json.to_string().contains(key);
    if (asks("${aws:username") && !keys.contains_key("aws:username"))
        || (asks("${s3:prefix") && !keys.contains_key("s3:prefix"))
    {
        return Some("an absent variable is an empty text there, and matches nothing on AWS");
    }
    if asks("${s3:prefix") && keys["s3:prefix"].iter().flatten().any(|value| value.contains('*')) {
        return Some("a star in a variable's value is a wildcard there");
    }
    None
}

fn context(request: &Request) -> Context {
    let mut context = Context::new();
    for (name, values) in &request.ask.keys {
        let values = values.clone().unwrap_or_default();
        let value = match (name.as_str(), values.as_slice()) {
            ("s3:requestobjecttagkeys", _) => ContextValue::StringList(values),
            ("aws:securetransport" | "aws:viaawsservice" | "aws:principalisawsservice", [value]) => {
                ContextValue::Boolean(value == "true")
            }
            (_, [value]) => ContextValue::String(value.clone()),
            _ => continue,
        };
        context.insert(name.clone(), value);
    }
    context
}

/// `iam-rs` wants numbers and booleans of set operators without quotes, and knows no set operators with IfExists; what it does
/// not read is not compared.
fn read(json: &Value) -> Option<IAMPolicy> {
    IAMPolicy::from_json(&json.to_string()).ok()
}

#[test]
fn identity_policies_agree_with_another_library_where_that_follows_aws() {
    let seed = Random::seed();
    let mut random = Random(seed);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    let requests: Vec<_> = (0..2000)
        .map(|_| {
            let principal = requests::principal(&mut random, &[]);
            requests::request(&mut random, principal)
        })
        .collect();
    for _ in 0..8000 {
        let made = generate::policy(&mut random, false);
        if let Some(reason) = differs_by_policy(&made) {
            *reasons.entry(reason).or_default() += 1;
            continue;
        }
        let Some(theirs) = read(&made.json) else {
            *reasons.entry("not read there").or_default() += 1;
            continue;
        };
        for _ in 0..10 {
            let request = random.pick(&requests);
            if let Some(reason) = differs_by_request(&made, request) {
                *reasons.entry(reason).or_default() += 1;
                continue;
            }
            let principal =
                Principal::Aws(PrincipalId::String("arn:aws:iam::111111111111:user/alice".into()));
            let resource = Arn::parse(&request.ask.resource).expect("an ARN");
            let asked = IAMRequest::new_with_context(
                principal,
                request.ask.action.as_str(),
                resource,
                context(request),
            );
            let Ok(theirs) = evaluate_policy(&theirs, &asked) else {
                *reasons.entry("an error there").or_default() += 1;
                continue;
            };
            let ours = match made.policy.judge(&access_request(request)) {
                Verdict::Deny(_) => Decision::Deny,
                Verdict::Allow(..) => Decision::Allow,
                Verdict::Silent => Decision::NotApplicable,
            };
            assert_eq!(ours, theirs, "ACCESS_SEED={seed}\n{:#}\n{:#?}", made.json, request.ask);
            let name = match ours {
                Decision::Deny => "deny",
                Decision::Allow => "allow",
                Decision::NotApplicable => "nothing",
            };
            *verdicts.entry(name).or_default() += 1;
        }
    }
    println!("{verdicts:?}\nnot compared: {reasons:#?}");
    assert!(verdicts["deny"] > 500 && verdicts["allow"] > 2000 && verdicts["nothing"] > 5000, "{verdicts:?}");
}
