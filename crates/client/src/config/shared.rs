//! Shared: what the files say that the AWS tools share: profiles, and endpoints of services.

use super::ini::{self, Properties, Sections};
use super::{ConfigError, Env, set, words};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Largest file that is read.
const FILE_MAX_BYTES: u64 = 1 << 20;

/// Both files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    profiles: BTreeMap<String, Profile>,
    services: BTreeMap<String, Properties>,
    /// Where the files are, or would be: for messages.
    pub(crate) paths: Vec<PathBuf>,
}

/// What the files say about one profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    /// In the credentials file, which wins.
    credentials: Properties,
    /// In the config file.
    config: Properties,
}

impl Shared {
    /// Reads both files. A file that is not there says nothing.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub(crate) fn load(env: &Env) -> Result<Self, ConfigError> {
        let config = path(env, "AWS_CONFIG_FILE", "config");
        let credentials = path(env, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let read = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(Sections::new()), sections);
        let mut shared = Self::from_sections(read(&config)?, read(&credentials)?);
        shared.paths = credentials.into_iter().chain(config).collect();
        Ok(shared)
    }

    fn from_sections(config: Sections, credentials: Sections) -> Self {
        let mut shared = Self::default();
        for (name, properties) in config {
            let words = words::split(&name).unwrap_or_default();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match *words {
                // `[profile default]`, which sorts later, wins over `[default]`.
                ["default"] => shared.profile_mut("default").config = properties,
                ["profile", name] => shared.profile_mut(name).config = properties,
                ["services", name] => drop(shared.services.insert(name.to_owned(), properties)),
                _ => {} // as `[preview]`: not ours
            }
        }
        for (name, properties) in credentials {
            shared.profile_mut(&name).credentials = properties;
        }
        shared
    }

    fn profile_mut(&mut self, name: &str) -> &mut Profile {
        self.profiles.entry(name.to_owned()).or_default()
    }

    /// A profile.
    pub(crate) fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// A profile that has to be there.
    ///
    /// # Errors
    /// [`ConfigError::NoProfile`].
    pub(crate) fn expect_profile(&self, name: &str) -> Result<&Profile, ConfigError> {
        self.profile(name).ok_or_else(|| {
            let known: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            let known = if known.is_empty() {
                "there are none".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            };
            ConfigError::NoProfile { name: name.to_owned(), known, files: self.files() }
        })
    }

    /// The endpoint that a profile's `services` section names for a service (`s3`, `sts`), else the profile's own.
    pub(crate) fn endpoint(&self, profile: &Profile, service: &str) -> Option<String> {
        let services = profile.get("services").and_then(|name| self.services.get(name));
        let own = services.and_then(|services| services.get(service)?.nested.get("endpoint_url"));
        own.map(String::as_str)
            .filter(|url| !url.is_empty())
            .or_else(|| profile.get("endpoint_url"))
            .map(str::to_owned)
    }

    /// The files' names, for messages.
    pub(crate) fn files(&self) -> String {
        let paths: Vec<_> = self.paths.iter().map(|path| path.display().to_string()).collect();
        if paths.is_empty() { "the shared files (HOME is not set)".into() } else { paths.join(" and ") }
    }

    /// From texts, for tests.
    #[cfg(test)]
    pub(crate) fn from_texts(config: &str, credentials: &str) -> Self {
        Self::from_sections(ini::parse(config).unwrap(), ini::parse(credentials).unwrap())
    }
}

