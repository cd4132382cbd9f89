//! `drystone cp`: files and objects, here to there, there to here, or inside a store.

use crate::Failure;
use crate::args::CpArgs;

/// Copies.
pub(crate) fn run(args: &CpArgs) -> Result<(), Failure> {
    Err(Failure::Config(format!("cp {} {} is not there yet", args.source, args.target)))
}
