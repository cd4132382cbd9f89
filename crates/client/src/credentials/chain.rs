//! Chain: credentials from the first place that has some, as the AWS tools look for them.

use super::renewing::{Fetch, Renewing};
use super::source::{Source, choose};
use super::{Credentials, CredentialsError, Provider, container, instance, process, sts, unusable};
use crate::config::Env;
use crate::config::shared::Shared;
use crate::ground::Ground;
use futures_util::future::BoxFuture;
use std::fmt;
use std::sync::Arc;
use tokio_rustls::TlsConnector;

const WHAT_TO_DO: &str = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or AWS_PROFILE; \
                          --no-sign-request reads what is public";

/// Where to look.
#[derive(Clone)]
pub struct ChainOptions {
    /// The profile that a flag names.
    pub profile: Option<String>,
    /// The environment.
    pub env: Env,
    /// For places that are asked over HTTPS.
    pub tls: Option<TlsConnector>,
    /// Time and chance.
    pub ground: Ground,
    /// What else to say when there are none.
    pub hint: Option<String>,
}

/// A provider that looks in the environment, web identity, profile, container and instance, in this order. The files are read when
/// credentials are first needed, and again when those are to be renewed.
pub fn chain(options: ChainOptions) -> Arc<dyn Provider> {
    let ground = options.ground.clone();
    Arc::new(Renewing::new(Chain(options), ground))
}

struct Chain(ChainOptions);

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chain")
    }
}

#[async_trait::async_trait]
impl Fetch for Chain {
    async fn fetch(&self) -> Result<Credentials, CredentialsError> {
        let source = self.source()?;
        self.ask(&source).await
    }
}

impl Chain {
    fn source(&self) -> Result<Source, CredentialsError> {
        let shared =
            Shared::load(&self.0.env).map_err(|error| unusable("the configuration", error.to_string()))?;
        choose(self.0.profile.as_deref(), &self.0.env, &shared)
    }

