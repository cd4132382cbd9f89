//! The program: reads what was asked, runs the command, turns its outcome into an exit code.

mod access_log;
mod admin_client;
mod args;
mod assemble;
mod bytes;
mod command;
mod config;
mod file_mode;
mod health;
mod identities;
mod master_keys;
mod reloadable;
mod root_key;
mod shutdown;
mod store_dir;
mod telemetry;
mod tls;
mod trust;
mod webhooks;

use clap::Parser as _;
use std::process::ExitCode;

/// Exit codes are the AWS CLI's, so that scripts carry over.
mod exit {
    /// The thing looked at is not as it should be.
    pub(crate) const FAILED: u8 = 1;
    /// Wrong usage.
    pub(crate) const USAGE: u8 = 252;
    /// Configuration missing or wrong.
    pub(crate) const CONFIG: u8 = 253;
    /// The server refused.
    pub(crate) const REFUSED: u8 = 254;
    /// Anything else.
    pub(crate) const OTHER: u8 = 255;
}

/// Why a command ended without doing what it was asked to.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// What was asked for is found wanting; it was said already.
    #[error("failed")]
    Found,
    /// The configuration is at fault.
    #[error("{0}")]
    Config(String),
    /// The server refused.
    #[error("{0}")]
    Refused(String),
    /// Anything else.
    #[error("{what}")]
    Other {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Failure {
    fn other(what: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other { what: what.into(), source: source.into() }
    }
}

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    match command::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found) => ExitCode::from(exit::FAILED),
        Err(failure) => {
            say_failure(&failure);
            ExitCode::from(match failure {
                Failure::Config(_) => exit::CONFIG,
                Failure::Refused(_) => exit::REFUSED,
                Failure::Found | Failure::Other { .. } => exit::OTHER,
            })
        }
    }
}

#[expect(clippy::print_stderr, reason = "the program's last word")]
fn say_failure(failure: &Failure) {
    eprintln!("drystone: {failure}");
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}
