//! Settings: endpoint, region and the rest, each from the first place that has it.

use super::shared::{Profile, Shared};
use super::{ConfigError, Env, is_true, set};
use std::path::PathBuf;

/// The region of requests when nothing names one. Other stores mostly do not care; AWS says which one it is, and is asked there.
pub(crate) const REGION_DEFAULT: &str = "us-east-1";
/// The profile that is meant when none is named.
pub(crate) const PROFILE_DEFAULT: &str = "default";
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// What flags say.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// --profile
    pub profile: Option<String>,
    /// --endpoint-url
    pub endpoint_url: Option<String>,
    /// --region
    pub region: Option<String>,
    /// --addressing-style
    pub addressing_style: Option<AddressingStyle>,
    /// --ca-bundle
    pub ca_bundle: Option<PathBuf>,
}

/// What counts: flag, then environment, then the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the store is; `None` for AWS.
    pub endpoint: Option<EndpointUrl>,
    /// Region that signatures name.
    pub region: String,
    /// How buckets are named.
    pub addressing_style: AddressingStyle,
    /// Authorities to trust instead of the system's, and what named them.
    pub ca_bundle: Option<(PathBuf, &'static str)>,
    /// Are checksums sent when nothing requires them?
    pub request_checksums: WhenToChecksum,
    /// Are checksums asked for when nothing requires them?
    pub response_checksums: WhenToChecksum,
    /// How often a request is tried at most, the first time included.
    pub max_attempts: Option<u32>,
}

/// An endpoint and what named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl {
    /// The URL, not checked.
    pub url: String,
    /// As `AWS_ENDPOINT_URL` or `profile x`.
    pub from: String,
}

/// How buckets are named in addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressingStyle {
    /// By path on a custom endpoint, by host on AWS.
    #[default]
    Auto,
    /// By path.
    Path,
    /// By host.
    Virtual,
}

/// When checksums are sent or asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenToChecksum {
    /// Whenever S3 can.
    #[default]
    Supported,
    /// When S3 says so.
    Required,
}

impl Settings {
    /// Looks everywhere.
    ///
    /// # Errors
    /// A file that cannot be read, a named profile that is not there, a value that is none.
    pub fn resolve(asked: &Asked, env: &Env) -> Result<Self, ConfigError> {
        Self::from_shared(asked, env, &Shared::load(env)?)
    }

    fn from_shared(asked: &Asked, env: &Env, shared: &Shared) -> Result<Self, ConfigError> {
        let (name, profile) = profile(asked.profile.as_deref(), env, shared)?;
        let place = Place { env, name: &name, profile: &profile };
        let style = place.style(asked.addressing_style)?;
        let endpoint = match &asked.endpoint_url {
            Some(url) => Some(EndpointUrl { url: url.clone(), from: "--endpoint-url".into() }),
            None => endpoint(env, "S3", shared, &name, &profile),
        };
        Ok(Self {
            endpoint,
            region: region(asked.region.as_deref(), env, &profile).unwrap_or_else(|| REGION_DEFAULT.into()),
            addressing_style: style,
            ca_bundle: place.ca_bundle(asked.ca_bundle.as_ref()),
            request_checksums: place
                .checksums("AWS_REQUEST_CHECKSUM_CALCULATION", "request_checksum_calculation")?,
            response_checksums: place
                .checksums("AWS_RESPONSE_CHECKSUM_VALIDATION", "response_checksum_validation")?,
            max_attempts: place.max_attempts()?,
        })
    }
}

/// The profile that is meant: one that is named has to be there, the default one may say nothing.
pub(crate) fn profile(
    flag: Option<&str>,
    env: &Env,
    shared: &Shared,
) -> Result<(String, Profile), ConfigError> {
    let from_env = || set(env, "AWS_PROFILE").or_else(|| set(env, "AWS_DEFAULT_PROFILE"));
    match flag.map(str::to_owned).or_else(from_env) {
        Some(name) if name != PROFILE_DEFAULT => {
            let profile = shared.expect_profile(&name)?.clone();
            Ok((name, profile))
        }
        _ => Ok((PROFILE_DEFAULT.into(), shared.profile(PROFILE_DEFAULT).cloned().unwrap_or_default())),
    }
}

