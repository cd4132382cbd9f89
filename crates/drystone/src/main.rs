//! The program: reads what was asked, runs the command, turns its outcome into an exit code.

mod access_log;
mod admin_client;
mod args;
mod assemble;
mod bytes;
mod client_setup;
mod command;
mod config;
mod engine_setup;
mod failure;
mod file_mode;
mod health;
mod identities;
mod master_keys;
mod output;
mod reloadable;
mod root_key;
mod run;
mod shutdown;
mod state_dir;
mod store_dir;
mod telemetry;
mod tls;
mod trust;
mod webhooks;

use clap::Parser as _;
pub(crate) use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    match command::run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say_failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
