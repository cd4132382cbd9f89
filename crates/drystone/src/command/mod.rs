//! The commands, a file each.

mod admin_bucket;
mod admin_check;
mod admin_identity;
pub(crate) mod bucket;
pub(crate) mod cat;
mod cli_reference;
mod completions;
mod config_show;
mod cp;
mod demo;
pub(crate) mod du;
pub(crate) mod ls;
mod many;
pub(crate) mod mv;
pub(crate) mod presign;
pub(crate) mod rm;
pub(crate) mod s3api;
mod serve;
mod shown;
mod split;
pub(crate) mod stat;
pub(crate) mod sync;
pub(crate) mod uploads;
pub(crate) mod verify;

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
        Command::Sync(args) => sync::run(&args),
        Command::Mv(args) => mv::run(&args),
        Command::Rm(args) => rm::run(&args),
        Command::Ls(args) => ls::run(&args),
        Command::Du(args) => du::run(&args),
        Command::Stat(args) => stat::run(&args),
        Command::Mb(args) => bucket::make(&args),
        Command::Rb(args) => bucket::remove(&args),
        Command::Presign(args) => presign::run(&args),
        Command::Cat(args) => cat::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::S3api(args) => s3api::run(&args),
        Command::Uploads { command } => uploads::run(&command),
        Command::Split(args) => split::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Completions(args) => {
            completions::run(&args);
            Ok(())
        }
        Command::Man(args) => completions::man(&args),
        Command::CliReference => {
            cli_reference::run();
            Ok(())
        }
    }
}

/// Looks a variable up.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