impl Profile {
    /// A property that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let either =
            self.in_credentials(name).or_else(|| self.config.get(name).map(|value| value.text.as_str()));
        either.filter(|text| !text.is_empty())
    }

    /// A property of the credentials file.
    pub(crate) fn in_credentials(&self, name: &str) -> Option<&str> {
        self.credentials.get(name).map(|value| value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// A property of the config file.
    pub(crate) fn in_config(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(|value| value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// A property below another one, as `addressing_style` below `s3`.
    pub(crate) fn nested(&self, outer: &str, name: &str) -> Option<&str> {
        let files = [&self.credentials, &self.config].into_iter();
        let mut found = files.filter_map(|file| file.get(outer)?.nested.get(name));
        found.next().map(String::as_str).filter(|text| !text.is_empty())
    }
}

/// The file that a variable names, or the one in `~/.aws`.
fn path(env: &Env, variable: &str, name: &str) -> Option<PathBuf> {
    let home = set(env, "HOME").or_else(|| set(env, "USERPROFILE")).map(PathBuf::from);
    match (set(env, variable), home) {
        (None, home) => home.map(|home| home.join(".aws").join(name)),
        (Some(path), home) => match (path.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => Some(home.join(rest)),
            _ => Some(path.into()),
        },
    }
}

fn sections(path: &Path) -> Result<Sections, ConfigError> {
    let unreadable = |why: String| ConfigError::Unreadable { path: path.display().to_string(), why };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(Sections::new());
        }
        Err(error) => return Err(unreadable(error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > FILE_MAX_BYTES {
        return Err(unreadable(format!("it is larger than {} KiB", FILE_MAX_BYTES >> 10)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".into()))?;
    ini::parse(&text).map_err(|wrong| ConfigError::Malformed {
        path: path.display().to_string(),
        line: wrong.line,
        why: wrong.why,
    })
}

#[cfg(test)]
mod tests {
    use super::Shared;
    use crate::config::{Env, env_of};

    #[test]
    fn profiles_are_named_as_each_file_names_them() {
        let config = "[default]\nregion = d\n[profile x]\nregion = x\n[profile \"a b\"]\nregion = ab\n[preview]\nregion = p\n[x]\nregion = y\n";
        let shared = Shared::from_texts(
            config,
            "[x]\naws_access_key_id = K\n[only]\nregion = o\n[profile x]\nregion = z\n",
        );
        for (profile, region) in [
            ("default", Some("d")),
            ("x", Some("x")),
            ("a b", Some("ab")),
            ("preview", None),
            ("only", Some("o")),
            ("profile x", Some("z")),
        ] {
            assert_eq!(
                shared.profile(profile).and_then(|profile| profile.get("region")),
                region,
                "{profile}"
            );
        }
        assert_eq!(shared.profile("x").unwrap().get("aws_access_key_id"), Some("K"));
    }

    #[test]
    fn the_credentials_file_and_the_longer_name_win() {
        let shared = Shared::from_texts(
            "[profile default]\nregion = long\n[default]\nregion = short\noutput = x\n",
            "",
        );
        let profile = shared.profile("default").unwrap();
        assert_eq!((profile.get("region"), profile.get("output")), (Some("long"), None));
        let shared = Shared::from_texts("[default]\nregion = config\n", "[default]\nregion = credentials\n");
        assert_eq!(shared.profile("default").unwrap().get("region"), Some("credentials"));
    }

    #[test]
    fn endpoints_come_from_the_services_section_then_from_the_profile() {
        let config = "[services all]\ns3 =\n  endpoint_url = http://s3\nsts =\n  other = 1\n\
                      [profile x]\nservices = all\nendpoint_url = http://any\n[profile y]\nservices = none\n";
        let shared = Shared::from_texts(config, "");
        let x = shared.profile("x").unwrap();
        assert_eq!(shared.endpoint(x, "s3").as_deref(), Some("http://s3"));
        assert_eq!(shared.endpoint(x, "sts").as_deref(), Some("http://any"));
        assert_eq!(shared.endpoint(shared.profile("y").unwrap(), "s3"), None);
    }

    #[test]
    fn files_are_where_the_environment_says() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            use std::io::Write as _;
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::OpenOptions::new()
                .create_new(true)
                .write(true)
                .open(path)
                .unwrap()
                .write_all(text.as_bytes())
                .unwrap();
        };
        write(".aws/config", "[profile usual]\nregion = r\n");
        write(".aws/credentials", "[c]\nregion = r\n");
        write("own", "[profile own]\nregion = r\n");
        write("broken", "[profile\n");
        let home = home.path().to_str().unwrap().to_owned();
        let load = |more: &[(&str, &str)]| {
            let env: Env = env_of(&[&[("HOME", home.as_str())], more].concat());
            Shared::load(&env)
        };
        let usual = load(&[]).unwrap();
        assert!(usual.profile("usual").is_some() && usual.profile("c").is_some());
        let own =
            load(&[("AWS_CONFIG_FILE", "~/own"), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/x")]).unwrap();
        assert!(own.profile("own").is_some() && own.profile("c").is_none());
        let error = load(&[("AWS_CONFIG_FILE", "~/broken")]).unwrap_err().to_string();
        assert!(error.ends_with("broken, line 1: a section's name ends with ]"), "{error}");
        assert!(load(&[("AWS_CONFIG_FILE", "~/.aws")]).is_err(), "a folder is no file");
        assert!(Shared::load(&env_of(&[])).unwrap().paths.is_empty());
        let error = usual.expect_profile("z").unwrap_err().to_string();
        assert!(error.contains("no profile \"z\"") && error.contains("there are c, usual"), "{error}");
    }
}
