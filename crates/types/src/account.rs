//! AccountId: who owns buckets and objects, as the store names it.

use std::fmt;

/// Canonical id of an account: what Owner and Grantee ids show. Usually 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Longest id, in bytes.
    pub const LEN_MAX: usize = 128;

    /// Reads an id: 1 to 128 ASCII letters, digits, `-` or `_`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = (1..=Self::LEN_MAX).contains(&text.len());
        (fits && text.bytes().all(legal)).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::AccountId;

    #[test]
    fn account_ids_are_plain_text() {
        assert_eq!(AccountId::parse("a-1_Z").map(|id| id.to_string()), Some("a-1_Z".into()));
        for bad in ["", "a b", "a/b", "ä", &"x".repeat(129)] {
            assert_eq!(AccountId::parse(bad), None, "{bad}");
        }
    }
}
