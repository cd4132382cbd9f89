//! Tests of the order in which places are looked at.

use super::{Source, choose};
use crate::config::env_of;
use crate::config::shared::Shared;

type Variable = (&'static str, &'static str);

const CREDENTIALS: &str = "\
[default]
aws_access_key_id = OF-DEFAULT
aws_secret_access_key = s
aws_session_token = t
[half]
aws_access_key_id = H
[static-and-role]
aws_access_key_id = BOTH
aws_secret_access_key = s
";
const CONFIG: &str = "\
[profile process]
credential_process = /bin/get --for \"a b\"
[profile open]
credential_process = \"x
[profile config]
aws_access_key_id = OF-CONFIG
aws_secret_access_key = s
[profile static-and-role]
role_arn = arn:r
source_profile = default
[profile role]
role_arn = arn:one
source_profile = default
external_id = e
duration_seconds = 900
region = eu-west-1
[profile role-of-role]
role_arn = arn:two
source_profile = role
[profile through-both]
role_arn = arn:three
source_profile = static-and-role
[profile own]
role_arn = arn:own
source_profile = own
aws_access_key_id = OWN
aws_secret_access_key = s
[profile own-nothing]
role_arn = arn:own
source_profile = own-nothing
[profile circle-a]
role_arn = arn:a
source_profile = circle-b
[profile circle-b]
role_arn = arn:b
source_profile = circle-a
[profile lost]
role_arn = arn:a
source_profile = nowhere
[profile alone]
role_arn = arn:a
[profile mfa]
role_arn = arn:a
source_profile = default
mfa_serial = m
[profile of-environment]
role_arn = arn:e
credential_source = Environment
[profile of-metadata]
role_arn = arn:e
credential_source = Ec2InstanceMetadata
[profile of-moon]
role_arn = arn:e
credential_source = Moon
[profile web]
role_arn = arn:web
web_identity_token_file = /token
endpoint_url = http://127.0.0.1:9000
[profile sso]
sso_session = x
[profile empty]
region = r
";

const KEY: Variable = ("AWS_ACCESS_KEY_ID", "OF-ENV");
const SECRET: Variable = ("AWS_SECRET_ACCESS_KEY", "s");
const OFF: Variable = ("AWS_EC2_METADATA_DISABLED", "true");
const CONTAINER: Variable = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");

fn short(source: &Source) -> String {
    match source {
        Source::Fixed(credentials) => credentials.access_key_id.clone(),
        Source::Process { words, .. } => words.join("|"),
        Source::Role { role, base, .. } => format!("{} < {}", role.arn, short(base)),
        Source::WebIdentity { role, token_file, sts, .. } => {
            format!("{} {} {}", role.arn, token_file.display(), sts.url)
        }
        Source::Container(_) => "container".into(),
        Source::Instance { .. } => "instance".into(),
        Source::Nowhere { .. } => "nowhere".into(),
    }
}

fn chosen(flag: Option<&str>, env: &[(&str, &str)]) -> Result<String, String> {
    let source = choose(flag, &env_of(env), &Shared::from_texts(CONFIG, CREDENTIALS));
    source.map(|source| short(&source)).map_err(|error| error.to_string())
}

#[test]
fn places_are_looked_at_in_the_order_of_the_aws_tools() {
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:w"), ("AWS_REGION", "eu-west-1")];
    let empty = ("AWS_PROFILE", "empty");
    let cases: [(Option<&str>, &[Variable], &str); 12] = [
        (None, &[], "OF-DEFAULT"),
        (None, &[KEY, SECRET], "OF-ENV"),
        (None, &[KEY, SECRET, ("AWS_PROFILE", "process")], "OF-ENV"),
        (Some("default"), &[KEY, SECRET], "OF-DEFAULT"),
        (Some("process"), &[KEY, SECRET], "/bin/get|--for|a b"),
        (None, &[web[0], web[1], web[2]], "arn:w /t https://sts.eu-west-1.amazonaws.com"),
        (Some("config"), &[web[0], web[1]], "OF-CONFIG"),
        (None, &[("AWS_PROFILE", "process")], "/bin/get|--for|a b"),
        (None, &[CONTAINER], "OF-DEFAULT"),
        (None, &[empty, CONTAINER], "container"),
        (None, &[empty], "instance"),
        (None, &[empty, OFF, ("AWS_ACCESS_KEY_ID", "")], "nowhere"),
    ];
    for (flag, env, expected) in cases {
        assert_eq!(chosen(flag, env).as_deref(), Ok(expected), "{flag:?} {env:?}");
    }
}

