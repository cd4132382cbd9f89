//! The routes of the admin API and what each does.

use drystone_identity::manage::{Attached, KeyChange, KeyHolder, NewAccount, NewKey};
use drystone_identity::{IdentityError, Snapshot};
use drystone_types::{AccountId, Timestamp};
use drystone_wire::auth::Secret;
use drystone_wire::encoding::decode;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

use super::view::{
    self, KeyChangeBody, NewAccountBody, NewGroupBody, NewKeyBody, NewUserBody, UserChangeBody,
};
use super::{ApiError, Call};
use drystone_access::Action;

/// Every route: method and path, names of things in capital letters. docs/ADMIN-API.md says what each does; what is not here is
/// not reached.
const ROUTES: [(&str, &str); 31] = [
    ("GET", "me"),
    ("GET", "accounts"),
    ("POST", "accounts"),
    ("DELETE", "accounts/ID"),
    ("GET", "users"),
    ("POST", "users"),
    ("GET", "users/NAME"),
    ("PATCH", "users/NAME"),
    ("DELETE", "users/NAME"),
    ("PUT", "users/NAME/policies/POLICY"),
    ("DELETE", "users/NAME/policies/POLICY"),
    ("GET", "groups"),
    ("POST", "groups"),
    ("DELETE", "groups/NAME"),
    ("PUT", "groups/NAME/users/USER"),
    ("DELETE", "groups/NAME/users/USER"),
    ("PUT", "groups/NAME/policies/POLICY"),
    ("DELETE", "groups/NAME/policies/POLICY"),
    ("GET", "policies"),
    ("GET", "policies/NAME"),
    ("PUT", "policies/NAME"),
    ("DELETE", "policies/NAME"),
    ("GET", "keys"),
    ("POST", "keys"),
    ("GET", "keys/ID"),
    ("PATCH", "keys/ID"),
    ("DELETE", "keys/ID"),
    ("GET", "buckets"),
    ("GET", "buckets/NAME"),
    ("PUT", "buckets/NAME/quota"),
    ("DELETE", "buckets/NAME/quota"),
];

/// Is there such a route?
fn is_route(method: &str, names: &[&str]) -> bool {
    let fits = |pattern: &str| {
        let words: Vec<&str> = pattern.split('/').collect();
        let is_name = |word: &str| word.bytes().all(|b| b.is_ascii_uppercase());
        words.len() == names.len()
            && words.iter().zip(names).all(|(word, name)| is_name(word) || word == name)
    };
    ROUTES.iter().any(|(other, pattern)| *other == method && fits(pattern))
}

/// The decoded names of a path.
pub(super) fn names(path: &str) -> Result<Vec<String>, ApiError> {
    let decoded = path.split('/').map(|name| decode(name).map(std::borrow::Cow::into_owned));
    decoded.collect::<Result<_, _>>().map_err(|_| ApiError::NoSuchRoute)
}