/// The configured endpoint of a service (`S3`, `STS`).
pub(crate) fn endpoint(
    env: &Env,
    service: &str,
    shared: &Shared,
    name: &str,
    profile: &Profile,
) -> Option<EndpointUrl> {
    let ignored = set(env, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.as_deref().or_else(|| profile.get("ignore_configured_endpoint_urls")).is_some_and(is_true) {
        return None;
    }
    for variable in [&format!("AWS_ENDPOINT_URL_{service}"), "AWS_ENDPOINT_URL"] {
        if let Some(url) = set(env, variable) {
            return Some(EndpointUrl { url, from: variable.to_owned() });
        }
    }
    let url = shared.endpoint(profile, &service.to_ascii_lowercase())?;
    Some(EndpointUrl { url, from: format!("profile {name}") })
}

/// The region, if one is named.
pub(crate) fn region(flag: Option<&str>, env: &Env, profile: &Profile) -> Option<String> {
    let flag = flag.map(str::to_owned);
    let from_env = || set(env, "AWS_REGION").or_else(|| set(env, "AWS_DEFAULT_REGION"));
    flag.or_else(from_env).or_else(|| profile.get("region").map(str::to_owned))
}

/// Where values are looked up.
struct Place<'a> {
    env: &'a Env,
    name: &'a str,
    profile: &'a Profile,
}

impl Place<'_> {
    /// A value, and what named it.
    fn find(&self, variable: &str, property: &str) -> Option<(String, String)> {
        let from_env = set(self.env, variable).map(|value| (value, variable.to_owned()));
        from_env.or_else(|| Some((self.profile.get(property)?.to_owned(), self.named(property))))
    }

    fn named(&self, property: &str) -> String {
        format!("{property} of profile {}", self.name)
    }

    fn style(&self, flag: Option<AddressingStyle>) -> Result<AddressingStyle, ConfigError> {
        match (flag, self.profile.nested("s3", "addressing_style")) {
            (Some(style), _) => Ok(style),
            (None, None | Some("auto")) => Ok(AddressingStyle::Auto),
            (None, Some("path")) => Ok(AddressingStyle::Path),
            (None, Some("virtual")) => Ok(AddressingStyle::Virtual),
            (None, Some(other)) => Err(ConfigError::Value {
                from: self.named("s3.addressing_style"),
                value: other.into(),
                expected: "path, virtual or auto",
            }),
        }
    }

    fn ca_bundle(&self, flag: Option<&PathBuf>) -> Option<(PathBuf, &'static str)> {
        let flag = flag.map(|path| (path.clone(), "--ca-bundle"));
        let from_env = || set(self.env, CA_BUNDLE).map(|path| (path.into(), CA_BUNDLE));
        let from_profile = || self.profile.get("ca_bundle").map(|path| (path.into(), "ca_bundle"));
        flag.or_else(from_env).or_else(from_profile)
    }

    fn checksums(&self, variable: &str, property: &str) -> Result<WhenToChecksum, ConfigError> {
        let Some((value, from)) = self.find(variable, property) else { return Ok(WhenToChecksum::default()) };
        match value.to_ascii_lowercase().as_str() {
            "when_supported" => Ok(WhenToChecksum::Supported),
            "when_required" => Ok(WhenToChecksum::Required),
            _ => Err(ConfigError::Value { from, value, expected: "when_supported or when_required" }),
        }
    }

    fn max_attempts(&self) -> Result<Option<u32>, ConfigError> {
        let Some((value, from)) = self.find("AWS_MAX_ATTEMPTS", "max_attempts") else { return Ok(None) };
        let count = value.parse().ok().filter(|count| *count > 0);
        count.map(Some).ok_or(ConfigError::Value { from, value, expected: "a number from 1 on" })
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressingStyle, Asked, Settings, WhenToChecksum};
    use crate::config::ConfigError;
    use crate::config::env_of;
    use crate::config::shared::Shared;

    type Variable = (&'static str, &'static str);

    const CONFIG: &str = "\
[default]
region = of-default
[services all]
s3 =
  endpoint_url = http://services
[profile full]
services = all
endpoint_url = http://profile
region = of-full
ca_bundle = /ca.pem
request_checksum_calculation = WHEN_REQUIRED
max_attempts = 7
s3 =
  addressing_style = virtual
[profile plain]
endpoint_url = http://plain
[profile ignoring]
endpoint_url = http://plain
ignore_configured_endpoint_urls = true
[profile wrong]
s3 =
  addressing_style = sideways
