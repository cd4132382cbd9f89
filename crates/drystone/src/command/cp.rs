//! `drystone cp`: a file, a stream or an object, from here to a store, back, or inside it; with -r all that is below.

use drystone_client::CallError;
use drystone_transfer::copy::CopyOptions;
use drystone_transfer::download::{DownloadRequest, Target};
use drystone_transfer::local::target::Place;
use drystone_transfer::target::{Way, single};
use drystone_transfer::upload::UploadRequest;
use drystone_transfer::upload::stream::StreamRequest;
use drystone_transfer::{Engine, Location, ObjectRef, Outcome, S3Uri, TransferError};
use http::header::HeaderMap;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use tokio::time::Instant;

use super::many;
use crate::Failure;
use crate::args::{CpArgs, WhenFailed};
use crate::output::progress::Progress;
use crate::output::{Console, Ended, command_line, interrupted_text, say};
use crate::{client_setup, engine_setup, run};

/// Copies.
pub(crate) fn run(args: &CpArgs) -> Result<(), Failure> {
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(error.to_string());
    let source = Location::parse(&args.source).map_err(|error| usage(&error))?;
    let target = Location::parse(&args.target).map_err(|error| usage(&error))?;
    if args.recursive {
        return many::copy(args, &source, &target);
    }
    let way = single(&source, &target, Path::is_dir).map_err(|error| usage(&error))?;
    way.check_not_itself(false).map_err(|error| usage(&error))?;
    let task = Task::of(way, args)?;
    if args.dry_run {
        let console = Console::new(args.output.output, false);
        console.planned(&Ended { outcome: None, failure: None, took: None, ..task.ended() });
        return Ok(());
    }
    carry_out(&task, args)
}

/// Does it, and says how it ended.
fn carry_out(task: &Task, args: &CpArgs) -> Result<(), Failure> {
    let console = Console::new(args.output.output, args.transfer.quiet || task.is_to_stdout());
    let client = client_setup::client(&args.client)?;
    let progress = Progress::new(&args.transfer);
    let engine = engine_setup::engine(client, &args.transfer, &progress);
    let began = Instant::now();
    let work = async { Ok(task.run(&engine).await) };
    let outcome = run::run(work, interrupted(task, args, &engine, &progress))?;
    progress.finish();
    match outcome {
        Ok(outcome) => {
            say_kept(&outcome, args);
            console.ended(&Ended {
                outcome: Some(&outcome),
                failure: None,
                took: Some(began.elapsed()),
                ..task.ended()
            });
            Ok(())
        }
        Err(error) if is_set_up(&error) => Err(error.into()),
        Err(error) => {
            console.ended(&Ended { outcome: None, failure: Some(&error), took: None, ..task.ended() });
            Err(Failure::Found)
        }
    }
}

/// Is it nothing that happened on the way, but something to set right first?
fn is_set_up(error: &TransferError) -> bool {
    matches!(error, TransferError::Plan(_)) || matches!(error.call_error(), Some(CallError::Credentials(_)))
}

/// How much was there already is told where people look.
fn say_kept(outcome: &Outcome, args: &CpArgs) {
    if outcome.parts_kept > 0 && !args.transfer.quiet {
        say(&format!("{} of {} parts were there already", outcome.parts_kept, outcome.part_count));
    }
    if args.transfer.verbose && !outcome.verified.is_empty() {
        say(&format!("verified: {}", outcome.verified));
    }
}

/// After a signal: what is left, and how to go on; or nothing is left.
async fn interrupted(task: &Task, args: &CpArgs, engine: &Engine, progress: &Progress) {
    let (done, total) = progress.bytes();
    progress.finish();
    let next = match task {
        Task::Upload { request, .. } if args.transfer.on_failure == WhenFailed::Abort => {
            match engine.abandon(request).await {
                Ok(_) => "What was sent is aborted.".to_owned(),
                Err(error) => format!("What was sent could not be aborted: {error}"),
            }
        }
        Task::Stream(_) => match engine.abandon_streams().await {
            Ok(_) => "Standard input cannot be read again: what was sent is aborted.".to_owned(),
            Err(error) => format!("What was sent could not be aborted: {error}"),
        },
        Task::Download { to: None, .. } => "To begin anew, type the same again.".to_owned(),
        _ => format!("To go on, type the same again:\n  {}", command_line()),
    };
    say(&interrupted_text(done, total, &next));
}

