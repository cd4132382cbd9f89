//! Engine: what all transfers of one run share: the client, the pace, the journals, the settings.

use crate::local::buffers::Buffers;
use crate::pace::Pace;
use crate::progress::{Event, TransferId, Watcher};
use crate::upload::calls::UploadRef;
use crate::upload::proof::Proof;
use drystone_client::Client;
use drystone_types::ChecksumAlgorithm;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// From this size on, files and objects are sent in parts: the advice of S3's own guide.
pub const MULTIPART_THRESHOLD_BYTES: u64 = 100_000_000;

/// What happens with the parts of a transfer that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// They stay, so that the same command goes on.
    #[default]
    Keep,
    /// The upload is aborted.
    Abort,
}

/// Does a transfer go on where an earlier one ended?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResumeMode {
    /// If there is one and it can be proved.
    #[default]
    Auto,
    /// It begins anew, and what an earlier one left is aborted.
    Never,
}

/// What a user can choose for all transfers of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Length of parts; planned when not given.
    pub part_size_bytes: Option<u64>,
    /// Parts from this size on.
    pub multipart_threshold_bytes: u64,
    /// Algorithm of checksums.
    pub checksum: ChecksumAlgorithm,
    /// Going on.
    pub resume: ResumeMode,
    /// After a failure.
    pub on_failure: OnFailure,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            part_size_bytes: None,
            multipart_threshold_bytes: MULTIPART_THRESHOLD_BYTES,
            checksum: ChecksumAlgorithm::Crc64Nvme,
            resume: ResumeMode::Auto,
            on_failure: OnFailure::Keep,
        }
    }
}

/// Runs transfers. Cheap to clone; clones share everything. Dropping the future of a transfer stops it; what it did stays, and its
/// journal says what that is.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    client: Client,
    pace: Pace,
    watcher: Arc<dyn Watcher>,
    journal_dir: Option<PathBuf>,
    settings: Settings,
    next_id: AtomicU64,
    buffers: Buffers,
    /// What the store was found to take.
    proof: Mutex<Proof>,
    /// Uploads of streams that are under way.
    streams: Mutex<Vec<UploadRef>>,
}

impl Engine {
    /// An engine. Without `journal_dir` nothing can go on after the program ended.
    pub fn new(
        client: Client,
        pace: Pace,
        watcher: Arc<dyn Watcher>,
        journal_dir: Option<PathBuf>,
        settings: Settings,
    ) -> Self {
        Self(Arc::new(Inner {
            client,
            pace,
            watcher,
            journal_dir,
            settings,
            next_id: AtomicU64::new(1),
            buffers: Buffers::default(),
            proof: Mutex::new(Proof::Trailer),
            streams: Mutex::default(),
        }))
    }

    /// The store.
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// How fast, and how many at once.
    pub fn pace(&self) -> &Pace {
        &self.0.pace
    }

    /// What the user chose.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The folder of journals.
    pub fn journal_dir(&self) -> Option<&PathBuf> {
        self.0.journal_dir.as_ref()
    }

    /// Memory for pieces of files.
    pub fn buffers(&self) -> &Buffers {
        &self.0.buffers
    }

    /// Uploads of streams that are under way.
    pub(crate) fn streams(&self) -> &Mutex<Vec<UploadRef>> {
        &self.0.streams
    }

    /// How the store takes checksums, as far as is known.
    pub(crate) fn proof(&self) -> Proof {
        *self.0.proof.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store takes nothing more than this.
    pub(crate) fn learn_proof(&self, proof: Proof) {
        let mut known = self.0.proof.lock().unwrap_or_else(PoisonError::into_inner);
        *known = known.plainer(proof);
    }

    /// A number for another transfer.
    pub fn next_id(&self) -> TransferId {
        TransferId(self.0.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells.
    pub fn tell(&self, event: Event) {
        self.0.watcher.event(event);
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
