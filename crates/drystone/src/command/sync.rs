//! `drystone sync`: makes one side like the other, by copying what differs, and with --delete by deleting what only it has.

use clap::Args as ClapArgs;
use drystone_transfer::Location;
use drystone_transfer::sync::Compare;
use drystone_transfer::target::recursive;

use super::many::{self, Many};
use crate::Failure;
use crate::args::{ClientArgs, FilterArgs, MetadataArgs, OutputArgs, TransferArgs};

/// Arguments of `sync`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SyncArgs {
    /// From: a folder, or s3://bucket/prefix.
    #[arg(value_name = "SRC")]
    source: String,
    /// To: the same; one of both is in S3.
    #[arg(value_name = "DST")]
    target: String,
    /// Deletes what only the target has. Nothing is deleted when not all of the source could be listed.
    #[arg(long)]
    delete: bool,
    /// Prints what would be done, and does nothing.
    #[arg(long, visible_alias = "dryrun")]
    dry_run: bool,
    /// Compares sizes only; times do not count.
    #[arg(long, conflicts_with_all = ["exact_timestamps", "checksum_compare"])]
    size_only: bool,
    /// Downloads also where the file here is older than the object.
    #[arg(long, conflicts_with = "checksum_compare")]
    exact_timestamps: bool,
    /// Compares checksums, without moving data; times do not count.
    #[arg(long)]
    checksum_compare: bool,
    /// Links in folders are left out; without it what they lead to takes part.
    #[arg(long)]
    no_follow_symlinks: bool,
    /// How data moves.
    #[command(flatten)]
    transfer: TransferArgs,
    /// Which objects.
    #[command(flatten)]
    filter: FilterArgs,
    /// What new objects carry.
    #[command(flatten)]
    metadata: MetadataArgs,
    /// Where, and who.
    #[command(flatten)]
    client: ClientArgs,
    /// Form of the output.
    #[command(flatten)]
    output: OutputArgs,
}

/// Makes the target like the source.
pub(crate) fn run(args: &SyncArgs) -> Result<(), Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let source = Location::parse(&args.source).map_err(|error| usage(&error))?;
    let target = Location::parse(&args.target).map_err(|error| usage(&error))?;
    let way = recursive(&source, &target).map_err(|error| usage(&error))?;
    way.check_not_itself(true).map_err(|error| usage(&error))?;
    let compare = match (args.size_only, args.exact_timestamps, args.checksum_compare) {
        (true, ..) => Compare::SizeOnly,
        (_, true, _) => Compare::ExactTime,
        (.., true) => Compare::Checksum,
        _ => Compare::SizeAndTime,
    };
    many::run(&Many {
        way: &way,
        is_single: false,
        is_move: false,
        is_delta: false,
        compare: Some(compare),
        delete: args.delete,
        dry_run: args.dry_run,
        follow_links: !args.no_follow_symlinks,
        filter: &args.filter,
        metadata: &args.metadata,
        transfer: &args.transfer,
        client: &args.client,
        output: args.output.output,
    })
}
