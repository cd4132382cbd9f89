//! The commands, a file each.

mod admin_bucket;
mod admin_check;
mod admin_identity;
mod config_show;
mod cp;
mod serve;

use crate::Failure;
use crate::args::{AdminCommand, Args, Command};

/// Runs what was asked for.
pub(crate) fn run(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Serve(args) => serve::run(&args),
        Command::Admin { command: AdminCommand::Check(args) } => admin_check::run(&args),
        Command::Admin { command } => admin_identity::run(command),
        Command::Config(args) => config_show::run(&args),
        Command::Cp(args) => cp::run(&args),
    }
}

/// Looks a variable up.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
