//! Action: what a policy can allow or deny, as AWS names it, and what kind of resource it is about.

use std::fmt;

/// What an action is about; decides which resources of a statement it can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceKind {
    /// No bucket: `ListAllMyBuckets`, and other services.
    Service,
    /// `arn:aws:s3:::bucket`.
    Bucket,
    /// `arn:aws:s3:::bucket/key`.
    Object,
}

macro_rules! actions {
    ($($variant:ident $name:literal $kind:ident;)*) => {
        /// An action. The S3 ones are all that AWS lists for buckets and objects, served here or not, so that policies
        /// written for AWS are valid here.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "AWS's names, as `name` spells them")]
        pub enum Action { $($variant,)* }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As policies spell it, with its service: `s3:GetObject`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is about.
            pub const fn kind(self) -> ResourceKind {
                match self { $(Self::$variant => ResourceKind::$kind,)* }
            }
        }
    };
}

actions! {
    AbortMultipartUpload "s3:AbortMultipartUpload" Object;
    BypassGovernanceRetention "s3:BypassGovernanceRetention" Object;
    CreateBucket "s3:CreateBucket" Bucket;
    CreateBucketMetadataTable "s3:CreateBucketMetadataTableConfiguration" Bucket;
    DeleteBucket "s3:DeleteBucket" Bucket;
    DeleteBucketMetadataTable "s3:DeleteBucketMetadataTableConfiguration" Bucket;
    DeleteBucketPolicy "s3:DeleteBucketPolicy" Bucket;
    DeleteBucketWebsite "s3:DeleteBucketWebsite" Bucket;
    DeleteObject "s3:DeleteObject" Object;
    DeleteObjectTagging "s3:DeleteObjectTagging" Object;
    DeleteObjectVersion "s3:DeleteObjectVersion" Object;
    DeleteObjectVersionTagging "s3:DeleteObjectVersionTagging" Object;
    GetAccelerateConfiguration "s3:GetAccelerateConfiguration" Bucket;
    GetAnalyticsConfiguration "s3:GetAnalyticsConfiguration" Bucket;
    GetBucketAbac "s3:GetBucketAbac" Bucket;
    GetBucketAcl "s3:GetBucketAcl" Bucket;
    GetBucketCors "s3:GetBucketCORS" Bucket;
    GetBucketLocation "s3:GetBucketLocation" Bucket;
    GetBucketLogging "s3:GetBucketLogging" Bucket;
    GetBucketMetadataTable "s3:GetBucketMetadataTableConfiguration" Bucket;
    GetBucketNotification "s3:GetBucketNotification" Bucket;
    GetBucketObjectLockConfiguration "s3:GetBucketObjectLockConfiguration" Bucket;
    GetBucketOwnershipControls "s3:GetBucketOwnershipControls" Bucket;
    GetBucketPolicy "s3:GetBucketPolicy" Bucket;
    GetBucketPolicyStatus "s3:GetBucketPolicyStatus" Bucket;
    GetBucketPublicAccessBlock "s3:GetBucketPublicAccessBlock" Bucket;
    GetBucketRequestPayment "s3:GetBucketRequestPayment" Bucket;
    GetBucketTagging "s3:GetBucketTagging" Bucket;
    GetBucketVersioning "s3:GetBucketVersioning" Bucket;
    GetBucketWebsite "s3:GetBucketWebsite" Bucket;
    GetEncryptionConfiguration "s3:GetEncryptionConfiguration" Bucket;
    GetIntelligentTieringConfiguration "s3:GetIntelligentTieringConfiguration" Bucket;
    GetInventoryConfiguration "s3:GetInventoryConfiguration" Bucket;
    GetLifecycleConfiguration "s3:GetLifecycleConfiguration" Bucket;
    GetMetricsConfiguration "s3:GetMetricsConfiguration" Bucket;
    GetObject "s3:GetObject" Object;
    GetObjectAcl "s3:GetObjectAcl" Object;
    GetObjectAttributes "s3:GetObjectAttributes" Object;
    GetObjectLegalHold "s3:GetObjectLegalHold" Object;
    GetObjectRetention "s3:GetObjectRetention" Object;
    GetObjectTagging "s3:GetObjectTagging" Object;
    GetObjectTorrent "s3:GetObjectTorrent" Object;
    GetObjectVersion "s3:GetObjectVersion" Object;
    GetObjectVersionAcl "s3:GetObjectVersionAcl" Object;
    GetObjectVersionAttributes "s3:GetObjectVersionAttributes" Object;
    GetObjectVersionForReplication "s3:GetObjectVersionForReplication" Object;
    GetObjectVersionTagging "s3:GetObjectVersionTagging" Object;
    GetObjectVersionTorrent "s3:GetObjectVersionTorrent" Object;
    GetReplicationConfiguration "s3:GetReplicationConfiguration" Bucket;
    InitiateReplication "s3:InitiateReplication" Object;
    ListAllMyBuckets "s3:ListAllMyBuckets" Service;
    ListBucket "s3:ListBucket" Bucket;
    ListBucketMultipartUploads "s3:ListBucketMultipartUploads" Bucket;
    ListBucketVersions "s3:ListBucketVersions" Bucket;
    ListMultipartUploadParts "s3:ListMultipartUploadParts" Object;
    ObjectOwnerOverride "s3:ObjectOwnerOverrideToBucketOwner" Object;
    PutAccelerateConfiguration "s3:PutAccelerateConfiguration" Bucket;
    PutAnalyticsConfiguration "s3:PutAnalyticsConfiguration" Bucket;
    PutBucketAbac "s3:PutBucketAbac" Bucket;
    PutBucketAcl "s3:PutBucketAcl" Bucket;
    PutBucketCors "s3:PutBucketCORS" Bucket;
    PutBucketLogging "s3:PutBucketLogging" Bucket;
    PutBucketNotification "s3:PutBucketNotification" Bucket;
    PutBucketObjectLockConfiguration "s3:PutBucketObjectLockConfiguration" Bucket;
    PutBucketOwnershipControls "s3:PutBucketOwnershipControls" Bucket;
    PutBucketPolicy "s3:PutBucketPolicy" Bucket;
    PutBucketPublicAccessBlock "s3:PutBucketPublicAccessBlock" Bucket;
    PutBucketRequestPayment "s3:PutBucketRequestPayment" Bucket;
    PutBucketTagging "s3:PutBucketTagging" Bucket;
    PutBucketVersioning "s3:PutBucketVersioning" Bucket;
    PutBucketWebsite "s3:PutBucketWebsite" Bucket;
    PutEncryptionConfiguration "s3:PutEncryptionConfiguration" Bucket;
    PutIntelligentTieringConfiguration "s3:PutIntelligentTieringConfiguration" Bucket;
    PutInventoryConfiguration "s3:PutInventoryConfiguration" Bucket;
    PutLifecycleConfiguration "s3:PutLifecycleConfiguration" Bucket;
    PutMetricsConfiguration "s3:PutMetricsConfiguration" Bucket;
    PutObject "s3:PutObject" Object;
    PutObjectAcl "s3:PutObjectAcl" Object;
    PutObjectLegalHold "s3:PutObjectLegalHold" Object;
    PutObjectRetention "s3:PutObjectRetention" Object;
    PutObjectTagging "s3:PutObjectTagging" Object;
    PutObjectVersionAcl "s3:PutObjectVersionAcl" Object;
    PutObjectVersionTagging "s3:PutObjectVersionTagging" Object;
    PutReplicationConfiguration "s3:PutReplicationConfiguration" Bucket;
    ReplicateDelete "s3:ReplicateDelete" Object;
    ReplicateObject "s3:ReplicateObject" Object;
    ReplicateTags "s3:ReplicateTags" Object;
    RestoreObject "s3:RestoreObject" Object;
    UpdateObjectEncryption "s3:UpdateObjectEncryption" Object;
    AdminRead "drystone:AdminRead" Service;
    AdminWrite "drystone:AdminWrite" Service;
    AssumeRole "sts:AssumeRole" Service;
    GetCallerIdentity "sts:GetCallerIdentity" Service;
    GetSessionToken "sts:GetSessionToken" Service;
}

