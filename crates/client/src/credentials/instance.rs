//! Instance: credentials of an EC2 instance from its metadata service, by version 2 of its protocol.

use super::document::{self, Author};
use super::exchange::{Patience, Question, Reply, exchange};
use super::{Credentials, CredentialsError, unusable};
use crate::config::shared::Profile;
use crate::config::{Env, is_true, set};
use http::header::{HeaderName, HeaderValue};
use http::{Method, Uri};
use std::time::Duration;

/// Whose errors these are.
const FROM: &str = "the instance's metadata";
const IPV4: &str = "http://169.254.169.254";
const IPV6: &str = "http://[fd00:ec2::254]";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
const TOKEN_PATH: &str = "/latest/api/token";
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
/// The token is used at once.
const TOKEN_TTL_SECONDS: &str = "60";
/// Most machines are no instances: this must not take long.
const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(1), answer: Duration::from_secs(1), attempts: 2 };

/// Where the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    /// Without a slash at its end.
    endpoint: String,
}

/// Where the service is, or why it is not asked.
///
/// # Errors
/// Why not.
pub(super) fn configured(env: &Env, profile: &Profile) -> Result<Instance, String> {
    if set(env, "AWS_EC2_METADATA_DISABLED").as_deref().is_some_and(is_true) {
        return Err("AWS_EC2_METADATA_DISABLED is true".into());
    }
    let find = |variable: &str, property: &str| {
        set(env, variable).or_else(|| profile.get(property).map(str::to_owned))
    };
    let endpoint = find("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
    let mode = find("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
    let is_ipv6 = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let endpoint = endpoint.unwrap_or_else(|| if is_ipv6 { IPV6 } else { IPV4 }.into());
    Ok(Instance { endpoint: endpoint.trim_end_matches('/').to_owned() })
}

/// Asks for a token, for the name of the instance's role, and for the role's credentials.
///
/// # Errors
/// [`CredentialsError::Missing`] when there is no such service, or no role; [`CredentialsError::Unusable`].
pub(super) async fn fetch(instance: &Instance) -> Result<Credentials, CredentialsError> {
    let missing = |why: String| CredentialsError::Missing(format!("the instance's metadata: {why}"));
    let refused =
        |what: &str, reply: &Reply| format!("{} answered {} for {what}", instance.endpoint, reply.status);

    let mut question = instance.question(TOKEN_PATH)?;
    question.method = Method::PUT;
    question.headers.insert(TOKEN_TTL, HeaderValue::from_static(TOKEN_TTL_SECONDS));
    let reply = exchange(&question, None, PATIENCE).await.map_err(|silence| missing(silence.to_string()))?;
    if reply.status != 200 {
        return Err(missing(refused("a token", &reply)));
    }
    let mut token =
        HeaderValue::from_bytes(&reply.body).map_err(|_| unusable(FROM, "the token is no header value"))?;
    token.set_sensitive(true);

    let reply = instance.get(ROLES, &token).await?;
    let roles = String::from_utf8_lossy(&reply.body);
    let role = roles.lines().next().unwrap_or_default().trim();
    if reply.status == 404 || (reply.status == 200 && role.is_empty()) {
        return Err(missing("the instance has no role".into()));
    }
    let is_name = role.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte));
    if reply.status != 200 || !is_name {
        return Err(unusable(FROM, refused("the name of the role", &reply)));
    }

    let reply = instance.get(&format!("{ROLES}{role}"), &token).await?;
    if reply.status != 200 {
        return Err(unusable(FROM, refused(&format!("role {role}"), &reply)));
    }
    document::parse(&reply.body, Author::Service).map_err(|why| unusable(FROM, why))
}

impl Instance {
    async fn get(&self, path: &str, token: &HeaderValue) -> Result<Reply, CredentialsError> {
        let mut question = self.question(path)?;
        question.headers.insert(TOKEN, token.clone());
        exchange(&question, None, PATIENCE).await.map_err(|silence| unusable(FROM, silence.to_string()))
    }

