//! StoredPolicy: a bucket's policy as it is kept: as it was put, after the ids of the users that it names.
//!
//! A name outlives its user. So a policy means the users that had the names when it was put, as on AWS: in front of its text
//! stands a line of JSON, `{"format":1,"users":{"arn:aws:iam::123456789012:user/ann":"AIDA..."}}`. Without that line it names
//! no users, or was put before there was one and goes by name. No policy begins as the line does: it would have unknown fields.

use drystone_access::policy::NamedPrincipal;
use drystone_access::{Policy, PolicyKind};
use drystone_identity::Snapshot;
use drystone_types::BucketName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How the line begins.
const LINE: &str = r#"{"format":"#;
/// The format that is written; a newer one is not read.
const FORMAT: u32 = 1;

/// A policy and whom it means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredPolicy<'a> {
    /// As it was put.
    text: &'a str,
    /// Unique ids by ARN.
    users: Option<BTreeMap<String, String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    format: u32,
    users: BTreeMap<String, String>,
}

/// A stored policy that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl<'a> StoredPolicy<'a> {
    /// A policy that is put now; `policy` is what `text` was compiled to.
    pub(crate) fn put(text: &'a str, policy: &Policy, snapshot: &Snapshot) -> Self {
        let arns: Vec<_> = policy.named_principals().filter_map(NamedPrincipal::user_arn).collect();
        let users = arns.into_iter().filter_map(|arn| {
            let id = snapshot.user_id(&arn)?.to_owned();
            Some((arn, id))
        });
        let users: BTreeMap<_, _> = users.collect();
        Self { text, users: Some(users).filter(|users| !users.is_empty()) }
    }

    /// Reads what is kept.
    pub(crate) fn read(kept: &'a str) -> Result<Self, Broken> {
        if !kept.starts_with(LINE) {
            return Ok(Self { text: kept, users: None });
        }
        let (line, text) = kept.split_once('\n').ok_or(Broken)?;
        match serde_json::from_str(line) {
            Ok(Line { format: FORMAT, users }) => Ok(Self { text, users: Some(users) }),
            _ => Err(Broken),
        }
    }

    /// What is kept.
    pub(crate) fn write(self) -> String {
        let Some(users) = self.users else { return self.text.to_owned() };
        let line = serde_json::to_string(&Line { format: FORMAT, users }).expect("texts are JSON");
        format!("{line}\n{}", self.text)
    }

    /// Compiles it.
    pub(crate) fn compile(&self, bucket: &BucketName) -> Result<Policy, Broken> {
        let mut policy = Policy::parse(self.text, PolicyKind::Bucket(bucket)).map_err(|_| Broken)?;
        if let Some(users) = &self.users {
            policy.bind_users(users);
        }
        Ok(policy)
    }

    /// As GetBucketPolicy shows it: byte for byte as it was put, unless it names users that are gone. In their places stand their
    /// ids, as on AWS, so that who reads it and puts it back does not give their rights to others of the same names.
    pub(crate) fn shown(&self, snapshot: &Snapshot) -> Cow<'a, str> {
        let is_gone = |arn: &str, id: &str| snapshot.user_id(arn) != Some(id);
        let gone: BTreeMap<_, _> = self.users.iter().flatten().filter(|(arn, id)| is_gone(arn, id)).collect();
        if gone.is_empty() {
            return Cow::Borrowed(self.text);
        }
        let Ok(mut policy) = serde_json::from_str::<Value>(self.text) else {
            return Cow::Borrowed(self.text);
        };
        let statements = match policy.get_mut("Statement") {
            Some(Value::Array(list)) => list.as_mut_slice(),
            Some(one) => std::slice::from_mut(one),
            None => &mut [],
        };
        for statement in statements {
            for element in ["Principal", "NotPrincipal"] {
                let named = match statement.get_mut(element).and_then(|named| named.get_mut("AWS")) {
                    Some(Value::Array(list)) => list.as_mut_slice(),
                    Some(one) => std::slice::from_mut(one),
                    None => &mut [],
                };
                for text in named {
                    let parsed = text.as_str().and_then(|text| NamedPrincipal::parse("AWS", text));
                    let arn = parsed.and_then(|principal| principal.user_arn());
                    if let Some(id) = arn.and_then(|arn| gone.get(&arn)) {
                        *text = Value::String((*id).clone());
                    }
                }
            }
        }
        Cow::Owned(policy.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, StoredPolicy};
    use std::collections::BTreeMap;

    const TEXT: &str = "{\n \"Statement\": []\n}";

    #[test]
    fn what_is_written_reads_back_and_what_was_kept_before_reads_as_it_is() {
        let users = BTreeMap::from([("arn:aws:iam::1:user/ann".to_owned(), "AIDA1".to_owned())]);
        let kept = StoredPolicy { text: TEXT, users: Some(users.clone()) }.write();
        let line = r#"{"format":1,"users":{"arn:aws:iam::1:user/ann":"AIDA1"}}"#;
        assert_eq!(kept, format!("{line}\n{TEXT}"));
        assert_eq!(StoredPolicy::read(&kept), Ok(StoredPolicy { text: TEXT, users: Some(users) }));
        assert_eq!(StoredPolicy { text: TEXT, users: None }.write(), TEXT);
        assert_eq!(StoredPolicy::read(TEXT), Ok(StoredPolicy { text: TEXT, users: None }));
    }

    #[test]
    fn a_newer_or_broken_line_is_refused() {
        for line in [r#"{"format":2,"users":{}}"#, r#"{"format":1}"#, r#"{"format":1,"users":{},"roles":{}}"#]
        {
            assert_eq!(StoredPolicy::read(&format!("{line}\n{TEXT}")), Err(Broken), "{line}");
        }
        assert_eq!(StoredPolicy::read(r#"{"format":1,"users":{}}"#), Err(Broken));
    }
}
