//! Source: which place credentials come from. Asks nobody; reads the environment and what the shared files said.

use super::container::{self, Container};
use super::instance::{self, Instance};
use super::sts::{Role, Sts};
use super::{Credentials, CredentialsError, unusable};
use crate::config::shared::{Profile, Shared};
use crate::config::{self, Env, set, words};
use drystone_wire::auth::Secret;
use std::path::PathBuf;

/// Most profiles that a role may be assumed through.
const ROLES_MAX: usize = 8;

/// A place.
#[derive(Debug)]
pub(super) enum Source {
    /// These.
    Fixed(Credentials),
    /// A program prints them.
    Process { words: Vec<String>, from: String },
    /// The token service gives them to those of another place.
    Role { role: Role, sts: Sts, base: Box<Source>, from: String },
    /// The token service gives them for what a file has.
    WebIdentity { role: Role, sts: Sts, token_file: PathBuf, from: String },
    /// A container's service.
    Container(Container),
    /// An instance's metadata; the last resort: the text says where else was looked.
    Instance { instance: Instance, looked: String },
    /// Nowhere; the text says where was looked.
    Nowhere { looked: String },
}

/// The first place that has some: environment, web identity, profile, container, instance. A profile that a flag names comes before
/// the environment, as in the AWS CLI.
///
/// # Errors
/// A place that is half filled in.
pub(super) fn choose(flag: Option<&str>, env: &Env, shared: &Shared) -> Result<Source, CredentialsError> {
    let named = config::profile(flag, env, shared);
    let (name, profile) = named.map_err(|error| unusable("the configuration", error.to_string()))?;
    let chooser = Chooser { env, shared, top: &profile, top_name: &name };
    if flag.is_none()
        && let Some(source) = environment(env)?.or(chooser.web_identity_of_environment()?)
    {
        return Ok(source);
    }
    if let Some(source) = chooser.of_profile(&name, &profile, &mut Vec::new())? {
        return Ok(source);
    }
    if let Some(container) = container::configured(env)? {
        return Ok(Source::Container(container));
    }
    let environment = if flag.is_none() {
        "AWS_ACCESS_KEY_ID is not set"
    } else {
        "--profile leaves the environment aside"
    };
    let looked =
        format!("{environment}, profile {name} has none in {}, no container names a service", shared.files());
    Ok(match instance::configured(env, &profile) {
        Ok(instance) => Source::Instance { instance, looked },
        Err(why) => Source::Nowhere { looked: format!("{looked}, and {why}") },
    })
}

fn environment(env: &Env) -> Result<Option<Source>, CredentialsError> {
    let token = || set(env, "AWS_SESSION_TOKEN").or_else(|| set(env, "AWS_SECURITY_TOKEN"));
    pair(
        set(env, "AWS_ACCESS_KEY_ID"),
        set(env, "AWS_SECRET_ACCESS_KEY"),
        token,
        "the environment",
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    )
}

/// Both halves, or neither.
fn pair(
    id: Option<String>,
    secret: Option<String>,
    token: impl FnOnce() -> Option<String>,
    from: &str,
    (id_name, secret_name): (&str, &str),
) -> Result<Option<Source>, CredentialsError> {
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Some(Source::Fixed(Credentials {
            access_key_id: id,
            secret: Secret::new(secret),
            session_token: token().map(Secret::new),
            expires: None,
        }))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(unusable(from, format!("{id_name} is set and {secret_name} is not"))),
        (None, Some(_)) => Err(unusable(from, format!("{secret_name} is set and {id_name} is not"))),
    }
}

/// What a profile has itself, by the file that `get` looks in.
fn static_of<'p>(
    get: impl Fn(&str) -> Option<&'p str>,
    from: &str,
) -> Result<Option<Source>, CredentialsError> {
    let owned = |property: &str| get(property).map(str::to_owned);
    let names = ("aws_access_key_id", "aws_secret_access_key");
    pair(owned(names.0), owned(names.1), || owned("aws_session_token"), from, names)
}

/// Looks through profiles.
struct Chooser<'a> {
    env: &'a Env,
    shared: &'a Shared,
    /// The profile that is meant: its region and endpoint count for all token requests.
    top: &'a Profile,
    top_name: &'a str,
}

