//! Config: every setting, its sources in order of precedence (flag, environment, file, default), and its value.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::Failure;
use crate::args::SettingArgs;
use crate::master_keys::{KeyHistory, KeySources};
use crate::webhooks::{Webhook, is_secret_key, is_webhook_key};
use drystone_access::ObjectOwnership;
use drystone_s3::peer::TrustedProxies;
use drystone_s3::{NewBuckets, SseCOverHttp};
use drystone_seal::is_key_name;
use drystone_types::limits;

/// A setting: its key in the file, its variable, its default, its meaning.
struct Setting {
    key: &'static str,
    env: &'static str,
    default: &'static str,
}

const fn setting(key: &'static str, env: &'static str, default: &'static str) -> Setting {
    Setting { key, env, default }
}

/// All settings. docs/CONFIGURATION.md says what each means.
const SETTINGS: [Setting; 29] = [
    setting("data", "DRYSTONE_DATA", "./drystone-data"),
    setting("listen", "DRYSTONE_LISTEN", "127.0.0.1:9000"),
    setting("domains", "DRYSTONE_DOMAINS", ""),
    setting("tls.cert", "DRYSTONE_TLS_CERT", ""),
    setting("tls.key", "DRYSTONE_TLS_KEY", ""),
    setting("tls.reload_seconds", "DRYSTONE_TLS_RELOAD_SECONDS", "30"),
    setting("metastore", "DRYSTONE_METASTORE", ""),
    setting("blobstore", "DRYSTONE_BLOBSTORE", ""),
    setting("region", "DRYSTONE_REGION", "us-east-1"),
    setting("auth.strict_region", "DRYSTONE_AUTH_STRICT_REGION", "false"),
    setting("auth.sigv2", "DRYSTONE_AUTH_SIGV2", "true"),
    setting("encryption.default", "DRYSTONE_ENCRYPTION_DEFAULT", "AES256"),
    setting("encryption.master_keys_file", "DRYSTONE_ENCRYPTION_MASTER_KEYS_FILE", ""),
    setting("encryption.kms_keys", "DRYSTONE_ENCRYPTION_KMS_KEYS", ""),
    setting("encryption.sse_c_over_http", "DRYSTONE_ENCRYPTION_SSE_C_OVER_HTTP", "loopback"),
    setting("new_buckets.object_ownership", "DRYSTONE_NEW_BUCKETS_OBJECT_OWNERSHIP", "BucketOwnerEnforced"),
    setting("new_buckets.block_public_access", "DRYSTONE_NEW_BUCKETS_BLOCK_PUBLIC_ACCESS", "true"),
    setting("trusted_proxies", "DRYSTONE_TRUSTED_PROXIES", ""),
    setting("lifecycle.day_seconds", "DRYSTONE_LIFECYCLE_DAY_SECONDS", "86400"),
    setting("lifecycle.idle_upload_days", "DRYSTONE_LIFECYCLE_IDLE_UPLOAD_DAYS", "7"),
    setting("http.header_timeout_seconds", "DRYSTONE_HTTP_HEADER_TIMEOUT_SECONDS", "15"),
    setting("http.body_stall_seconds", "DRYSTONE_HTTP_BODY_STALL_SECONDS", "60"),
    setting("http.write_stall_seconds", "DRYSTONE_HTTP_WRITE_STALL_SECONDS", "60"),
    setting("http.drain_seconds", "DRYSTONE_HTTP_DRAIN_SECONDS", "30"),
    setting("storage.free_space_min_bytes", "DRYSTONE_STORAGE_FREE_SPACE_MIN_BYTES", "67108864"),
    setting("log.filter", "DRYSTONE_LOG_FILTER", "info,access=off"),
    setting("log.format", "DRYSTONE_LOG_FORMAT", "text"),
    setting("access_log.path", "DRYSTONE_ACCESS_LOG_PATH", ""),
    setting("webhooks", "DRYSTONE_WEBHOOKS", ""),
];

const _: () = assert!(limits::FREE_SPACE_MIN_BYTES == 67_108_864, "the default above is the named limit");

