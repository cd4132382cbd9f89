//! Engine set-up: from flags to the engine that moves data, and what shows its progress.

use drystone_client::Client;
use drystone_transfer::engine::MULTIPART_THRESHOLD_BYTES;
use drystone_transfer::pace::Pace;
use drystone_transfer::{Engine, OnFailure, ResumeMode, Settings};
use drystone_types::ChecksumAlgorithm;

use crate::args::{Resume, TransferArgs, WhenFailed};
use crate::output::progress::Progress;
use crate::state_dir;

/// An engine as the flags say; its events go to `progress`.
pub(crate) fn engine(client: Client, args: &TransferArgs, progress: &Progress) -> Engine {
    let concurrency = args.concurrency.map(usize::from);
    let pace = Pace::new(concurrency, args.limit_rate.clone(), second_of_day(args));
    let journals = state_dir::journals(|name| std::env::var(name).ok());
    Engine::new(client, pace, progress.watcher(), journals, settings(args))
}

fn settings(args: &TransferArgs) -> Settings {
    Settings {
        part_size_bytes: args.part_size,
        multipart_threshold_bytes: args.multipart_threshold.unwrap_or(MULTIPART_THRESHOLD_BYTES),
        checksum: args.checksum.unwrap_or(ChecksumAlgorithm::Crc64Nvme),
        resume: match args.resume {
            Resume::Auto => ResumeMode::Auto,
            Resume::Never => ResumeMode::Never,
        },
        on_failure: match args.on_failure {
            WhenFailed::Keep => OnFailure::Keep,
            WhenFailed::Abort => OnFailure::Abort,
        },
    }
}

/// Seconds since midnight where the user is; only timetables ask.
fn second_of_day(args: &TransferArgs) -> u32 {
    if args.limit_rate.is_none() {
        return 0;
    }
    let time = jiff::Zoned::now().time();
    let number = |part: i8| u32::try_from(part).unwrap_or(0);
    number(time.hour()) * 3600 + number(time.minute()) * 60 + number(time.second())
}

#[cfg(test)]
mod tests {
    use super::settings;
    use crate::args::{Resume, TransferArgs, WhenFailed};
    use drystone_transfer::{OnFailure, ResumeMode, Settings};

    #[test]
    fn flags_become_settings() {
        let plain = settings(&TransferArgs::default());
        assert_eq!(format!("{plain:?}"), format!("{:?}", Settings::default()));
        let args = TransferArgs {
            part_size: Some(5 << 20),
            resume: Resume::Never,
            on_failure: WhenFailed::Abort,
            ..TransferArgs::default()
        };
        let settings = settings(&args);
        assert_eq!(settings.part_size_bytes, Some(5 << 20));
        assert_eq!((settings.resume, settings.on_failure), (ResumeMode::Never, OnFailure::Abort));
    }
}