impl Chooser<'_> {
    fn web_identity_of_environment(&self) -> Result<Option<Source>, CredentialsError> {
        let from = "the environment's web identity";
        let Some(token_file) = set(self.env, "AWS_WEB_IDENTITY_TOKEN_FILE") else { return Ok(None) };
        let arn = set(self.env, "AWS_ROLE_ARN");
        let arn =
            arn.ok_or_else(|| unusable(from, "AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not"))?;
        let session_name = set(self.env, "AWS_ROLE_SESSION_NAME");
        let role = Role { arn, session_name, external_id: None, duration_seconds: None };
        Ok(Some(Source::WebIdentity {
            role,
            sts: self.sts(),
            token_file: token_file.into(),
            from: from.into(),
        }))
    }

    /// What a profile has; `above` are the profiles that lead to it.
    fn of_profile(
        &self,
        name: &str,
        profile: &Profile,
        above: &mut Vec<String>,
    ) -> Result<Option<Source>, CredentialsError> {
        let from = format!("profile {name}");
        let in_credentials = || static_of(|property| profile.in_credentials(property), &from);
        // A source that has credentials and a role is not asked for the role.
        if !above.is_empty()
            && let Some(source) = in_credentials()?
        {
            return Ok(Some(source));
        }
        if let Some(arn) = profile.get("role_arn") {
            return self.role(name, profile, arn, above).map(Some);
        }
        for property in ["sso_session", "sso_start_url", "login_session"] {
            if profile.get(property).is_some() {
                let why = format!(
                    "{property} is not understood here. Set credential_process = aws configure export-credentials --profile {name} \
                     in another profile and name that one"
                );
                return Err(unusable(&from, why));
            }
        }
        if let Some(source) = in_credentials()? {
            return Ok(Some(source));
        }
        if let Some(line) = profile.get("credential_process") {
            let words = words::split(line);
            let words = words.ok_or_else(|| unusable(&from, "a quote in credential_process is left open"))?;
            return Ok(Some(Source::Process { words, from: format!("{from}'s credential_process") }));
        }
        static_of(|property| profile.in_config(property), &from)
    }

    fn role(
        &self,
        name: &str,
        profile: &Profile,
        arn: &str,
        above: &mut Vec<String>,
    ) -> Result<Source, CredentialsError> {
        let from = format!("profile {name}");
        let text = |property: &str| profile.get(property).map(str::to_owned);
        let role = Role {
            arn: arn.to_owned(),
            session_name: text("role_session_name"),
            external_id: text("external_id"),
            duration_seconds: text("duration_seconds"),
        };
        let sts = self.sts();
        if let Some(token_file) = text("web_identity_token_file") {
            return Ok(Source::WebIdentity { role, sts, token_file: token_file.into(), from });
        }
        if profile.get("mfa_serial").is_some() {
            let why = format!(
                "its role wants a code (mfa_serial), which is not asked for here. Set credential_process = aws configure \
                 export-credentials --profile {name} in another profile and name that one"
            );
            return Err(unusable(&from, why));
        }
        let base = match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(source), None) => self.source_profile(name, source, above)?,
            (None, Some(source)) => self.credential_source(source, &from)?,
            _ => {
                return Err(unusable(
                    &from,
                    "a role_arn needs source_profile or credential_source, one of them",
                ));
            }
        };
        Ok(Source::Role { role, sts, base: Box::new(base), from })
    }

    fn source_profile(
        &self,
        name: &str,
        source: &str,
        above: &mut Vec<String>,
    ) -> Result<Source, CredentialsError> {
        let from = format!("profile {name}");
        let profile =
            self.shared.expect_profile(source).map_err(|error| unusable(&from, error.to_string()))?;
        above.push(name.to_owned());
        let either = |property: &str| profile.get(property);
        if name == source {
            // Its own source: for its static credentials only.
            let found = static_of(either, &from)?;
            return found
                .ok_or_else(|| unusable(&from, "it is its own source_profile and has no credentials"));
        }
        if above.iter().any(|above| above == source) || above.len() > ROLES_MAX {
            return Err(unusable(
                &from,
                format!("its source_profile leads in a circle: {} {source}", above.join(" ")),
            ));
        }
        let found = self.of_profile(source, profile, above)?;
        found.ok_or_else(|| unusable(&from, format!("its source_profile {source} has no credentials")))
    }

    fn credential_source(&self, source: &str, from: &str) -> Result<Source, CredentialsError> {
        let found = match source {
            "Environment" => environment(self.env)?,
            "EcsContainer" => container::configured(self.env)?.map(Source::Container),
            "Ec2InstanceMetadata" => {
                let instance = instance::configured(self.env, self.top).map_err(|why| unusable(from, why))?;
                Some(Source::Instance { instance, looked: format!("{from} names Ec2InstanceMetadata") })
            }
            _ => {
                let why = format!(
                    "credential_source is {source:?}, and has to be Environment, EcsContainer or Ec2InstanceMetadata"
                );
                return Err(unusable(from, why));
            }
        };
        found.ok_or_else(|| unusable(from, format!("its credential_source {source} has nothing")))
    }

    fn sts(&self) -> Sts {
        let region =
            config::region(None, self.env, self.top).unwrap_or_else(|| config::REGION_DEFAULT.into());
        let endpoint = config::endpoint(self.env, "STS", self.shared, self.top_name, self.top);
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = endpoint.map_or_else(|| format!("https://sts.{region}.{suffix}"), |endpoint| endpoint.url);
        Sts { url, region }
    }
}

#[cfg(test)]
mod tests;
