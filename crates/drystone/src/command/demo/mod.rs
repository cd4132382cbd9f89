//! `drystone demo`: the whole story of a multipart upload, with a private store in a scratch folder. Every step is checked.

mod lost;
mod scratch;
mod stage;
mod story;

use std::path::Path;

use crate::Failure;
use crate::args::DemoArgs;
use crate::output::{Console, say};
use crate::run;
use scratch::Scratch;
use stage::Stage;

/// Smallest and largest file that it is shown with: three parts, and no more room than a laptop has.
const FILE_MIN_BYTES: u64 = 15_000_000;
const FILE_MAX_BYTES: u64 = 10_000_000_000;

/// Shows it. What is left behind is nothing.
pub(crate) fn run(args: &DemoArgs) -> Result<(), Failure> {
    if let Some(file) = &args.file {
        check(file)?;
    }
    let console = Console::new(args.output.output, false);
    let scratch = Scratch::new()?;
    let work = async {
        let mut stage = Stage::set(console, &scratch).await?;
        let told = story::tell(&mut stage, args.file.as_deref()).await;
        stage.strike().await;
        told
    };
    let outcome =
        run::run(work, async { say("interrupted: the store is ended, and the scratch folder is removed") });
    drop(scratch);
    outcome
}

fn check(file: &Path) -> Result<(), Failure> {
    let wrong = |source| Failure::other(format!("cannot read {}", file.display()), source);
    let metadata = std::fs::metadata(file).map_err(wrong)?;
    if !metadata.is_file() || !(FILE_MIN_BYTES..=FILE_MAX_BYTES).contains(&metadata.len()) {
        return Err(Failure::Usage(format!(
            "the demo needs a file of 15 MB to 10 GB; {} has {} bytes. Without a name it makes one",
            file.display(),
            metadata.len()
        )));
    }
    Ok(())
}
