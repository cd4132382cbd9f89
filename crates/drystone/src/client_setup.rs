//! ClientSetup: the client that flags, environment and profiles describe.

use drystone_client::config::{self, Asked, ConfigError, Env, Settings};
use drystone_client::credentials::{ChainOptions, chain};
use drystone_client::retry::Backoff;
use drystone_client::{
    Addressing, Client, ClientOptions, Endpoint, Ground, PayloadSigning, Timeouts, TlsConfig,
};
use drystone_store::{Clock as _, Entropy as _, SystemClock, SystemEntropy};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::TlsConnector;

use crate::args::{AddressingStyle, ClientArgs, SignPayload};
use crate::{Failure, root_key, trust};

/// What 0 seconds mean, as in the AWS CLI: no limit; one that nobody waits for.
const NO_TIMEOUT: Duration = Duration::from_secs(7 * 86_400);
/// Most attempts that can be asked for.
const ATTEMPTS_MAX: u32 = 1000;
/// Where a store that was started without settings listens.
const LOCAL_ENDPOINT: &str = "http://127.0.0.1:9000";

/// The client that the arguments and this process's environment describe.
///
/// # Errors
/// [`Failure::Config`] and [`Failure::Usage`], each with the setting that is wrong.
pub(crate) fn client(args: &ClientArgs) -> Result<Client, Failure> {
    let env: Env = Arc::new(|name: &str| std::env::var(name).ok());
    client_of(args, &settings(args, &env)?, &env)
}

/// What flags, environment and profiles come to.
///
/// # Errors
/// [`Failure::Config`].
pub(crate) fn settings(args: &ClientArgs, env: &Env) -> Result<Settings, Failure> {
    let asked = Asked {
        profile: args.profile.clone(),
        endpoint_url: args.endpoint_url.clone(),
        region: args.region.clone(),
        addressing_style: args.addressing_style.map(|style| match style {
            AddressingStyle::Auto => config::AddressingStyle::Auto,
            AddressingStyle::Path => config::AddressingStyle::Path,
            AddressingStyle::Virtual => config::AddressingStyle::Virtual,
        }),
        ca_bundle: args.ca_bundle.clone(),
    };
    Settings::resolve(&asked, env).map_err(|error: ConfigError| Failure::Config(error.to_string()))
}

/// The client that settings describe.
///
/// # Errors
/// [`Failure::Config`] and [`Failure::Usage`].
pub(crate) fn client_of(args: &ClientArgs, settings: &Settings, env: &Env) -> Result<Client, Failure> {
    let endpoint = endpoint(settings)?;
    let tls = tls(settings, endpoint.is_https())?;
    let ground = system();
    let credentials = (!args.no_sign_request).then(|| {
        chain(ChainOptions {
            profile: args.profile.clone(),
            env: Arc::clone(env),
            tls: Some(TlsConnector::from(Arc::new(tls.clone()))),
            ground: ground.clone(),
            hint: hint(settings, env),
        })
    });
    let usual = Timeouts::default();
    Ok(Client::new(ClientOptions {
        endpoint,
        region: settings.region.clone(),
        credentials,
        tls,
        timeouts: Timeouts {
            connect: seconds(args.connect_timeout, usual.connect),
            stall: seconds(args.read_timeout, usual.stall),
        },
        backoff: backoff(args, settings)?,
        payload_signing: match args.sign_payload {
            None | Some(SignPayload::Auto) => PayloadSigning::Auto,
            Some(SignPayload::Always) => PayloadSigning::Always,
            Some(SignPayload::Never) => PayloadSigning::Never,
        },
        ground,
    }))
}

/// The system's time and chance.
pub(crate) fn system() -> Ground {
    let random = || u64::try_from(SystemEntropy.random_u128() >> 64).expect("these are 64 bits");
    Ground::new(|| SystemClock.now(), random)
}

