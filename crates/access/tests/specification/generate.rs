//! Random policies over a small alphabet, so that requests meet them often.

use std::collections::BTreeMap;
use std::sync::Arc;

use drystone_access::policy::Document;
use drystone_access::{Policy, PolicyError, PolicyKind};
use drystone_types::BucketName;
use serde_json::{Value, json};

use crate::random::Random;
use crate::spec::{Bound, MOMENTS};

pub(crate) const BUCKET: &str = "bkt";
const ACTION_PATTERNS: &[&str] = &[
    "s3:*",
    "s3:*",
    "*",
    "s3:Get*",
    "s3:GetObject",
    "S3:getobject",
    "s3:?etObject",
    "s3:*Object",
    "s3:PutObject",
    "s3:List*",
    "s3:*Bucket*",
    "s3:DeleteObject",
    "s3:*Acl",
    "s3:PutBucketPolicy",
    "s3:Abort*",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::bkt",
    "arn:aws:s3:::bkt",
    "arn:aws:s3:::bkt*",
    "arn:aws:s3:::bkt/*",
    "arn:aws:s3:::bkt/*",
    "arn:aws:s3:::bkt/a*",
    "arn:aws:s3:::bkt/?",
    "arn:aws:s3:::b?t/*a",
    "arn:*:s3:::bkt/a/*",
    "arn:aws:s3:::bkt/${aws:username}/*",
    "arn:aws:s3:::bkt/${aws:username, 'a'}*",
    "arn:aws:s3:::bkt/${*}",
    "arn:aws:s3:::bkt/${s3:prefix}*",
    "arn:aws:s3:::bkt/${aws:PrincipalTag/team, 'a'}*",
];
const PRINCIPALS: &[(&str, &str)] = &[
    ("AWS", "*"),
    ("AWS", "*"),
    ("AWS", "111111111111"),
    ("AWS", "arn:aws:iam::111111111111:root"),
    ("AWS", "arn:aws:iam::111111111111:user/alice"),
    ("AWS", "arn:aws:iam::222222222222:user/team/bob"),
    ("AWS", "arn:aws:iam::222222222222:root"),
    ("AWS", "arn:aws:iam:::user/AIDABOB"),
    ("AWS", "arn:aws:iam:::user/accb"),
    ("AWS", "arn:aws:iam::tenantb:root"),
    ("AWS", "arn:aws:iam::111111111111:role/r"),
    ("CanonicalUser", "acca"),
    ("Service", "logging.s3.amazonaws.com"),
];

const TEXT_OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const ORDERS: &[&str] =
    &["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];

/// A key, its operators, what policies compare it with (`expected`) and what requests have (`given`).
pub(crate) struct KeyRow {
    pub(crate) name: &'static str,
    operators: &'static [&'static str],
    expected: &'static [&'static str],
    pub(crate) given: &'static [&'static str],
}

const TEXTS: &[&str] =
    &["red", "Red", "r*", "*", "??d", "alice", "${aws:username}", "${aws:username, 'red'}", "${*}", ""];
const GIVEN: &[&str] = &["red", "Red", "blue", "alice", "*", "rd", ""];
const ARNS: &[&str] = &[
    "arn:aws:iam::111111111111:user/alice",
    "arn:aws:iam::111111111111:*",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::222222222222:root",
    "*",
    "${aws:PrincipalArn}",
];
const ARN_OPERATORS: &[&str] = &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"];

/// Keys that the request answers, that no request has, and that nothing answers.
pub(crate) const ROWS: &[KeyRow] = &[
    KeyRow { name: "aws:UserAgent", operators: TEXT_OPERATORS, expected: TEXTS, given: GIVEN },
    KeyRow { name: "AWS:referer", operators: TEXT_OPERATORS, expected: TEXTS, given: GIVEN },
    KeyRow { name: "s3:prefix", operators: TEXT_OPERATORS, expected: TEXTS, given: GIVEN },
    KeyRow { name: "s3:ExistingObjectTag/team", operators: TEXT_OPERATORS, expected: TEXTS, given: GIVEN },
    KeyRow { name: "s3:RequestObjectTagKeys", operators: TEXT_OPERATORS, expected: TEXTS, given: GIVEN },
    KeyRow {
        name: "aws:username",
        operators: TEXT_OPERATORS,
        expected: &["alice", "*", "bo?", "BOB"],
        given: &[],
    },
    KeyRow {
        name: "aws:userid",
        operators: TEXT_OPERATORS,
        expected: &["AIDA*", "anonymous", "111111111111"],
        given: &[],
    },
    KeyRow {
        name: "aws:PrincipalType",
        operators: TEXT_OPERATORS,
        expected: &["User", "Account", "A*"],
        given: &[],
    },
    KeyRow { name: "aws:PrincipalArn", operators: ARN_OPERATORS, expected: ARNS, given: &[] },
    KeyRow {
        name: "s3:max-keys",
        operators: &["Numeric"],
        expected: &["0", "5", "10"],
        given: &["0", "5", "7", "10", "x"],
    },
    KeyRow {
        name: "s3:object-lock-retain-until-date",
        operators: &["Date"],
        expected: &["moments"],
        given: &["moments", "x"],
    },
    KeyRow { name: "aws:CurrentTime", operators: &["Date"], expected: &["moments"], given: &[] },
    KeyRow {
        name: "aws:SecureTransport",
        operators: &["Bool"],
        expected: &["true", "false"],
        given: &["true", "false", "x"],
    },
    KeyRow {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress"],
        expected: &["10.0.0.0/8", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "192.168.128.0/17"],
        given: &["10.1.2.3", "11.0.0.1", "2001:db8::1", "192.168.129.1", "192.168.1.1", "x"],
    },
    KeyRow {
        name: "s3:x-amz-content-sha256",
        operators: &["BinaryEquals"],
        expected: &["YQ==", "Yg=="],
        given: &["YQ==", "Yg=="],
    },
    KeyRow { name: "aws:SourceVpce", operators: TEXT_OPERATORS, expected: &["vpce-1", "*"], given: &[] },
    KeyRow { name: "aws:PrincipalTag/team", operators: TEXT_OPERATORS, expected: TEXTS, given: &[] },
    KeyRow {
        name: "aws:PrincipalIsAWSService",
        operators: &["Bool"],
        expected: &["true", "false"],
        given: &[],
    },
    KeyRow { name: "aws:ViaAWSService", operators: &["Bool"], expected: &["true", "false"], given: &[] },
    KeyRow { name: "aws:ResourceTag/team", operators: TEXT_OPERATORS, expected: &["red", "*"], given: &[] },
    KeyRow { name: "s3:BucketTag/team", operators: TEXT_OPERATORS, expected: &["red", "*"], given: &[] },
];

