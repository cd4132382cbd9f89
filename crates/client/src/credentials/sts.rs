//! Sts: credentials of a role from the security token service: AssumeRole and AssumeRoleWithWebIdentity.

use super::exchange::{Patience, Question, exchange};
use super::{Credentials, CredentialsError, unusable};
use drystone_types::Timestamp;
use drystone_wire::auth::{Secret, SignedRequest};
use drystone_wire::sigv4::canonical::{canonical_request, encode};
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::{ALGORITHM, sha256, signing_key, string_to_sign};
use drystone_wire::xml::reader::{Node, read};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Uri};
use std::path::Path;
use std::time::Duration;
use tokio_rustls::TlsConnector;

const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(5), answer: Duration::from_secs(15), attempts: 3 };
/// Largest file with a web identity token.
const TOKEN_MAX_BYTES: u64 = 64 << 10;
/// Largest answer.
const ANSWER_MAX_BYTES: usize = 64 << 10;

/// Where the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sts {
    /// Endpoint.
    pub(super) url: String,
    /// Region that signatures name.
    pub(super) region: String,
}

/// What is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// Its ARN.
    pub(super) arn: String,
    /// How the session is called; one is made up when it is not.
    pub(super) session_name: Option<String>,
    /// What some roles of others want to hear.
    pub(super) external_id: Option<String>,
    /// How long the session lasts.
    pub(super) duration_seconds: Option<String>,
}

/// Assumes a role as `base`.
///
/// # Errors
/// [`CredentialsError::Unusable`]; `from` is whose credentials these are.
pub(super) async fn assume(
    sts: &Sts,
    role: &Role,
    base: &Credentials,
    from: &str,
    now: Timestamp,
    tls: Option<&TlsConnector>,
) -> Result<Credentials, CredentialsError> {
    let form = form("AssumeRole", role, None, now);
    let mut question = sts.question(form, from)?;
    let signed = sign(&mut question, base, &sts.region, now);
    signed.ok_or_else(|| {
        unusable(from, "the credentials that assume the role have characters that headers cannot carry")
    })?;
    ask(&question, "AssumeRole", from, tls).await
}

/// Assumes a role by a token that a file has.
///
/// # Errors
/// [`CredentialsError::Unusable`]; `from` is whose credentials these are.
pub(super) async fn assume_with_web_identity(
    sts: &Sts,
    role: &Role,
    token_file: &Path,
    from: &str,
    now: Timestamp,
    tls: Option<&TlsConnector>,
) -> Result<Credentials, CredentialsError> {
    let token = super::small_file(token_file, TOKEN_MAX_BYTES).map_err(|why| unusable(from, why))?;
    let question = sts.question(form("AssumeRoleWithWebIdentity", role, Some(&token), now), from)?;
    ask(&question, "AssumeRoleWithWebIdentity", from, tls).await
}

/// The body of the request.
fn form(action: &str, role: &Role, token: Option<&str>, now: Timestamp) -> String {
    let made_up = format!("drystone-{}", now.seconds());
    let fields = [
        ("Action", Some(action)),
        ("Version", Some("2011-06-15")),
        ("RoleArn", Some(role.arn.as_str())),
        ("RoleSessionName", Some(role.session_name.as_deref().unwrap_or(&made_up))),
        ("ExternalId", role.external_id.as_deref()),
        ("DurationSeconds", role.duration_seconds.as_deref()),
        ("WebIdentityToken", token),
    ];
    let fields = fields.iter().filter_map(|(name, value)| Some(format!("{name}={}", encode((*value)?))));
    fields.collect::<Vec<_>>().join("&")
}

impl Sts {
    fn question(&self, form: String, from: &str) -> Result<Question, CredentialsError> {
        let url: Option<Uri> = self.url.parse().ok();
        let is_endpoint =
            |url: &Uri| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some();
        let wrong = || unusable(from, format!("{:?} is no endpoint of a token service", self.url));
        let url = url.filter(is_endpoint).ok_or_else(wrong)?;
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"),
        );
        Ok(Question { method: Method::POST, url, headers, body: form.into() })
    }
}

/// Adds the headers that sign the question. `None` when a value cannot stand in a header.
fn sign(question: &mut Question, by: &Credentials, region: &str, now: Timestamp) -> Option<()> {
    let amz_date = now.amz_date();
    let date = &amz_date[..8];
    let mut names = vec!["content-type", "host", "x-amz-date"];
    question.headers.insert("x-amz-date", HeaderValue::from_str(&amz_date).ok()?);
    if let Some(token) = &by.session_token {
        let mut value = HeaderValue::from_str(token.expose()).ok()?;
        value.set_sensitive(true);
        question.headers.insert("x-amz-security-token", value);
        names.push("x-amz-security-token");
    }
    let request = SignedRequest {
        method: question.method.as_str(),
        raw_path: question.url.path(),
        raw_query: "",
        headers: &question.headers,
        host: question.url.authority()?.as_str(),
        host_bucket: None,
    };
    let (canonical, _) = canonical_request(&request, "", &names, &hex(&sha256(&question.body))).ok()?;
    let scope = format!("{date}/{region}/sts/aws4_request");
    let key = signing_key(&by.secret, date, region, "sts");
    let signature = hex(&key.sign(string_to_sign(&amz_date, &scope, &canonical).as_bytes()));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        by.access_key_id,
        names.join(";"),
    );
    question.headers.insert(AUTHORIZATION, HeaderValue::from_str(&authorization).ok()?);
    Some(())
}

async fn ask(
    question: &Question,
    action: &str,
    from: &str,
    tls: Option<&TlsConnector>,
) -> Result<Credentials, CredentialsError> {
    let reply = exchange(question, tls, PATIENCE).await;
    let reply = reply.map_err(|silence| unusable(from, format!("{action}: {silence}")))?;
    let document = read(&reply.body, ANSWER_MAX_BYTES).ok();
    let answered = || format!("{action}: {} answered {}", question.url, reply.status);
    if reply.status != 200 {
        let error = document.as_ref().and_then(told);
        return Err(unusable(from, error.map_or_else(answered, |error| format!("{}: {error}", answered()))));
    }
    let credentials = document.as_ref().and_then(|document| credentials(document, action));
    credentials.ok_or_else(|| unusable(from, format!("{} with no credentials", answered())))
}

/// The error that a document tells.
fn told(document: &Node) -> Option<String> {
    let error = if &*document.name == "Error" { document } else { document.child("Error")? };
    Some(format!("{} ({})", error.child("Message")?.text.trim(), error.child("Code")?.text.trim()))
}

fn credentials(document: &Node, action: &str) -> Option<Credentials> {
    let found = document.child(&format!("{action}Result"))?.child("Credentials")?;
    let text = |name: &str| Some(found.child(name)?.text.trim()).filter(|text| !text.is_empty());
    Some(Credentials {
        access_key_id: text("AccessKeyId")?.to_owned(),
        secret: Secret::new(text("SecretAccessKey")?),
        session_token: Some(Secret::new(text("SessionToken")?)),
        expires: Some(Timestamp::parse_iso8601(text("Expiration")?)?),
    })
}
