//! Mover: does the steps of a plan with the engine, and says how each ended.

use drystone_client::CallError;
use drystone_client::action::HeadObject;
use drystone_transfer::copy::CopyOptions;
use drystone_transfer::download::{DownloadRequest, Target};
use drystone_transfer::evidence::Remote;
use drystone_transfer::listing::Warning;
use drystone_transfer::local::blocking::blocking;
use drystone_transfer::local::folder::Folder;
use drystone_transfer::local::remove::{Seen, remove_below};
use drystone_transfer::local::safe_path::SafePath;
use drystone_transfer::local::target::Place;
use drystone_transfer::sweep::{delete_keys, delete_moved};
use drystone_transfer::sync::{Action, End, Hands, Step, alike};
use drystone_transfer::target::Way;
use drystone_transfer::upload::UploadRequest;
use drystone_transfer::verify::{Verdict, verify};
use drystone_transfer::{Engine, Outcome, S3Uri, TransferError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::args::MetadataArgs;
use crate::command::shown::printable;
use crate::output::{Console, Ended, hint_of_transfer, say};

/// Moves what a plan names.
pub(super) struct Mover {
    pub(super) engine: Engine,
    pub(super) way: Way,
    /// Is the way that of one file, not of a folder?
    pub(super) is_single: bool,
    pub(super) is_move: bool,
    pub(super) is_delta: bool,
    /// Where downloads of folders go; none in a dry run.
    pub(super) folder: Option<Folder>,
    /// What is going up now.
    pub(super) uploading: Uploading,
    /// That there are no credentials, which concerns all, so it is told once.
    pub(super) without_credentials: Mutex<Option<String>>,
    pub(super) metadata: MetadataArgs,
    pub(super) copy: CopyOptions,
    pub(super) console: Console,
}

/// Uploads that are under way, so that they can be aborted when a signal ends the run.
#[derive(Clone, Default)]
pub(super) struct Uploading(Arc<Mutex<Vec<UploadRequest>>>);

impl Uploading {
    fn begin(&self, request: &UploadRequest) {
        self.all().push(request.clone());
    }

    fn end(&self, request: &UploadRequest) {
        self.all().retain(|other| other.to != request.to);
    }

    fn all(&self) -> MutexGuard<'_, Vec<UploadRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all that are under way.
    pub(super) fn take(&self) -> Vec<UploadRequest> {
        std::mem::take(&mut *self.all())
    }
}

/// The way of one path.
enum One {
    Upload { from: PathBuf, to: S3Uri },
    Download { from: S3Uri, to: PathBuf },
    Copy { from: S3Uri, to: S3Uri },
}

impl Mover {
    fn way_of(&self, path: &str) -> One {
        let key = |uri: &S3Uri| {
            let below = if self.is_single { "" } else { path };
            S3Uri { bucket: uri.bucket.clone(), key: format!("{}{below}", uri.key) }
        };
        let file = |root: &Option<PathBuf>| {
            let root = root.clone().unwrap_or_default();
            if self.is_single { root } else { root.join(path) }
        };
        match &self.way {
            Way::Upload { from, to } => One::Upload { from: file(from), to: key(to) },
            Way::Download { from, to } => One::Download { from: key(from), to: file(to) },
            Way::Copy { from, to } => One::Copy { from: key(from), to: key(to) },
        }
    }

    async fn upload(&self, from: PathBuf, to: &S3Uri) -> Result<Outcome, TransferError> {
        let mut seen = None;
        if self.is_move {
            let from = from.clone();
            seen = Some(blocking(move || Seen::look(&from)).await?);
        }
        let name = from.file_name().and_then(|name| name.to_str());
        let headers = self.metadata.headers(name).map_err(TransferError::Refused)?;
        let request = UploadRequest { path: from, to: to.object_ref(), headers };
        self.uploading.begin(&request);
        let outcome = if self.is_delta {
            self.engine.delta(&request).await
        } else {
            self.engine.upload(&request).await
        };
        self.uploading.end(&request);
        let outcome = outcome?;
        if let Some(seen) = seen {
            blocking(move || seen.remove()).await?;
        }
        Ok(outcome)
    }

    async fn download(&self, step: &Step, from: &S3Uri, to: PathBuf) -> Result<Outcome, TransferError> {
        let place = match &self.folder {
            None => Place::Path(to),
            Some(folder) => below(folder, &from.key, step.path()).await?,
        };
        let mut request = DownloadRequest::new(from.object_ref());
        request.known_size = step.source.as_ref().map(|source| source.size);
        request.headers = self.metadata.read_headers();
        self.engine.download(&request, Target::File(place)).await
    }

    /// Deletes the source object after it was copied, if it is still that one.
    async fn delete_source(&self, step: &Step, from: &S3Uri) -> Result<(), TransferError> {
        if !self.is_move {
            return Ok(());
        }
        let etag = step.source.as_ref().and_then(|source| source.etag.as_deref());
        delete_moved(self.engine.client(), &from.bucket, &from.key, etag).await
    }

    async fn compare(&self, step: &Step) -> Result<bool, TransferError> {
        let (file, object) = match self.way_of(step.path()) {
            One::Upload { from, to } => (from, to),
            One::Download { from, to } => (to, from),
            One::Copy { from, to } => return Ok(alike(&self.look(&from).await?, &self.look(&to).await?)),
        };
        let headers = self.metadata.read_headers();
        let found = verify(self.engine.client(), &file, &object.object_ref(), &headers, |_| {}).await?;
        Ok(found.verdict() == Verdict::Equal)
    }

    async fn look(&self, object: &S3Uri) -> Result<Remote, TransferError> {
        let mut request = HeadObject::new(&object.bucket, &object.key);
        request.headers = self.metadata.read_headers();
        let head = self.engine.client().head_object(&request).await;
        let head = head.map_err(TransferError::call(format!("cannot look at {object}")))?;
        let unsized_object =
            || TransferError::Refused(format!("the store does not say how long {object} is"));
        Remote::of(&head.headers).ok_or_else(unsized_object)
    }

    /// What a result says of a step.
    fn named(&self, step: &Step) -> Ended<'static> {
        let path = |path: &Path| path.display().to_string();
        let (verb, source, target) = match self.way_of(step.path()) {
            One::Upload { from, to } => ("upload", path(&from), to.to_string()),
            One::Download { from, to } => ("download", from.to_string(), path(&to)),
            One::Copy { from, to } => ("copy", from.to_string(), to.to_string()),
        };
        let (verb, source, target) = match step.action {
            Action::Delete => ("delete", target, String::new()),
            _ if self.is_move => ("move", source, target),
            _ => (verb, source, target),
        };
        Ended { verb, source, target, outcome: None, failure: None, took: None }
    }
}

