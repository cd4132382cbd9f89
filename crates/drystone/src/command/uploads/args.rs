//! Arguments of `uploads`.

use clap::{Args as ClapArgs, Subcommand};
use drystone_transfer::S3Uri;
use std::path::PathBuf;
use std::time::Duration;

use super::age;
use super::cost::Price;
use crate::args::{ClientArgs, MetadataArgs, OutputArgs, TransferArgs};

/// What to do with open uploads.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum UploadsCommand {
    /// Lists open uploads: parts, bytes, age, who began them, and what leaving them costs.
    Ls(LsArgs),
    /// Shows the parts of one upload, and which are missing.
    Show(ShowArgs),
    /// Goes on with an upload that another machine or program began: what the store has is proved by reading the file.
    Resume(Box<ResumeArgs>),
    /// Aborts an upload, or all of a bucket or prefix, and frees what they hold.
    Abort(AbortArgs),
    /// Aborts all uploads in which nothing happened for some time.
    Prune(PruneArgs),
}

/// Arguments of `uploads ls`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct LsArgs {
    /// Bucket or prefix; all buckets when not given.
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    pub(super) of: Option<S3Uri>,
    /// Asks for no parts: faster, without sizes.
    #[arg(long)]
    pub(super) fast: bool,
    /// Price of a GB (2^30 bytes) for a month, in USD. The default is that of AWS's standard class in its cheapest regions.
    #[arg(long, value_name = "USD", default_value = "0.023", value_parser = Price::parse)]
    pub(super) price: Price,
    /// Where, and who.
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Which upload of a key.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct WhichArgs {
    /// The object that the upload is to become.
    #[arg(value_name = "s3://BUCKET/KEY")]
    pub(super) object: S3Uri,
    /// The upload, if the key has more than one.
    #[arg(long, value_name = "ID")]
    pub(super) upload_id: Option<String>,
}

/// Arguments of `uploads show`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ShowArgs {
    /// Which.
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// Where, and who.
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Arguments of `uploads resume`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ResumeArgs {
    /// Which.
    #[command(flatten)]
    pub(super) which: WhichArgs,
    /// The file that is uploaded.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// How data moves.
    #[command(flatten)]
    pub(super) transfer: TransferArgs,
    /// What each request of the upload needs, as keys of SSE-C; the rest was settled when it began.
    #[command(flatten)]
    pub(super) metadata: MetadataArgs,
    /// Where, and who.
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Arguments of `uploads abort`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct AbortArgs {
    /// The object that the upload is to become; with --yes a bucket or prefix.
    #[arg(value_name = "s3://BUCKET[/KEY|/PREFIX]")]
    pub(super) of: S3Uri,
    /// The upload, if the key has more than one.
    #[arg(long, value_name = "ID", conflicts_with = "yes")]
    pub(super) upload_id: Option<String>,
    /// Aborts all uploads whose keys begin so.
    #[arg(long)]
    pub(super) yes: bool,
    /// Prints what would be aborted, and aborts nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Where, and who.
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

/// Arguments of `uploads prune`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct PruneArgs {
    /// Bucket or prefix; all buckets when not given.
    #[arg(value_name = "s3://BUCKET[/PREFIX]")]
    pub(super) of: Option<S3Uri>,
    /// Aborts those that began, and got their last part, before so much time: 7d, 12h, 2w.
    #[arg(long, value_name = "AGE", value_parser = age::parse)]
    pub(super) older_than: Duration,
    /// Prints what would be aborted, and aborts nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Where, and who.
    #[command(flatten)]
    pub(super) client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    pub(super) output: OutputArgs,
}