/// Values and where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    values: BTreeMap<&'static str, (String, String)>,
    /// `webhooks.NAME.*`, which only the file has.
    webhooks: BTreeMap<String, (String, String)>,
}

impl Config {
    /// Reads all sources. `env` looks a variable up.
    pub(crate) fn load(args: &SettingArgs, env: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let path = args.config.clone().or_else(|| env("DRYSTONE_CONFIG").map(PathBuf::from));
        let file = match &path {
            Some(path) => read_file(path)?,
            None => BTreeMap::new(),
        };
        let flags = flags(args);
        let mut values = BTreeMap::new();
        for Setting { key, env: variable, default } in &SETTINGS {
            let value = if let Some(value) = flags.get(key) {
                (value.clone(), "flag".to_owned())
            } else if let Some(value) = env(variable) {
                (value, format!("environment {variable}"))
            } else if let Some(value) = file.get(*key) {
                (value.clone(), format!("file {}", path.as_ref().expect("it was read").display()))
            } else {
                ((*default).to_owned(), "default".to_owned())
            };
            values.insert(*key, value);
        }
        let is_known = |key: &str| SETTINGS.iter().any(|setting| setting.key == key) || is_webhook_key(key);
        if let Some(unknown) = file.keys().find(|key| !is_known(key)) {
            let known: Vec<_> = SETTINGS.iter().map(|setting| setting.key).collect();
            return Err(Failure::Config(format!(
                "unknown setting {unknown:?} in the config file; known are {}",
                known.join(", ")
            )));
        }
        let source = path.map(|path| format!("file {}", path.display())).unwrap_or_default();
        let webhooks = file.into_iter().filter(|(key, _)| is_webhook_key(key));
        let webhooks = webhooks.map(|(key, value)| (key, (value, source.clone()))).collect();
        let config = Self { values, webhooks };
        config.check()?;
        Ok(config)
    }

