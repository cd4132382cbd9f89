//! ConditionKey: what a policy's conditions and variables can ask about a request.

use crate::action::Action;

/// A set of actions that a key is for; a bucket policy may not use the key with others.
#[derive(Clone, Copy, Debug)]
enum For {
    Any,
    Only(&'static [Action]),
}

macro_rules! keys {
    ($($variant:ident $name:literal $of:expr;)*) => {
        /// A condition key. Names are compared without letter case.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "AWS's names, as `name` spells them")]
        pub enum ConditionKey {
            $($variant,)*
            /// `s3:ExistingObjectTag/<name>`: a tag of the object as it is. The tag's name keeps its letter case.
            ExistingObjectTag(Box<str>),
            /// `s3:RequestObjectTag/<name>`: a tag that the request sets.
            RequestObjectTag(Box<str>),
            /// `aws:RequestTag/<name>`: a tag that the request gives to a bucket.
            RequestTag(Box<str>),
            /// A name of AWS's that no request here has, in lower case: absent.
            NeverHere(Box<str>),
            /// A name that this store does not answer, in lower case: fail closed.
            Unsupplied(Box<str>),
        }

        /// Keys without a parameter, with their names and actions.
        const PLAIN: &[(ConditionKey, &str, For)] = &[$((ConditionKey::$variant, $name, $of),)*];
    };
}

const LISTS: For = For::Only(&[Action::ListBucket, Action::ListBucketVersions]);
const PUTS: For = For::Only(&[Action::PutObject, Action::ReplicateObject]);
const PUTS_AND_DELETES: For =
    For::Only(&[Action::PutObject, Action::DeleteObject, Action::DeleteObjectVersion]);
const ACL_PUTS: For = For::Only(&[
    Action::CreateBucket,
    Action::PutBucketAcl,
    Action::PutObject,
    Action::PutObjectAcl,
    Action::PutObjectVersionAcl,
]);
const VERSIONED: For = For::Only(&[
    Action::DeleteObjectVersion,
    Action::DeleteObjectVersionTagging,
    Action::GetObjectVersion,
    Action::GetObjectVersionAcl,
    Action::GetObjectVersionAttributes,
    Action::GetObjectVersionForReplication,
    Action::GetObjectVersionTagging,
    Action::GetObjectVersionTorrent,
    Action::PutObjectVersionAcl,
    Action::PutObjectVersionTagging,
    Action::RestoreObject,
]);
const TAGGED: For = For::Only(&[
    Action::DeleteObjectTagging,
    Action::DeleteObjectVersionTagging,
    Action::GetObject,
    Action::GetObjectAcl,
    Action::GetObjectAttributes,
    Action::GetObjectTagging,
    Action::GetObjectVersion,
    Action::GetObjectVersionAcl,
    Action::GetObjectVersionAttributes,
    Action::GetObjectVersionTagging,
    Action::PutObjectAcl,
    Action::PutObjectTagging,
    Action::PutObjectVersionAcl,
    Action::PutObjectVersionTagging,
    Action::RestoreObject,
]);
const TAGGING: For = For::Only(&[
    Action::PutObject,
    Action::PutObjectTagging,
    Action::PutObjectVersionTagging,
    Action::ReplicateTags,
]);
const CUSTOMER_KEYS: For = For::Only(&[
    Action::GetObject,
    Action::GetObjectAttributes,
    Action::GetObjectVersion,
    Action::GetObjectVersionAttributes,
    Action::PutObject,
    Action::ReplicateObject,
]);
const LOCKS: For = For::Only(&[
    Action::BypassGovernanceRetention,
    Action::PutBucketObjectLockConfiguration,
    Action::PutObject,
    Action::PutObjectLegalHold,
    Action::PutObjectRetention,
    Action::ReplicateObject,
]);
const BUCKET_MAKING: For = For::Only(&[Action::CreateBucket]);
const OWNERSHIP: For = For::Only(&[Action::CreateBucket, Action::PutBucketOwnershipControls]);

keys! {
    CurrentTime "aws:CurrentTime" For::Any;
    EpochTime "aws:EpochTime" For::Any;
    PrincipalIsAwsService "aws:PrincipalIsAWSService" For::Any;
    ViaAwsService "aws:ViaAWSService" For::Any;
    TagKeys "aws:TagKeys" For::Any;
    MultiFactorAuthAge "aws:MultiFactorAuthAge" For::Any;
    MultiFactorAuthPresent "aws:MultiFactorAuthPresent" For::Any;
    PrincipalAccount "aws:PrincipalAccount" For::Any;
    PrincipalArn "aws:PrincipalArn" For::Any;
    PrincipalType "aws:PrincipalType" For::Any;
    TokenIssueTime "aws:TokenIssueTime" For::Any;
    UserId "aws:userid" For::Any;
    Username "aws:username" For::Any;
    Referer "aws:Referer" For::Any;
    RequestedRegion "aws:RequestedRegion" For::Any;
    SecureTransport "aws:SecureTransport" For::Any;
    SourceIp "aws:SourceIp" For::Any;
    UserAgent "aws:UserAgent" For::Any;
    ResourceAccount "aws:ResourceAccount" For::Any;
    S3ResourceAccount "s3:ResourceAccount" For::Any;
    AuthType "s3:authType" For::Any;
    SignatureAge "s3:signatureAge" For::Any;
    SignatureVersion "s3:signatureversion" For::Any;
    TlsVersion "s3:TlsVersion" For::Any;
    ContentSha256 "s3:x-amz-content-sha256" For::Any;
    Delimiter "s3:delimiter" LISTS;
    MaxKeys "s3:max-keys" LISTS;
    Prefix "s3:prefix" LISTS;
    VersionId "s3:VersionId" VERSIONED;
    Acl "s3:x-amz-acl" ACL_PUTS;
    GrantFullControl "s3:x-amz-grant-full-control" ACL_PUTS;
    GrantRead "s3:x-amz-grant-read" ACL_PUTS;
    GrantReadAcp "s3:x-amz-grant-read-acp" ACL_PUTS;
    GrantWrite "s3:x-amz-grant-write" ACL_PUTS;
    GrantWriteAcp "s3:x-amz-grant-write-acp" ACL_PUTS;
    CopySource "s3:x-amz-copy-source" PUTS;
    MetadataDirective "s3:x-amz-metadata-directive" PUTS;
    ServerSideEncryption "s3:x-amz-server-side-encryption" PUTS;
    ServerSideEncryptionKmsKeyId "s3:x-amz-server-side-encryption-aws-kms-key-id" PUTS;
    ServerSideEncryptionCustomerAlgorithm "s3:x-amz-server-side-encryption-customer-algorithm" CUSTOMER_KEYS;
    StorageClass "s3:x-amz-storage-class" PUTS;
    WebsiteRedirectLocation "s3:x-amz-website-redirect-location" PUTS;
    RequestObjectTagKeys "s3:RequestObjectTagKeys" TAGGING;
    ObjectLockLegalHold "s3:object-lock-legal-hold" LOCKS;
    ObjectLockMode "s3:object-lock-mode" LOCKS;
    ObjectLockRemainingRetentionDays "s3:object-lock-remaining-retention-days" LOCKS;
    ObjectLockRetainUntilDate "s3:object-lock-retain-until-date" LOCKS;
    IfMatch "s3:if-match" PUTS_AND_DELETES;
    IfNoneMatch "s3:if-none-match" PUTS;
    ObjectCreationOperation "s3:ObjectCreationOperation" PUTS;
    LocationConstraint "s3:LocationConstraint" BUCKET_MAKING;
    ObjectOwnership "s3:x-amz-object-ownership" OWNERSHIP;
}

/// Further names that AWS has, of what there is none here: VPCs, organizations, services that call for others, access points,
/// tags of principals, jobs. A bucket policy may use them, and AWS's rules for absent keys hold.
const NEVER_HERE: &[&str] = &[
    "aws:assumedroot",
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:chatbotsourcearn",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:federatedprovider",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
    "s3:accessgrantsinstancearn",
    "s3:accesspointnetworkorigin",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:destinationregion",
    "s3:existingjoboperation",
    "s3:existingjobpriority",
    "s3:isreplicationpauserequest",
    "s3:jobsuspendedcause",
    "s3:requestjoboperation",
    "s3:requestjobpriority",
];
/// The same, with a parameter.
const NEVER_HERE_PREFIXES: &[&str] = &["aws:principaltag/", "s3:accesspointtag/"];

/// Names that AWS has, of what there could be here. A bucket policy may use them; nothing answers them.
const UNANSWERED: &[&str] = &["s3:inventoryaccessibleoptionalfields"];
/// The same, with a parameter.
const UNANSWERED_PREFIXES: &[&str] = &["aws:resourcetag/", "s3:buckettag/"];

const EXISTING_TAG: &str = "s3:ExistingObjectTag/";
const REQUEST_OBJECT_TAG: &str = "s3:RequestObjectTag/";
const REQUEST_TAG: &str = "aws:RequestTag/";

impl ConditionKey {
    /// Reads a key; every text is one, if only an unsupplied one.
    pub fn parse(text: &str) -> Self {
        if let Some((key, ..)) = PLAIN.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text)) {
            return key.clone();
        }
        let tagged = [EXISTING_TAG, REQUEST_OBJECT_TAG, REQUEST_TAG].map(|prefix| after(text, prefix));
        match tagged {
            [Some(tag), ..] => return Self::ExistingObjectTag(tag.into()),
            [_, Some(tag), _] => return Self::RequestObjectTag(tag.into()),
            [.., Some(tag)] => return Self::RequestTag(tag.into()),
            [None, None, None] => {}
        }
        let name = text.to_ascii_lowercase();
        if is_listed(&name, NEVER_HERE, NEVER_HERE_PREFIXES) {
            return Self::NeverHere(name.into());
        }
        Self::Unsupplied(name.into())
    }

    /// May a bucket policy name it? AWS refuses names that it does not know.
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unsupplied(name) => is_listed(name, UNANSWERED, UNANSWERED_PREFIXES),
            _ => true,
        }
    }

    /// May a statement of a bucket policy that names `action` use it?
    pub fn applies_to(&self, action: Action) -> bool {
        let actions = match self {
            Self::ExistingObjectTag(_) => TAGGED,
            Self::RequestObjectTag(_) => TAGGING,
            Self::RequestTag(_) | Self::NeverHere(_) | Self::Unsupplied(_) => For::Any,
            plain => PLAIN.iter().find(|(key, ..)| key == plain).map_or(For::Any, |(_, _, actions)| *actions),
        };
        match actions {
            For::Any => true,
            For::Only(list) => list.contains(&action),
        }
    }
}

