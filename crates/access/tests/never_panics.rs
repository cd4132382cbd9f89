//! No text and no JSON makes the parser of policies panic.

use drystone_access::{Policy, PolicyError, PolicyKind};
use drystone_types::BucketName;
use proptest::prelude::*;
use serde_json::Value;

/// Reads a bucket policy; what is wrong with it.
fn read(text: &str) -> String {
    let bucket = BucketName::parse("bucket").expect("a legal name");
    Policy::parse(text, PolicyKind::Bucket(&bucket))
        .map_or_else(|error| error.to_string(), |_| "accepted".into())
}

/// Any JSON, with the names and values of policies in places that are sometimes right.
fn any_json() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "\"Version\"",
        "\"2012-10-17\"",
        "\"Statement\"",
        "\"Effect\"",
        "\"Allow\"",
        "\"Deny\"",
        "\"Principal\"",
        "\"*\"",
        "\"AWS\"",
        "\"Action\"",
        "\"s3:*\"",
        "\"Resource\"",
        "\"arn:aws:s3:::bucket/${\"",
        "\"arn:aws:s3:::bucket\"",
        "\"Condition\"",
        "\"StringLike\"",
        "\"aws:SourceIp\"",
        "\"1.2.3.4/99\"",
        "\"\\u0000é${*}\"",
        "1e400",
        "-0",
        "null",
        "true",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("*".to_owned()),
        Just("s3:Get*".to_owned()),
        Just("arn:aws:s3:::bucket/*".to_owned()),
        Just("2012-10-17".to_owned()),
        Just("Allow".to_owned()),
        "[a-z0-9:${}*?/.-]{0,12}",
        any::<String>(),
    ];
    let name = prop::sample::select(vec![
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "AWS",
        "StringLike",
        "IpAddress",
        "DateEquals",
        "ForAnyValue:ArnLike",
        "aws:SourceIp",
        "s3:prefix",
        "aws:PrincipalArn",
    ]);
    let leaf = prop_oneof![
        4 => text.prop_map(Value::String),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(6, 60, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| Value::Object(
                fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in any_json(), other in any::<String>()) {
        for text in [&text, &format!("{{{text}}}"), &other] {
            read(text);
            let _ = Policy::parse(text, PolicyKind::Identity);
            let _ = Policy::parse(text, PolicyKind::Session);
        }
    }

    #[test]
    fn no_json_makes_the_parser_panic(value in any_value()) {
        let refusal_of_statement = read(&serde_json::json!({ "Version": "2012-10-17", "Statement": value }).to_string());
        prop_assert!(!refusal_of_statement.is_empty());
        read(&value.to_string());
        let kind = PolicyKind::Identity;
        let _ = Policy::parse(&value.to_string(), kind).map_err(|error: PolicyError| error.iam_message());
    }
}
