//! What is no policy is refused in S3's words; what clients write is accepted.

use drystone_access::{Policy, PolicyKind};
use drystone_types::BucketName;
use drystone_types::limits::BUCKET_POLICY_MAX_BYTES;

fn refusal(text: &str) -> String {
    let bucket = BucketName::parse("bucket").expect("a legal name");
    Policy::parse(text, PolicyKind::Bucket(&bucket))
        .map_or_else(|error| error.to_string(), |_| "accepted".into())
}

/// A bucket policy of one statement; each element may be replaced, or left out with an empty text.
fn with(elements: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("Effect", r#""Allow""#),
        ("Principal", r#""*""#),
        ("Action", r#""s3:GetObject""#),
        ("Resource", r#""arn:aws:s3:::bucket/*""#),
    ];
    for (name, value) in elements {
        all.retain(|(other, _)| other != name);
        all.push((name, value));
    }
    let all: Vec<_> = all.iter().filter(|(_, value)| !value.is_empty()).collect();
    let fields: Vec<_> = all.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{}}}]}}"#, fields.join(","))
}

#[test]
fn documents_of_a_wrong_form_are_refused() {
    assert_eq!(refusal(&with(&[])), "accepted");
    for (text, expected) in [
        ("", "Policies must be valid JSON and the first byte must be '{'"),
        (" {}", "Policies must be valid JSON and the first byte must be '{'"),
        ("false", "Policies must be valid JSON and the first byte must be '{'"),
        ("{true}", "This policy contains invalid Json"),
        ("{\"Principal\": \"*\" ", "This policy contains invalid Json"),
        ("{}", "Missing required field Statement"),
        (r#"{"Statement":[]}"#, "Could not parse the policy: Statement is empty!"),
        (r#"{"Statement":[[]]}"#, "Could not parse the policy: Statement has an invalid type"),
        (r#"{"Statement":"x"}"#, "Could not parse the policy: Statement has an invalid type"),
        (r#"{"Statement":[],"Statement":[]}"#, "Statement/policy already has instance of Statement"),
        (r#"{"Statements":[]}"#, "Unknown field Statements"),
        (r#"{"Version":"2012-10-16","Statement":[]}"#, "The policy must contain a valid version string"),
        (r#"{"Version":"","Statement":[]}"#, "The policy must contain a valid version string"),
        (r#"{"Version":2012,"Statement":[]}"#, "The policy must contain a valid version string"),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
    let long = with(&[("Sid", &format!("\"{}\"", "x".repeat(BUCKET_POLICY_MAX_BYTES)))]);
    assert_eq!(refusal(&long), "Policy exceeds the maximum allowed document size.");
}

#[test]
fn statements_are_refused_for_each_wrong_element() {
    for (elements, expected) in [
        ([("Effect", "")], "Missing required field Effect"),
        ([("Principal", "")], "Missing required field Principal"),
        ([("Action", "")], "Missing required field Action"),
        ([("Resource", "")], "Missing required field Resource"),
        ([("Effect", r#""allow""#)], "Invalid effect: allow"),
        ([("Effect", r#"["Allow"]"#)], "Could not parse the policy: Effect has an invalid type"),
        ([("Resources", r#""x""#)], "Unknown field Resources"),
        ([("NotAction", r#""s3:GetObject""#)], "Statement/policy already has instance of NotAction"),
        (
            [("NotResource", r#""arn:aws:s3:::bucket""#)],
            "Statement/policy already has instance of NotResource",
        ),
        ([("NotPrincipal", r#""*""#)], "Statement/policy already has instance of NotPrincipal"),
        ([("Sid", "1")], "Could not parse the policy: Sid has an invalid type"),
        ([("Sid", r#""with spaces""#)], "accepted"),
    ] {
        assert_eq!(refusal(&with(&elements)), expected, "{elements:?}");
    }
    let same_sid = r#"{"Statement":[{"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket"},
        {"Sid":"a","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket"}]}"#;
    assert_eq!(refusal(same_sid), "Statement IDs (SID) in a single policy must be unique.");
}

#[test]
fn principals_must_be_able_to_exist() {
    for (principal, legal) in [
        (r#""*""#, true),
        (r#"["*"]"#, true),
        (r#"{"AWS":"*"}"#, true),
        (r#"{"AWS":["123456789012","arn:aws:iam::123456789012:user/a"]}"#, true),
        (r#"{"CanonicalUser":"79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}"#, true),
        (r#"{"Service":"logging.s3.amazonaws.com","AWS":"*"}"#, true),
        (r#""""#, false),
        ("[]", false),
        ("{}", false),
        (r#"{"AWS":""}"#, false),
        (r#"{"AWS":[]}"#, false),
        (r#"["*","x"]"#, false),
        (r#""123456789012""#, false),
        (r#"{"AWS":"nobody"}"#, false),
        (r#"{"AWS":"arn:aws:iam::123456789012:user/*"}"#, false),
        (r#"{"User":"a"}"#, false),
    ] {
        let expected = if legal { "accepted" } else { "Invalid principal in policy" };
        assert_eq!(refusal(&with(&[("Principal", principal)])), expected, "{principal}");
    }
    let not = [("Principal", ""), ("NotPrincipal", r#"{"AWS":"123456789012"}"#)];
    assert_eq!(refusal(&with(&not)), "Allow with NotPrincipal is not allowed");
    assert_eq!(refusal(&with(&[not[0], not[1], ("Effect", r#""Deny""#)])), "accepted");
}

#[test]
fn actions_must_exist() {
    for action in [
        r#""""#,
        "[]",
        r#""invalid_action""#,
        r#""s3""#,
        r#""s3:""#,
        r#""s4:GetObject""#,
        r#""ss3:ListBucket""#,
        r#"":GetObject""#,
        r#""s3::GetObject""#,
        r#""s3:Put-Object""#,
        r#""s3:GetObject:""#,
        r#""s3:*Obj??ect*""#,
        r#""s3:????""#,
        r#""*GetObject""#,
        r#""s3:Abort?""#,
        r#"["s3:GetObject","s3:GetObjekt"]"#,
        r#""sts:AssumeRole""#,
    ] {
        assert_eq!(refusal(&with(&[("Action", action)])), "Policy has invalid action", "{action}");
    }
    for action in [r#""*""#, r#""s3:*""#, r#""S3:getobject""#, r#"["s3:GetObject","s3:Put*"]"#] {
        assert_eq!(refusal(&with(&[("Action", action)])), "accepted", "{action}");
    }
}

#[test]
fn resources_must_be_of_the_bucket_and_meet_their_actions() {
    for (resource, action, expected) in [
        ("bucket", "s3:ListBucket", "accepted"),
        ("bucket/*", "s3:GetObject", "accepted"),
        ("bucket*", "s3:ListBucket", "accepted"),
        ("*", "s3:ListBucket", "accepted"),
        ("buck?t/*", "s3:*", "accepted"),
        ("bucket/${aws:username}/*", "s3:*", "accepted"),
        ("bucket", "s3:*", "accepted"),
        ("prefix-bucket", "s3:*", "Policy has invalid resource"),
        ("/bucket", "s3:*", "Policy has invalid resource"),
        ("buckets/*", "s3:*", "Policy has invalid resource"),
        ("bucket", "s3:GetObject", "Action does not apply to any resource(s) in statement"),
        ("bucket", "s3:Abort*", "Action does not apply to any resource(s) in statement"),
        ("bucket", "s3:GetObjec?", "Action does not apply to any resource(s) in statement"),
        ("bucket/*", "s3:ListBucket", "Action does not apply to any resource(s) in statement"),
        ("bucket/*", "s3:???BucketVersioning", "Action does not apply to any resource(s) in statement"),
        ("bucket/*", "s3:GetBucket*", "Action does not apply to any resource(s) in statement"),
        ("bucket", "s3:ListAllMyBuckets", "Action does not apply to any resource(s) in statement"),
    ] {
        let elements =
            [("Resource", &*format!("\"arn:aws:s3:::{resource}\"")), ("Action", &*format!("\"{action}\""))];
        assert_eq!(refusal(&with(&elements)), expected, "{resource} {action}");
    }
    for resource in [r#""""#, "[]", r#""bucket""#, r#""arn:aws:iam:::bucket""#, r#""arn:aws:s3""#] {
        assert_eq!(refusal(&with(&[("Resource", resource)])), "Policy has invalid resource", "{resource}");
    }
    let twice = r#"["arn:aws:s3:::bucket/*","arn:aws:s3:::bucket/*"]"#;
    assert_eq!(refusal(&with(&[("Resource", twice)])), "accepted");
    assert_eq!(
        refusal(&with(&[("Resource", r#""arn:aws:s3:::bucket/${aws:username""#)])),
        "Invalid policy variable in arn:aws:s3:::bucket/${aws:username"
    );
}

#[test]
fn conditions_must_have_operators_keys_and_values_that_exist() {
    for (condition, expected) in [
        (r#"{"StringEquals":{"aws:UserAgent":"x"}}"#, "accepted"),
        ("{}", "accepted"),
        (r#"{"Bool":{"aws:SecureTransport":false}}"#, "accepted"),
        (r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, "accepted"),
        (
            r#"{"NotARealOperator":{"aws:SourceIp":"1.2.3.4/32"}}"#,
            "Invalid Condition type : NotARealOperator",
        ),
        (r#"{"stringequals":{"aws:UserAgent":"foo"}}"#, "Invalid Condition type : stringequals"),
        (r#"{"NullIfExists":{"aws:UserAgent":"true"}}"#, "Invalid Condition type : NullIfExists"),
        (
            r#"{"ForSomeValues:StringEquals":{"aws:UserAgent":"foo"}}"#,
            "Invalid Condition type : ForSomeValues:StringEquals",
        ),
        (r#"{"StringEquals":{"s3:FakeKeyDoesNotExist":"foo"}}"#, "Policy has an invalid condition key"),
        (r#"{"StringEquals":{"aws:NotARealGlobalKey":"foo"}}"#, "Policy has an invalid condition key"),
        (r#"{"IpAddress":{"aws:SourceIp":"not-an-ip"}}"#, "Invalid IP address in Conditions"),
        (r#"{"NotIpAddress":{"aws:SourceIp":"300.1.1.1/40"}}"#, "Invalid IP address in Conditions"),
        (r#"{"Null":{"aws:SourceIp":"true"}}"#, "Invalid IP address in Conditions"),
        (
            r#"{"StringEquals":{"s3:prefix":"foo"}}"#,
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (
            r#"{"StringEquals":{"s3:VersionId":"abc"}}"#,
            "Conditions do not apply to combination of actions and resources in statement",
        ),
        (r#"{"NumericEquals":{"aws:EpochTime":"soon"}}"#, "Invalid value in Conditions: soon"),
        (r#"{"DateEquals":{"aws:CurrentTime":"soon"}}"#, "Invalid value in Conditions: soon"),
        (r#"{"Bool":{"aws:SecureTransport":"maybe"}}"#, "Invalid value in Conditions: maybe"),
        (r#"{"ArnLike":{"aws:PrincipalArn":"alice"}}"#, "Invalid value in Conditions: alice"),
        (r#"{"StringEquals":{"aws:UserAgent":[]}}"#, "Invalid value in Conditions: aws:UserAgent"),
        (r#"{"StringEquals":{"aws:UserAgent":"${"}}"#, "Invalid policy variable in ${"),
        (r#"{"StringEquals":{}}"#, "Could not parse the policy: Condition has an invalid type"),
        (r#"{"StringEquals":"x"}"#, "Could not parse the policy: Condition has an invalid type"),
        (
            r#"{"StringEquals":{"aws:UserAgent":null}}"#,
            "Could not parse the policy: Condition has an invalid type",
        ),
        ("[]", "Could not parse the policy: Condition has an invalid type"),
    ] {
        assert_eq!(refusal(&with(&[("Condition", condition)])), expected, "{condition}");
    }
    let wildcard = [("Action", r#""s3:*""#), ("Condition", r#"{"StringEquals":{"s3:prefix":"foo"}}"#)];
    assert_eq!(refusal(&with(&wildcard)), "accepted");
    let both = [
        ("Action", r#"["s3:GetObject","s3:PutObject"]"#),
        ("Condition", r#"{"StringEquals":{"s3:x-amz-acl":"private"}}"#),
    ];
    assert_eq!(
        refusal(&with(&both)),
        "Conditions do not apply to combination of actions and resources in statement"
    );
}

#[test]
fn policies_that_clients_write_are_accepted() {
    let both = r#"["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"]"#;
    for (action, resource, condition) in [
        (
            r#""s3:ListBucket""#,
            both,
            r#"{"StringLike":{"s3:prefix":["home/*",""]},"StringEquals":{"s3:delimiter":"/"}}"#,
        ),
        (r#""s3:ListBucket""#, r#"["arn:aws:s3:::*","arn:aws:s3:::*/*"]"#, "{}"),
        (r#""*""#, r#""*""#, r#"{"Bool":{"aws:SecureTransport":"false"}}"#),
        (r#""s3:PutObject""#, both, r#"{"StringLike":{"s3:x-amz-copy-source":"bucket/public/*"}}"#),
        (r#""s3:PutObject""#, both, r#"{"StringEquals":{"s3:x-amz-metadata-directive":"COPY"}}"#),
        (r#""s3:PutObject""#, both, r#"{"StringLike":{"s3:x-amz-acl":"public*"}}"#),
        (r#""s3:PutObject""#, both, r#"{"StringEquals":{"s3:x-amz-grant-full-control":"id=79a5"}}"#),
        (r#""s3:PutObject""#, both, r#"{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}"#),
        (
            r#""s3:PutObject""#,
            both,
            r#"{"Null":{"s3:x-amz-server-side-encryption-customer-algorithm":"true"}}"#,
        ),
        (r#""s3:PutObject""#, both, r#"{"StringEquals":{"s3:RequestObjectTag/security":"public"}}"#),
        (
            r#"["s3:GetObject","s3:GetObjectTagging"]"#,
            both,
            r#"{"StringEquals":{"s3:ExistingObjectTag/security":"public"}}"#,
        ),
        (
            r#""s3:GetObjectAcl""#,
            both,
            r#"{"StringEqualsIfExists":{"s3:ExistingObjectTag/security":"public"}}"#,
        ),
        (r#""s3:GetObject""#, both, r#"{"StringLikeIfExists":{"aws:Referer":"http://www.example.com/*"}}"#),
        (
            r#""s3:PutObjectRetention""#,
            both,
            r#"{"NumericGreaterThan":{"s3:object-lock-remaining-retention-days":"10"}}"#,
        ),
        (
            r#""s3:PutObject""#,
            both,
            r#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::source"},"StringEquals":{"aws:SourceAccount":"123456789012"}}"#,
        ),
    ] {
        let elements = [("Action", action), ("Resource", resource), ("Condition", condition)];
        assert_eq!(refusal(&with(&elements)), "accepted", "{elements:?}");
    }
    let tenant = [("Principal", r#"{"AWS":["arn:aws:iam::tenant1:root","arn:aws:iam:::user/someone"]}"#)];
    assert_eq!(refusal(&with(&tenant)), "accepted");
}

#[test]
fn identity_policies_have_their_own_rules() {
    let read =
        |text: &str| Policy::parse(text, PolicyKind::Identity).map_err(|error| error.iam_message()).map(drop);
    let with =
        |fields: &str| format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{fields}}}}}"#);
    for (fields, expected) in [
        (r#""Action":"s3:*","Resource":"*""#, Ok(())),
        (r#""Action":["ec2:Describe*","s3:NotYetKnown"],"Resource":"arn:aws:sqs:eu-west-1:1:q""#, Ok(())),
        (r#""Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"ldap:user":"x"}}"#, Ok(())),
        (
            r#""Action":"s3:*","Resource":"*","Principal":"*""#,
            Err("Policy document should not specify a principal."),
        ),
        (r#""Action":"s3:*","Resource":"bucket""#, Err("Resource bucket must be in ARN format or \"*\".")),
        (
            r#""Action":"GetObject","Resource":"*""#,
            Err("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ),
        (r#""Action":"s3:*""#, Err("Policy statement must contain resources.")),
        (r#""Resource":"*""#, Err("Policy statement must contain actions.")),
        (
            r#""Action":"s3:*","Resource":"*","Sid":"a b""#,
            Err("Statement IDs (SID) can only include alphanumeric characters"),
        ),
        (r#""Action":"s3:*","Resource":"*","Foo":1"#, Err("Syntax errors in policy.")),
    ] {
        assert_eq!(read(&with(fields)), expected.map_err(str::to_owned), "{fields}");
    }
}