    /// Every setting with value and source; what is secret is hidden.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let settings =
            self.values.iter().map(|(key, (value, source))| (*key, value.as_str(), source.as_str()));
        let webhooks = self.webhooks.iter().map(|(key, (value, source))| {
            let shown = if is_secret_key(key) { "(hidden)" } else { value };
            (key.as_str(), shown, source.as_str())
        });
        settings.chain(webhooks)
    }

    fn check(&self) -> Result<(), Failure> {
        self.listen()?;
        for key in ["auth.strict_region", "auth.sigv2", "new_buckets.block_public_access"] {
            self.flag(key)?;
        }
        for key in [
            "http.header_timeout_seconds",
            "http.body_stall_seconds",
            "http.write_stall_seconds",
            "tls.reload_seconds",
        ] {
            self.seconds(key)?;
        }
        self.day()?;
        self.idle_upload_ttl()?;
        self.drain()?;
        self.free_space_min()?;
        self.log_is_json()?;
        self.tls_files()?;
        self.new_buckets()?;
        self.trusted_proxies()?;
        self.encrypt_by_default()?;
        self.sse_c_over_http()?;
        self.kms_keys()?;
        self.metastore_path()?;
        self.blobstore_dir()?;
        self.webhooks()?;
        Ok(())
    }

    fn text(&self, key: &str) -> &str {
        &self.values.get(key).expect("a known setting").0
    }

    fn wrong(&self, key: &str, wanted: &str) -> Failure {
        let (value, source) = self.values.get(key).expect("a known setting");
        Failure::Config(format!("{key} = {value:?} (from {source}) must be {wanted}"))
    }

    fn flag(&self, key: &str) -> Result<bool, Failure> {
        match self.text(key) {
            "true" | "1" | "on" | "yes" => Ok(true),
            "false" | "0" | "off" | "no" => Ok(false),
            _ => Err(self.wrong(key, "true or false")),
        }
    }

    fn number(&self, key: &str, wanted: &str) -> Result<u64, Failure> {
        self.text(key).parse().map_err(|_| self.wrong(key, wanted))
    }

    fn seconds(&self, key: &str) -> Result<Duration, Failure> {
        match self.number(key, "a number of seconds")? {
            0 => Err(self.wrong(key, "at least 1 second")),
            seconds => Ok(Duration::from_secs(seconds)),
        }
    }

    /// Folder that holds everything.
    pub(crate) fn data(&self) -> PathBuf {
        PathBuf::from(self.text("data"))
    }

    /// Address to listen on.
    pub(crate) fn listen(&self) -> Result<SocketAddr, Failure> {
        self.text("listen")
            .parse()
            .map_err(|_| self.wrong("listen", "an address and port, as in 127.0.0.1:9000"))
    }

    /// Encrypt objects whose request and bucket ask for nothing.
    pub(crate) fn encrypt_by_default(&self) -> Result<bool, Failure> {
        match self.text("encryption.default") {
            "AES256" => Ok(true),
            "none" => Ok(false),
            _ => Err(self.wrong("encryption.default", "AES256 or none")),
        }
    }

    /// Where the keys of the store with this id come from.
    pub(crate) fn key_sources<'a>(&self, store_id: &'a str, history: KeyHistory) -> KeySources<'a> {
        let file = Some(self.text("encryption.master_keys_file")).filter(|path| !path.is_empty());
        KeySources {
            dir: self.data(),
            store_id,
            history,
            file: file.map(PathBuf::from),
            kms_keys: self.list("encryption.kms_keys"),
        }
    }

    fn kms_keys(&self) -> Result<(), Failure> {
        let key = "encryption.kms_keys";
        if self.list(key).iter().all(|name| is_key_name(name)) {
            return Ok(());
        }
        Err(self.wrong(key, "names with commas between, each 1 to 256 of A-Z a-z 0-9 / _ : . -"))
    }

    /// What new buckets begin with.
    pub(crate) fn new_buckets(&self) -> Result<NewBuckets, Failure> {
        let key = "new_buckets.object_ownership";
        let object_ownership = match self.text(key) {
            "none" => None,
            name => Some(ObjectOwnership::parse(name).ok_or_else(|| {
                self.wrong(key, "BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter or none")
            })?),
        };
        let block_public_access = self.flag("new_buckets.block_public_access")?;
        Ok(NewBuckets { object_ownership, block_public_access })
    }

    /// Proxies whose X-Forwarded-For is believed.
    pub(crate) fn trusted_proxies(&self) -> Result<TrustedProxies, Failure> {
        TrustedProxies::parse(self.text("trusted_proxies")).ok_or_else(|| {
            self.wrong(
                "trusted_proxies",
                "addresses and ranges with commas between, as in 10.0.0.0/8, 192.0.2.1",
            )
        })
    }

    /// From whom keys of clients are taken without TLS.
    pub(crate) fn sse_c_over_http(&self) -> Result<SseCOverHttp, Failure> {
        match self.text("encryption.sse_c_over_http") {
            "loopback" => Ok(SseCOverHttp::Loopback),
            "always" => Ok(SseCOverHttp::Always),
            "never" => Ok(SseCOverHttp::Never),
            _ => Err(self.wrong("encryption.sse_c_over_http", "loopback, always or never")),
        }
    }

    /// Host names under which buckets are sub-domains.
    pub(crate) fn domains(&self) -> Vec<String> {
        self.list("domains")
    }

    fn list(&self, key: &str) -> Vec<String> {
        let all = self.text(key).split(',').map(str::trim);
        all.filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// Certificate chain and private key, to serve HTTPS.
    pub(crate) fn tls_files(&self) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
        match (self.text("tls.cert"), self.text("tls.key")) {
            ("", "") => Ok(None),
            ("", _) => Err(self.wrong("tls.cert", "set when tls.key is")),
            (_, "") => Err(self.wrong("tls.key", "set when tls.cert is")),
            (cert, key) => Ok(Some((PathBuf::from(cert), PathBuf::from(key)))),
        }
    }

    /// Changes of the TLS files are looked for this often.
    pub(crate) fn tls_reload(&self) -> Result<Duration, Failure> {
        self.seconds("tls.reload_seconds")
    }

    /// The file that gets a line per request.
    pub(crate) fn access_log(&self) -> Option<PathBuf> {
        Some(self.text("access_log.path")).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Where events may go.
    pub(crate) fn webhooks(&self) -> Result<Vec<Webhook>, Failure> {
        let settings = self.webhooks.iter().map(|(key, (value, _))| (key.as_str(), value.as_str()));
        crate::webhooks::webhooks(self.text("webhooks"), settings)
    }

    /// The redb file.
    pub(crate) fn metastore_path(&self) -> Result<PathBuf, Failure> {
        self.engine("metastore", "redb:", "meta.redb")
    }

    /// The folder of blobs.
    pub(crate) fn blobstore_dir(&self) -> Result<PathBuf, Failure> {
        self.engine("blobstore", "fs:", "blobs")
    }

    fn engine(&self, key: &str, scheme: &str, default: &str) -> Result<PathBuf, Failure> {
        match self.text(key) {
            "" => Ok(self.data().join(default)),
            text => match text.strip_prefix(scheme) {
                Some(path) if !path.is_empty() => Ok(PathBuf::from(path)),
                _ => Err(self.wrong(key, &format!("{scheme}PATH; other engines are not built yet"))),
            },
        }
    }

    /// Region that answers name.
    pub(crate) fn region(&self) -> String {
        self.text("region").to_owned()
    }

    /// Refuse signatures of other regions.
    pub(crate) fn strict_region(&self) -> Result<bool, Failure> {
        self.flag("auth.strict_region")
    }

    /// Accept presigned SigV2 URLs.
    pub(crate) fn sigv2(&self) -> Result<bool, Failure> {
        self.flag("auth.sigv2")
    }

    /// Length of a lifecycle day.
    pub(crate) fn day(&self) -> Result<Duration, Failure> {
        self.seconds("lifecycle.day_seconds")
    }

    /// Idle uploads are aborted after this long; `None` for never.
    pub(crate) fn idle_upload_ttl(&self) -> Result<Option<Duration>, Failure> {
        const KEY: &str = "lifecycle.idle_upload_days";
        if self.text(KEY) == "off" {
            return Ok(None);
        }
        let wanted = "a positive number of days, or \"off\"";
        let days = self.number(KEY, wanted)?;
        match u32::try_from(days) {
            Ok(days) if days > 0 => Ok(Some(self.day()? * days)),
            _ => Err(self.wrong(KEY, wanted)),
        }
    }

    /// All headers must have arrived within this time.
    pub(crate) fn header_timeout(&self) -> Result<Duration, Failure> {
        self.seconds("http.header_timeout_seconds")
    }

    /// A body may pause this long.
    pub(crate) fn body_stall(&self) -> Result<Duration, Failure> {
        self.seconds("http.body_stall_seconds")
    }

    /// A client may refuse answer bytes this long.
    pub(crate) fn write_stall(&self) -> Result<Duration, Failure> {
        self.seconds("http.write_stall_seconds")
    }

    /// What is in flight at shutdown gets this long.
    pub(crate) fn drain(&self) -> Result<Duration, Failure> {
        self.number("http.drain_seconds", "a number of seconds").map(Duration::from_secs)
    }

    /// Free space below which new data is refused.
    pub(crate) fn free_space_min(&self) -> Result<u64, Failure> {
        self.number("storage.free_space_min_bytes", "a number of bytes")
    }

    /// What is logged.
    pub(crate) fn log_filter(&self) -> &str {
        self.text("log.filter")
    }

    /// Log as JSON Lines?
    pub(crate) fn log_is_json(&self) -> Result<bool, Failure> {
        match self.text("log.format") {
            "text" => Ok(false),
            "json" => Ok(true),
            _ => Err(self.wrong("log.format", "text or json")),
        }
    }
}

