//! PartNumber: 1 to 10,000, chosen by the client.

use std::fmt;

use crate::limits::PART_COUNT_MAX;

/// Number of a part within its upload, 1 to 10,000 (b1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNumber(u16);

impl PartNumber {
    /// 1: of an object sent in one piece.
    pub const FIRST: Self = Self(1);

    /// `None` unless `number` is 1 to 10,000.
    pub fn new(number: u64) -> Option<Self> {
        let number = u16::try_from(number).ok()?;
        (1..=PART_COUNT_MAX).contains(&number).then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::PartNumber;

    #[test]
    fn b1_part_numbers_are_1_to_10000() {
        assert!(PartNumber::new(0).is_none());
        assert_eq!(PartNumber::new(1).map(PartNumber::get), Some(1));
        assert_eq!(PartNumber::new(10_000).map(PartNumber::get), Some(10_000));
        assert!(PartNumber::new(10_001).is_none());
        assert!(PartNumber::new(65_537).is_none());
    }
}