fn endpoint(settings: &Settings) -> Result<Endpoint, Failure> {
    let endpoint = match &settings.endpoint {
        Some(named) => {
            let parsed = Endpoint::parse(&named.url);
            parsed.map_err(|error| Failure::Config(format!("{}: {error}", named.from)))?
        }
        None => aws(&settings.region)?,
    };
    Ok(match settings.addressing_style {
        config::AddressingStyle::Auto => endpoint,
        config::AddressingStyle::Path => endpoint.with_addressing(Addressing::Path),
        config::AddressingStyle::Virtual => endpoint.with_addressing(Addressing::Virtual),
    })
}

/// AWS's endpoint; a region that is none must not become another host.
fn aws(region: &str) -> Result<Endpoint, Failure> {
    let is_region = region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_region || region.is_empty() {
        return Err(Failure::Config(format!("{region:?} is no region, as eu-west-1 is")));
    }
    Ok(Endpoint::aws(region))
}

/// Where the system has no certificates, plain HTTP does without.
fn tls(settings: &Settings, is_https: bool) -> Result<TlsConfig, Failure> {
    let bundle = settings.ca_bundle.as_ref();
    let setting = bundle.map_or("--ca-bundle", |(_, from)| from);
    match trust::client_config(bundle.map(|(path, _)| path.as_path()), setting) {
        Err(_) if bundle.is_none() && !is_https => Ok(trust::nobody()),
        outcome => outcome.map_err(Failure::Config),
    }
}

fn seconds(asked: Option<u64>, usual: Duration) -> Duration {
    match asked {
        None => usual,
        Some(0) => NO_TIMEOUT,
        Some(seconds) => Duration::from_secs(seconds).min(NO_TIMEOUT),
    }
}

fn backoff(args: &ClientArgs, settings: &Settings) -> Result<Backoff, Failure> {
    let usual = Backoff::default();
    let attempts_max = args.max_attempts.or(settings.max_attempts).unwrap_or(usual.attempts_max);
    if !(1..=ATTEMPTS_MAX).contains(&attempts_max) {
        return Err(Failure::Usage(format!("{attempts_max} attempts: there are 1 to {ATTEMPTS_MAX}")));
    }
    Ok(Backoff { attempts_max, ..usual })
}

