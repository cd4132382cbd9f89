//! Arguments of `split`, `demo`, `completions` and `man`.

use clap::Args as ClapArgs;
use clap_complete::Shell;
use drystone_types::ChecksumAlgorithm;
use std::path::PathBuf;

use super::OutputArgs;
use super::transfer::checksum;

/// Arguments of `split`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SplitArgs {
    /// The file.
    pub(crate) file: PathBuf,
    /// Bytes of each piece but the last, as in split(1): k, m, g and KiB, MiB, GiB are powers of 1024, KB, MB, GB of 1000.
    #[arg(long, short, value_name = "SIZE", value_parser = crate::bytes::parse_like_split)]
    pub(crate) bytes: u64,
    /// What the names of pieces begin with; the rest is aa, ab, ac, ...
    #[arg(long, value_name = "TEXT", default_value = "x")]
    pub(crate) prefix: String,
    /// Algorithm of the checksums, default CRC64NVME.
    #[arg(long, value_name = "NAME", value_parser = checksum, visible_alias = "checksum-algorithm")]
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// Form of the output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `demo`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct DemoArgs {
    /// A file of 15 MB to 10 GB to show it with; one of 104 MB is made if none is given.
    pub(crate) file: Option<PathBuf>,
    /// Form of the output.
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Arguments of `completions`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ManArgs {
    /// Folder for the pages, drystone.1 and one for each command; it is made if it is not there.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
