//! Snapshot: everything that a request asks about identities, ready to be looked up. Immutable; one per revision.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drystone_access::{Account, AttachedPolicy, Policy, PolicyKind, Principal, User};
use drystone_seal::MasterKeys;
use drystone_types::{AccountId, Owner, Timestamp};
use drystone_wire::auth::Secret;
use drystone_wire::sigv4::sign::{SigningKey, signing_key};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::IdentityError;
use crate::builtin::BUILTIN;
use crate::document::{AccountDocument, KeyDocument};
use crate::identities::Root;
use crate::state::{Member, State};

/// Everything that a request asks about identities.
pub struct Snapshot {
    pub(crate) state: State,
    pub(crate) revision: u64,
    pub(crate) root: Arc<Root>,
    pub(crate) root_account: Arc<Account>,
    accounts: HashMap<AccountId, Arc<Account>>,
    policies: Policies,
    users: BTreeMap<(AccountId, String), Arc<User>>,
    keys: HashMap<String, Key>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot(revision {}, {} documents)", self.revision, self.state.len())
    }
}

/// An access key that can be signed with.
pub(crate) struct Key {
    pub(crate) secret: Secret,
    pub(crate) principal: Principal,
    /// Never used again: a user's id, or the account's. A session is bound to it, so that a key that is deleted and made
    /// again for another does not take its sessions over.
    pub(crate) holder: String,
    pub(crate) expires: Option<Timestamp>,
    derived: Mutex<Option<Derived>>,
}

struct Derived {
    date: String,
    region: String,
    key: SigningKey,
}

impl Key {
    fn new(secret: Secret, principal: Principal, holder: String, expires: Option<Timestamp>) -> Self {
        Self { secret, principal, holder, expires, derived: Mutex::default() }
    }

    /// The signing key of a day and region for S3; the last one is kept.
    pub(crate) fn signing_key(&self, date: &str, region: &str) -> SigningKey {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*derived
            && kept.date == date
            && kept.region == region
        {
            return kept.key.clone();
        }
        let key = signing_key(&self.secret, date, region, "s3");
        *derived = Some(Derived { date: date.to_owned(), region: region.to_owned(), key: key.clone() });
        key
    }
}

impl Snapshot {
    /// Makes everything ready: compiles policies, opens secrets.
    ///
    /// # Errors
    /// [`IdentityError::Broken`] for anything that cannot be used. Nothing is passed over: a policy left out could be one
    /// that denies.
    pub(crate) fn new(
        state: State,
        revision: u64,
        root: &Arc<Root>,
        master: &MasterKeys,
    ) -> Result<Self, IdentityError> {
        let root_account =
            Arc::new(Account { id: root.account.clone(), number: root.number.clone(), aliases: Vec::new() });
        let mut accounts = HashMap::from([(root.account.clone(), Arc::clone(&root_account))]);
        for (id, document) in &state.accounts {
            accounts.insert(id.clone(), Arc::new(account(id, document)));
        }
        let policies = Policies::compile(&state)?;
        let users = users(&state, &accounts, &policies)?;
        let mut snapshot = Self {
            state,
            revision,
            root: Arc::clone(root),
            root_account: Arc::clone(&root_account),
            accounts,
            policies,
            users,
            keys: HashMap::new(),
        };
        snapshot.keys = snapshot.open_keys(master)?;
        let holder = root.account.as_str().to_owned();
        let key = Key::new(root.secret.clone(), Principal::Root(root_account), holder, None);
        snapshot.keys.insert(root.access_key_id.clone(), key); // over any other of that name (S28)
        Ok(snapshot)
    }

    /// Whose stored key has the id of the root key, and so does not work: `user NAME` or `account ID`.
    pub fn shadowed_by_root(&self) -> Option<String> {
        let key = self.state.keys.get(&self.root.access_key_id)?;
        Some(match &key.user {
            Some(user) => format!("user {user}"),
            None => format!("account {}", key.account),
        })
    }

    /// Counts the changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The account of the store's root credentials.
    pub fn root_account(&self) -> &Arc<Account> {
        &self.root_account
    }

    /// An account by its canonical id.
    pub fn account(&self, id: &AccountId) -> Option<&Arc<Account>> {
        self.accounts.get(id)
    }

    /// An account by its canonical id, number or alias.
    pub fn find_account(&self, text: &str) -> Option<&Arc<Account>> {
        let by_id = AccountId::parse(text).and_then(|id| self.accounts.get(&id));
        by_id.or_else(|| self.accounts.values().find(|account| account.is(text)))
    }

    /// How answers show an account. One that is gone shows its id only.
    pub fn owner(&self, id: &AccountId) -> Owner {
        let number = self.accounts.get(id).map(|account| account.number.clone());
        let name = if *id == self.root.account {
            Some(self.root.display_name.clone())
        } else {
            self.state.accounts.get(id).map(|document| document.display_name.clone())
        };
        Owner {
            id: id.as_str().to_owned(),
            account_id: number.unwrap_or_default(),
            display_name: name.unwrap_or_default(),
        }
    }

    /// A policy of an account, or a built-in one, compiled.
    pub(crate) fn policy(&self, account: &AccountId, name: &str) -> Option<&Arc<Policy>> {
        self.policies.get(account, name)
    }