/// How to reach a store whose data folder is here. Its credentials are not used unasked.
fn hint(settings: &Settings, env: &Env) -> Option<String> {
    let dir = env("DRYSTONE_DATA").filter(|dir| !dir.is_empty()).unwrap_or_else(|| "./drystone-data".into());
    let file = Path::new(&dir).join(root_key::CREDENTIALS_FILE);
    if !file.is_file() {
        return None;
    }
    let endpoint = match settings.endpoint {
        None => format!(" and `export AWS_ENDPOINT_URL={LOCAL_ENDPOINT}`"),
        Some(_) => String::new(),
    };
    Some(format!("For the store in {dir} type `. {}`{endpoint}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{client_of, hint, settings};
    use crate::Failure;
    use crate::args::{AddressingStyle, ClientArgs};
    use drystone_client::config::Env;
    use drystone_client::{CallError, Client};
    use std::collections::HashMap;
    use std::io::Write as _;
    use std::sync::Arc;
    use std::time::Duration;

    fn env(variables: &[(&str, &str)]) -> Env {
        let mut all = HashMap::from([("HOME".to_owned(), "/nowhere".to_owned())]);
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Arc::new(move |name| all.get(name).cloned())
    }

    fn client(args: &ClientArgs, variables: &[(&str, &str)]) -> Result<Client, Failure> {
        let env = env(variables);
        client_of(args, &settings(args, &env)?, &env)
    }

    #[test]
    fn b226_custom_endpoints_use_path_style_unless_asked_otherwise() {
        let local = [("AWS_ENDPOINT_URL", "http://s3.test:9000")];
        let authority = |args: &ClientArgs, env: &[(&str, &str)]| {
            client(args, env).unwrap().endpoint().address(Some("b"), None).authority
        };
        assert_eq!(authority(&ClientArgs::default(), &local), "s3.test:9000");
        let virtually =
            ClientArgs { addressing_style: Some(AddressingStyle::Virtual), ..ClientArgs::default() };
        assert_eq!(authority(&virtually, &local), "b.s3.test:9000");
        assert_eq!(
            authority(&ClientArgs::default(), &[("AWS_REGION", "eu-west-1")]),
            "b.s3.eu-west-1.amazonaws.com"
        );
        let flag = ClientArgs { endpoint_url: Some("http://127.0.0.1:1".into()), ..ClientArgs::default() };
        assert_eq!(authority(&flag, &local), "127.0.0.1:1");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_setting() {
        let usual = ClientArgs::default;
        let cases = [
            (
                usual(),
                ("AWS_ENDPOINT_URL", "127.0.0.1:9000"),
                "AWS_ENDPOINT_URL: \"127.0.0.1:9000\" is no endpoint",
            ),
            (usual(), ("AWS_REGION", "a/b"), "\"a/b\" is no region"),
            (
                usual(),
                ("AWS_PROFILE", "gone"),
                "no profile \"gone\" in /nowhere/.aws/credentials and /nowhere/.aws/config",
            ),
            (usual(), ("AWS_CA_BUNDLE", "/nowhere/ca.pem"), "cannot use /nowhere/ca.pem as certificates"),
            (ClientArgs { max_attempts: Some(0), ..usual() }, ("X", ""), "0 attempts"),
        ];
        for (args, variable, what) in cases {
            let error = client(&args, &[variable]).unwrap_err().to_string();
            assert!(error.starts_with(what), "{error}");
        }
    }

    #[test]
    fn attempts_come_from_flag_then_environment() {
        let variable = [("AWS_MAX_ATTEMPTS", "3")];
        let attempts =
            |args: &ClientArgs, env: &[(&str, &str)]| client(args, env).unwrap().backoff().attempts_max;
        assert_eq!(attempts(&ClientArgs::default(), &[]), 8);
        assert_eq!(attempts(&ClientArgs::default(), &variable), 3);
        assert_eq!(attempts(&ClientArgs { max_attempts: Some(5), ..ClientArgs::default() }, &variable), 5);
    }

    #[test]
    fn timeouts_of_zero_are_none() {
        let usual = Duration::from_secs(10);
        for (asked, expected) in [
            (None, usual),
            (Some(5), Duration::from_secs(5)),
            (Some(0), super::NO_TIMEOUT),
            (Some(u64::MAX), super::NO_TIMEOUT),
        ] {
            assert_eq!(super::seconds(asked, usual), expected);
        }
    }

    #[test]
    fn a_store_that_is_here_is_told_of_and_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().to_str().unwrap();
        let hint_of = |variables: &[(&str, &str)]| {
            let env = env(&[&[("DRYSTONE_DATA", data)], variables].concat());
            hint(&settings(&ClientArgs::default(), &env).unwrap(), &env)
        };
        assert_eq!(hint_of(&[]), None);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(dir.path().join("root-credentials"));
        file.unwrap().write_all(b"export AWS_ACCESS_KEY_ID=K\n").unwrap();
        let said = hint_of(&[]).unwrap();
        assert_eq!(
            said,
            format!(
                "For the store in {data} type `. {data}/root-credentials` and `export AWS_ENDPOINT_URL=http://127.0.0.1:9000`"
            )
        );
        assert!(!hint_of(&[("AWS_ENDPOINT_URL", "http://h")]).unwrap().contains("AWS_ENDPOINT_URL"));
    }

    #[tokio::test]
    async fn who_has_no_credentials_is_told_before_anything_is_sent() {
        let quiet = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_EC2_METADATA_DISABLED", "true")];
        let call = || drystone_client::Call::new("ListBuckets", http::Method::GET);
        let error = client(&ClientArgs::default(), &quiet).unwrap().send_once(call()).await.unwrap_err();
        assert!(matches!(&error, CallError::Credentials(_)), "{error}");
        assert!(error.to_string().contains("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{error}");
        let unsigned = ClientArgs { no_sign_request: true, ..ClientArgs::default() };
        let error = client(&unsigned, &quiet).unwrap().send_once(call()).await.unwrap_err();
        assert!(matches!(&error, CallError::Unreachable { .. }), "{error}");
    }
}
