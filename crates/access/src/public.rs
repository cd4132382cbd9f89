//! Public access: what is public, and the four settings that keep it away.

use drystone_types::Acl;

use crate::acl;
use crate::condition_key::ConditionKey;
use crate::policy::operator::{Kind, Quantifier};
use crate::policy::{Condition, Effect, NamedPrincipal, Policy, Statement};

/// The four settings of a bucket. `default()` is no configuration: nothing is kept away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public grants of ACLs do not count.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// A public policy gives nothing to other accounts and the public.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };

    /// Must this new ACL be refused (AccessDenied)?
    pub fn refuses_acl(self, acl: &Acl) -> bool {
        self.block_public_acls && is_public_acl(acl)
    }

    /// Must this new policy be refused (AccessDenied)?
    pub fn refuses_policy(self, policy: &Policy) -> bool {
        self.block_public_policy && policy.is_public()
    }
}

/// Does it grant anything to everyone, or to everyone who signs?
pub fn is_public_acl(acl: &Acl) -> bool {
    acl.grants.iter().any(|grant| acl::is_public(&grant.grantee))
}

/// A range of addresses wider than this counts as everyone: /8 of version 4, /32 of version 6.
const WIDEST_RANGE: (u8, u8) = (8, 32);

/// Does this statement make its policy public? It does when it allows everyone, and no condition limits that to fixed values
/// of keys about who asks. From "The meaning of public" in the S3 User Guide.
pub(crate) fn is_public_statement(statement: &Statement) -> bool {
    let everyone = statement
        .principals
        .as_ref()
        .is_some_and(|principals| principals.negated || principals.named.contains(&NamedPrincipal::Everyone));
    statement.effect == Effect::Allow && everyone && !statement.conditions.iter().any(limits_who)
}

fn limits_who(condition: &Condition) -> bool {
    let operator = condition.operator();
    // These hold for requests without the key, or for all values but some.
    if operator.negated || operator.if_exists || operator.quantifier == Quantifier::All {
        return false;
    }
    match condition.key() {
        ConditionKey::SourceIp => condition.ranges().is_some_and(|ranges| {
            let widest = |v4: bool| if v4 { WIDEST_RANGE.0 } else { WIDEST_RANGE.1 };
            ranges.iter().all(|range| range.prefix_len() >= widest(range.is_ipv4()))
        }),
        ConditionKey::PrincipalArn
        | ConditionKey::PrincipalAccount
        | ConditionKey::UserId
        | ConditionKey::Username
        | ConditionKey::ServerSideEncryptionKmsKeyId => operator.kind != Kind::Null && condition.is_fixed(),
        ConditionKey::NeverHere(name) => {
            let about_who = [
                "aws:principalorgid",
                "aws:sourcearn",
                "aws:sourcevpc",
                "aws:sourcevpce",
                "aws:sourceowner",
                "aws:sourceaccount",
                "s3:dataaccesspointarn",
                "s3:dataaccesspointaccount",
            ];
            operator.kind != Kind::Null && about_who.contains(&&**name) && condition.is_fixed()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyKind;
    use drystone_types::BucketName;
    use drystone_types::acl::{Grant, Grantee, Permission};

    fn public(statement: &str) -> bool {
        let bucket = BucketName::parse("bucket").unwrap();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*",{statement}}}]}}"#
        );
        Policy::parse(&text, PolicyKind::Bucket(&bucket)).unwrap().is_public()
    }

    #[test]
    fn policies_are_public_as_the_user_guide_says() {
        for (statement, expected) in [
            (r#""Effect":"Allow","Principal":"*""#, true),
            (r#""Effect":"Allow","Principal":{"AWS":["123456789012","*"]}"#, true),
            (r#""Effect":"Deny","Principal":"*""#, false),
            (r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"}"#, false),
            (r#""Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"}"#, false),
        ] {
            assert_eq!(public(statement), expected, "{statement}");
        }
        for (condition, expected) in [
            (r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/32"}}"#, false),
            (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]}}"#, false),
            (r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, true),
            (r#"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","128.0.0.0/7"]}}"#, true),
            (r#"{"IpAddress":{"aws:SourceIp":"2001::/16"}}"#, true),
            (r#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
            (r#"{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}"#, true),
            (r#"{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}"#, false),
            (r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#"{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/a"}}"#, false),
            (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/*"}}"#, true),
            (r#"{"ArnLike":{"aws:PrincipalArn":"*"}}"#, true),
            (r#"{"StringEquals":{"aws:userid":"AIDA1"}}"#, false),
            (r#"{"StringLike":{"aws:userid":"AROA1:*"}}"#, true),
            (r#"{"StringEquals":{"aws:userid":"${aws:userid}"}}"#, true),
            (r#"{"StringNotEquals":{"aws:userid":"AIDA1"}}"#, true),
            (r#"{"ForAllValues:StringEquals":{"aws:userid":"AIDA1"}}"#, true),
            (r#"{"StringEquals":{"aws:UserAgent":"x"}}"#, true),
            (r#"{"Null":{"aws:userid":"false"}}"#, true),
        ] {
            let statement = format!(r#""Effect":"Allow","Principal":"*","Condition":{condition}"#);
            assert_eq!(public(&statement), expected, "{condition}");
        }
    }

    #[test]
    fn acls_are_public_when_a_group_of_everyone_is_granted_anything() {
        for (grantee, expected) in [
            (Grantee::AllUsers, true),
            (Grantee::AuthenticatedUsers, true),
            (Grantee::LogDelivery, false),
            (Grantee::Account(drystone_types::AccountId::parse("a").unwrap()), false),
        ] {
            let acl = Acl { grants: vec![Grant { grantee, permission: Permission::ReadAcp }] };
            assert_eq!(is_public_acl(&acl), expected);
            assert_eq!(PublicAccessBlock::ALL.refuses_acl(&acl), expected);
            assert!(!PublicAccessBlock::default().refuses_acl(&acl));
        }
    }
}
