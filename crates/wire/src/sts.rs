//! The security token service: its forms, answers and errors.
//! A form that names an action of 2011-06-15, as the body of `POST /` or the query of `GET /`.

use drystone_types::{Timestamp, limits};
use std::time::Duration;

use crate::auth::Secret;
use crate::encoding::decode_query;
use crate::xml::writer::{DECLARATION, XmlWriter};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const VERSION: &str = "2011-06-15";
/// Seconds that a session lasts when the request does not say.
const DURATION_DEFAULT: u64 = 3600;
/// What AssumeRole reads.
const READ: [&str; 6] = ["Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "Policy"];
/// What `PolicyArns` is written as, with a number between.
const POLICY_ARN: (&str, &str) = ("PolicyArns.member.", ".arn");
/// Lists that clients send without a value when they are empty.
const EMPTY_LISTS: [&str; 4] = ["PolicyArns", "ProvidedContexts", "Tags", "TransitiveTagKeys"];

/// What is asked of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StsRequest {
    /// AssumeRole.
    AssumeRole {
        /// The role, as an ARN. There are no roles here; it is shown in the answer.
        role_arn: String,
        /// The session's name.
        session_name: String,
        /// How long it lasts.
        duration: Duration,
        /// Narrows its rights.
        policy: Option<String>,
        /// ARNs of policies that narrow its rights too.
        policy_arns: Vec<String>,
    },
    /// GetCallerIdentity.
    GetCallerIdentity,
}

/// An error as the service answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StsError {
    /// HTTP status.
    pub status: u16,
    /// Code.
    pub code: &'static str,
    /// Message.
    pub message: String,
}

impl StsError {
    /// An error.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// 403.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::new(403, "AccessDenied", message)
    }

    /// The document.
    pub fn to_xml(&self, request_id: &str) -> String {
        let sender = if self.status < 500 { "Sender" } else { "Receiver" };
        document("ErrorResponse", |w| {
            w.element("Error", |w| {
                w.text("Type", sender);
                w.text("Code", self.code);
                w.text("Message", &self.message);
            });
            w.text("RequestId", request_id);
        })
    }
}

/// Reads a form.
///
/// # Errors
/// MissingAction, InvalidAction, ValidationError.
pub fn parse(form: &[u8]) -> Result<StsRequest, StsError> {
    let fields = fields(form)?;
    let get = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let action =
        get("Action").ok_or_else(|| StsError::new(400, "MissingAction", "The form names no Action."))?;
    let version = get("Version").unwrap_or_default();
    match (action, version) {
        ("GetCallerIdentity", VERSION) => Ok(StsRequest::GetCallerIdentity),
        ("AssumeRole", VERSION) => {
            refuse_unread(&fields)?;
            let role_arn = get("RoleArn").unwrap_or_default();
            let session_name = get("RoleSessionName").unwrap_or_default();
            check("roleArn", role_arn, is_arn(role_arn))?;
            let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
            let is_name = (2..=64).contains(&session_name.len()) && session_name.bytes().all(legal);
            check("roleSessionName", session_name, is_name)?;
            let policy = get("Policy");
            check("policy", "", policy.is_none_or(|policy| !policy.is_empty()))?;
            Ok(StsRequest::AssumeRole {
                role_arn: role_arn.to_owned(),
                session_name: session_name.to_owned(),
                duration: duration(get("DurationSeconds"))?,
                policy: policy.map(str::to_owned),
                policy_arns: policy_arns(&fields)?,
            })
        }
        _ => {
            let message = format!("Could not find operation {action} for version {version}");
            Err(StsError::new(400, "InvalidAction", message))
        }
    }
}

/// What would be passed over changes nothing that its sender wanted changed: a policy in it would not narrow, a code would not be
/// checked.
fn refuse_unread(fields: &[(String, String)]) -> Result<(), StsError> {
    let is_read = |(name, value): &&(String, String)| {
        READ.contains(&name.as_str())
            || policy_arn_number(name).is_some()
            || (value.is_empty() && EMPTY_LISTS.contains(&name.as_str()))
    };
    match fields.iter().find(|field| !is_read(field)) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("The parameter {name} is not supported.");
            Err(StsError::new(400, "ValidationError", message))
        }
    }
}

/// The number in `PolicyArns.member.N.arn`.
fn policy_arn_number(name: &str) -> Option<usize> {
    let digits = name.strip_prefix(POLICY_ARN.0)?.strip_suffix(POLICY_ARN.1)?;
    digits.parse().ok().filter(|number: &usize| number.to_string() == digits && *number > 0)
}

