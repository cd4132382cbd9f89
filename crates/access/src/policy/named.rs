//! NamedPrincipal: who a statement names, and how well a requester fits.

use std::collections::BTreeMap;

use crate::principal::{Account, Principal, User};

/// An entry of Principal or NotPrincipal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedPrincipal {
    /// `*`: everyone, signed or not.
    Everyone,
    /// `123456789012` or `arn:aws:iam::123456789012:root`: the text of the account part.
    Account(String),
    /// `{"CanonicalUser": id}`.
    CanonicalUser(String),
    /// `arn:aws:iam::123456789012:user/team/alice`.
    User {
        /// The account part; may be empty when `path_and_name` is a known id.
        account: String,
        /// `/team/alice`.
        path_and_name: String,
        /// Only the user that has this unique id, once the policy is bound: not another who gets the name later.
        id: Option<String>,
    },
    /// A role, an assumed role, a service, a federation: valid on AWS, nobody here.
    Other(String),
}

/// How a requester fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Not at all.
    No,
    /// Its account is named: the account may pass the right on by identity policies.
    Account,
    /// It is named itself, or everyone is.
    Itself,
}

impl NamedPrincipal {
    /// Reads a value of `kind` (`AWS`, `CanonicalUser`, `Service`, `Federated`). `None` when it cannot be one.
    pub fn parse(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "AWS" => Self::parse_aws(text),
            "CanonicalUser" => {
                (!text.is_empty() && !wild(text)).then(|| Self::CanonicalUser(text.to_owned()))
            }
            "Service" | "Federated" => (!text.is_empty()).then(|| Self::Other(text.to_owned())),
            _ => None,
        }
    }

    fn parse_aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everyone);
        }
        if wild(text) {
            return None;
        }
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Account(text.to_owned()));
        }
        let parts: Vec<_> = text.splitn(6, ':').collect();
        let &["arn", partition, service @ ("iam" | "sts"), "", account, who] = parts.as_slice() else {
            return None;
        };
        if !partition.starts_with("aws") {
            return None;
        }
        let after = |prefix| who.strip_prefix(prefix).filter(|rest| !rest.is_empty() && !rest.ends_with('/'));
        match service {
            "iam" if who == "root" && !account.is_empty() => Some(Self::Account(account.to_owned())),
            "iam" => after("user").filter(|rest| rest.starts_with('/')).map_or_else(
                || after("role/").map(|_| Self::Other(text.to_owned())),
                |path| {
                    let (account, path_and_name) = (account.to_owned(), path.to_owned());
                    Some(Self::User { account, path_and_name, id: None })
                },
            ),
            _ => after("assumed-role/")
                .or_else(|| after("federated-user/"))
                .map(|_| Self::Other(text.to_owned())),
        }
    }

    /// The ARN, if it names a user of an account by name.
    pub fn user_arn(&self) -> Option<String> {
        match self {
            Self::User { account, path_and_name, .. } if !account.is_empty() => {
                Some(format!("arn:aws:iam::{account}:user{path_and_name}"))
            }
            _ => None,
        }
    }

    /// Binds a user to the unique id that `users` has for its ARN; one that it does not have is nobody any more.
    pub(crate) fn bind(&mut self, users: &BTreeMap<String, String>) {
        let arn = self.user_arn();
        if let (Self::User { id, .. }, Some(arn)) = (self, arn) {
            *id = Some(users.get(&arn).cloned().unwrap_or_default());
        }
    }

    /// How does `principal` fit?
    pub fn fit(&self, principal: &Principal) -> Fit {
        if *self == Self::Everyone {
            return Fit::Itself;
        }
        let Some(account) = principal.account() else { return Fit::No };
        let as_account = |fits: bool| match (fits, principal.is_root()) {
            (false, _) => Fit::No,
            (true, false) => Fit::Account,
            (true, true) => Fit::Itself,
        };
        match self {
            Self::Everyone => Fit::Itself,
            Self::Account(text) => as_account(account.is(text)),
            Self::CanonicalUser(id) => as_account(account.id.as_str() == id),
            Self::User { account: of, path_and_name, id: bound } => {
                let user = principal.user();
                if of.is_empty() {
                    // Ceph's form. Only ids that are unique beyond the account count.
                    let id = &path_and_name[1..];
                    return user
                        .filter(|user| user.id == id)
                        .map_or(as_account(account.is(id)), |_| Fit::Itself);
                }
                let named = |path: &str, name: &str| {
                    path_and_name.strip_prefix(path).is_some_and(|rest| rest == name)
                };
                let is_meant = |user: &User| bound.as_ref().is_none_or(|id| *id == user.id);
                match user {
                    Some(user) if account.is(of) && named(&user.path, &user.name) && is_meant(user) => {
                        Fit::Itself
                    }
                    _ => as_account(account.is(of) && is_alias(account, &path_and_name[1..])),
                }
            }
            Self::Other(_) => Fit::No,
        }
    }
}