";

    fn resolve(asked: &Asked, env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        Settings::from_shared(asked, &env_of(env), &Shared::from_texts(CONFIG, ""))
    }

    #[test]
    fn endpoints_have_the_precedence_of_the_aws_tools() {
        let (own, any, full) = (
            ("AWS_ENDPOINT_URL_S3", "http://own"),
            ("AWS_ENDPOINT_URL", "http://any"),
            ("AWS_PROFILE", "full"),
        );
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        let cases: [(Option<&str>, &[Variable], Option<&str>); 11] = [
            (None, &[], None),
            (Some("http://flag"), &[own, any, full], Some("http://flag")),
            (None, &[own, any, full], Some("http://own")),
            (None, &[any, full], Some("http://any")),
            (None, &[full], Some("http://services")),
            (None, &[("AWS_PROFILE", "plain")], Some("http://plain")),
            (None, &[("AWS_PROFILE", "ignoring")], None),
            (None, &[("AWS_PROFILE", "ignoring"), any], None),
            (None, &[own, any, full, ignore], None),
            (Some("http://flag"), &[ignore], Some("http://flag")),
            (None, &[("AWS_ENDPOINT_URL_S3", ""), any], Some("http://any")),
        ];
        for (flag, env, expected) in cases {
            let asked = Asked { endpoint_url: flag.map(str::to_owned), ..Asked::default() };
            let endpoint = resolve(&asked, env).unwrap().endpoint;
            assert_eq!(endpoint.map(|endpoint| endpoint.url).as_deref(), expected, "{flag:?} {env:?}");
        }
    }

    #[test]
    fn regions_have_the_precedence_of_the_aws_tools() {
        let (region, default) = (("AWS_REGION", "one"), ("AWS_DEFAULT_REGION", "two"));
        let cases: [(Option<&str>, &[Variable], &str); 6] = [
            (Some("flag"), &[region, default], "flag"),
            (None, &[region, default], "one"),
            (None, &[default], "two"),
            (None, &[("AWS_PROFILE", "full")], "of-full"),
            (None, &[], "of-default"),
            (None, &[("AWS_PROFILE", "plain")], "us-east-1"),
        ];
        for (flag, env, expected) in cases {
            let asked = Asked { region: flag.map(str::to_owned), ..Asked::default() };
            assert_eq!(resolve(&asked, env).unwrap().region, expected, "{flag:?} {env:?}");
        }
    }

    #[test]
    fn profiles_are_named_by_flag_then_environment() {
        let (profile, default) = (("AWS_PROFILE", "full"), ("AWS_DEFAULT_PROFILE", "plain"));
        let endpoint = |flag: Option<&str>, env: &[(&str, &str)]| {
            let asked = Asked { profile: flag.map(str::to_owned), ..Asked::default() };
            resolve(&asked, env)
                .map(|settings| settings.endpoint.map(|endpoint| endpoint.url).unwrap_or_default())
        };
        assert_eq!(endpoint(Some("plain"), &[profile]).as_deref(), Ok("http://plain"));
        assert_eq!(endpoint(None, &[profile, default]).as_deref(), Ok("http://services"));
        assert_eq!(endpoint(None, &[default]).as_deref(), Ok("http://plain"));
        assert!(
            matches!(endpoint(Some("gone"), &[]), Err(ConfigError::NoProfile { name, .. }) if name == "gone")
        );
        assert!(endpoint(None, &[("AWS_PROFILE", "gone")]).is_err());
        let nothing = Settings::from_shared(&Asked::default(), &env_of(&[]), &Shared::default()).unwrap();
        assert_eq!(
            (nothing.endpoint, nothing.region.as_str(), nothing.max_attempts),
            (None, "us-east-1", None)
        );
    }

    #[test]
    fn the_rest_comes_from_flag_environment_and_profile() {
        let full = resolve(&Asked::default(), &[("AWS_PROFILE", "full")]).unwrap();
        assert_eq!(full.addressing_style, AddressingStyle::Virtual);
        assert_eq!(full.ca_bundle, Some(("/ca.pem".into(), "ca_bundle")));
        assert_eq!(
            (full.request_checksums, full.response_checksums),
            (WhenToChecksum::Required, WhenToChecksum::Supported)
        );
        assert_eq!(full.max_attempts, Some(7));
        let env = [
            ("AWS_PROFILE", "full"),
            ("AWS_CA_BUNDLE", "/env.pem"),
            ("AWS_MAX_ATTEMPTS", "2"),
            ("AWS_REQUEST_CHECKSUM_CALCULATION", "when_supported"),
        ];
        let asked = Asked { addressing_style: Some(AddressingStyle::Path), ..Asked::default() };
        let mixed = resolve(&asked, &env).unwrap();
        assert_eq!(mixed.addressing_style, AddressingStyle::Path);
        assert_eq!(mixed.ca_bundle, Some(("/env.pem".into(), "AWS_CA_BUNDLE")));
        assert_eq!((mixed.request_checksums, mixed.max_attempts), (WhenToChecksum::Supported, Some(2)));
        for env in [
            ("AWS_PROFILE", "wrong"),
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_REQUEST_CHECKSUM_CALCULATION", "always"),
        ] {
            assert!(matches!(resolve(&Asked::default(), &[env]), Err(ConfigError::Value { .. })), "{env:?}");
        }
    }
}