/// A policy in its three forms.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) json: Value,
    pub(crate) document: Document,
    pub(crate) policy: Arc<Policy>,
    pub(crate) bound: Bound,
}

/// A legal policy. Illegal ones (a bucket policy may not combine everything) are thrown away.
pub(crate) fn policy(random: &mut Random, is_bucket: bool) -> Made {
    let bucket = BucketName::parse(BUCKET).expect("a legal name");
    loop {
        let json = policy_json(random, is_bucket);
        let document = Document::parse(&json.to_string()).unwrap_or_else(|error| panic!("{error}: {json}"));
        let kind = if is_bucket { PolicyKind::Bucket(&bucket) } else { PolicyKind::Identity };
        match Policy::compile(&document, kind) {
            Ok(mut policy) => {
                let bound = bound(random).filter(|_| is_bucket);
                if let Some(users) = &bound {
                    policy.bind_users(users);
                }
                return Made { json, document, policy: Arc::new(policy), bound };
            }
            // A variable is no ARN where the version knows no variables.
            Err(PolicyError::InvalidValue(text)) if text.starts_with("${") => {}
            Err(error) => assert!(is_bucket, "{error}: {json}"),
        }
    }
}

/// Users as they are, others that had their names, or none.
fn bound(random: &mut Random) -> Bound {
    let mut users = BTreeMap::new();
    for (arn, id) in [
        ("arn:aws:iam::111111111111:user/alice", "AIDAALICE"),
        ("arn:aws:iam::222222222222:user/team/bob", "AIDABOB"),
    ] {
        let id = *random.pick(&[Some(id), Some("AIDABEFORE"), None]);
        users.extend(id.map(|id| (arn.to_owned(), id.to_owned())));
    }
    random.percent(40).then_some(users)
}

fn policy_json(random: &mut Random, is_bucket: bool) -> Value {
    let count = 1 + random.below(3);
    let statements: Vec<_> = (0..count).map(|_| statement(random, is_bucket)).collect();
    match random.below(8) {
        0 => json!({ "Statement": statements }),
        1 => json!({ "Version": "2008-10-17", "Statement": statements }),
        _ => json!({ "Version": "2012-10-17", "Id": "random", "Statement": statements }),
    }
}

fn statement(random: &mut Random, is_bucket: bool) -> Value {
    let deny = random.percent(30);
    let mut statement = json!({ "Effect": if deny { "Deny" } else { "Allow" } });
    let name = if random.percent(12) { "NotAction" } else { "Action" };
    statement[name] = json!(random.some(ACTION_PATTERNS));
    let name = if random.percent(12) { "NotResource" } else { "Resource" };
    statement[name] = json!(random.some(RESOURCE_PATTERNS));
    if is_bucket {
        let name = if deny && random.percent(25) { "NotPrincipal" } else { "Principal" };
        let mut principals: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for _ in 0..=random.below(2) {
            let (kind, text) = *random.pick(PRINCIPALS);
            principals.entry(kind).or_default().push(text);
        }
        statement[name] = if random.percent(25) { json!("*") } else { json!(principals) };
    }
    let conditions = *random.pick(&[0, 0, 0, 1, 1, 2]);
    for _ in 0..conditions {
        let (operator, key, values) = condition(random);
        statement["Condition"][operator][key] = values;
    }
    statement
}

fn condition(random: &mut Random) -> (String, String, Value) {
    let row = random.pick(ROWS);
    if random.percent(6) && row.name != "aws:SourceIp" {
        return ("Null".into(), row.name.into(), json!(*random.pick(&["true", "false"])));
    }
    let mut operator = match *random.pick(row.operators) {
        kind @ ("Numeric" | "Date") => format!("{kind}{}", random.pick(ORDERS)),
        plain => plain.to_owned(),
    };
    if random.percent(15) {
        operator.push_str("IfExists");
    }
    let quantifier = *random.pick(&["", "", "", "", "ForAnyValue:", "ForAllValues:"]);
    let is_moment = row.expected == ["moments"];
    let moments = MOMENTS.map(|(text, _)| text);
    let values = random.some(if is_moment { &moments } else { row.expected });
    let values = if values.len() == 1 { json!(values[0]) } else { json!(values) };
    (format!("{quantifier}{operator}"), row.name.to_owned(), values)
}