    fn question(&self, path: &str) -> Result<Question, CredentialsError> {
        let url = format!("{}{path}", self.endpoint);
        let url: Option<Uri> =
            url.parse().ok().filter(|url: &Uri| url.scheme_str() == Some("http") && url.host().is_some());
        let wrong = || unusable(FROM, format!("{:?} is no endpoint, as {IPV4} is", self.endpoint));
        Ok(Question::get(url.ok_or_else(wrong)?))
    }
}

#[cfg(test)]
mod tests {
    use super::{Instance, configured, fetch};
    use crate::config::{env_of, shared::Profile};
    use crate::credentials::CredentialsError;
    use crate::credentials::fake::Fake;

    const ROLES: &str = "GET /latest/meta-data/iam/security-credentials/";
    const ROLE: &str = "GET /latest/meta-data/iam/security-credentials/my-role";
    const TOKEN: &str = "PUT /latest/api/token";

    #[test]
    fn the_service_is_where_the_environment_says() {
        let endpoint = |env: &[(&str, &str)]| {
            configured(&env_of(env), &Profile::default()).map(|instance| instance.endpoint)
        };
        assert_eq!(endpoint(&[]).as_deref(), Ok("http://169.254.169.254"));
        assert_eq!(
            endpoint(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://h/")]).as_deref(),
            Ok("http://h")
        );
        assert_eq!(
            endpoint(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6")]).as_deref(),
            Ok("http://[fd00:ec2::254]")
        );
        assert!(endpoint(&[("AWS_EC2_METADATA_DISABLED", "True")]).is_err());
        assert!(endpoint(&[("AWS_EC2_METADATA_DISABLED", "false")]).is_ok());
    }

    #[tokio::test]
    async fn an_instance_is_given_its_roles_credentials() {
        let answer = r#"{"Code":"Success","AccessKeyId":"K","SecretAccessKey":"S","Token":"T","Expiration":"2030-01-01T00:00:00Z"}"#;
        let fake =
            Fake::start(vec![(TOKEN, 200, "the-token"), (ROLES, 200, "my-role\n"), (ROLE, 200, answer)])
                .await;
        let credentials = fetch(&Instance { endpoint: fake.url.clone() }).await.unwrap();
        assert_eq!(credentials.access_key_id, "K");
        let asked = fake.asked();
        assert!(asked[0].contains("x-aws-ec2-metadata-token-ttl-seconds: 60\r\n"), "{asked:?}");
        assert!(
            asked[1..].iter().all(|asked| asked.contains("x-aws-ec2-metadata-token: the-token\r\n")),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn a_machine_that_is_none_or_has_no_role_has_no_credentials() {
        let closed = Fake::start(Vec::new()).await.url.clone();
        let outcome = fetch(&Instance { endpoint: closed }).await;
        assert!(matches!(outcome, Err(CredentialsError::Missing(_))), "{outcome:?}");
        for steps in [
            vec![(TOKEN, 404, "")],
            vec![(TOKEN, 200, "t"), (ROLES, 404, "")],
            vec![(TOKEN, 200, "t"), (ROLES, 200, "")],
        ] {
            let fake = Fake::start(steps).await;
            let outcome = fetch(&Instance { endpoint: fake.url.clone() }).await;
            assert!(matches!(outcome, Err(CredentialsError::Missing(_))), "{outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_service_that_answers_nonsense_is_said_to() {
        let wrong_code = r#"{"Code":"Failed","Message":"later"}"#;
        for steps in [
            vec![(TOKEN, 200, "t"), (ROLES, 200, "../x")],
            vec![(TOKEN, 200, "t"), (ROLES, 200, "my-role"), (ROLE, 200, wrong_code)],
            vec![(TOKEN, 200, "t"), (ROLES, 200, "my-role"), (ROLE, 500, ""), (ROLE, 503, "")],
        ] {
            let fake = Fake::start(steps).await;
            let outcome = fetch(&Instance { endpoint: fake.url.clone() }).await;
            assert!(matches!(outcome, Err(CredentialsError::Unusable { .. })), "{outcome:?}");
        }
        assert!(fetch(&Instance { endpoint: "nonsense".into() }).await.is_err());
    }
}