impl Call<'_> {
    /// Does what is asked.
    pub(super) async fn perform(&self, method: &str, names: &[&str]) -> Result<Value, ApiError> {
        if !is_route(method, names) {
            return Err(ApiError::NoSuchRoute);
        }
        match (method, names) {
            ("GET", ["me"]) => Ok(self.me()),
            (_, ["accounts", rest @ ..]) => self.accounts(method, rest).await,
            (_, ["users", rest @ ..]) => self.users(method, rest).await,
            (_, ["groups", rest @ ..]) => self.groups(method, rest).await,
            (_, ["policies", rest @ ..]) => self.policies(method, rest).await,
            (_, ["keys", rest @ ..]) => self.keys(method, rest).await,
            (_, ["buckets", rest @ ..]) => self.buckets(method, rest).await,
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    fn me(&self) -> Value {
        let principal = &self.caller.principal;
        json!({
            "arn": principal.arn(),
            "account": principal.account().map(|account| account.id.as_str()),
            "accessKeyId": self.caller.access_key_id,
            "isSession": principal.session().is_some(),
            "mayRead": self.api.is_allowed(principal, Action::AdminRead),
            "mayWrite": self.api.is_allowed(principal, Action::AdminWrite),
        })
    }

    async fn accounts(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let ids = &self.api.identities;
        match (method, rest) {
            ("GET", []) => Ok(list("accounts", self.held().list_accounts().iter().map(view::account))),
            ("POST", []) => {
                let body: NewAccountBody = self.json()?;
                let new = NewAccount {
                    id: body.id,
                    number: body.number,
                    display_name: body.display_name,
                    email: body.email,
                    aliases: body.aliases,
                };
                Ok(view::account(&ids.create_account(new).await?))
            }
            ("DELETE", [account]) => {
                let id = find(&self.held(), account)?;
                if self.owns_buckets(&id).await? {
                    let what = format!("account {id} still owns buckets");
                    return Err(IdentityError::InUse(what).into());
                }
                ids.delete_account(&id).await?;
                Ok(Value::Null)
            }
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    async fn users(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let (ids, account) = (&self.api.identities, self.account()?);
        match (method, rest) {
            ("GET", []) => Ok(list("users", self.held().list_users(&account)?.iter().map(view::user))),
            ("GET", [name]) => Ok(view::user(&self.held().get_user(&account, name)?)),
            ("POST", []) => {
                let body: NewUserBody = self.json()?;
                Ok(view::user(&ids.create_user(&account, &body.name, &body.policies).await?))
            }
            ("PATCH", [name]) => {
                let body: UserChangeBody = self.json()?;
                ids.set_user_enabled(&account, name, body.enabled).await?;
                Ok(view::user(&self.held().get_user(&account, name)?))
            }
            ("DELETE", [name]) => done(ids.delete_user(&account, name).await),
            ("PUT" | "DELETE", [name, "policies", policy]) => {
                let to = Attached::User((*name).to_owned());
                done(ids.set_attached(&account, policy, &to, method == "PUT").await)
            }
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    async fn groups(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let (ids, account) = (&self.api.identities, self.account()?);
        match (method, rest) {
            ("GET", []) => Ok(list("groups", self.held().list_groups(&account)?.iter().map(view::group))),
            ("POST", []) => {
                let body: NewGroupBody = self.json()?;
                done(ids.create_group(&account, &body.name).await)
            }
            ("DELETE", [name]) => done(ids.delete_group(&account, name).await),
            ("PUT" | "DELETE", [name, "users", user]) => {
                done(ids.set_membership(&account, name, user, method == "PUT").await)
            }
            ("PUT" | "DELETE", [name, "policies", policy]) => {
                let to = Attached::Group((*name).to_owned());
                done(ids.set_attached(&account, policy, &to, method == "PUT").await)
            }
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    async fn policies(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let (ids, account) = (&self.api.identities, self.account()?);
        match (method, rest) {
            ("GET", []) => {
                Ok(list("policies", self.held().list_policies(&account)?.iter().map(view::policy)))
            }
            ("GET", [name]) => Ok(view::policy(&self.held().get_policy(&account, name)?)),
            ("PUT", [name]) => {
                let document = std::str::from_utf8(self.body).map_err(|_| bad("the policy is not UTF-8"))?;
                done(ids.put_policy(&account, name, document).await)
            }
            ("DELETE", [name]) => done(ids.delete_policy(&account, name).await),
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    async fn keys(&self, method: &str, rest: &[&str]) -> Result<Value, ApiError> {
        let ids = &self.api.identities;
        match (method, rest) {
            ("GET", []) => {
                let user = self.query.get("user");
                Ok(list("keys", self.held().list_keys(&self.account()?, user)?.iter().map(view::key)))
            }
            ("GET", [id]) => Ok(view::key(&self.held().get_key(id)?)),
            ("POST", []) => {
                let body: NewKeyBody = self.json()?;
                let holder = KeyHolder { account: self.account()?, user: body.user };
                let new = NewKey {
                    access_key_id: body.access_key_id,
                    secret: body.secret_access_key.map(Secret::new),
                    expires: body.expires.as_deref().map(moment).transpose()?,
                };
                let (made, secret) = ids.create_key(&holder, new).await?;
                let mut answer = view::key(&made);
                answer["secretAccessKey"] = json!(secret.expose());
                Ok(answer)
            }
            ("PATCH", [id]) => {
                let body: KeyChangeBody = self.json()?;
                let expires = match body.expires.as_deref() {
                    None => None,
                    Some("never") => Some(None),
                    Some(at) => Some(Some(moment(at)?)),
                };
                Ok(view::key(&ids.change_key(id, KeyChange { enabled: body.enabled, expires }).await?))
            }
            ("DELETE", [id]) => done(ids.delete_key(id).await),
            _ => Err(ApiError::NoSuchRoute),
        }
    }

    fn held(&self) -> Arc<Snapshot> {
        self.api.identities.snapshot()
    }

    /// The account that the query names by id, number or alias; else the store's own.
    fn account(&self) -> Result<AccountId, ApiError> {
        let held = self.held();
        match self.query.get_non_empty("account") {
            None => Ok(held.root_account().id.clone()),
            Some(text) => find(&held, text),
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(self.body)
            .map_err(|error| ApiError::Bad(format!("the body is not right: {error}")))
    }

    async fn owns_buckets(&self, account: &AccountId) -> Result<bool, ApiError> {
        Ok(!self.api.store.list_buckets_of(account, "", None, 1).await?.0.is_empty())
    }
}

fn find(held: &Snapshot, text: &str) -> Result<AccountId, ApiError> {
    let found = held.find_account(text).map(|account| account.id.clone());
    found.ok_or_else(|| IdentityError::NotFound(format!("account {text}")).into())
}

fn list(name: &str, entries: impl Iterator<Item = Value>) -> Value {
    json!({ name: entries.collect::<Vec<_>>() })
}

fn done(outcome: Result<(), IdentityError>) -> Result<Value, ApiError> {
    outcome.map(|()| Value::Null).map_err(ApiError::from)
}

fn moment(text: &str) -> Result<Timestamp, ApiError> {
    let wanted = || bad("a moment is written as in 2030-01-31T12:00:00Z");
    Timestamp::parse_iso8601(text).ok_or_else(wanted)
}

fn bad(message: &str) -> ApiError {
    ApiError::Bad(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ROUTES, is_route};

    /// What the page's table says, as `(method, path)`.
    fn in_page() -> Vec<(String, String)> {
        let page = include_str!("../../../../docs/ADMIN-API.md");
        let mut routes = Vec::new();
        for line in page.lines() {
            let cell = line.strip_prefix("| ").and_then(|line| line.split(" | ").next()).unwrap_or_default();
            let (methods, rest) = cell.split_once(" `").unwrap_or_default();
            let Some(path) = rest.split(['`', '?']).next().filter(|path| !path.is_empty()) else { continue };
            let methods = methods.split(", ").filter(|method| method.bytes().all(|b| b.is_ascii_uppercase()));
            routes.extend(methods.map(|method| (method.to_owned(), path.to_owned())));
        }
        routes
    }

    #[test]
    fn the_page_of_the_admin_api_has_every_route_and_no_other() {
        let mut page = in_page();
        let mut routes: Vec<_> =
            ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
        page.sort();
        routes.sort();
        assert_eq!(page, routes);
    }

    #[test]
    fn what_is_no_route_is_none() {
        assert!(is_route("GET", &["me"]) && is_route("PUT", &["users", "me", "policies", "x"]));
        for (method, names) in [
            ("PUT", &["me"][..]),
            ("GET", &["nothing"]),
            ("GET", &[]),
            ("GET", &["users", "ann", "policies"]),
            ("GET", &["users", "ann", "policies", "x"]),
            ("PUT", &["users", "ann", "keys", "x"]),
        ] {
            assert!(!is_route(method, names), "{method} {names:?}");
        }
    }
}