/// The members of `PolicyArns` in their order.
fn policy_arns(fields: &[(String, String)]) -> Result<Vec<String>, StsError> {
    let numbered = fields.iter().filter_map(|(name, arn)| Some((policy_arn_number(name)?, arn)));
    let mut members: Vec<_> = numbered.collect();
    members.sort_unstable();
    let max = limits::SESSION_POLICIES_MAX;
    if members.len() > max {
        let message = format!("There may be at most {max} policies at 'policyArns'.");
        return Err(StsError::new(400, "ValidationError", message));
    }
    for (number, arn) in &members {
        check(&format!("policyArns.{number}.member.arn"), arn, is_arn(arn))?;
    }
    Ok(members.into_iter().map(|(_, arn)| arn.clone()).collect())
}

fn is_arn(text: &str) -> bool {
    (20..=2048).contains(&text.len()) && text.starts_with("arn:")
}

fn duration(seconds: Option<&str>) -> Result<Duration, StsError> {
    let text = seconds.unwrap_or_default();
    let seconds = if text.is_empty() { Some(DURATION_DEFAULT) } else { text.parse().ok() };
    let seconds = seconds.unwrap_or_default();
    let allowed = limits::SESSION_DURATION_MIN.as_secs()..=limits::SESSION_DURATION_MAX.as_secs();
    check("durationSeconds", text, allowed.contains(&seconds))?;
    Ok(Duration::from_secs(seconds))
}

fn check(name: &str, value: &str, is_legal: bool) -> Result<(), StsError> {
    if is_legal {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: it is missing, malformed or out \
         of range"
    );
    Err(StsError::new(400, "ValidationError", message))
}

fn fields(form: &[u8]) -> Result<Vec<(String, String)>, StsError> {
    let broken = || StsError::new(400, "MalformedInput", "The form is not well-formed.");
    let text = std::str::from_utf8(form).map_err(|_| broken())?;
    let mut fields: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode_query(name).map_err(|_| broken())?;
        if fields.iter().any(|(other, _)| *other == name) {
            return Err(broken()); // no two readers shall disagree about which counts
        }
        fields.push((name, decode_query(value).map_err(|_| broken())?));
    }
    Ok(fields)
}

/// AssumeRole's answer.
#[derive(Clone, Debug)]
pub struct AssumeRoleResponse<'a> {
    /// The session's key id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
    /// Its token.
    pub token: &'a str,
    /// When it ends.
    pub expires: Timestamp,
    /// Unique id of who it acts for, and its name.
    pub assumed_role_id: &'a str,
    /// ARN of the session.
    pub arn: &'a str,
}

impl AssumeRoleResponse<'_> {
    /// The document.
    pub fn to_xml(&self, request_id: &str) -> String {
        document("AssumeRoleResponse", |w| {
            w.element("AssumeRoleResult", |w| {
                w.element("Credentials", |w| {
                    w.text("AccessKeyId", self.access_key_id);
                    w.text("SecretAccessKey", self.secret.expose());
                    w.text("SessionToken", self.token);
                    w.text("Expiration", &self.expires.iso8601().replace(".000Z", "Z"));
                });
                w.element("AssumedRoleUser", |w| {
                    w.text("AssumedRoleId", self.assumed_role_id);
                    w.text("Arn", self.arn);
                });
            });
            metadata(w, request_id);
        })
    }
}

/// GetCallerIdentity's answer.
pub fn caller_identity(user_id: &str, account: &str, arn: &str, request_id: &str) -> String {
    document("GetCallerIdentityResponse", |w| {
        w.element("GetCallerIdentityResult", |w| {
            w.text("Arn", arn);
            w.text("UserId", user_id);
            w.text("Account", account);
        });
        metadata(w, request_id);
    })
}

fn metadata(w: &mut XmlWriter, request_id: &str) {
    w.element("ResponseMetadata", |w| w.text("RequestId", request_id));
}

fn document(root: &str, content: impl FnOnce(&mut XmlWriter)) -> String {
    let attributes = format!(" xmlns=\"{NAMESPACE}\"");
    format!("{DECLARATION}{}", XmlWriter::fragment_with(root, &attributes, content))
}

#[cfg(test)]
mod tests {
    use super::{AssumeRoleResponse, StsError, StsRequest, caller_identity, parse};
    use crate::auth::Secret;
    use drystone_types::Timestamp;
    use proptest::prelude::*;
    use std::time::Duration;

    const BASE: &str = "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000001%3Arole%2Fr&RoleSessionName=ann";

    #[test]
    fn forms_are_read() {
        let asked = parse(format!("{BASE}&DurationSeconds=900&Policy=%7B%22a%22%3A+1%7D").as_bytes());
        let expected = StsRequest::AssumeRole {
            role_arn: "arn:aws:iam::000000000001:role/r".into(),
            session_name: "ann".into(),
            duration: Duration::from_secs(900),
            policy: Some("{\"a\": 1}".into()),
            policy_arns: Vec::new(),
        };
        assert_eq!(asked, Ok(expected));
        let plain = format!("{BASE}&PolicyArns=&Tags=&TransitiveTagKeys=&ProvidedContexts=");
        for form in [BASE, &plain] {
            let Ok(StsRequest::AssumeRole { duration, policy, policy_arns, .. }) = parse(form.as_bytes())
            else {
                panic!("legal: {form}")
            };
            assert_eq!((duration.as_secs(), policy, policy_arns.len()), (3600, None, 0));
        }
        let identity = parse(b"Action=GetCallerIdentity&Version=2011-06-15");
        assert_eq!(identity, Ok(StsRequest::GetCallerIdentity));
    }