fn flags(args: &SettingArgs) -> BTreeMap<&'static str, String> {
    let mut flags = BTreeMap::new();
    let mut set = |key, value: &Option<String>| {
        if let Some(value) = value {
            flags.insert(key, value.clone());
        }
    };
    set("data", &args.data);
    set("listen", &args.listen);
    set("tls.cert", &args.tls_cert);
    set("tls.key", &args.tls_key);
    set("metastore", &args.metastore);
    set("blobstore", &args.blobstore);
    if !args.domains.is_empty() {
        flags.insert("domains", args.domains.join(","));
    }
    flags
}

/// The file as dotted keys.
fn read_file(path: &std::path::Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Config(format!("cannot read the config file {}: {error}", path.display()))
    })?;
    let table: toml::Table = text.parse().map_err(|error| {
        Failure::Config(format!("the config file {} is no TOML: {error}", path.display()))
    })?;
    let mut keys = BTreeMap::new();
    flatten("", &toml::Value::Table(table), &mut keys);
    Ok(keys)
}

fn flatten(prefix: &str, value: &toml::Value, keys: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&key, value, keys);
            }
        }
        toml::Value::String(text) => {
            keys.insert(prefix.to_owned(), text.clone());
        }
        toml::Value::Array(items) => {
            let items: Vec<_> =
                items.iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned)).collect();
            keys.insert(prefix.to_owned(), items.join(","));
        }
        other => {
            keys.insert(prefix.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, SETTINGS, Setting};
    use crate::args::SettingArgs;
    use std::time::Duration;

    fn source_of(config: &Config, key: &str) -> (String, String) {
        let (_, value, source) = config.iter().find(|(name, ..)| *name == key).unwrap();
        (value.to_owned(), source.to_owned())
    }

    #[test]
    fn precedence_is_flag_environment_file_default() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("c.toml");
        std::io::Write::write_all(
            &mut std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap(),
            b"listen = \"127.0.0.1:1\"\ndata = \"file\"\n[lifecycle]\nday_seconds = 10\nidle_upload_days = \"off\"\n",
        )
        .unwrap();
        let args =
            SettingArgs { listen: Some("127.0.0.1:3".into()), config: Some(path), ..Default::default() };
        let env = |name: &str| (name == "DRYSTONE_DATA").then(|| "env".to_owned());
        let config = Config::load(&args, env).unwrap();
        assert_eq!(source_of(&config, "listen"), ("127.0.0.1:3".into(), "flag".into()));
        assert_eq!(source_of(&config, "data"), ("env".into(), "environment DRYSTONE_DATA".into()));
        assert_eq!(config.day().unwrap(), Duration::from_secs(10));
        assert_eq!(config.idle_upload_ttl().unwrap(), None);
        assert_eq!(source_of(&config, "region"), ("us-east-1".into(), "default".into()));
    }

    /// A row of the table there for each setting: key, variable and, where there is one, default.
    #[test]
    fn docs_configuration_has_every_setting() {
        let page = include_str!("../../../docs/CONFIGURATION.md");
        let rows: Vec<Vec<&str>> = page.lines().map(|row| row.split('|').map(str::trim).collect()).collect();
        for Setting { key, env, default } in &SETTINGS {
            let row = rows.iter().find(|row| row.get(1) == Some(key));
            let row = row.unwrap_or_else(|| panic!("{key} has no row"));
            assert_eq!(row[3].split(' ').next(), Some(*env), "{key}");
            assert!(default.is_empty() || row[4] == *default, "{key}: {}", row[4]);
        }
    }

    #[test]
    fn wrong_values_are_refused_with_their_source() {
        for (variable, value) in [
            ("DRYSTONE_LISTEN", "nowhere"),
            ("DRYSTONE_AUTH_SIGV2", "maybe"),
            ("DRYSTONE_LIFECYCLE_DAY_SECONDS", "0"),
            ("DRYSTONE_LIFECYCLE_IDLE_UPLOAD_DAYS", "-1"),
            ("DRYSTONE_METASTORE", "postgres://x"),
            ("DRYSTONE_LOG_FORMAT", "xml"),
            ("DRYSTONE_ENCRYPTION_DEFAULT", "AES128"),
            ("DRYSTONE_ENCRYPTION_SSE_C_OVER_HTTP", "maybe"),
            ("DRYSTONE_ENCRYPTION_KMS_KEYS", "invoices,a b"),
        ] {
            let env = |name: &str| (name == variable).then(|| value.to_owned());
            let error = Config::load(&SettingArgs::default(), env).unwrap_err().to_string();
            assert!(error.contains(variable) && error.contains(value), "{error}");
        }
    }
}
