//! Arguments of `cp`, `split` and `demo`.

use clap::Args as ClapArgs;

use super::{ClientArgs, FilterArgs, MetadataArgs, OutputArgs, TransferArgs};
use crate::bytes;

/// Arguments of `cp`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct CpArgs {
    /// From: a file, a folder (with -r), `-` for standard input, or s3://bucket/key.
    #[arg(value_name = "SRC")]
    pub(crate) source: String,
    /// To: the same; `-` is standard output. A name that ends with / is a folder or a prefix.
    #[arg(value_name = "DST")]
    pub(crate) target: String,
    /// Copies a folder, or all objects under a prefix.
    #[arg(long, short)]
    pub(crate) recursive: bool,
    /// Sends only the parts that changed since the object that is there; the others are copied inside the store.
    #[arg(long)]
    pub(crate) delta: bool,
    /// Prints what would be done, and does nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// With -r: links in folders are left out; without it what they lead to takes part.
    #[arg(long)]
    pub(crate) no_follow_symlinks: bool,
    /// Bytes to expect from standard input, so that its parts are planned; without it they grow.
    #[arg(long, value_name = "SIZE", value_parser = bytes::parse)]
    pub(crate) expected_size: Option<u64>,
    /// Of an object: the version to read.
    #[arg(long, value_name = "ID")]
    pub(crate) version_id: Option<String>,
    /// How data moves.
    #[command(flatten)]
    pub(crate) transfer: TransferArgs,
    /// Which objects.
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// What new objects carry.
    #[command(flatten)]
    pub(crate) metadata: MetadataArgs,
    /// Where, and who.
    #[command(flatten)]
    pub(crate) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
