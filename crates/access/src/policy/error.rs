//! PolicyError: why a policy document is refused, in S3's words and in IAM's.

/// Why a policy is refused. Displays as S3 answers MalformedPolicy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The first byte is not `{`.
    #[error("Policies must be valid JSON and the first byte must be '{{'")]
    NotAnObject,
    /// Not JSON.
    #[error("This policy contains invalid Json")]
    InvalidJson,
    /// Longer than its kind may be.
    #[error("Policy exceeds the maximum allowed document size.")]
    TooLarge,
    /// A name occurs twice in one object, or both an element and its Not form.
    #[error("Statement/policy already has instance of {0}")]
    Duplicate(String),
    /// An element that no policy has.
    #[error("Unknown field {0}")]
    UnknownField(String),
    /// An element of the wrong JSON type.
    #[error("Could not parse the policy: {0} has an invalid type")]
    WrongType(&'static str),
    /// An element is missing.
    #[error("Missing required field {0}")]
    Missing(&'static str),
    /// An empty list of statements.
    #[error("Could not parse the policy: Statement is empty!")]
    NoStatements,
    /// A version other than the two that exist.
    #[error("The policy must contain a valid version string")]
    InvalidVersion,
    /// Neither Allow nor Deny.
    #[error("Invalid effect: {0}")]
    InvalidEffect(String),
    /// A statement id that an identity policy may not have.
    #[error("Statement IDs (SID) can only include alphanumeric characters")]
    InvalidSid,
    /// A statement id twice.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    DuplicateSid,
    /// A principal that is none, or that does not exist.
    #[error("Invalid principal in policy")]
    InvalidPrincipal,
    /// An identity policy with a principal.
    #[error("Policy document should not specify a principal.")]
    PrincipalNotAllowed,
    /// Everyone but some is allowed: that would include anonymous requests.
    #[error("Allow with NotPrincipal is not allowed")]
    AllowNotPrincipal,
    /// An action that does not exist.
    #[error("Policy has invalid action")]
    InvalidAction,
    /// A resource that is none, or of another bucket.
    #[error("Policy has invalid resource")]
    InvalidResource,
    /// A resource of an identity policy that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    NotAnArn(String),
    /// A bucket's action with only objects as resources, or the other way round.
    #[error("Action does not apply to any resource(s) in statement")]
    ActionResourceMismatch,
    /// A condition operator that does not exist.
    #[error("Invalid Condition type : {0}")]
    UnknownOperator(String),
    /// A condition key that does not exist.
    #[error("Policy has an invalid condition key")]
    UnknownKey,
    /// A condition key that the statement's actions do not have.
    #[error("Conditions do not apply to combination of actions and resources in statement")]
    ConditionMismatch,
    /// No address and no range of addresses.
    #[error("Invalid IP address in Conditions")]
    InvalidIp,
    /// A value that its operator cannot compare with.
    #[error("Invalid value in Conditions: {0}")]
    InvalidValue(String),
    /// A `${` without its end.
    #[error("Invalid policy variable in {0}")]
    InvalidVariable(String),
}

impl PolicyError {
    /// As IAM answers MalformedPolicyDocument.
    pub fn iam_message(&self) -> String {
        let text = match self {
            Self::NotAnObject
            | Self::InvalidJson
            | Self::WrongType(_)
            | Self::UnknownField(_)
            | Self::Duplicate(_)
            | Self::Missing("Statement" | "Effect")
            | Self::NoStatements
            | Self::InvalidEffect(_) => "Syntax errors in policy.",
            Self::Missing("Action") => "Policy statement must contain actions.",
            Self::Missing("Resource") => "Policy statement must contain resources.",
            Self::InvalidVersion => "The policy contains an invalid version string.",
            Self::InvalidAction => {
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            }
            other => return other.to_string(),
        };
        text.to_owned()
    }
}
