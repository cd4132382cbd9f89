//! Pages: lists page by page, merged into one output, cut at --max-items, gone on with from --starting-token, as the AWS CLI does.

use super::json::Json;
use super::model::Pages;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The member of a token that counts items of the page that were shown already. The AWS CLI's name, so that tokens of both are good
/// for both.
const SHOWN: &str = "boto_truncate_amount";

/// A list in the making.
#[derive(Debug)]
pub(super) struct Merge {
    pages: &'static Pages,
    max_items: Option<usize>,
    /// Where the page that is asked for begins; null for the first.
    markers: Vec<Json>,
    /// Items of that page that were shown by an earlier run.
    skip: usize,
    count: usize,
    lists: Vec<(String, Json)>,
    others: Option<Vec<(String, Json)>>,
    next_token: Option<Json>,
    seen: Vec<Vec<Json>>,
}

impl Merge {
    /// Begins at `starting_token`, if there is one.
    ///
    /// # Errors
    /// That the token is none.
    pub(super) fn new(
        pages: &'static Pages,
        max_items: Option<usize>,
        token: Option<&str>,
    ) -> Result<Self, String> {
        let (markers, skip) = match token {
            None => (vec![Json::Null; pages.input.len()], 0),
            Some(token) => read_token(pages, token).ok_or_else(|| format!("bad starting token: {token}"))?,
        };
        Ok(Self {
            pages,
            max_items,
            markers,
            skip,
            count: 0,
            lists: Vec::new(),
            others: None,
            next_token: None,
            seen: Vec::new(),
        })
    }

    /// Input members that say where the next page begins.
    pub(super) fn markers(&self) -> impl Iterator<Item = (&'static str, &Json)> {
        self.pages.input.iter().copied().zip(&self.markers).filter(|(_, marker)| **marker != Json::Null)
    }

    /// Takes a page in. `true` when another one is to be asked for.
    ///
    /// # Errors
    /// That the list does not move.
    pub(super) fn take(&mut self, page: &Json) -> Result<bool, String> {
        let counted = self.pages.lists[0];
        let mut items = page.get(counted).map(|list| list.items().to_vec());
        let is_continued = self.skip > 0;
        if self.others.is_none() {
            let other = |name: &&str| ((*name).to_owned(), page.get(name).cloned().unwrap_or(Json::Null));
            self.others = Some(self.pages.others.iter().map(other).collect());
        }
        let skipped = std::mem::take(&mut self.skip);
        if let Some(items) = &mut items {
            items.drain(..skipped.min(items.len()));
        }
        let found = items.as_ref().map_or(0, Vec::len);
        let over = self.max_items.map_or(0, |max| (self.count + found).saturating_sub(max));
        if let Some(items) = &mut items {
            items.truncate(found - over);
        }
        self.count += found - over;
        if let Some(items) = items {
            self.append(counted, items);
        }
        for name in self.pages.lists.iter().skip(1) {
            if let Some(list) = page.get(name).filter(|_| !is_continued) {
                self.append(name, list.items().to_vec());
            }
        }
        if over > 0 {
            self.next_token = Some(token(self.pages, &self.markers, Some(found - over + skipped)));
            return Ok(false);
        }
        self.turn(page)
    }

    fn turn(&mut self, page: &Json) -> Result<bool, String> {
        if self.pages.is_flagged && page.get("IsTruncated") != Some(&Json::Flag(true)) {
            return Ok(false);
        }
        let marker = |name: &&str| match page.get(name) {
            Some(Json::Text(text)) if text.is_empty() => Json::Null,
            Some(marker) => marker.clone(),
            None => Json::Null,
        };
        let next: Vec<_> = self.pages.output.iter().map(marker).collect();
        if next.iter().all(|marker| *marker == Json::Null) {
            return Ok(false);
        }
        if self.max_items == Some(self.count) {
            self.next_token = Some(token(self.pages, &next, None));
            return Ok(false);
        }
        self.seen.push(std::mem::replace(&mut self.markers, next));
        if self.seen.contains(&self.markers) {
            return Err("the list does not move: its next page begins where an earlier one began".to_owned());
        }
        Ok(true)
    }

    fn append(&mut self, name: &str, items: Vec<Json>) {
        match self.lists.iter_mut().find(|(known, _)| known == name) {
            Some((_, Json::List(list))) => list.extend(items),
            _ => self.lists.push((name.to_owned(), Json::List(items))),
        }
    }

    /// The whole list.
    pub(super) fn finish(self) -> Json {
        let mut members = self.lists;
        members.extend(self.others.unwrap_or_default());
        members.extend(self.next_token.map(|token| ("NextToken".to_owned(), token)));
        Json::Object(members)
    }
}

