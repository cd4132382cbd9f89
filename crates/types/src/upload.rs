//! UploadId: a reference to an upload, nothing more. Sorts in the order of initiation.

use std::fmt;

/// Identity of an upload: 48 bits of initiation time in milliseconds, then 80 bits that never repeat.
///
/// Ids made by one store increase strictly, so their order is the order of initiation (b92).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub u128);

impl UploadId {
    /// Reads the text form: exactly 32 lower-case hexadecimal digits. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(legal) {
            return None;
        }
        u128::from_str_radix(text, 16).ok().map(Self)
    }

    /// Initiation time encoded in the id, in milliseconds since 1970.
    pub fn initiated_ms(self) -> u64 {
        u64::try_from(self.0 >> 80).expect("48 bits fit")
    }

    /// The next id at time `now_ms`, greater than `previous`; `random` fills the low 80 bits of a new millisecond.
    pub fn next(previous: Option<Self>, now_ms: u64, random: u128) -> Self {
        let low = random & ((1 << 79) - 1); // the top bit stays free, so that counting up has room
        let fresh = Self((u128::from(now_ms & ((1 << 48) - 1)) << 80) | low);
        match previous {
            Some(previous) if fresh <= previous => Self(previous.0 + 1),
            _ => fresh,
        }
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::UploadId;

    #[test]
    fn b92_upload_ids_sort_by_initiation_even_within_a_millisecond_and_when_the_clock_steps_back() {
        let first = UploadId::next(None, 1000, 77);
        let second = UploadId::next(Some(first), 1000, 5);
        let third = UploadId::next(Some(second), 900, u128::MAX);
        let fourth = UploadId::next(Some(third), 1001, 0);
        assert!(first < second && second < third && third < fourth);
        assert_eq!(fourth.initiated_ms(), 1001);
    }

    #[test]
    fn b16_the_text_form_is_url_safe_and_parses_back() {
        let id = UploadId::next(None, 1_700_000_000_000, 0xdead_beef);
        assert_eq!(UploadId::parse(&id.to_string()), Some(id));
        for bad in ["", "x", "+0000000000000000000000000000000", "ABCDEF00000000000000000000000000"] {
            assert_eq!(UploadId::parse(bad), None);
        }
    }
}
