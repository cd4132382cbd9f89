//! `drystone mv`: copies, and deletes each source after its copy was verified.

use clap::Args as ClapArgs;
use drystone_transfer::Location;
use drystone_transfer::target::{Way, recursive, single};
use std::path::Path;

use super::many::{self, Many};
use crate::Failure;
use crate::args::{ClientArgs, FilterArgs, MetadataArgs, OutputArgs, TransferArgs};

/// Arguments of `mv`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct MvArgs {
    /// From: a file, a folder (with -r), or s3://bucket/key.
    #[arg(value_name = "SRC")]
    source: String,
    /// To: the same; one of both is in S3. A name that ends with / is a folder or a prefix.
    #[arg(value_name = "DST")]
    target: String,
    /// Moves what is in a folder, or all objects under a prefix.
    #[arg(long, short)]
    recursive: bool,
    /// Prints what would be done, and does nothing.
    #[arg(long, visible_alias = "dryrun")]
    dry_run: bool,
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

/// Moves.
pub(crate) fn run(args: &MvArgs) -> Result<(), Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let source = Location::parse(&args.source).map_err(|error| usage(&error))?;
    let target = Location::parse(&args.target).map_err(|error| usage(&error))?;
    if matches!(source, Location::Stdio) || matches!(target, Location::Stdio) {
        return Err(Failure::Usage("standard input and output cannot be moved; use cp".into()));
    }
    let way =
        if args.recursive { recursive(&source, &target) } else { single(&source, &target, Path::is_dir) };
    let way = way.map_err(|error| usage(&error))?;
    way.check_not_itself(args.recursive).map_err(|error| usage(&error))?;
    if let Way::Upload { from: Some(from), .. } = &way
        && !args.recursive
        && from.is_dir()
    {
        return Err(Failure::Usage(format!("{} is a folder: add -r to move what is in it", from.display())));
    }
    many::run(&Many {
        way: &way,
        is_single: !args.recursive,
        is_move: true,
        is_delta: false,
        compare: None,
        delete: false,
        dry_run: args.dry_run,
        follow_links: !args.no_follow_symlinks,
        filter: &args.filter,
        metadata: &args.metadata,
        transfer: &args.transfer,
        client: &args.client,
        output: args.output.output,
    })
}
