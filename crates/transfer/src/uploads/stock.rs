//! Stock: what an open upload has: its parts, how many bytes, and which numbers are missing.

use super::find::OpenUpload;
use super::pages::Pages;
use crate::error::TransferError;
use drystone_client::Client;
use drystone_client::action::ListParts;
use drystone_types::{ChecksumAlgorithm, ChecksumType, Timestamp};
use drystone_wire::xml::answer::PartEntry;

/// What an upload has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Parts, ascending.
    pub parts: Vec<PartEntry>,
    /// What Create declared.
    pub checksum: Option<(ChecksumAlgorithm, Option<ChecksumType>)>,
}

impl Stock {
    /// Asks the store. `None` when the upload is gone.
    ///
    /// # Errors
    /// [`TransferError::Call`].
    pub async fn of(client: &Client, upload: &OpenUpload) -> Result<Option<Self>, TransferError> {
        let request = ListParts::new(&upload.bucket, &upload.entry.key, &upload.entry.upload_id);
        let mut pages = Pages::new(request);
        let mut stock = Self { checksum: upload.entry.checksum, ..Self::default() };
        loop {
            match pages.next(client).await {
                Ok(None) => break,
                Ok(Some(page)) => {
                    stock.checksum = page.checksum.or(stock.checksum);
                    stock.parts.extend(page.parts);
                }
                Err(error) if error.code() == Some("NoSuchUpload") => return Ok(None),
                Err(error) => {
                    let what = format!("listing the parts of {}", upload.uri());
                    return Err(TransferError::call(what)(error));
                }
            }
        }
        if pages.is_stuck() {
            let text = "the store's list of parts does not move on: there may be more";
            tracing::warn!(upload = upload.entry.upload_id, "{text}");
        }
        // A store that shows a part on two pages has it once.
        stock.parts.sort_by_key(|part| part.part_number);
        stock.parts.dedup_by_key(|part| part.part_number);
        Ok(Some(stock))
    }

    /// Bytes of all parts.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.size).fold(0, u64::saturating_add)
    }

    /// When the last part came.
    pub fn last_part(&self) -> Option<Timestamp> {
        self.parts.iter().filter_map(|part| part.last_modified).max()
    }
}

/// The numbers below the highest that are not there, as ranges.
pub fn gaps(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut next = 1;
    let mut gaps = Vec::new();
    for number in numbers {
        if number > next {
            gaps.push((next, number - 1));
        }
        next = next.max(number.saturating_add(1));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::gaps;

    #[test]
    fn gaps_are_the_numbers_between() {
        type Case<'a> = (&'a [u64], &'a [(u64, u64)]);
        let cases: [Case<'_>; 5] = [
            (&[], &[]),
            (&[1, 2, 3], &[]),
            (&[2, 3, 7], &[(1, 1), (4, 6)]),
            (&[10_000], &[(1, 9999)]),
            (&[u64::MAX], &[(1, u64::MAX - 1)]),
        ];
        for (numbers, want) in cases {
            assert_eq!(gaps(numbers.iter().copied()), want, "{numbers:?}");
        }
    }
}