/// Takes the token out of a list that was cut.
pub(super) fn take_token(output: &mut Json) -> Option<String> {
    let Json::Object(members) = output else { return None };
    let index = members.iter().position(|(name, _)| name == "NextToken")?;
    match members.remove(index) {
        (_, Json::Text(token)) => Some(token),
        _ => None,
    }
}

/// Lines of text have a place for lists that are empty.
pub(super) fn name_missing_lists(output: &mut Json, pages: &Pages) {
    let missing: Vec<_> = pages.lists.iter().filter(|name| output.get(name).is_none()).collect();
    if let Json::Object(members) = output {
        members.extend(missing.into_iter().map(|name| ((*name).to_owned(), Json::Null)));
    }
}

fn token(pages: &Pages, markers: &[Json], shown: Option<usize>) -> Json {
    let mut members: Vec<_> =
        pages.input.iter().map(|name| (*name).to_owned()).zip(markers.iter().cloned()).collect();
    if let Some(shown) = shown {
        members.push((SHOWN.to_owned(), Json::Number(i64::try_from(shown).unwrap_or(i64::MAX))));
    }
    Json::Text(STANDARD.encode(Json::Object(members).compact()))
}

fn read_token(pages: &Pages, token: &str) -> Option<(Vec<Json>, usize)> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    let token = Json::parse(&text).ok()?;
    let shown = match token.get(SHOWN) {
        Some(Json::Number(shown)) => usize::try_from(*shown).ok()?,
        _ => 0,
    };
    let markers = pages.input.iter().map(|name| token.get(name).cloned().unwrap_or(Json::Null));
    Some((markers.collect(), shown))
}

#[cfg(test)]
mod tests {
    use super::Merge;
    use crate::command::s3api::json::Json;
    use crate::command::s3api::model::Pages;
    use crate::command::s3api::table::OPERATIONS;

    fn pages(name: &str) -> &'static Pages {
        OPERATIONS.iter().find(|operation| operation.name == name).unwrap().pages.as_ref().unwrap()
    }

    /// A page of the parts from `first` to `last` of ten.
    fn parts(first: i64, last: i64) -> Json {
        let list: Vec<_> = (first..=last).map(|n| format!("{{\"PartNumber\":{n}}}")).collect();
        let more = last < 10;
        let json = format!(
            "{{\"NextPartNumberMarker\":{last},\"IsTruncated\":{more},\"Parts\":[{}],\"StorageClass\":\"S\"}}",
            list.join(",")
        );
        Json::parse(&json).unwrap()
    }

    /// All of the list, four parts a page.
    fn run(max_items: Option<usize>, token: Option<&str>) -> (Vec<i64>, Option<String>) {
        let mut merge = Merge::new(pages("ListParts"), max_items, token).unwrap();
        loop {
            let after = merge.markers().next().map_or(0, |(_, marker)| match marker {
                Json::Number(n) => *n,
                _ => panic!("a number"),
            });
            if !merge.take(&parts(after + 1, (after + 4).min(10))).unwrap() {
                break;
            }
        }
        let whole = merge.finish();
        assert_eq!(whole.get("StorageClass"), Some(&Json::text("S")));
        assert_eq!(whole.get("ChecksumType"), Some(&Json::Null));
        let number = |part: &Json| match part.get("PartNumber") {
            Some(Json::Number(n)) => *n,
            _ => panic!("a number"),
        };
        let token = whole.get("NextToken").map(|token| match token {
            Json::Text(token) => token.clone(),
            _ => panic!("a text"),
        });
        (whole.get("Parts").unwrap().items().iter().map(number).collect(), token)
    }

    #[test]
    fn pages_come_to_one_list_whatever_is_cut() {
        assert_eq!(run(None, None), ((1..=10).collect(), None));
        for max in 1..=11 {
            let (mut all, mut token) = run(Some(max), None);
            while let Some(at) = token {
                let (more, next) = run(Some(max), Some(&at));
                assert!(more.len() <= max);
                all.extend(more);
                token = next;
            }
            assert_eq!(all, (1..=10).collect::<Vec<_>>(), "{max}");
        }
    }

    #[test]
    fn tokens_are_the_aws_clis() {
        // Recorded: aws s3api list-parts --max-items 1.
        let (_, token) = run(Some(1), None);
        assert_eq!(
            token.as_deref(),
            Some("eyJQYXJ0TnVtYmVyTWFya2VyIjogbnVsbCwgImJvdG9fdHJ1bmNhdGVfYW1vdW50IjogMX0=")
        );
        assert!(Merge::new(pages("ListParts"), None, Some("x")).is_err());
    }

    #[test]
    fn a_list_that_does_not_move_is_an_error() {
        let mut merge = Merge::new(pages("ListParts"), None, None).unwrap();
        assert_eq!(merge.take(&parts(1, 4)), Ok(true));
        assert!(merge.take(&parts(1, 4)).is_err());
    }
}