/// Is `name` one of `names`, or does it go on after one of `prefixes`?
fn is_listed(name: &str, names: &[&str], prefixes: &[&str]) -> bool {
    names.contains(&name)
        || prefixes.iter().any(|prefix| name.len() > prefix.len() && name.starts_with(prefix))
}

/// What follows `prefix`, whose letter case does not count, unless that is nothing.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    (start.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::{ConditionKey, PLAIN};
    use crate::Action;

    #[test]
    fn names_are_read_in_any_case_and_tags_keep_theirs() {
        for (key, name, _) in PLAIN {
            assert_eq!(ConditionKey::parse(name), *key);
            assert_eq!(ConditionKey::parse(&name.to_uppercase()), *key);
        }
        assert_eq!(
            ConditionKey::parse("S3:existingobjecttag/Team"),
            ConditionKey::ExistingObjectTag("Team".into())
        );
        assert_eq!(ConditionKey::parse("aws:Moon"), ConditionKey::Unsupplied("aws:moon".into()));
        assert_eq!(ConditionKey::parse("ä"), ConditionKey::Unsupplied("ä".into()));
    }

    #[test]
    fn names_of_aws_are_known_even_where_nothing_answers_them() {
        for (text, known) in [
            ("aws:SourceVpce", true),
            ("aws:ResourceTag/team", true),
            ("aws:RequestTag/team", true),
            ("aws:RequestTag/", false),
            ("aws:PrincipalTag/team", true),
            ("aws:PrincipalTag/", false),
            ("aws:NotARealGlobalKey", false),
            ("s3:FakeKeyDoesNotExist", false),
            ("s3:ExistingObjectTag/", false),
            ("s3:prefix", true),
        ] {
            assert_eq!(ConditionKey::parse(text).is_known(), known, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_here_is_told_from_what_is_not_known() {
        let never = |name: &str| ConditionKey::NeverHere(name.into());
        assert_eq!(ConditionKey::parse("aws:SourceVpce"), never("aws:sourcevpce"));
        assert_eq!(ConditionKey::parse("AWS:PrincipalTag/Team"), never("aws:principaltag/team"));
        for unknown in ["aws:ResourceTag/team", "ldap:user", "aws:PrincipalTag/", "aws:SourceVpceX"] {
            assert!(matches!(ConditionKey::parse(unknown), ConditionKey::Unsupplied(_)), "{unknown}");
        }
    }

    #[test]
    fn keys_are_bound_to_their_actions() {
        assert!(ConditionKey::Prefix.applies_to(Action::ListBucket));
        assert!(!ConditionKey::Prefix.applies_to(Action::ListBucketMultipartUploads));
        assert!(!ConditionKey::Acl.applies_to(Action::GetObject));
        assert!(ConditionKey::SourceIp.applies_to(Action::GetObject));
        assert!(!ConditionKey::VersionId.applies_to(Action::GetObject));
    }
}
