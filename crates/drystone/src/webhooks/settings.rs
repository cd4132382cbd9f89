//! The settings of webhooks: `[webhooks.NAME]` in the file, `NAME=URL` in DRYSTONE_WEBHOOKS.

use drystone_wire::auth::Secret;
use http::Uri;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Failure;

/// A URL that events may go to.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    /// What ARNs call it.
    pub(crate) name: String,
    /// Where to.
    pub(crate) url: Uri,
    /// The Authorization header of each request.
    pub(crate) authorization: Option<Secret>,
    /// Certificates (PEM) to trust, instead of the system's.
    pub(crate) ca_cert: Option<PathBuf>,
}

/// Names of the settings below `webhooks.NAME.`.
const KEYS: [&str; 3] = ["url", "authorization", "ca_cert"];

/// Is this the key of a webhook's setting?
pub(crate) fn is_webhook_key(key: &str) -> bool {
    split(key).is_some()
}

/// Is this the key of a webhook's setting that nobody may see?
pub(crate) fn is_secret_key(key: &str) -> bool {
    split(key).is_some_and(|(_, setting)| setting == "authorization")
}

fn split(key: &str) -> Option<(&str, &str)> {
    let (name, setting) = key.strip_prefix("webhooks.")?.rsplit_once('.')?;
    KEYS.contains(&setting).then_some((name, setting))
}

/// All webhooks: those of `keys`, the file's settings, and those of `list`, `NAME=URL` separated by commas, which come first.
pub(crate) fn webhooks<'a>(
    list: &str,
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Webhook>, Failure> {
    let mut found: BTreeMap<String, [Option<String>; 3]> = BTreeMap::new();
    for (key, value) in keys {
        let Some((name, setting)) = split(key) else { continue };
        let at = KEYS.iter().position(|key| *key == setting).expect("it was split by them");
        found.entry(name.to_owned()).or_default()[at] = Some(value.to_owned());
    }
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (name, url) = entry.split_once('=').ok_or_else(|| {
            Failure::Config(format!("webhooks must be a list of NAME=URL; {entry:?} is not"))
        })?;
        found.entry(name.trim().to_owned()).or_default()[0] = Some(url.trim().to_owned());
    }
    found.into_iter().map(|(name, settings)| webhook(name, settings)).collect()
}

fn webhook(name: String, [url, authorization, ca_cert]: [Option<String>; 3]) -> Result<Webhook, Failure> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.len() > 80 || !name.bytes().all(legal) {
        let what = "a webhook's name has 1 to 80 letters, digits, dots, - and _";
        return Err(Failure::Config(format!("{what}; {name:?} is none")));
    }
    let wrong =
        || Failure::Config(format!("webhooks.{name}.url must be a URL of http or https, without a user"));
    let url: Uri = url.unwrap_or_default().parse().map_err(|_| wrong())?;
    let has_user = url.authority().is_none_or(|authority| authority.as_str().contains('@'));
    if !matches!(url.scheme_str(), Some("http" | "https")) || has_user {
        return Err(wrong());
    }
    let authorization = authorization.map(Secret::new);
    Ok(Webhook { name, url, authorization, ca_cert: ca_cert.map(PathBuf::from) })
}

#[cfg(test)]
mod tests {
    use super::{is_secret_key, is_webhook_key, webhooks};

    #[test]
    fn webhooks_come_from_the_file_and_the_environment() {
        let keys = [
            ("webhooks.one.url", "http://file"),
            ("webhooks.two.url", "https://two/path?x=1"),
            ("webhooks.two.authorization", "Bearer secret"),
            ("listen", "x"),
        ];
        let found = webhooks("one=http://env, three = http://three:1", keys.into_iter()).unwrap();
        let urls: Vec<_> = found.iter().map(|hook| (hook.name.as_str(), hook.url.to_string())).collect();
        let expected =
            [("one", "http://env/"), ("three", "http://three:1/"), ("two", "https://two/path?x=1")];
        assert_eq!(urls, expected.map(|(name, url)| (name, url.to_owned())));
        assert!(!format!("{found:?}").contains("secret"), "s18");
        assert!(
            is_webhook_key("webhooks.a.b.url")
                && !is_webhook_key("webhooks.a")
                && !is_webhook_key("webhook.a.url")
        );
        assert!(is_secret_key("webhooks.a.authorization") && !is_secret_key("webhooks.a.url"));
    }

    #[test]
    fn wrong_webhooks_are_refused() {
        for list in [
            "x",
            "x=",
            "x=ftp://h",
            "x=/path",
            "x=http://user:pw@h",
            "x y=http://h",
            "=http://h",
            "x=http://",
        ] {
            assert!(webhooks(list, std::iter::empty()).is_err(), "{list}");
        }
        assert!(webhooks("", [("webhooks.a.authorization", "b")].into_iter()).is_err(), "no url");
    }
}
