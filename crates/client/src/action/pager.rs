//! Pager: the pages of a list one after another, without going round in circles.

use crate::{CallError, Client};
use std::collections::HashSet;
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A request for one page of a list.
pub trait Paged: Sized + Clone + Send + Sync {
    /// AWS's name of the action.
    const ACTION: &'static str;
    /// A page.
    type Page: Send;

    /// Asks for this page.
    ///
    /// # Errors
    /// [`CallError`].
    fn page(&self, client: &Client) -> impl Future<Output = Result<Self::Page, CallError>> + Send;

    /// The request for the page after `page`, if there is one.
    fn after(&self, page: &Self::Page) -> Option<Self>;

    /// Where this page begins, in any form that differs from page to page.
    fn marker(&self) -> String;
}

/// Asks for page after page.
#[derive(Debug)]
pub struct Pager<R> {
    client: Client,
    turns: Turns<R>,
}

impl<R: Paged> Pager<R> {
    /// Begins with the page that `first` asks for.
    pub fn new(client: &Client, first: R) -> Self {
        Self { client: client.clone(), turns: Turns { next: Some(first), seen: HashSet::new() } }
    }

    /// The next page; `None` after the last. An error may be tried again by asking once more.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::BadAnswer`] when the store says that the next page begins where an earlier one began: it would go on
    /// for ever.
    pub async fn next(&mut self) -> Result<Option<R::Page>, CallError> {
        let Some(request) = &self.turns.next else { return Ok(None) };
        let page = request.page(&self.client).await?;
        self.turns.turn(&page)?;
        Ok(Some(page))
    }

    /// All pages that are left.
    ///
    /// # Errors
    /// As [`Pager::next`].
    pub async fn rest(mut self) -> Result<Vec<R::Page>, CallError> {
        let mut pages = Vec::new();
        while let Some(page) = self.next().await? {
            pages.push(page);
        }
        Ok(pages)
    }
}

/// Which page is next, and which were there.
#[derive(Debug)]
struct Turns<R> {
    next: Option<R>,
    /// Hashes of the markers so far.
    seen: HashSet<u64>,
}

impl<R: Paged> Turns<R> {
    fn turn(&mut self, page: &R::Page) -> Result<(), CallError> {
        let Some(request) = self.next.take() else { return Ok(()) };
        self.seen.insert(hash(&request.marker()));
        let next = request.after(page);
        if next.as_ref().is_some_and(|next| self.seen.contains(&hash(&next.marker()))) {
            let why = "the list does not move: its next page begins where an earlier one began".to_owned();
            return Err(CallError::BadAnswer { action: R::ACTION, why });
        }
        self.next = next;
        Ok(())
    }
}

fn hash(marker: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    marker.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{HashSet, Turns};
    use crate::action::{ListObjectsV2, ListParts};
    use drystone_wire::xml::answer::{ListObjectsPage, ListPartsPage};

    fn parts_page(next_part_number_marker: Option<u64>) -> ListPartsPage {
        let parts = Vec::new();
        ListPartsPage {
            next_part_number_marker,
            checksum: None,
            parts,
            initiator: None,
            owner: None,
            storage_class: None,
        }
    }

    #[test]
    fn pages_follow_each_other_until_the_last() {
        let mut turns = Turns { next: Some(ListParts::new("b", "k", "u")), seen: HashSet::new() };
        turns.turn(&parts_page(Some(1000))).unwrap();
        assert_eq!(turns.next.as_ref().and_then(|next| next.part_number_marker), Some(1000));
        turns.turn(&parts_page(None)).unwrap();
        assert!(turns.next.is_none());
    }

    #[test]
    fn a_marker_that_does_not_move_and_a_circle_of_markers_are_errors() {
        for markers in [&[0][..], &[5, 5], &[5, 7, 5]] {
            let mut turns = Turns { next: Some(ListParts::new("b", "k", "u")), seen: HashSet::new() };
            let (last, before) = markers.split_last().unwrap();
            for marker in before {
                turns.turn(&parts_page(Some(*marker))).unwrap();
            }
            assert!(turns.turn(&parts_page(Some(*last))).is_err(), "{markers:?}");
            assert!(turns.next.is_none(), "nothing is asked again by mistake");
        }
        let page = |token: &str| ListObjectsPage {
            next_continuation_token: Some(token.into()),
            objects: Vec::new(),
            common_prefixes: Vec::new(),
        };
        let mut turns = Turns { next: Some(ListObjectsV2::new("b", "")), seen: HashSet::new() };
        turns.turn(&page("t")).unwrap();
        assert!(turns.turn(&page("t")).is_err());
    }
}
