//! Owner: who owns a bucket, object or upload, as answers show it.

/// An account: its canonical id (64 hexadecimal digits), its 12-digit account id and a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owner {
    /// Canonical user id.
    pub id: String,
    /// Account id, as `x-amz-expected-bucket-owner` names it.
    pub account_id: String,
    /// Shown where AWS still shows a name.
    pub display_name: String,
}

impl Owner {
    /// Does `expected` (a header's value) name this owner (b13)?
    pub fn is(&self, expected: &str) -> bool {
        expected == self.account_id || expected == self.id
    }
}
