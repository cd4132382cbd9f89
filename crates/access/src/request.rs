//! AccessRequest: everything that a judgement needs to know. Nothing here is read from anywhere else.

use std::borrow::Cow;

use drystone_types::{AccountId, Acl, Timestamp};

use crate::action::Action;
use crate::condition_key::ConditionKey;
use crate::ownership::ObjectOwnership;
use crate::policy::Policy;
use crate::principal::Principal;
use crate::public::PublicAccessBlock;

/// What an action is done on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// No resource of its own: `*`, as for ListAllMyBuckets.
    Service,
    /// `bucket` or `bucket/key`, of `arn:aws:s3:::`.
    S3(String),
    /// Anything else, as a whole ARN.
    Arn(String),
}

impl Resource {
    /// A bucket.
    pub fn bucket(bucket: &str) -> Self {
        Self::S3(bucket.to_owned())
    }

    /// An object. The key counts as it is, with every slash.
    pub fn object(bucket: &str, key: &str) -> Self {
        Self::S3(format!("{bucket}/{key}"))
    }

    /// As messages show it.
    pub fn arn(&self) -> Cow<'_, str> {
        match self {
            Self::Service => Cow::Borrowed("arn:aws:s3:::*"),
            Self::S3(path) => Cow::Owned(format!("arn:aws:s3:::{path}")),
            Self::Arn(arn) => Cow::Borrowed(arn),
        }
    }
}

/// The values of a condition key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    /// The request does not have it: AWS's rules for a missing key hold.
    Absent,
    /// One value.
    One(Cow<'a, str>),
    /// A list, possibly empty: `s3:RequestObjectTagKeys`.
    Many(Vec<Cow<'a, str>>),
    /// It may have a value which we do not know: fail closed.
    Unknown,
}

impl<'a> Values<'a> {
    /// One value.
    pub fn one(value: impl Into<Cow<'a, str>>) -> Self {
        Self::One(value.into())
    }

    /// One value, or none.
    pub fn option<T: Into<Cow<'a, str>>>(value: Option<T>) -> Self {
        value.map_or(Self::Absent, |value| Self::One(value.into()))
    }
}

/// Answers condition keys from a request.
///
/// Keys about the principal and the time (`aws:username`, `aws:userid`, `aws:PrincipalArn`, `aws:PrincipalAccount`,
/// `aws:PrincipalType`, `aws:PrincipalIsAWSService`, `aws:ViaAWSService`, `aws:TokenIssueTime`, `aws:MultiFactorAuth*`,
/// `aws:CurrentTime`, `aws:EpochTime`), keys that are never here and unsupplied keys are answered before this is asked.
///
/// Forms: moments in ISO 8601, numbers in decimal, booleans as `true` and `false`, addresses without a port,
/// `s3:signatureAge` in milliseconds.
pub trait Conditions {
    /// The values of `key`.
    fn values(&self, key: &ConditionKey) -> Values<'_>;
}

/// A request without any.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoConditions;

impl Conditions for NoConditions {
    fn values(&self, _: &ConditionKey) -> Values<'_> {
        Values::Absent
    }
}

/// What the judgement must know about a bucket.
#[derive(Clone, Copy, Debug)]
pub struct BucketFacts<'a> {
    /// Whose it is.
    pub owner: &'a AccountId,
    /// Its policy.
    pub policy: Option<&'a Policy>,
    /// Its ACL.
    pub acl: &'a Acl,
    /// What is withheld from the public.
    pub public_access_block: PublicAccessBlock,
    /// Whether ACLs count.
    pub ownership: ObjectOwnership,
}

/// What the judgement must know about an object (or an upload) that exists.
#[derive(Clone, Copy, Debug)]
pub struct ObjectFacts<'a> {
    /// Whose it is.
    pub owner: &'a AccountId,
    /// Its ACL.
    pub acl: &'a Acl,
}

/// May this principal do this?
#[derive(Clone, Copy)]
pub struct AccessRequest<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// What.
    pub action: Action,
    /// On what.
    pub resource: &'a Resource,
    /// The rest of the request.
    pub conditions: &'a dyn Conditions,
    /// The moment of the request.
    pub now: Timestamp,
    /// The bucket; `None` where there is none (ListAllMyBuckets, CreateBucket): only identity policies count.
    pub bucket: Option<BucketFacts<'a>>,
    /// The object, where the action is about one that exists.
    pub object: Option<ObjectFacts<'a>>,
    /// Did this principal initiate the upload that is aborted or listed (b165)?
    pub is_initiator: bool,
}
