//! Planner: merges two listings into steps, one path after another, in bounded memory.

use super::decide::{Action, Rules, decide};
use crate::error::TransferError;
use crate::listing::{Entry, Listing, Warning};
use std::cmp::Ordering;

/// One path, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub action: Action,
    /// What the source has.
    pub source: Option<Entry>,
    /// What the target has.
    pub target: Option<Entry>,
}

impl Step {
    /// The path below both sides.
    pub fn path(&self) -> &str {
        self.source.as_ref().or(self.target.as_ref()).map_or("", |entry| &entry.path)
    }

    /// Bytes that a copy moves.
    pub fn size(&self) -> u64 {
        self.source.as_ref().map_or(0, |entry| entry.size)
    }
}

/// Merges.
#[derive(Debug)]
pub struct Planner {
    rules: Rules,
    source: Side,
    target: Side,
}

/// A listing, and its next entry.
#[derive(Debug)]
struct Side {
    listing: Listing,
    next: Option<Entry>,
    /// Entries so far.
    count: u64,
    is_over: bool,
}

impl Side {
    fn new(listing: Listing) -> Self {
        Self { listing, next: None, count: 0, is_over: false }
    }

    async fn fill(&mut self) -> Result<(), TransferError> {
        if self.next.is_none() && !self.is_over {
            self.next = self.listing.next().await?;
            match self.next {
                Some(_) => self.count += 1,
                None => self.is_over = true,
            }
        }
        Ok(())
    }
}

/// Why nothing may be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDeletion {
    /// Not all of the source was seen.
    SourceIncomplete,
    /// There is nothing at all at the source.
    SourceEmpty,
}

impl Planner {
    /// A plan that makes `target` like `source`. Both ascend by path.
    pub fn new(rules: Rules, source: Listing, target: Listing) -> Self {
        Self { rules, source: Side::new(source), target: Side::new(target) }
    }

    /// The next step, of all paths of both sides; `None` after the last.
    ///
    /// # Errors
    /// A listing broke off.
    pub async fn next(&mut self) -> Result<Option<Step>, TransferError> {
        self.source.fill().await?;
        self.target.fill().await?;
        let (source, target) = match (&self.source.next, &self.target.next) {
            (None, None) => return Ok(None),
            (Some(_), None) => (self.source.next.take(), None),
            (None, Some(_)) => (None, self.target.next.take()),
            (Some(one), Some(other)) => match one.path.cmp(&other.path) {
                Ordering::Less => (self.source.next.take(), None),
                Ordering::Greater => (None, self.target.next.take()),
                Ordering::Equal => (self.source.next.take(), self.target.next.take()),
            },
        };
        let action = decide(&self.rules, source.as_ref(), target.as_ref());
        Ok(Some(Step { action, source, target }))
    }

    /// May what the plan deletes be deleted? Asked when the plan is over. `source_exists` says that the source is known to exist
    /// even if nothing is in it.
    ///
    /// # Errors
    /// [`NoDeletion`].
    pub fn may_delete(&self, source_exists: bool) -> Result<(), NoDeletion> {
        if !self.source.is_over || !self.source.listing.is_whole() {
            return Err(NoDeletion::SourceIncomplete);
        }
        if self.source.count == 0 && !source_exists {
            return Err(NoDeletion::SourceEmpty);
        }
        Ok(())
    }

    /// Entries that the source has had so far.
    pub fn source_count(&self) -> u64 {
        self.source.count
    }

    /// The warnings of both listings since they were last taken.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        let mut warnings = self.source.listing.take_warnings();
        warnings.extend(self.target.listing.take_warnings());
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::{NoDeletion, Planner};
    use crate::listing::{Entry, Listing};
    use crate::sync::decide::{Action, Reason, Rules};

    fn listing(paths: &[&str]) -> Listing {
        Listing::of(paths.iter().map(|path| Entry { path: (*path).into(), ..Entry::default() }))
    }

    #[tokio::test]
    async fn two_listings_are_merged_path_by_path() {
        let rules = Rules { delete: true, ..Rules::default() };
        let mut planner = Planner::new(rules, listing(&["a", "c", "d"]), listing(&["b", "c", "e"]));
        let mut steps = Vec::new();
        while let Some(step) = planner.next().await.unwrap() {
            steps.push((step.path().to_owned(), step.action));
        }
        let missing = || Action::Copy(Reason::Missing);
        let expected = [
            ("a", missing()),
            ("b", Action::Delete),
            ("c", Action::Check),
            ("d", missing()),
            ("e", Action::Delete),
        ];
        assert_eq!(steps, expected.map(|(path, action)| (path.to_owned(), action)));
        assert_eq!(planner.may_delete(false), Ok(()));
    }

    #[tokio::test]
    async fn nothing_may_be_deleted_before_the_end_or_for_an_empty_source() {
        let rules = Rules { delete: true, ..Rules::default() };
        let mut planner = Planner::new(rules, listing(&[]), listing(&["a", "b"]));
        assert_eq!(planner.may_delete(true), Err(NoDeletion::SourceIncomplete));
        while planner.next().await.unwrap().is_some() {}
        assert_eq!(planner.may_delete(false), Err(NoDeletion::SourceEmpty));
        assert_eq!(planner.may_delete(true), Ok(()));
    }
}
