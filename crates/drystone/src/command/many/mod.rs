//! Many: copies or moves all that is below a folder or prefix, for `cp -r`, `mv` and `sync`.

mod mover;

use drystone_transfer::listing::remote::{self, RemoteOptions};
use drystone_transfer::listing::{Entry, Listing, local};
use drystone_transfer::local::blocking::blocking;
use drystone_transfer::local::folder::Folder;
use drystone_transfer::select::Select;
use drystone_transfer::sync::plan::NoDeletion;
use drystone_transfer::sync::run::FILES_AT_ONCE;
use drystone_transfer::sync::{Compare, Planner, Rules, RunOptions, Tally};
use drystone_transfer::target::{Way, recursive};
use drystone_transfer::upload::UploadRequest;
use drystone_transfer::{Engine, Location, S3Uri, TransferError};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::args::{ClientArgs, CpArgs, Filter, FilterArgs, MetadataArgs, Output, TransferArgs, WhenFailed};
use crate::output::progress::Progress;
use crate::output::{Console, command_line, interrupted_text, say};
use crate::{Failure, client_setup, engine_setup};
use mover::{Mover, Uploading};

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Many<'a> {
    /// From where to where: folders and prefixes, or with `is_single` the very file and object.
    pub(crate) way: &'a Way,
    /// One file or object, not what is below.
    pub(crate) is_single: bool,
    /// Is the source deleted after it was copied?
    pub(crate) is_move: bool,
    /// Are only the parts sent that changed?
    pub(crate) is_delta: bool,
    /// Sync: how to compare with what the target has; `None` copies everything.
    pub(crate) compare: Option<Compare>,
    /// Sync: is what only the target has deleted?
    pub(crate) delete: bool,
    /// Only tells.
    pub(crate) dry_run: bool,
    /// Are links in folders followed?
    pub(crate) follow_links: bool,
    /// Which paths.
    pub(crate) filter: &'a FilterArgs,
    /// What new objects carry.
    pub(crate) metadata: &'a MetadataArgs,
    /// How data moves.
    pub(crate) transfer: &'a TransferArgs,
    /// Where, and who.
    pub(crate) client: &'a ClientArgs,
    /// Form of the output.
    pub(crate) output: Output,
}