    fn ask<'a>(&'a self, source: &'a Source) -> BoxFuture<'a, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let tls = self.0.tls.as_ref();
            let now = self.0.ground.now();
            match source {
                Source::Fixed(credentials) => Ok(credentials.clone()),
                Source::Process { words, from } => self.lasting(process::fetch(words, from).await?, from),
                Source::Role { role, sts, base, from } => {
                    let base = self.ask(base).await?;
                    self.lasting(sts::assume(sts, role, &base, from, now, tls).await?, from)
                }
                Source::WebIdentity { role, sts, token_file, from } => {
                    let got = sts::assume_with_web_identity(sts, role, token_file, from, now, tls).await?;
                    self.lasting(got, from)
                }
                Source::Container(container) => {
                    self.lasting(container::fetch(container, tls).await?, container::FROM)
                }
                // Those may have ended: AWS goes on accepting them while its service has trouble.
                Source::Instance { instance, looked } => match instance::fetch(instance).await {
                    Err(CredentialsError::Missing(why)) => Err(self.missing(&format!("{looked}, and {why}"))),
                    outcome => outcome,
                },
                Source::Nowhere { looked } => Err(self.missing(looked)),
            }
        })
    }

    /// Only credentials that have not ended.
    fn lasting(&self, credentials: Credentials, from: &str) -> Result<Credentials, CredentialsError> {
        match credentials.expires {
            Some(end) if end <= self.0.ground.now() => Err(unusable(
                from,
                format!("they ended at {}; is this machine's clock right?", end.iso8601()),
            )),
            _ => Ok(credentials),
        }
    }

    fn missing(&self, looked: &str) -> CredentialsError {
        let hint = self.0.hint.as_ref().map(|hint| format!(". {hint}")).unwrap_or_default();
        CredentialsError::Missing(format!("{looked}. {WHAT_TO_DO}{hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{ChainOptions, chain};
    use crate::config::env_of;
    use crate::credentials::Credentials;
    use crate::credentials::fake::Fake;
    use crate::ground::Ground;
    use drystone_types::Timestamp;
    use std::fmt::Write as _;
    use std::io::Write as _;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(text.as_bytes()).unwrap();
        file
    }

    async fn ask(profile: Option<&str>, config: &str, env: &[(&str, &str)]) -> Result<Credentials, String> {
        let config = file(config);
        let files = [
            ("AWS_CONFIG_FILE", config.path().to_str().unwrap()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials"),
        ];
        let options = ChainOptions {
            profile: profile.map(str::to_owned),
            env: env_of(&[&files, env].concat()),
            tls: None,
            ground: Ground::new(|| Timestamp::parse_iso8601("2026-11-22T10:30:00Z").unwrap(), || 0),
            hint: Some("HINT".into()),
        };
        chain(options).credentials().await.map_err(|error| error.to_string())
    }

    fn sts_answer(action: &str, id: &str, end: &str) -> &'static str {
        let mut xml = String::new();
        write!(xml, "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials>").unwrap();
        write!(xml, "<AccessKeyId>{id}</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken>").unwrap();
        write!(xml, "<Expiration>{end}</Expiration></Credentials></{action}Result></{action}Response>")
            .unwrap();
        xml.leak()
    }

    #[tokio::test]
    async fn a_role_is_assumed_by_the_role_that_it_names() {
        let answer = |id| sts_answer("AssumeRole", id, "2026-11-22T11:30:00Z");
        let fake = Fake::start(vec![("POST /", 200, answer("ONE")), ("POST /", 200, answer("TWO"))]).await;
        let config = "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = s\n\
                      [profile one]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\n\
                      [profile two]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = one\nrole_session_name = me\nexternal_id = a b\n";
        let env = [("AWS_ENDPOINT_URL", fake.url.as_str()), ("AWS_REGION", "eu-west-1")];
        let credentials = ask(Some("two"), config, &env).await.unwrap();
        assert_eq!(credentials.access_key_id, "TWO");
        assert_eq!(credentials.expires.unwrap().iso8601(), "2026-11-22T11:30:00.000Z");
        let asked = fake.asked();
        assert!(asked[0].contains("Credential=BASE/20261122/eu-west-1/sts/aws4_request, SignedHeaders=content-type;host;x-amz-date, "));
        assert!(asked[0].ends_with(
            "\r\n\r\nAction=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fone&RoleSessionName=drystone-1795343400"
        ));
        assert!(
            asked[1].contains("Credential=ONE/")
                && asked[1].contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, ")
        );
        assert!(
            asked[1].contains("x-amz-security-token: T\r\n")
                && asked[1].ends_with("&RoleSessionName=me&ExternalId=a%20b")
        );
    }

    #[tokio::test]
    async fn a_role_is_assumed_by_a_web_identity() {
        let answer = sts_answer("AssumeRoleWithWebIdentity", "WEB", "2026-11-22T11:30:00Z");
        let fake = Fake::start(vec![("POST /", 503, ""), ("POST /", 200, answer)]).await;
        let token = file("a.b.c\n");
        let env = [
            ("AWS_ENDPOINT_URL_STS", fake.url.as_str()),
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token.path().to_str().unwrap()),
        ];
        assert_eq!(ask(None, "", &env).await.unwrap().access_key_id, "WEB");
        let asked = fake.asked();
        assert!(
            asked[1].ends_with("&WebIdentityToken=a.b.c") && !asked[1].contains("authorization"),
            "{asked:?}"
        );
    }

    #[tokio::test]
    async fn a_refused_role_says_why() {
        let refusal = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
        let config = "[profile x]\nrole_arn = arn:x\nsource_profile = x\naws_access_key_id = K\naws_secret_access_key = s\n";
        let ended = sts_answer("AssumeRole", "K", "2026-11-22T10:30:00Z");
        for (status, body, what) in [
            (403, refusal, "answered 403: no (AccessDenied)"),
            (403, "", "answered 403"),
            (200, "<x/>", "answered 200 with no credentials"),
            (200, ended, "they ended at 2026-11-22T10:30:00.000Z"),
        ] {
            let fake = Fake::start(vec![("POST /", status, body)]).await;
            let error = ask(Some("x"), config, &[("AWS_ENDPOINT_URL", &fake.url)]).await.unwrap_err();
            assert!(
                error.starts_with("cannot get credentials from profile x: ") && error.contains(what),
                "{error}"
            );
        }
        let error = ask(Some("x"), config, &[("AWS_ENDPOINT_URL_STS", "nonsense")]).await.unwrap_err();
        assert!(error.contains("\"nonsense\" is no endpoint"), "{error}");
    }

    #[tokio::test]
    async fn credentials_of_a_process_that_have_ended_are_refused() {
        let process = |end: &str| {
            let json =
                format!(r#"{{"Version":1,"AccessKeyId":"K","SecretAccessKey":"S","Expiration":"{end}"}}"#);
            format!("[default]\ncredential_process = /bin/echo '{json}'\n")
        };
        assert_eq!(ask(None, &process("2026-11-22T10:31:00Z"), &[]).await.unwrap().access_key_id, "K");
        let error = ask(None, &process("2026-11-22T10:29:00Z"), &[]).await.unwrap_err();
        assert!(error.contains("profile default's credential_process: they ended at"), "{error}");
    }

    #[tokio::test]
    async fn who_finds_none_is_told_where_was_looked_and_what_to_type() {
        let error = ask(None, "", &[("AWS_EC2_METADATA_DISABLED", "true")]).await.unwrap_err();
        for what in [
            "AWS_ACCESS_KEY_ID is not set",
            "profile default has none in /nowhere/credentials and ",
            "AWS_EC2_METADATA_DISABLED is true. Set AWS_ACCESS_KEY_ID and",
            "--profile",
            "HINT",
        ] {
            assert!(error.contains(what), "{what}: {error}");
        }
        let closed = Fake::start(Vec::new()).await.url.clone();
        let error = ask(None, "", &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &closed)]).await.unwrap_err();
        assert!(error.contains("and the instance's metadata: cannot reach 127.0.0.1:"), "{error}");
    }

    #[tokio::test]
    async fn a_broken_file_is_named_by_its_line() {
        let error = ask(None, "broken", &[]).await.unwrap_err();
        assert!(error.contains("line 1: neither a section nor a name = value"), "{error}");
    }
}
