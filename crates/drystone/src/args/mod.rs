//! Args: what can be typed, a file per command.

mod admin;
mod client;
mod cp;
mod metadata;
mod serve;
mod tools;
mod transfer;

pub(crate) use admin::*;
pub(crate) use client::{AddressingStyle, ClientArgs, OutputArgs, SignPayload};
pub(crate) use cp::CpArgs;
pub(crate) use metadata::{MetadataArgs, ReadKeyArgs};
pub(crate) use serve::{ConfigArgs, ServeArgs, SettingArgs};
pub(crate) use tools::{CompletionsArgs, DemoArgs, ManArgs, SplitArgs};
pub(crate) use transfer::{Filter, FilterArgs, ProgressForm, Resume, TransferArgs, WhenFailed};

use crate::command::bucket::{MbArgs, RbArgs};
use crate::command::cat::CatArgs;
use crate::command::du::DuArgs;
use crate::command::ls::LsArgs;
use crate::command::mv::MvArgs;
use crate::command::presign::PresignArgs;
use crate::command::rm::RmArgs;
use crate::command::s3api::S3apiArgs;
use crate::command::stat::StatArgs;
use crate::command::sync::SyncArgs;
use crate::command::uploads::UploadsCommand;
use crate::command::verify::VerifyArgs;
use clap::{Parser, Subcommand, ValueEnum};

/// Multipart upload done right: a durable S3 store in one binary.
#[derive(Debug, Parser)]
#[command(name = "drystone", version, propagate_version = true)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves S3 from a data folder.
    #[command(after_help = serve::MORE_SETTINGS)]
    Serve(ServeArgs),
    /// Looks after a store: users, keys, policies, quotas; and checks one that is at rest.
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Shows the configuration.
    Config(ConfigArgs),
    /// Copies files and objects: here to there, there to here, or inside a store. Big ones go in parts, and go on where an
    /// earlier run of the same command ended.
    Cp(Box<CpArgs>),
    /// Makes a prefix like a folder, or the other way round: copies what differs, and with --delete deletes what only the target
    /// has.
    Sync(Box<SyncArgs>),
    /// Moves files and objects: copies them, and deletes each source after its copy was verified.
    Mv(Box<MvArgs>),
    /// Deletes an object, or all below a prefix.
    Rm(Box<RmArgs>),
    /// Lists buckets, or the objects and prefixes of one.
    Ls(Box<LsArgs>),
    /// Tells how many objects and bytes are below prefixes.
    Du(Box<DuArgs>),
    /// Shows what the store says of an object (size, checksums, parts) or a bucket.
    Stat(Box<StatArgs>),
    /// Makes a bucket.
    Mb(Box<MbArgs>),
    /// Removes a bucket, with --force also what is in it.
    Rb(Box<RbArgs>),
    /// Prints a URL with which others read or write an object for some time.
    Presign(Box<PresignArgs>),
    /// Writes objects to stdout, in order; fails when what was written is not the object.
    Cat(Box<CatArgs>),
    /// Proves that a local file is what an object is, from checksums and ETag, without downloading it.
    Verify(Box<VerifyArgs>),
    /// Operations of S3 one by one, with the flags and the output of `aws s3api`.
    S3api(Box<S3apiArgs>),
    /// Looks after open uploads, on any S3: lists, shows, finishes and aborts them.
    Uploads {
        /// What to do with them.
        #[command(subcommand)]
        command: UploadsCommand,
    },
    /// Splits a file into pieces that can be sent as parts, and says what their parts will be.
    Split(SplitArgs),
    /// Shows the whole story of a multipart upload with a private store in a scratch folder, in under a minute.
    Demo(DemoArgs),
    /// Prints what makes a shell complete commands and flags.
    Completions(CompletionsArgs),
    /// Writes manual pages.
    Man(ManArgs),
    /// Prints docs/CLI.md.
    #[command(hide = true)]
    CliReference,
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::{Command, CommandFactory as _};

    #[test]
    fn every_command_and_flag_says_what_it_does() {
        fn look(command: &Command) {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name}");
            for arg in command.get_arguments() {
                assert!(arg.get_help().is_some(), "{name} {}", arg.get_id());
            }
            command.get_subcommands().for_each(look);
        }
        Args::command().debug_assert();
        look(&Args::command());
    }
}