/// `cp -r`.
///
/// # Errors
/// As [`run`].
pub(crate) fn copy(args: &CpArgs, source: &Location, target: &Location) -> Result<(), Failure> {
    let way = recursive(source, target).map_err(|error| Failure::Usage(error.to_string()))?;
    way.check_not_itself(true).map_err(|error| Failure::Usage(error.to_string()))?;
    run(&Many {
        way: &way,
        is_single: false,
        is_move: false,
        is_delta: args.delta,
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

/// Does it. What fails is told, and the rest goes on.
///
/// # Errors
/// [`Failure::Found`] when something failed, [`Failure::Skipped`] when something was left out; others when nothing could begin.
pub(crate) fn run(many: &Many) -> Result<(), Failure> {
    let rules = rules(many)?;
    let client = client_setup::client(many.client)?;
    let progress = Progress::new(many.transfer);
    let engine = engine_setup::engine(client, many.transfer, &progress);
    let uploading = Uploading::default();
    let work = work(many, rules, &engine, uploading.clone());
    let interrupted = async {
        let (done, total) = progress.bytes();
        progress.finish();
        if many.transfer.on_failure == WhenFailed::Abort {
            abandon(&engine, uploading.take()).await;
        }
        let next = format!("To go on, type the same again:\n  {}", command_line());
        say(&interrupted_text(done, total, &next));
    };
    let tally = crate::run::run(work, interrupted)?;
    progress.finish();
    ending(many, &tally)
}

fn rules(many: &Many) -> Result<Rules, Failure> {
    Ok(Rules {
        compare: many.compare.unwrap_or(Compare::Never),
        is_download: matches!(many.way, Way::Download { .. }),
        select: select(many.filter)?,
        delete: many.delete,
    })
}

/// The patterns, in the order in which they were typed.
pub(crate) fn select(filter: &FilterArgs) -> Result<Select, Failure> {
    let mut select = Select::default();
    for filter in &filter.filters {
        match filter {
            Filter::Include(pattern) => select.include(pattern),
            Filter::Exclude(pattern) => select.exclude(pattern),
        }
        .map_err(|error| Failure::Usage(error.to_string()))?;
    }
    Ok(select)
}

/// Aborts what was going up.
async fn abandon(engine: &Engine, uploads: Vec<UploadRequest>) {
    for request in uploads {
        if let Err(error) = engine.abandon(&request).await {
            say(&format!("what was sent to {} could not be aborted: {error}", request.to));
        }
    }
}

async fn work(
    many: &Many<'_>,
    rules: Rules,
    engine: &Engine,
    uploading: Uploading,
) -> Result<Tally, Failure> {
    let source = source(many, engine).await?;
    let target = if many.compare.is_some() { target(many, engine) } else { Listing::of([]) };
    let folder = match many.way {
        Way::Download { to: Some(to), .. } if !many.is_single && !many.dry_run => {
            let to = to.clone();
            Some(blocking(move || Folder::open(&to)).await?)
        }
        _ => None,
    };
    let mover = Arc::new(Mover {
        engine: engine.clone(),
        way: many.way.clone(),
        is_single: many.is_single,
        is_move: many.is_move,
        is_delta: many.is_delta,
        folder,
        uploading,
        without_credentials: Mutex::default(),
        metadata: many.metadata.clone(),
        copy: many.metadata.copy_options(many.transfer.multipart_threshold).map_err(Failure::Usage)?,
        console: Console::new(many.output, many.transfer.quiet),
    });
    let options = RunOptions {
        files_at_once: many.transfer.concurrency.map_or(FILES_AT_ONCE, |n| usize::from(n).max(FILES_AT_ONCE)),
        is_dry: many.dry_run,
        source_exists: source_exists(many.way),
    };
    let mut planner = Planner::new(rules, source, target);
    let tally = drystone_transfer::sync::run(&mut planner, &mover, options).await?;
    let told = mover.without_credentials.lock().unwrap_or_else(PoisonError::into_inner).take();
    told.map_or(Ok(tally), |told| Err(Failure::Config(told)))
}

/// A folder that can be listed exists, and so does a bucket; a prefix does not when nothing is below it.
fn source_exists(way: &Way) -> bool {
    match way {
        Way::Upload { .. } => true,
        Way::Download { from, .. } | Way::Copy { from, .. } => from.key.is_empty(),
    }
}

async fn source(many: &Many<'_>, engine: &Engine) -> Result<Listing, Failure> {
    match many.way {
        Way::Upload { from: Some(from), .. } if many.is_single => Ok(one_file(from)?),
        Way::Upload { from: Some(from), .. } => Ok(local::list(folder(from)?, many.follow_links)),
        Way::Upload { from: None, .. } => Err(Failure::Usage("standard input cannot be listed".into())),
        Way::Download { from, .. } | Way::Copy { from, .. } if many.is_single => {
            Ok(Listing::of([one_object(engine, from).await?]))
        }
        Way::Download { from, .. } | Way::Copy { from, .. } => {
            let in_order = many.compare.is_some();
            let options = RemoteOptions { with_markers: false, in_order };
            Ok(remote::list(engine.client(), &from.bucket, &from.key, options))
        }
    }
}

fn target(many: &Many, engine: &Engine) -> Listing {
    match many.way {
        Way::Upload { to, .. } | Way::Copy { to, .. } => {
            let options = RemoteOptions { with_markers: false, in_order: true };
            remote::list(engine.client(), &to.bucket, &to.key, options)
        }
        Way::Download { to: Some(to), .. } if to.exists() => local::list(to, many.follow_links),
        Way::Download { .. } => Listing::of([]),
    }
}

/// A folder as the source, or why it is none.
fn folder(path: &Path) -> Result<&Path, TransferError> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => {
            Err(TransferError::Refused(format!("{shown} is no folder; one file is copied by cp without -r")))
        }
        Err(source) => Err(TransferError::Local { what: "list", path: path.to_owned(), source }),
    }
}

fn one_file(path: &Path) -> Result<Listing, TransferError> {
    let found = std::fs::metadata(path).map_err(|source| TransferError::Local {
        what: "read",
        path: path.to_owned(),
        source,
    })?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Listing::of([Entry { path: name, size: found.len(), ..Entry::default() }]))
}

async fn one_object(engine: &Engine, from: &S3Uri) -> Result<Entry, TransferError> {
    let head = drystone_client::action::HeadObject::new(&from.bucket, &from.key);
    let head = engine.client().head_object(&head).await;
    let head = head.map_err(TransferError::call(format!("cannot look at {from}")))?;
    let path = from.key.rsplit_once('/').map_or(from.key.as_str(), |(_, name)| name).to_owned();
    let size = head.object_size().unwrap_or(0);
    Ok(Entry { path, size, modified: head.last_modified, etag: head.etag, ..Entry::default() })
}

/// What to say at the end, and how the program ends.
fn ending(many: &Many, tally: &Tally) -> Result<(), Failure> {
    if tally.gave_up {
        say("given up: everything else would have failed in the same way");
    }
    match tally.withheld {
        Some((count, NoDeletion::SourceEmpty)) => {
            let from = match many.way {
                Way::Download { from, .. } | Way::Copy { from, .. } => from.to_string(),
                Way::Upload { from, .. } => {
                    format!("{}", from.as_deref().unwrap_or(Path::new("-")).display())
                }
            };
            let why = format!(
                "there is nothing at {from}, so the {count} at the target were not deleted; to delete them: drystone rm -r"
            );
            return Err(TransferError::Refused(why).into());
        }
        Some((count, NoDeletion::SourceIncomplete)) => {
            say(&format!("not all of the source could be listed, so {count} at the target were not deleted"));
        }
        None if tally.source_count == 0 && many.compare.is_none() && !many.transfer.quiet => {
            say("nothing is there to be copied");
        }
        None => {}
    }
    match tally {
        Tally { failed: 1.., .. } | Tally { gave_up: true, .. } => Err(Failure::Found),
        Tally { skipped: 1.., .. } | Tally { withheld: Some(_), .. } => Err(Failure::Skipped),
        _ => Ok(()),
    }
}
