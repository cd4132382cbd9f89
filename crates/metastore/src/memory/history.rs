//! The history of a key: its versions and delete markers, the newest first.

use drystone_types::{BucketName, Key, Version, VersionId, Versioning, WhichVersion};

use super::state::{At, Object, State, Stored};
use crate::MetaError;
use crate::rules;

impl State {
    pub(super) fn history(&self, at: &At) -> &[Stored] {
        self.versions.get(at).map_or(&[], Vec::as_slice)
    }

    /// The named version, or the current one; an object or a delete marker.
    pub(super) fn find(&self, at: &At, which: Option<WhichVersion>) -> Option<&Stored> {
        match which {
            None => self.history(at).first(),
            Some(which) => self.history(at).iter().find(|stored| stored.version().is(which)),
        }
    }

    /// The object that a read means.
    pub(super) fn object(
        &self,
        bucket: &BucketName,
        key: &Key,
        which: Option<WhichVersion>,
    ) -> Result<&Object, MetaError> {
        let (_, at) = self.place(bucket, key)?;
        match self.find(&at, which) {
            Some(Stored::Object(object)) => Ok(object),
            Some(Stored::Marker(marker)) => {
                let (version, last_modified) = (marker.version, marker.last_modified);
                Err(MetaError::DeleteMarker { version, last_modified })
            }
            None if which.is_some() => Err(MetaError::NoSuchVersion),
            None => Err(MetaError::NoSuchKey),
        }
    }

    /// What a write in the bucket would replace: the null version, unless versioning is enabled.
    pub(super) fn replaced(&self, versioning: Versioning, at: &At) -> Option<&Stored> {
        self.find(at, Some(WhichVersion::Null)).filter(|_| rules::writes_null(versioning))
    }

    /// Takes the null version out if the bucket's writes replace it, and says which version a write becomes. A null version
    /// is the newest, whatever its number was to be; another keeps its number unless the key has it already.
    pub(super) fn make_room(&mut self, versioning: Versioning, at: &At, wanted: VersionId) -> Version {
        let is_null = rules::writes_null(versioning);
        let taken: Vec<_> = self.history(at).iter().map(|stored| stored.version().id).collect();
        let mut id = wanted;
        if is_null {
            self.take_out(at, |version| version.is_null);
            id = taken.first().map_or(id, |newest| id.max(rules::next_id(*newest)));
        }
        while taken.contains(&id) {
            id = rules::next_id(id);
        }
        self.saw_version(id);
        Version { id, is_null }
    }

    /// Adds what is not there yet.
    pub(super) fn insert(&mut self, at: At, stored: Stored) {
        let history = self.versions.entry(at).or_default();
        let place = history.iter().position(|other| other.version().id < stored.version().id);
        history.insert(place.unwrap_or(history.len()), stored);
    }

    /// Takes out the version that `is` names; an object's blobs become garbage.
    pub(super) fn take_out(&mut self, at: &At, is: impl Fn(Version) -> bool) {
        let Some(history) = self.versions.get_mut(at) else { return };
        let Some(index) = history.iter().position(|stored| is(stored.version())) else { return };
        let out = history.remove(index);
        if history.is_empty() {
            self.versions.remove(at);
        }
        if let Stored::Object(object) = out {
            self.discard(object.manifest.parts.iter().map(|part| part.blob).collect());
        }
    }
}