    /// The unique id of the user whom an ARN names, `arn:aws:iam::ACCOUNT:user/NAME`.
    pub fn user_id(&self, arn: &str) -> Option<&str> {
        let (account, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":user/")?;
        let account = self.find_account(account)?;
        self.user(&account.id, name).map(|user| user.id.as_str())
    }

    /// A user, compiled.
    pub(crate) fn user(&self, account: &AccountId, name: &str) -> Option<&Arc<User>> {
        self.users.get(&(account.clone(), name.to_owned()))
    }

    /// An access key that works now.
    pub(crate) fn key(&self, access_key_id: &str, now: Timestamp) -> Option<&Key> {
        self.keys.get(access_key_id).filter(|key| key.expires.is_none_or(|expires| now < expires))
    }

    /// Keys that are enabled, of users that are.
    fn open_keys(&self, master: &MasterKeys) -> Result<HashMap<String, Key>, IdentityError> {
        let mut keys = HashMap::new();
        for (id, document) in &self.state.keys {
            let broken = |why: &str| IdentityError::broken(&format!("key/{id}"), why);
            let secret = open_secret(id, document, master)?;
            let account = AccountId::parse(&document.account).and_then(|id| self.accounts.get(&id));
            let account = account.ok_or_else(|| broken("its account does not exist"))?;
            let (principal, holder, enabled) = match &document.user {
                None => (Principal::Root(Arc::clone(account)), account.id.as_str().to_owned(), true),
                Some(name) => {
                    let user =
                        self.user(&account.id, name).ok_or_else(|| broken("its user does not exist"))?;
                    let stored = &self.state.users[&(account.id.clone(), name.clone())];
                    (Principal::User(Arc::clone(user)), user.id.clone(), stored.enabled)
                }
            };
            if document.enabled && enabled {
                let key = Key::new(secret, principal, holder, document.expires.map(Timestamp));
                keys.insert(id.clone(), key);
            }
        }
        Ok(keys)
    }
}

/// What a key's secret is sealed with: it opens for this key only.
pub(crate) fn secret_context(access_key_id: &str) -> Vec<u8> {
    format!("secret of access key {access_key_id}").into_bytes()
}

fn open_secret(id: &str, document: &KeyDocument, master: &MasterKeys) -> Result<Secret, IdentityError> {
    let broken = |why: String| IdentityError::broken(&format!("key/{id}"), why);
    let sealed = STANDARD.decode(&document.secret).map_err(|error| broken(error.to_string()))?;
    let secret =
        master.open_secret(&secret_context(id), &sealed).map_err(|error| broken(error.to_string()))?;
    let text = std::str::from_utf8(&secret).map_err(|_| broken("its secret is no text".into()))?;
    Ok(Secret::new(text))
}

fn account(id: &AccountId, document: &AccountDocument) -> Account {
    Account { id: id.clone(), number: document.number.clone(), aliases: document.aliases.clone() }
}

type Users = BTreeMap<(AccountId, String), Arc<User>>;

fn users(
    state: &State,
    accounts: &HashMap<AccountId, Arc<Account>>,
    compiled: &Policies,
) -> Result<Users, IdentityError> {
    let mut users = BTreeMap::new();
    for ((account_id, name), document) in &state.users {
        let broken = |why: String| IdentityError::broken(&format!("user/{account_id}/{name}"), why);
        let account = accounts.get(account_id).ok_or_else(|| broken("its account does not exist".into()))?;
        let mut policies = Vec::new();
        let of_groups = state.groups_of(account_id, name).flat_map(|(_, group)| &group.policies);
        for policy in document.policies.iter().chain(of_groups) {
            if policies.iter().any(|attached: &AttachedPolicy| attached.name == *policy) {
                continue;
            }
            let ready = compiled.get(account_id, policy);
            let ready =
                ready.ok_or_else(|| broken(format!("policy {policy} is attached and does not exist")))?;
            policies.push(AttachedPolicy { name: policy.clone(), policy: Arc::clone(ready) });
        }
        let user = User {
            account: Arc::clone(account),
            path: "/".into(),
            name: name.clone(),
            id: document.id.clone(),
            policies,
        };
        users.insert((account_id.clone(), name.clone()), Arc::new(user));
    }
    Ok(users)
}

/// Policies, compiled: sessions may name any of them.
struct Policies {
    own: HashMap<Member, Arc<Policy>>,
    builtin: HashMap<&'static str, Arc<Policy>>,
}

impl Policies {
    fn compile(state: &State) -> Result<Self, IdentityError> {
        let compile = |name: &dyn fmt::Display, document: &str| {
            let policy = Policy::parse(document, PolicyKind::Identity);
            policy
                .map(Arc::new)
                .map_err(|error| IdentityError::broken(&format!("policy/{name}"), error.iam_message()))
        };
        let own = state.policies.iter().map(|(member, stored)| {
            let name = format!("{}/{}", member.0, member.1);
            Ok((member.clone(), compile(&name, &stored.document)?))
        });
        let builtin = BUILTIN.iter().map(|(name, document)| Ok((*name, compile(name, document)?)));
        Ok(Self { own: own.collect::<Result<_, _>>()?, builtin: builtin.collect::<Result<_, _>>()? })
    }

    /// A built-in policy, or the account's own of that name.
    fn get(&self, account: &AccountId, name: &str) -> Option<&Arc<Policy>> {
        self.builtin.get(name).or_else(|| self.own.get(&(account.clone(), name.to_owned())))
    }
}