    #[test]
    fn policy_arns_are_read_in_their_order_and_are_few() {
        let member =
            |number: usize| format!("&PolicyArns.member.{number}.arn=arn:aws:iam::aws:policy/p{number}");
        let arns = |form: String| match parse(format!("{BASE}{form}").as_bytes()) {
            Ok(StsRequest::AssumeRole { policy_arns, .. }) => Ok(policy_arns.join(" ")),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.code),
        };
        let two = "arn:aws:iam::aws:policy/p2 arn:aws:iam::aws:policy/p10";
        assert_eq!(arns(member(10) + &member(2)).as_deref(), Ok(two));
        assert!(arns((1..=10).map(member).collect()).is_ok());
        let refused = [
            (1..=11).map(member).collect(),
            member(0),
            member(1).replace(".1.", ".01."),
            member(1).replace(".1.", ".x."),
            member(1).replace(".arn=", ".Arn="),
            member(1).replace("=arn:", "=nra:"),
            "&PolicyArns=arn:aws:iam::aws:policy/readonly".into(),
            "&PolicyArns.member.1.arn=".into(),
        ];
        for form in refused {
            assert_eq!(arns(form.clone()), Err("ValidationError"), "{form}");
        }
        assert_eq!(arns(member(1) + &member(1)), Err("MalformedInput"));
    }

    /// Each means something that is not done here.
    #[test]
    fn parameters_that_would_be_passed_over_are_refused_by_name() {
        for name in [
            "ExternalId",
            "policy",
            "ProvidedContexts.member.1.ProviderArn",
            "SerialNumber",
            "SourceIdentity",
            "Tags.member.1.Key",
            "TokenCode",
            "TransitiveTagKeys.member.1",
        ] {
            let error = parse(format!("{BASE}&{name}=x").as_bytes()).expect_err(name);
            assert_eq!((error.status, error.code), (400, "ValidationError"), "{name}");
            assert_eq!(error.message, format!("The parameter {name} is not supported."));
        }
        let error = parse(format!("{BASE}&Policy=").as_bytes()).expect_err("an empty policy");
        assert_eq!((error.status, error.code), (400, "ValidationError"));
    }

    #[test]
    fn what_the_service_does_not_do_is_refused() {
        let cases = [
            (String::new(), "MissingAction"),
            ("Action=AssumeRoleWithWebIdentity&Version=2011-06-15".into(), "InvalidAction"),
            ("Action=GetCallerIdentity".into(), "InvalidAction"),
            ("Action=ListUsers&Version=2010-05-08".into(), "InvalidAction"),
            ("Action=AssumeRole&Version=2011-06-15".into(), "ValidationError"),
            (BASE.replace("=ann", "=a"), "ValidationError"),
            (BASE.replace("=ann", "=a%20b"), "ValidationError"),
            (BASE.replace("=arn", "=nra"), "ValidationError"),
            (format!("{BASE}&DurationSeconds=899"), "ValidationError"),
            (format!("{BASE}&DurationSeconds=43201"), "ValidationError"),
            (format!("{BASE}&DurationSeconds=x"), "ValidationError"),
            (format!("{BASE}&RoleSessionName=bob"), "MalformedInput"),
            ("Action=%ff".into(), "MalformedInput"),
        ];
        for (form, code) in cases {
            assert_eq!(parse(form.as_bytes()).map_err(|error| error.code), Err(code), "{form}");
        }
    }

    #[test]
    fn answers_are_what_clients_read() {
        let secret = Secret::new("s<");
        let answer = AssumeRoleResponse {
            access_key_id: "ASIA1",
            secret: &secret,
            token: "t",
            expires: Timestamp::from_seconds(1_800_000_000),
            assumed_role_id: "AIDA1:ann",
            arn: "arn:aws:sts::1:assumed-role/r/ann",
        };
        let xml = answer.to_xml("R");
        assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"));
        assert!(xml.contains("<SecretAccessKey>s&lt;</SecretAccessKey>"), "{xml}");
        assert!(xml.contains("<Expiration>2027-01-15T08:00:00Z</Expiration>"), "{xml}");
        assert!(
            caller_identity("u", "1", "a", "R")
                .contains("<Arn>a</Arn><UserId>u</UserId><Account>1</Account>")
        );
        let error = StsError::access_denied("no").to_xml("R");
        assert!(
            error
                .contains("<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>")
        );
    }

    proptest! {
        #[test]
        fn arbitrary_forms_never_panic(form in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&form);
        }
    }
}
