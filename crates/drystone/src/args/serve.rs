//! Arguments of `serve` and `config`.

use clap::Args as ClapArgs;
use std::path::PathBuf;

use super::Output;

pub(super) const MORE_SETTINGS: &str = "All settings, these and others, may also come from the environment (DRYSTONE_...) and from the \
    configuration file. `drystone config --show` prints them; docs/CONFIGURATION.md says what each means.";

/// Settings shared by all commands that read them. Flag, then environment, then config file, then default.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct SettingArgs {
    /// Folder that holds everything.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<String>,
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Host name under which buckets are sub-domains; may be given several times.
    #[arg(long = "domain", value_name = "NAME")]
    pub(crate) domains: Vec<String>,
    /// Certificate chain (PEM), to serve HTTPS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<String>,
    /// Private key (PEM) of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<String>,
    /// Metadata engine: redb:PATH.
    #[arg(long, value_name = "ENGINE")]
    pub(crate) metastore: Option<String>,
    /// Blob engine: fs:DIR.
    #[arg(long, value_name = "ENGINE")]
    pub(crate) blobstore: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ServeArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Make a new store in a folder that exists and is empty. Without it such a folder is refused: it may be the mount
    /// point of a disk that is not mounted.
    #[arg(long)]
    pub(crate) init: bool,
}

/// Arguments of `config`.
#[derive(Debug, ClapArgs)]
pub(crate) struct ConfigArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Prints each value and where it comes from.
    #[arg(long, required = true)]
    pub(crate) show: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}
