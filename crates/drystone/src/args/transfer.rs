//! Arguments shared by the commands that move data: sizes, speed, going on, progress; which objects; what objects carry.

use clap::{ArgAction, ArgMatches, Args as ClapArgs, Command, FromArgMatches, ValueEnum};
use drystone_transfer::rate::RateLimit;
use drystone_types::ChecksumAlgorithm;

use crate::bytes;

/// How data moves.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Transfer")]
pub(crate) struct TransferArgs {
    /// From this size on, things are sent in parts; default 100MB.
    #[arg(long, value_name = "SIZE", value_parser = bytes::parse)]
    pub(crate) multipart_threshold: Option<u64>,
    /// Length of each part but the last, 5MiB to 5GiB; planned from the size when not given.
    #[arg(long, value_name = "SIZE", value_parser = bytes::parse)]
    pub(crate) part_size: Option<u64>,
    /// Parts at once: exactly so many, 1 to 512; as many as make it faster when not given.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) concurrency: Option<u16>,
    /// Bytes per second of all parts together, as 50MiB/s; or a timetable: "08:00,512KiB/s 18:00,10MiB/s 23:00,off".
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub(crate) limit_rate: Option<RateLimit>,
    /// Algorithm of checksums, default CRC64NVME: also CRC32, CRC32C, SHA1, SHA256, and where a store knows them MD5, SHA512,
    /// XXHASH64, XXHASH3, XXHASH128.
    #[arg(long, value_name = "NAME", value_parser = checksum, visible_alias = "checksum-algorithm")]
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// Does it go on where an earlier run ended? auto: if there is one and it can be proved.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) resume: Resume,
    /// What happens with what was sent when it fails or is interrupted: keep it, so that the same command goes on, or abort.
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub(crate) on_failure: WhenFailed,
    /// Progress on stderr: auto (bars on a terminal, a line now and then elsewhere), json (events as JSON Lines) or none.
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub(crate) progress: ProgressForm,
    /// The same as --progress none.
    #[arg(long, conflicts_with = "progress")]
    pub(crate) no_progress: bool,
    /// Prints errors only.
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Shows each part that moves, and each attempt that failed.
    #[arg(long, short, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// Going on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resume {
    /// If there is something to go on with and it can be proved.
    #[default]
    Auto,
    /// Begins anew; what an earlier run left is aborted.
    Never,
}

/// What happens with the parts of what failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum WhenFailed {
    /// They stay.
    #[default]
    Keep,
    /// The upload is aborted.
    Abort,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// Bars on a terminal, a line now and then elsewhere.
    #[default]
    Auto,
    /// Events as JSON Lines on stderr.
    Json,
    /// None.
    None,
}

fn rate(text: &str) -> Result<RateLimit, String> {
    RateLimit::parse(text, bytes::parse)
}

/// An algorithm by S3's name, in any case.
pub(super) fn checksum(text: &str) -> Result<ChecksumAlgorithm, String> {
    ChecksumAlgorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name().eq_ignore_ascii_case(text))
        .ok_or_else(|| format!("{text:?} is no algorithm of S3, as CRC64NVME and SHA256 are"))
}

/// A pattern that lets names in or keeps them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    /// What it matches takes part.
    Include(String),
    /// What it matches does not.
    Exclude(String),
}

/// Patterns in the order in which they were typed: later ones win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterArgs {
    /// The patterns.
    pub(crate) filters: Vec<Filter>,
}

impl ClapArgs for FilterArgs {
    fn augment_args(command: Command) -> Command {
        let pattern = |name: &'static str, help: &'static str| {
            clap::Arg::new(name).long(name).value_name("PATTERN").action(ArgAction::Append).help(help)
        };
        command
            .next_help_heading("Which objects")
            .arg(pattern(
                "include",
                "Lets in again what an earlier --exclude kept out; *, ? and [..] match as in a shell, / too",
            ))
            .arg(pattern(
                "exclude",
                "Keeps out what the pattern matches; of all patterns that match, the last one counts",
            ))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FilterArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let typed = |name: &str, make: fn(String) -> Filter| {
            let values = matches.get_many::<String>(name).into_iter().flatten().cloned().map(make);
            let places = matches.indices_of(name).into_iter().flatten();
            places.zip(values).collect::<Vec<_>>()
        };
        let mut all = typed("include", Filter::Include);
        all.extend(typed("exclude", Filter::Exclude));
        all.sort_by_key(|(place, _)| *place);
        Ok(Self { filters: all.into_iter().map(|(_, filter)| filter).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, FilterArgs, TransferArgs};
    use clap::{Args as _, Command, FromArgMatches as _};
    use drystone_types::ChecksumAlgorithm;

    #[test]
    fn patterns_keep_their_order() {
        let command = FilterArgs::augment_args(Command::new("x"));
        let words = ["x", "--exclude", "*", "--include", "*.jpg", "--exclude=a*", "--include", "ab*"];
        let matches = command.try_get_matches_from(words).unwrap();
        let (include, exclude) =
            (|text: &str| Filter::Include(text.into()), |text: &str| Filter::Exclude(text.into()));
        let expected = [exclude("*"), include("*.jpg"), exclude("a*"), include("ab*")];
        assert_eq!(FilterArgs::from_arg_matches(&matches).unwrap().filters, expected);
    }

    fn parse(words: &[&str]) -> Result<TransferArgs, clap::Error> {
        let command = TransferArgs::augment_args(Command::new("x"));
        let matches = command.try_get_matches_from([&["x"], words].concat())?;
        TransferArgs::from_arg_matches(&matches)
    }

    #[test]
    fn sizes_rates_and_algorithms_are_read() {
        let args = parse(&["--part-size", "16MiB", "--limit-rate", "1MB/s", "--checksum", "sha256"]).unwrap();
        assert_eq!(args.part_size, Some(16 << 20));
        assert_eq!(args.limit_rate.unwrap().at(0), Some(1_000_000));
        assert_eq!(args.checksum, Some(ChecksumAlgorithm::Sha256));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let bad: [&[&str]; 7] = [
            &["--part-size", "x"],
            &["--concurrency", "0"],
            &["--concurrency", "513"],
            &["--checksum", "CRC16"],
            &["--limit-rate", "1"],
            &["--no-progress", "--progress", "json"],
            &["-q", "-v"],
        ];
        for words in bad {
            assert!(parse(words).is_err(), "{words:?}");
        }
    }
}