/// One thing to do.
enum Task {
    Upload { request: UploadRequest, is_delta: bool },
    Stream(StreamRequest),
    Download { request: DownloadRequest, to: Option<PathBuf> },
    Copy { from: ObjectRef, to: ObjectRef, options: Box<CopyOptions> },
}

impl Task {
    fn of(way: Way, args: &CpArgs) -> Result<Self, Failure> {
        let headers = |name: Option<&str>| args.metadata.headers(name).map_err(Failure::Usage);
        Ok(match way {
            Way::Upload { from: Some(path), to } => {
                let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
                let headers = headers(name.as_deref())?;
                let request = UploadRequest { path, to: object(&to, None), headers };
                Self::Upload { request, is_delta: args.delta }
            }
            Way::Upload { from: None, to } => Self::Stream(stream(&to, headers(Some(&to.key))?, args)),
            Way::Download { from, to } => {
                let from = object(&from, args.version_id.as_deref());
                let headers = args.metadata.read_headers();
                Self::Download { request: DownloadRequest { headers, ..DownloadRequest::new(from) }, to }
            }
            Way::Copy { from, to } => {
                let options = args.metadata.copy_options(args.transfer.multipart_threshold);
                Self::Copy {
                    from: object(&from, args.version_id.as_deref()),
                    to: object(&to, None),
                    options: Box::new(options.map_err(Failure::Usage)?),
                }
            }
        })
    }

    async fn run(&self, engine: &Engine) -> Result<Outcome, TransferError> {
        match self {
            Self::Upload { request, is_delta: true } => engine.delta(request).await,
            Self::Upload { request, is_delta: false } => engine.upload(request).await,
            Self::Stream(request) => engine.upload_stream(request, Box::new(std::io::stdin())).await,
            Self::Download { request, to: Some(path) } => {
                engine.download(request, Target::File(Place::Path(path.clone()))).await
            }
            Self::Download { request, to: None } => engine.download(request, stdout()?).await,
            Self::Copy { from, to, options } => engine.copy(from, to, options).await,
        }
    }

    fn is_to_stdout(&self) -> bool {
        matches!(self, Self::Download { to: None, .. })
    }

    /// What it is, for the result.
    fn ended(&self) -> Ended<'static> {
        let path = |path: &Path| path.display().to_string();
        let (verb, source, target) = match self {
            Self::Upload { request, .. } => ("upload", path(&request.path), request.to.to_string()),
            Self::Stream(request) => ("upload", "-".to_owned(), request.to.to_string()),
            Self::Download { request: DownloadRequest { from, .. }, to } => {
                let to = to.as_ref().map_or_else(|| "-".to_owned(), |to| path(to));
                ("download", from.to_string(), to)
            }
            Self::Copy { from, to, .. } => ("copy", from.to_string(), to.to_string()),
        };
        Ended { verb, source, target, outcome: None, failure: None, took: None }
    }
}

/// Standard output without a buffer that looks for ends of lines.
fn stdout() -> Result<Target, TransferError> {
    let copy = std::io::stdout().as_fd().try_clone_to_owned();
    let copy = copy.map_err(|source| TransferError::Local { what: "write", path: "-".into(), source })?;
    Ok(Target::Stream(Box::new(File::from(copy))))
}

fn object(uri: &S3Uri, version_id: Option<&str>) -> ObjectRef {
    ObjectRef { bucket: uri.bucket.clone(), key: uri.key.clone(), version_id: version_id.map(str::to_owned) }
}

fn stream(to: &S3Uri, headers: HeaderMap, args: &CpArgs) -> StreamRequest {
    StreamRequest {
        to: object(to, None),
        headers,
        expected_size: args.expected_size,
        spool_dir: std::env::temp_dir(),
    }
}
