//! Args: what can be typed.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

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
    #[command(after_help = MORE_SETTINGS)]
    Serve(ServeArgs),
    /// Looks after a store: users, keys, policies, quotas; and checks one that is at rest.
    Admin {
        /// What to do.
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Shows the configuration.
    Config(ConfigArgs),
}

const MORE_SETTINGS: &str = "All settings, these and others, may also come from the environment (DRYSTONE_...) and from the \
    configuration file. `drystone config --show` prints them; docs/CONFIGURATION.md says what each means.";

/// The admin commands.
#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Verifies every invariant of a store that no server is using, and reports what it found.
    Check(CheckArgs),
    /// Manages accounts: tenants whose buckets are their own.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Manages users.
    #[command(subcommand)]
    User(UserCommand),
    /// Manages groups of users.
    #[command(subcommand)]
    Group(GroupCommand),
    /// Manages policies that are attached to users and groups.
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Manages access keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Shows what buckets hold, and limits it.
    #[command(subcommand)]
    Bucket(BucketCommand),
}

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

/// Arguments of `admin check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Settings.
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
    /// Checks records and files, but does not read the data.
    #[arg(long)]
    pub(crate) fast: bool,
    /// Makes a lost master-keys.check anew, if the master keys open everything.
    #[arg(long, conflicts_with = "fast")]
    pub(crate) renew_key_check: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Where the server is, and who asks. Credentials are found in the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or
/// are the root credentials of a store on this machine.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct AdminArgs {
    /// Server, also DRYSTONE_ENDPOINT; default http://127.0.0.1:9000.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Uses the root credentials in this store's folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<String>,
    /// Certificate (PEM) to trust instead of the system's, for an https endpoint.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// Account, by id, number or alias; default is the store's own.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `admin account`.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Lists all accounts.
    List(AdminArgs),
    /// Makes an account. Give it a root key with `admin key create --account ID`.
    Create {
        /// Name shown beside the id.
        #[arg(long, value_name = "TEXT")]
        name: String,
        /// Canonical id; made up if not given.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Twelve digits; made up if not given.
        #[arg(long, value_name = "DIGITS")]
        number: Option<String>,
        /// E-mail address.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Further name by which policies may call it; may be given several times.
        #[arg(long = "alias", value_name = "NAME")]
        aliases: Vec<String>,
        /// Server and credentials.
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Deletes an account that has nothing any more.
    Delete {
        /// Id, number or alias.
        id: String,
        /// Server and credentials.
        #[command(flatten)]
        admin: AdminArgs,
    },
}

/// `admin user`.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Lists users.
    List(AdminArgs),
    /// Shows a user.
    Show(NameArgs),
    /// Makes a user.
    Create {
        /// Name and server.
        #[command(flatten)]
        which: NameArgs,
        /// Policy to attach: readonly, readwrite, writeonly, admin, or one of yours. May be given several times.
        #[arg(long = "policy", value_name = "NAME")]
        policies: Vec<String>,
    },
    /// Lets a disabled user's keys work again.
    Enable(NameArgs),
    /// Stops all keys and sessions of a user at once.
    Disable(NameArgs),
    /// Deletes a user and its keys.
    Delete(NameArgs),
}

/// `admin bucket`.
#[derive(Debug, Subcommand)]
pub(crate) enum BucketCommand {
    /// Lists all buckets with what they hold.
    List(AdminArgs),
    /// Shows a bucket.
    Show(NameArgs),
    /// Shows, sets or removes how many bytes a bucket may hold: objects, old versions and parts of open uploads together.
    Quota {
        /// Name and server.
        #[command(flatten)]
        which: NameArgs,
        /// Most bytes, also as 500GB or 2TiB. What is over it stays, but nothing is added.
        #[arg(long, value_name = "BYTES", value_parser = crate::bytes::parse, conflicts_with = "remove")]
        set: Option<u64>,
        /// No limit any more.
        #[arg(long)]
        remove: bool,
    },
}

/// A name, and where.
#[derive(Debug, ClapArgs)]
pub(crate) struct NameArgs {
    /// Name.
    pub(crate) name: String,
    /// Server and credentials.
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

/// `admin group`.
#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// Lists groups.
    List(AdminArgs),
    /// Makes a group.
    Create(NameArgs),
    /// Deletes a group; its users stay.
    Delete(NameArgs),
    /// Puts a user into a group.
    Add(MemberArgs),
    /// Takes a user out of a group.
    Remove(MemberArgs),
}

/// A group and a user.
#[derive(Debug, ClapArgs)]
pub(crate) struct MemberArgs {
    /// Group.
    pub(crate) group: String,
    /// User.
    pub(crate) user: String,
    /// Server and credentials.
    #[command(flatten)]
    pub(crate) admin: AdminArgs,
}

/// `admin policy`.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Lists policies.
    List(AdminArgs),
    /// Shows a policy.
    Show(NameArgs),
    /// Puts a policy, new or in place of one of that name.
    Put {
        /// Name and server.
        #[command(flatten)]
        which: NameArgs,
        /// Policy in AWS's JSON; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Deletes a policy that is attached to nothing.
    Delete(NameArgs),
    /// Attaches a policy to a user or group.
    Attach(AttachArgs),
    /// Detaches a policy from a user or group.
    Detach(AttachArgs),
}

/// A policy and what it is attached to.
#[derive(Debug, ClapArgs)]
pub(crate) struct AttachArgs {
    /// Name and server.
    #[command(flatten)]
    pub(crate) which: NameArgs,
    /// User.
    #[arg(long, value_name = "NAME", required_unless_present = "group", conflicts_with = "group")]
    pub(crate) user: Option<String>,
    /// Group.
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,
}

/// `admin key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Lists keys, without their secrets.
    List {
        /// Only those of this user.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Server and credentials.
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Makes a key and prints its secret, once.
    Create {
        /// User; without it the key is the account's root.
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Access key id to bring along; made up if not given.
        #[arg(long, value_name = "ID")]
        access_key: Option<String>,
        /// Secret to bring along; `-` reads it from standard input, where other people on this machine do not see it.
        #[arg(long, value_name = "SECRET")]
        secret_key: Option<String>,
        /// When it ends, as in 2030-01-31T12:00:00Z.
        #[arg(long, value_name = "MOMENT")]
        expires: Option<String>,
        /// Server and credentials.
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Lets a disabled key work again.
    Enable(NameArgs),
    /// Stops a key and its sessions at once.
    Disable(NameArgs),
    /// Sets when a key ends.
    Expire {
        /// Key and server.
        #[command(flatten)]
        which: NameArgs,
        /// When, as in 2030-01-31T12:00:00Z; `never` lets it live.
        #[arg(long, value_name = "MOMENT")]
        at: String,
    },
    /// Deletes a key.
    Delete(NameArgs),
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
