//! Container: credentials of a container from the service that its environment names (ECS, EKS pod identity).

use super::document::{self, Author};
use super::exchange::{Patience, Question, exchange};
use super::{Credentials, CredentialsError, unusable};
use crate::config::{Env, set};
use http::Uri;
use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio_rustls::TlsConnector;

/// Whose errors these are.
pub(super) const FROM: &str = "the container's credentials";
/// Where ECS answers.
const ECS: &str = "169.254.170.2";
/// Who may be asked by plain HTTP, besides loopback: ECS and EKS.
const HOSTS: [&str; 4] = [ECS, "169.254.170.23", "fd00:ec2::23", "localhost"];
const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(2), answer: Duration::from_secs(5), attempts: 3 };
/// Largest file with a token.
const TOKEN_MAX_BYTES: u64 = 64 << 10;

/// Whom to ask.
#[derive(Clone, Debug)]
pub(super) struct Container {
    url: Uri,
    token: Token,
}

/// What authorizes the question.
#[derive(Clone)]
enum Token {
    None,
    Text(String),
    /// Read each time: it is replaced before it ends.
    File(PathBuf),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// What the environment names, if it names something.
///
/// # Errors
/// An address that must not be asked: over plain HTTP only this machine's services are.
pub(super) fn configured(env: &Env) -> Result<Option<Container>, CredentialsError> {
    let url = match (set(env, RELATIVE), set(env, FULL)) {
        (Some(path), _) => format!("http://{ECS}{path}"),
        (None, Some(url)) => url,
        (None, None) => return Ok(None),
    };
    let wrong = |why: &str| unusable(FROM, format!("{url:?} {why}"));
    let uri: Uri = url.parse().map_err(|_| wrong("is no address"))?;
    let host = uri.host().ok_or_else(|| wrong("has no host"))?.trim_matches(['[', ']']);
    let is_local = HOSTS.contains(&host) || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_local => {}
        _ => {
            return Err(wrong(&format!(
                "is not asked: use https, a loopback address or one of {}",
                HOSTS.join(", ")
            )));
        }
    }
    let file = set(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(|path| Token::File(path.into()));
    let text = || set(env, "AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Token::Text);
    Ok(Some(Container { url: uri, token: file.or_else(text).unwrap_or(Token::None) }))
}

/// Asks.
///
/// # Errors
/// [`CredentialsError::Unusable`].
pub(super) async fn fetch(
    container: &Container,
    tls: Option<&TlsConnector>,
) -> Result<Credentials, CredentialsError> {
    let mut question = Question::get(container.url.clone());
    question.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let token = match &container.token {
        Token::None => None,
        Token::Text(text) => Some(text.clone()),
        Token::File(path) => {
            Some(super::small_file(path, TOKEN_MAX_BYTES).map_err(|why| unusable(FROM, why))?)
        }
    };
    if let Some(token) = token {
        let mut value = HeaderValue::from_str(&token)
            .map_err(|_| unusable(FROM, "the authorization token is no header value"))?;
        value.set_sensitive(true);
        question.headers.insert(AUTHORIZATION, value);
    }
    let reply =
        exchange(&question, tls, PATIENCE).await.map_err(|silence| unusable(FROM, silence.to_string()))?;
    if reply.status != 200 {
        let told =
            document::parse(&reply.body, Author::Service).err().filter(|_| reply.body.starts_with(b"{"));
        let told = told.map(|told| format!("; {told}")).unwrap_or_default();
        return Err(unusable(FROM, format!("{} answered {}{told}", container.url, reply.status)));
    }
    document::parse(&reply.body, Author::Service).map_err(|why| unusable(FROM, why))
}

#[cfg(test)]
mod tests {
    use super::{configured, fetch};
    use crate::config::env_of;
    use crate::credentials::fake::Fake;

    #[test]
    fn only_this_machines_services_are_asked_by_plain_http() {
        let cases = [
            ("http://169.254.170.2/x", true),
            ("http://169.254.170.23/v1/credentials", true),
            ("http://[fd00:ec2::23]/v1/credentials", true),
            ("http://127.0.0.9:80/x", true),
            ("http://[::1]:80/x", true),
            ("http://localhost:80/x", true),
            ("https://example.com/x", true),
            ("http://example.com/x", false),
            ("http://10.0.0.1/x", false),
            ("http://localhost.example.com/x", false),
            ("ftp://127.0.0.1/x", false),
            ("/x", false),
            ("a b", false),
        ];
        for (url, is_asked) in cases {
            let outcome = configured(&env_of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)]));
            assert_eq!(matches!(outcome, Ok(Some(_))), is_asked, "{url}: {outcome:?}");
        }
        let relative = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
        let both = env_of(&[relative, ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/")]);
        assert_eq!(configured(&both).unwrap().unwrap().url, "http://169.254.170.2/v2/x");
        assert!(configured(&env_of(&[])).unwrap().is_none());
    }

    #[tokio::test]
    async fn a_container_is_given_credentials_for_its_token() {
        let answer =
            r#"{"AccessKeyId":"K","SecretAccessKey":"S","Token":"T","Expiration":"2030-01-01T00:00:00Z"}"#;
        let fake = Fake::start(vec![("GET /creds?x=1", 500, ""), ("GET /creds?x=1", 200, answer)]).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file.as_file(), b"Bearer of-file\n").unwrap();
        let env = env_of(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/creds?x=1", fake.url)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-environment"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.path().to_str().unwrap()),
        ]);
        let credentials = fetch(&configured(&env).unwrap().unwrap(), None).await.unwrap();
        assert_eq!(credentials.access_key_id, "K");
        assert_eq!(credentials.session_token.unwrap().expose(), "T");
        let asked = fake.asked();
        assert_eq!(asked.len(), 2);
        assert!(asked[1].contains("authorization: Bearer of-file\r\n"), "{asked:?}");
    }

    #[tokio::test]
    async fn a_refusal_says_who_refused() {
        let fake = Fake::start(vec![("GET /", 403, r#"{"code":"AccessDenied","message":"not you"}"#)]).await;
        let env = env_of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &fake.url)]);
        let container = configured(&env).unwrap().unwrap();
        let error = fetch(&container, None).await.unwrap_err().to_string();
        assert!(error.contains("answered 403; it answered AccessDenied: not you"), "{error}");
        let env = env_of(&[
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &fake.url),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a\r\nx: y"),
        ]);
        let error = fetch(&configured(&env).unwrap().unwrap(), None).await.unwrap_err().to_string();
        assert!(error.contains("no header value"), "{error}");
        assert_eq!(fake.asked().len(), 1);
    }
}
