//! Arguments shared by all commands that ask a store: where it is, who asks, and the form of the output.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

use super::Output;

/// Where the store is, and who asks. What is not given is found as the AWS tools find it: in the environment, in profiles.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Store and credentials")]
pub(crate) struct ClientArgs {
    /// Address of the store, also AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or endpoint_url of a profile; default is AWS.
    #[arg(long, value_name = "URL", visible_alias = "endpoint")]
    pub(crate) endpoint_url: Option<String>,
    /// Region that signatures name, also AWS_REGION, AWS_DEFAULT_REGION or region of a profile.
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Profile of ~/.aws/config and ~/.aws/credentials, also AWS_PROFILE.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Sends requests without a signature.
    #[arg(long)]
    pub(crate) no_sign_request: bool,
    /// Certificates (PEM) to trust instead of the system's, also AWS_CA_BUNDLE.
    #[arg(long, value_name = "FILE", visible_alias = "ca-cert")]
    pub(crate) ca_bundle: Option<PathBuf>,
    /// How buckets are named in addresses; auto is by path at endpoints that were named, by host at AWS.
    #[arg(long, value_enum, value_name = "STYLE")]
    pub(crate) addressing_style: Option<AddressingStyle>,
    /// Are bodies covered by signatures? auto: over plain HTTP to another machine.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) sign_payload: Option<SignPayload>,
    /// A connection stands within so many seconds.
    #[arg(long, value_name = "SECONDS", visible_alias = "cli-connect-timeout")]
    pub(crate) connect_timeout: Option<u64>,
    /// Something moves within so many seconds, while a request or an answer is on its way.
    #[arg(long, value_name = "SECONDS", visible_alias = "cli-read-timeout")]
    pub(crate) read_timeout: Option<u64>,
    /// How often a request, or a part, is tried in all; also AWS_MAX_ATTEMPTS.
    #[arg(long, value_name = "COUNT")]
    pub(crate) max_attempts: Option<u32>,
}

/// How buckets are named in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AddressingStyle {
    /// By path at endpoints that were named, by host at AWS.
    Auto,
    /// `https://host/bucket/key`.
    Path,
    /// `https://bucket.host/key`.
    Virtual,
}

/// Are bodies covered by signatures?
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignPayload {
    /// Over plain HTTP to another machine.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Form of the results on stdout: text for people, json (JSON Lines) for programs.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

impl Default for OutputArgs {
    fn default() -> Self {
        Self { output: Output::Text }
    }
}