#[test]
fn roles_are_assumed_through_their_sources() {
    let cases = [
        ("role", "arn:one < OF-DEFAULT"),
        ("role-of-role", "arn:two < arn:one < OF-DEFAULT"),
        ("static-and-role", "arn:r < OF-DEFAULT"),
        ("through-both", "arn:three < BOTH"),
        ("own", "arn:own < OWN"),
        ("of-environment", "arn:e < OF-ENV"),
        ("of-metadata", "arn:e < instance"),
        ("web", "arn:web /token http://127.0.0.1:9000"),
    ];
    for (profile, expected) in cases {
        assert_eq!(chosen(Some(profile), &[KEY, SECRET]).as_deref(), Ok(expected), "{profile}");
    }
    let source = choose(Some("role"), &env_of(&[]), &Shared::from_texts(CONFIG, CREDENTIALS)).unwrap();
    let Source::Role { role, sts, .. } = source else { panic!("a role") };
    assert_eq!((role.external_id.as_deref(), role.duration_seconds.as_deref()), (Some("e"), Some("900")));
    assert_eq!((sts.url.as_str(), sts.region.as_str()), ("https://sts.eu-west-1.amazonaws.com", "eu-west-1"));
}

#[test]
fn the_token_service_is_where_its_own_variable_says() {
    for (env, url) in [
        (&[("AWS_ENDPOINT_URL_STS", "http://sts"), ("AWS_ENDPOINT_URL", "http://any")][..], "http://sts"),
        (&[("AWS_ENDPOINT_URL_S3", "http://s3"), ("AWS_ENDPOINT_URL", "http://any")], "http://any"),
        (&[("AWS_REGION", "cn-north-1")], "https://sts.cn-north-1.amazonaws.com.cn"),
    ] {
        let source = choose(Some("role"), &env_of(env), &Shared::from_texts(CONFIG, CREDENTIALS)).unwrap();
        assert!(matches!(&source, Source::Role { sts, .. } if sts.url == url), "{url}: {source:?}");
    }
}

#[test]
fn what_is_half_filled_in_is_said_and_not_passed_over() {
    let cases: [(Option<&str>, &[Variable], &str); 14] = [
        (None, &[KEY], "AWS_SECRET_ACCESS_KEY is not"),
        (None, &[SECRET], "AWS_ACCESS_KEY_ID is not"),
        (None, &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/t")], "AWS_ROLE_ARN is not"),
        (Some("half"), &[], "aws_secret_access_key is not"),
        (Some("open"), &[], "left open"),
        (Some("own-nothing"), &[], "its own source_profile"),
        (Some("circle-a"), &[], "in a circle: circle-a circle-b circle-a"),
        (Some("lost"), &[], "no profile \"nowhere\""),
        (Some("alone"), &[], "needs source_profile or credential_source"),
        (Some("mfa"), &[], "export-credentials --profile mfa"),
        (Some("of-environment"), &[], "Environment has nothing"),
        (Some("of-moon"), &[], "\"Moon\""),
        (Some("sso"), &[], "sso_session is not understood"),
        (Some("gone"), &[], "no profile \"gone\""),
    ];
    for (flag, env, what) in cases {
        let error = chosen(flag, env).unwrap_err();
        assert!(
            error.starts_with("cannot get credentials from ") && error.contains(what),
            "{flag:?} {env:?}: {error}"
        );
    }
}