/// `arn:aws:iam::tenant:user/<id>`, as Ceph names what is an account here.
fn is_alias(account: &Account, id: &str) -> bool {
    account.id.as_str() == id || account.aliases.iter().any(|alias| alias == id)
}

fn wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::Fit::{Account as A, Itself as I, No as N};
    use super::NamedPrincipal;
    use crate::principal::{Account, Principal, User};
    use drystone_types::AccountId;
    use std::sync::Arc;

    #[test]
    fn only_what_can_be_a_principal_is_read() {
        for text in [
            "*",
            "123456789012",
            "arn:aws:iam::123456789012:root",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::123456789012:user/team/a",
            "arn:aws:iam:::user/someid",
            "arn:aws:iam::tenant:root",
            "arn:aws:iam::123456789012:role/r",
            "arn:aws:sts::123456789012:assumed-role/r/s",
        ] {
            assert!(NamedPrincipal::parse("AWS", text).is_some(), "{text}");
        }
        for text in [
            "",
            "a",
            "12345678901",
            "arn:aws:iam::123456789012:user/*",
            "arn:aws:iam::123456789012:user/",
            "arn:aws:iam::123456789012:users/a",
            "arn:aws:iam::123456789012:user",
            "arn:aws:iam:::root",
            "arn:aws:s3:::b",
            "arn:aws:iam::*:root",
        ] {
            assert_eq!(NamedPrincipal::parse("AWS", text), None, "{text}");
        }
        assert_eq!(NamedPrincipal::parse("Aws", "*"), None);
        assert!(NamedPrincipal::parse("Service", "logging.s3.amazonaws.com").is_some());
    }

    #[test]
    fn names_fit_their_bearers_only() {
        let account = |number: &str, id: &str, alias: &str| {
            let id = AccountId::parse(id).unwrap();
            Arc::new(Account { id, number: number.into(), aliases: vec![alias.into()] })
        };
        let user = |account: &Arc<Account>, path: &str| {
            let (path, name, id) = (path.to_owned(), "alice".to_owned(), format!("id-{}", account.number));
            Principal::User(Arc::new(User { account: account.clone(), path, name, id, policies: vec![] }))
        };
        let (one, two) = (account("111111111111", "aa", "tenant1"), account("222222222222", "bb", "tenant2"));
        let who = [
            Principal::Anonymous,
            Principal::Root(one.clone()),
            user(&one, "/"),
            user(&one, "/team/"),
            Principal::Root(two.clone()),
            user(&two, "/"),
        ];
        for (text, expected) in [
            ("*", [I, I, I, I, I, I]),
            ("111111111111", [N, I, A, A, N, N]),
            ("arn:aws:iam::111111111111:root", [N, I, A, A, N, N]),
            ("arn:aws:iam::tenant2:root", [N, N, N, N, I, A]),
            ("arn:aws:iam::111111111111:user/alice", [N, N, I, N, N, N]),
            ("arn:aws:iam::111111111111:user/team/alice", [N, N, N, I, N, N]),
            ("arn:aws:iam:::user/alice", [N, N, N, N, N, N]),
            ("arn:aws:iam:::user/id-222222222222", [N, N, N, N, N, I]),
            ("arn:aws:iam:::user/aa", [N, I, A, A, N, N]),
            ("arn:aws:iam::tenant2:user/bb", [N, N, N, N, I, A]),
            ("arn:aws:iam::tenant1:user/bb", [N, N, N, N, N, N]),
            ("arn:aws:iam::111111111111:role/r", [N; 6]),
        ] {
            let named = NamedPrincipal::parse("AWS", text).unwrap();
            assert_eq!(who.each_ref().map(|principal| named.fit(principal)), expected, "{text}");
        }
        let canonical = NamedPrincipal::parse("CanonicalUser", "aa").unwrap();
        assert_eq!(who.each_ref().map(|principal| canonical.fit(principal)), [N, I, A, A, N, N]);
        // Bound to the user that there was when the policy was put.
        let arn = "arn:aws:iam::111111111111:user/alice";
        for (bound, expected) in [(Some("id-111111111111"), I), (Some("id-before"), N), (None, N)] {
            let users = bound.map(|id| (arn.to_owned(), id.to_owned())).into_iter().collect();
            let mut named = NamedPrincipal::parse("AWS", arn).unwrap();
            named.bind(&users);
            assert_eq!(named.fit(&who[2]), expected, "{bound:?}");
        }
    }
}