impl Action {
    /// Reads a name with its service; letter case does not count, as on AWS.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name().eq_ignore_ascii_case(name))
    }

    /// Is it one of S3's?
    pub fn is_s3(self) -> bool {
        self.name().starts_with("s3:")
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of actions: what the patterns of a statement's Action stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionSet(u128);

const _: () = assert!(Action::ALL.len() <= 128, "an ActionSet has a bit for every action");

impl ActionSet {
    /// All that `belongs` says yes to.
    pub fn of(mut belongs: impl FnMut(Action) -> bool) -> Self {
        let mut bits = 0;
        for action in Action::ALL {
            bits |= u128::from(belongs(*action)) << (*action as u8);
        }
        Self(bits)
    }

    /// Is `action` in it?
    pub fn contains(self, action: Action) -> bool {
        self.0 >> (action as u8) & 1 == 1
    }

    /// In either.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All that are not in it.
    pub fn complement(self) -> Self {
        Self::of(|action| !self.contains(action))
    }

    /// Is nothing in it?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| self.contains(*action))
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, ActionSet, ResourceKind};

    #[test]
    fn names_are_unique_and_read_back_in_any_case() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.name()), Some(*action));
            assert_eq!(Action::parse(&action.name().to_lowercase()), Some(*action));
        }
        assert_eq!(Action::parse("s3:GetObjects"), None);
        assert_eq!(Action::GetObject.kind(), ResourceKind::Object);
        assert!(Action::GetObject.is_s3() && !Action::AssumeRole.is_s3());
    }

    #[test]
    fn sets_hold_what_was_put_in() {
        let reads = ActionSet::of(|action| action.name().starts_with("s3:Get"));
        assert!(reads.contains(Action::GetObject) && !reads.contains(Action::PutObject));
        assert!(
            !reads.complement().contains(Action::GetObject)
                && reads.complement().contains(Action::GetCallerIdentity)
        );
        assert_eq!(reads.union(reads.complement()).iter().count(), Action::ALL.len());
        assert!(ActionSet::default().is_empty());
    }
}
