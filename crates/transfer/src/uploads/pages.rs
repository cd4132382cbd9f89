//! Pages: the pages of a list from stores that may be poor at paging: what they showed counts, even if they cannot show the rest.

use drystone_client::action::Paged;
use drystone_client::{CallError, Client};
use std::collections::HashSet;

/// Page after page, until the last, or until the store sends us in a circle.
#[derive(Debug)]
pub(super) struct Pages<R> {
    next: Option<R>,
    seen: HashSet<String>,
    is_stuck: bool,
}

impl<R: Paged> Pages<R> {
    pub(super) fn new(first: R) -> Self {
        Self { next: Some(first), seen: HashSet::new(), is_stuck: false }
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self, client: &Client) -> Result<Option<R::Page>, CallError> {
        let Some(request) = &self.next else { return Ok(None) };
        let page = request.page(client).await?;
        let (marker, after) = (request.marker(), request.after(&page));
        self.advance(marker, after);
        Ok(Some(page))
    }

    /// Did the store say that the next page begins where an earlier one began? Then there may be more that it does not show.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    fn advance(&mut self, marker: String, after: Option<R>) {
        self.seen.insert(marker);
        self.is_stuck = after.as_ref().is_some_and(|after| self.seen.contains(&after.marker()));
        self.next = after.filter(|_| !self.is_stuck);
    }
}

#[cfg(test)]
mod tests {
    use super::Pages;
    use drystone_client::action::ListParts;

    #[test]
    fn a_list_that_does_not_move_ends_and_says_so() {
        for (markers, is_stuck) in [(&[5, 9][..], false), (&[5, 5], true), (&[0], true), (&[5, 9, 5], true)] {
            let request =
                |marker: u64| ListParts { part_number_marker: Some(marker), ..ListParts::new("b", "k", "u") };
            let mut pages = Pages::new(ListParts::new("b", "k", "u"));
            let mut marker = "0".to_owned();
            for next in markers {
                assert!(pages.next.is_some());
                pages.advance(marker, Some(request(*next)));
                marker = next.to_string();
            }
            if !is_stuck {
                pages.advance(marker, None);
            }
            assert!(pages.next.is_none());
            assert_eq!(pages.is_stuck(), is_stuck, "{markers:?}");
        }
    }
}
