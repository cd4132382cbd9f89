//! Conditions and variables, as the user guides document them.

use drystone_access::{
    AccessRequest, Action, BucketFacts, NoConditions, ObjectOwnership, PublicAccessBlock, Resource, authorise,
};
use drystone_types::Acl;

use crate::world::{Given, NOW, World, account, given, user};

/// Does an Allow, and does a Deny, with this condition apply to a GetObject with these keys?
fn applies(condition: &str, given: Given) -> (bool, bool) {
    let statement = |effect: &str| {
        format!(r#"{{"Effect":"{effect}","Action":"s3:*","Resource":"*","Condition":{condition}}}"#)
    };
    let everything = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let world = World { given, ..World::default() };
    let allow = world.allows(&user("owner", &[&statement("Allow")]), Action::GetObject);
    let deny = !world.allows(&user("owner", &[everything, &statement("Deny")]), Action::GetObject);
    (allow, deny)
}

#[test]
fn conditions_hold_as_documented() {
    type Keys<'a> = &'a [(&'a str, &'a [&'static str])];
    const YES: (bool, bool) = (true, true);
    const NO: (bool, bool) = (false, false);
    const CLOSED: (bool, bool) = (false, true);
    let tags: Keys = &[("s3:RequestObjectTagKeys", &["team", "cost"])];
    let agent: Keys = &[("aws:UserAgent", &["Boto3/1.40"])];
    for (condition, keys, expected) in [
        // Texts.
        (r#"{"StringEquals":{"aws:UserAgent":"Boto3/1.40"}}"#, agent, YES),
        (r#"{"StringEquals":{"aws:useragent":["x","Boto3/1.40"]}}"#, agent, YES),
        (r#"{"StringEquals":{"aws:UserAgent":"Boto3*"}}"#, agent, NO),
        (r#"{"StringLike":{"aws:UserAgent":"Boto3/?.*"}}"#, agent, YES),
        (r#"{"StringEqualsIgnoreCase":{"aws:UserAgent":"BOTO3/1.40"}}"#, agent, YES),
        (r#"{"StringNotEquals":{"aws:UserAgent":["x","Boto3/1.40"]}}"#, agent, NO),
        (r#"{"StringNotLike":{"aws:UserAgent":"x*"}}"#, agent, YES),
        // Absent keys.
        (r#"{"StringEquals":{"aws:Referer":"x"}}"#, agent, NO),
        (r#"{"StringNotEquals":{"aws:Referer":"x"}}"#, agent, YES),
        (r#"{"StringEqualsIfExists":{"aws:Referer":"x"}}"#, agent, YES),
        (r#"{"StringEqualsIfExists":{"aws:UserAgent":"x"}}"#, agent, NO),
        (r#"{"Null":{"aws:Referer":"true"}}"#, agent, YES),
        (r#"{"Null":{"aws:Referer":"false"}}"#, agent, NO),
        (r#"{"Null":{"aws:UserAgent":false}}"#, agent, YES),
        // All operators and keys must hold.
        (r#"{"StringLike":{"aws:UserAgent":"Boto3*"},"Null":{"aws:Referer":"false"}}"#, agent, NO),
        (r#"{"StringLike":{"aws:UserAgent":"Boto3*","aws:Referer":"*"}}"#, agent, NO),
        // Several values.
        (r#"{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team","cost","x"]}}"#, tags, YES),
        (r#"{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, tags, NO),
        (r#"{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, tags, YES),
        (r#"{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":["x"]}}"#, tags, NO),
        (r#"{"ForAnyValue:StringNotEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, tags, YES),
        (r#"{"ForAllValues:StringNotEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, tags, NO),
        (r#"{"ForAllValues:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, agent, YES),
        (r#"{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, agent, NO),
        (r#"{"StringNotEquals":{"s3:RequestObjectTagKeys":["team"]}}"#, tags, CLOSED),
        // Numbers, moments, booleans, addresses, ARNs, bytes.
        (r#"{"NumericLessThanEquals":{"s3:max-keys":"10"}}"#, &[("s3:max-keys", &["10"])], YES),
        (r#"{"NumericLessThanEquals":{"s3:max-keys":10}}"#, &[("s3:max-keys", &["11"])], NO),
        (r#"{"NumericNotEquals":{"s3:max-keys":10}}"#, &[("s3:max-keys", &["many"])], CLOSED),
        (r#"{"DateGreaterThan":{"aws:CurrentTime":"2026-11-22T10:29:59Z"}}"#, &[], YES),
        (r#"{"DateLessThan":{"aws:EpochTime":"1795343400"}}"#, &[], NO),
        (r#"{"NumericGreaterThanEquals":{"aws:EpochTime":"1795343400"}}"#, &[], YES),
        (r#"{"Bool":{"aws:SecureTransport":"false"}}"#, &[("aws:SecureTransport", &["false"])], YES),
        (r#"{"Bool":{"aws:SecureTransport":"true"}}"#, &[("aws:SecureTransport", &["false"])], NO),
        (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, &[("aws:SourceIp", &["192.0.2.9"])], YES),
        (r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, &[("aws:SourceIp", &["2001:db8::1"])], NO),
        (
            r#"{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::/32"]}}"#,
            &[("aws:SourceIp", &["2001:db8::1"])],
            NO,
        ),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"}}"#, &[], YES),
        (r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/*"}}"#, &[], YES),
        (r#"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::222222222222:*"}}"#, &[], YES),
        (
            r#"{"BinaryEquals":{"s3:x-amz-content-sha256":"YQ=="}}"#,
            &[("s3:x-amz-content-sha256", &["YQ=="])],
            YES,
        ),
        // The principal.
        (
            r#"{"StringEquals":{"aws:username":"alice","aws:userid":"AIDAALICE","aws:PrincipalType":"User"}}"#,
            &[],
            YES,
        ),
        (r#"{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}"#, &[], YES),
        (r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#, &[], YES),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, &[], NO),
        // Variables.
        (r#"{"StringEquals":{"s3:prefix":"${aws:username}/"}}"#, &[("s3:prefix", &["alice/"])], YES),
        (r#"{"StringLike":{"s3:prefix":"${aws:username}/${*}"}}"#, &[("s3:prefix", &["alice/x"])], NO),
        (r#"{"StringEquals":{"s3:prefix":"${aws:Referer, 'none'}"}}"#, &[("s3:prefix", &["none"])], YES),
        (r#"{"StringEquals":{"s3:prefix":"${aws:Referer}"}}"#, &[("s3:prefix", &[""])], NO),
        (r#"{"StringNotEquals":{"s3:prefix":"${aws:Referer}"}}"#, &[("s3:prefix", &[""])], YES),
        // Tags.
        (
            r#"{"StringEquals":{"s3:ExistingObjectTag/security":"public"}}"#,
            &[("s3:ExistingObjectTag/security", &["public"])],
            YES,
        ),
        (
            r#"{"StringEquals":{"s3:ExistingObjectTag/security":"public"}}"#,
            &[("s3:ExistingObjectTag/Security", &["public"])],
            NO,
        ),
        // What nobody answers fails closed, whatever the operator.
        (r#"{"StringEquals":{"aws:ResourceTag/a":"x"}}"#, &[], CLOSED),
        (r#"{"StringNotEquals":{"aws:ResourceTag/a":"x"}}"#, &[], CLOSED),
        (r#"{"StringEqualsIfExists":{"ldap:user":"x"}}"#, &[], CLOSED),
        (r#"{"Null":{"s3:BucketTag/a":"true"}}"#, &[], CLOSED),
        (r#"{"StringEquals":{"s3:prefix":"${ldap:user}"}}"#, &[("s3:prefix", &["x"])], CLOSED),
        // Unless another condition of the statement does not hold.
        (r#"{"Null":{"s3:BucketTag/a":"true"},"StringEquals":{"aws:username":"bob"}}"#, &[], NO),
    ] {
        assert_eq!(applies(condition, given(keys)), expected, "{condition} {keys:?}");
    }
}

/// Nothing here has a VPC, an organization or a tag of a principal, and nobody is a service: AWS's rules for absent keys hold, so
/// that policies written for AWS neither lock everyone out nor let anyone in.
#[test]
fn keys_of_what_is_only_at_aws_are_absent() {
    const YES: (bool, bool) = (true, true);
    const NO: (bool, bool) = (false, false);
    for name in [
        "aws:SourceVpce",
        "aws:SourceVpc",
        "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalTag/team",
        "aws:CalledVia",
        "aws:CalledViaFirst",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:TagKeys",
        "aws:RequestTag/team",
        "s3:DataAccessPointArn",
    ] {
        for (operator, value, expected) in [
            ("StringEquals", "x", NO),
            ("StringLike", "*", NO),
            ("StringNotEquals", "x", YES),
            ("StringNotLike", "*", YES),
            ("StringEqualsIfExists", "x", YES),
            ("StringNotEqualsIfExists", "x", YES),
            ("ForAllValues:StringEquals", "x", YES),
            ("ForAnyValue:StringEquals", "x", NO),
            ("ForAnyValue:StringNotEquals", "x", NO),
            ("Null", "true", YES),
            ("Null", "false", NO),
        ] {
            let condition = format!(r#"{{"{operator}":{{"{name}":"{value}"}}}}"#);
            assert_eq!(applies(&condition, Given::default()), expected, "{condition}");
        }
    }
    for name in ["aws:PrincipalIsAWSService", "aws:ViaAWSService"] {
        for (operator, value, expected) in [
            ("Bool", "false", YES),
            ("Bool", "true", NO),
            ("BoolIfExists", "false", YES),
            ("BoolIfExists", "true", NO),
            ("Null", "true", NO),
        ] {
            let condition = format!(r#"{{"{operator}":{{"{name}":"{value}"}}}}"#);
            assert_eq!(applies(&condition, Given::default()), expected, "{condition}");
        }
    }
    let by_default = |value: &'static str| given(&[("s3:prefix", &[value])]);
    let condition = r#"{"StringLike":{"s3:prefix":"${aws:PrincipalTag/team, 'shared'}/*"}}"#;
    assert_eq!(applies(condition, by_default("shared/x")), YES);
    assert_eq!(applies(condition, by_default("other/x")), NO);
    let condition = r#"{"StringLike":{"s3:prefix":"${aws:PrincipalTag/team}/*"}}"#;
    assert_eq!(applies(condition, by_default("/x")), NO);
}

#[test]
fn resources_with_variables_are_homes() {
    let home = r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::bucket/${aws:username}/*"}"#;
    let others = r#"{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::bucket/${s3:prefix}/*"}"#;
    let judge = |statement: &str, key: &str| {
        let alice = user("owner", &[statement]);
        let (resource, owner) = (Resource::object("bucket", key), account("owner").id.clone());
        let acl = Acl::private(&owner);
        let request = AccessRequest {
            principal: &alice,
            action: Action::GetObject,
            resource: &resource,
            conditions: &NoConditions,
            now: NOW,
            bucket: Some(BucketFacts {
                owner: &owner,
                policy: None,
                acl: &acl,
                public_access_block: PublicAccessBlock::default(),
                ownership: ObjectOwnership::default(),
            }),
            object: None,
            is_initiator: false,
        };
        authorise(&request).allowed
    };
    assert!(judge(home, "alice/x/y"));
    assert!(!judge(home, "bob/x") && !judge(home, "alice") && !judge(home, "*/x"));
    assert!(!judge(others, "x"), "an absent variable does not open a NotResource");
}