/// A place below a folder that no other key of this run has.
async fn below(folder: &Folder, key: &str, path: &str) -> Result<Place, TransferError> {
    let unsafe_key = |why: String| TransferError::UnsafeKey { key: key.to_owned(), why };
    let path = SafePath::new(path).map_err(|why| unsafe_key(why.to_string()))?;
    let (folder, key) = (folder.clone(), key.to_owned());
    blocking(move || {
        folder.claim(&key, &path)?;
        Ok(Place::Below { folder, key, path })
    })
    .await
}

impl Hands for Mover {
    async fn transfer(&self, step: &Step) -> Result<Outcome, TransferError> {
        match self.way_of(step.path()) {
            One::Upload { from, to } => self.upload(from, &to).await,
            One::Download { from, to } => {
                let outcome = self.download(step, &from, to).await?;
                self.delete_source(step, &from).await?;
                Ok(outcome)
            }
            One::Copy { from, to } => {
                let outcome = self.engine.copy(&from.object_ref(), &to.object_ref(), &self.copy).await?;
                self.delete_source(step, &from).await?;
                Ok(outcome)
            }
        }
    }

    async fn is_same(&self, step: &Step) -> bool {
        match self.compare(step).await {
            Ok(is_same) => is_same,
            Err(error) => {
                tracing::debug!(%error, path = step.path(), "cannot be compared, so it is copied");
                false
            }
        }
    }

    async fn delete(&self, paths: Vec<String>) -> Vec<Result<(), TransferError>> {
        match &self.way {
            Way::Upload { to, .. } | Way::Copy { to, .. } => {
                let keys = paths.into_iter().map(|path| format!("{}{path}", to.key)).collect();
                delete_keys(self.engine.client(), &to.bucket, keys).await
            }
            Way::Download { .. } => {
                let Some(folder) = self.folder.clone() else { return Vec::new() };
                let remove = move || paths.iter().map(|path| remove_below(&folder, path)).collect();
                blocking(remove).await
            }
        }
    }

    fn ended(&self, step: &Step, end: End<'_>) {
        let ended = self.named(step);
        match end {
            End::Planned => self.console.planned(&ended),
            End::Done(outcome) => self.console.ended(&Ended { outcome, ..ended }),
            End::Failed(error) if matches!(error.call_error(), Some(CallError::Credentials(_))) => {
                let hint =
                    hint_of_transfer(error).map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
                let mut told = self.without_credentials.lock().unwrap_or_else(PoisonError::into_inner);
                told.get_or_insert_with(|| format!("{error}{hint}"));
            }
            End::Failed(error) => self.console.ended(&Ended { failure: Some(error), ..ended }),
            End::Skipped(why) => say(&format!("skipped {}: {why}", printable(&ended.source))),
        }
    }

    fn warn(&self, warning: &Warning) {
        say(&format!("skipped {}: {}", printable(&warning.path), warning.why));
    }
}
