//! Documents: how identities are kept, one JSON document each under a name that says what it is. docs/FORMATS.md draws them.

use drystone_types::AccountId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::IdentityError;

/// The format that is written; a newer one is refused.
const FORMAT: u32 = 1;

/// The name of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentName {
    /// `account/ID`.
    Account(AccountId),
    /// `group/ACCOUNT/NAME`.
    Group(AccountId, String),
    /// `key/ACCESS-KEY-ID`.
    Key(String),
    /// `policy/ACCOUNT/NAME`.
    Policy(AccountId, String),
    /// `user/ACCOUNT/NAME`.
    User(AccountId, String),
}

impl DocumentName {
    /// Reads a name.
    ///
    /// # Errors
    /// [`IdentityError::Broken`].
    pub fn parse(text: &str) -> Result<Self, IdentityError> {
        let unknown = || IdentityError::broken(text, "no such kind of document is known");
        let (kind, rest) = text.split_once('/').ok_or_else(unknown)?;
        if kind == "key" {
            return Ok(Self::Key(rest.to_owned()));
        }
        let (account, name) =
            rest.split_once('/').map_or((rest, None), |(account, name)| (account, Some(name)));
        let account = AccountId::parse(account).ok_or_else(unknown)?;
        match (kind, name.map(str::to_owned)) {
            ("account", None) => Ok(Self::Account(account)),
            ("group", Some(name)) => Ok(Self::Group(account, name)),
            ("policy", Some(name)) => Ok(Self::Policy(account, name)),
            ("user", Some(name)) => Ok(Self::User(account, name)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account/{id}"),
            Self::Group(account, name) => write!(f, "group/{account}/{name}"),
            Self::Key(id) => write!(f, "key/{id}"),
            Self::Policy(account, name) => write!(f, "policy/{account}/{name}"),
            Self::User(account, name) => write!(f, "user/{account}/{name}"),
        }
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDocument {
    /// Twelve digits.
    pub number: String,
    /// Shown beside the id.
    pub display_name: String,
    /// Shown to administrators only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Further names by which policies may call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Milliseconds since 1970.
    pub created: u64,
}

/// A user of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDocument {
    /// Never used again.
    pub id: String,
    /// A disabled user's keys do not work.
    pub enabled: bool,
    /// Names of policies attached.
    pub policies: Vec<String>,
    /// Milliseconds since 1970.
    pub created: u64,
}

/// A group of users of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupDocument {
    /// Names of its users.
    pub users: Vec<String>,
    /// Names of policies attached.
    pub policies: Vec<String>,
    /// Milliseconds since 1970.
    pub created: u64,
}

/// A policy that can be attached to users and groups of its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDocument {
    /// The policy as it was put.
    pub document: String,
    /// Milliseconds since 1970.
    pub created: u64,
}

/// An access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    /// Whose.
    pub account: String,
    /// Of which user; `None` for the account's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The secret, sealed by a master key, in base64.
    pub secret: String,
    /// Works only when true.
    pub enabled: bool,
    /// Works until then: milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// Milliseconds since 1970.
    pub created: u64,
}

#[derive(Serialize)]
struct Outgoing<'a, T> {
    format: u32,
    #[serde(flatten)]
    document: &'a T,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// The bytes of a document.
pub(crate) fn write<T: Serialize>(document: &T) -> bytes::Bytes {
    serde_json::to_vec(&Outgoing { format: FORMAT, document }).expect("documents are plain JSON").into()
}

/// Reads a document. Fields that this program does not know mean a newer format, which says so by its number.
pub(crate) fn read<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, IdentityError> {
    let Format { format } =
        serde_json::from_slice(bytes).map_err(|error| IdentityError::broken(name, error))?;
    if format != FORMAT {
        let why = format!("its format is {format}; this program knows {FORMAT}");
        return Err(IdentityError::broken(name, why));
    }
    serde_json::from_slice(bytes).map_err(|error| IdentityError::broken(name, error))
}

#[cfg(test)]
mod tests {
    use super::{DocumentName, KeyDocument, read, write};
    use drystone_types::AccountId;

    #[test]
    fn names_read_back() {
        let account = AccountId::parse("abc").expect("an id");
        let names = [
            DocumentName::Account(account.clone()),
            DocumentName::Group(account.clone(), "g".into()),
            DocumentName::Key("K1".into()),
            DocumentName::Policy(account.clone(), "p".into()),
            DocumentName::User(account, "u@x".into()),
        ];
        for name in names {
            assert_eq!(DocumentName::parse(&name.to_string()).expect("legal"), name);
        }
        for bad in ["", "user", "user/abc", "account/abc/x", "robot/abc/x", "account/a b"] {
            assert!(DocumentName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_newer_or_broken_document_is_refused() {
        let key = KeyDocument {
            account: "abc".into(),
            user: None,
            secret: "c2VhbGVk".into(),
            enabled: true,
            expires: None,
            created: 5,
        };
        let bytes = write(&key);
        let golden = r#"{"format":1,"account":"abc","secret":"c2VhbGVk","enabled":true,"created":5}"#;
        assert_eq!(std::str::from_utf8(&bytes), Ok(golden));
        assert_eq!(read::<KeyDocument>("key/K", &bytes).expect("legal"), key);
        let newer = golden.replace("\"format\":1", "\"format\":2");
        let error = read::<KeyDocument>("key/K", newer.as_bytes()).expect_err("newer").to_string();
        assert!(error.contains("format is 2"), "{error}");
        for broken in ["", "{}", "[]", r#"{"format":1}"#] {
            assert!(read::<KeyDocument>("key/K", broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
