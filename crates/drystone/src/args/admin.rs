//! Arguments of `admin`.

use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

use super::Output;
use super::serve::SettingArgs;

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
