//! Random requests and principals, for the crate and for the specification.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use drystone_access::principal::{Account, Parent, Principal, Session, User};
use drystone_access::{Action, AttachedPolicy, ConditionKey, Conditions, Policy, Resource, Values};
use drystone_types::{AccountId, Timestamp};

use crate::generate::{BUCKET, KeyRow, ROWS};
use crate::random::Random;
use crate::spec::{Ask, MOMENTS, Who};

/// 2026-01-02T00:00:00Z, one of the moments that policies name.
pub(crate) const NOW: Timestamp = Timestamp(1_767_312_000_000);

const ACTIONS: &[Action] = &[
    Action::GetObject,
    Action::GetObject,
    Action::PutObject,
    Action::DeleteObject,
    Action::ListBucket,
    Action::GetBucketAcl,
    Action::GetObjectAcl,
    Action::PutObjectAcl,
    Action::PutBucketPolicy,
    Action::GetBucketPolicyStatus,
    Action::AbortMultipartUpload,
    Action::GetObjectTagging,
    Action::DeleteObjectVersion,
    Action::ListBucketVersions,
];
const KEYS: &[&str] = &["a", "b", "ab", "a/b", "alice/a", "x/a", "*"];

/// A request, for the crate and for the specification.
pub(crate) struct Request {
    pub(crate) principal: Principal,
    pub(crate) action: Action,
    pub(crate) resource: Resource,
    pub(crate) conditions: Given,
    pub(crate) ask: Ask,
}

/// The keys of a request: `None` is unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(BTreeMap<ConditionKey, Option<Vec<String>>>);

impl Conditions for Given {
    fn values(&self, key: &ConditionKey) -> Values<'_> {
        match self.0.get(key) {
            None => Values::Absent,
            Some(None) => Values::Unknown,
            Some(Some(list)) if list.len() == 1 => Values::one(list[0].as_str()),
            Some(Some(list)) => {
                Values::Many(list.iter().map(|value| Cow::Borrowed(value.as_str())).collect())
            }
        }
    }
}

/// Accounts: `acca` (111111111111) and `accb` (222222222222, also called `tenantb`).
pub(crate) fn account(name: char) -> Arc<Account> {
    let digit = if name == 'a' { "1" } else { "2" };
    Arc::new(Account {
        id: AccountId::parse(&format!("acc{name}")).expect("a legal id"),
        number: digit.repeat(12),
        aliases: if name == 'a' { vec![] } else { vec!["tenantb".into()] },
    })
}

/// Anonymous, the roots, alice of `acca`, bob of `accb`.
pub(crate) fn principal(random: &mut Random, policies: &[Arc<Policy>]) -> Principal {
    let policies = policies.iter().map(|policy| AttachedPolicy { name: "p".into(), policy: policy.clone() });
    let user = |account, path: &str, name: &str| {
        let (path, name, id) = (path.into(), name.into(), format!("AIDA{}", name.to_uppercase()));
        Principal::User(Arc::new(User { account, path, name, id, policies: policies.collect() }))
    };
    match random.below(10) {
        0 | 1 => Principal::Anonymous,
        2 => Principal::Root(account('a')),
        3 => Principal::Root(account('b')),
        4..=6 => user(account('a'), "/", "alice"),
        _ => user(account('b'), "/team/", "bob"),
    }
}

/// A session of `parent`.
pub(crate) fn session_of(parent: &Principal, policy: Option<Arc<Policy>>) -> Principal {
    let parent = match parent {
        Principal::Root(account) => Parent::Root(account.clone()),
        Principal::User(user) => Parent::User(user.clone()),
        other => return other.clone(),
    };
    let policies = policy.into_iter().collect();
    Principal::Session(Arc::new(Session { parent, policies, issued: NOW }))
}

/// A request by `principal`.
pub(crate) fn request(random: &mut Random, principal: Principal) -> Request {
    let action = *random.pick(ACTIONS);
    let is_object = action.kind() == drystone_access::ResourceKind::Object;
    let path = if is_object { format!("{BUCKET}/{}", random.pick(KEYS)) } else { BUCKET.to_owned() };
    let mut given = BTreeMap::new();
    let mut keys = BTreeMap::new();
    for row in ROWS.iter().filter(|row| !row.given.is_empty()) {
        let value = match random.below(100) {
            0..=34 => continue,
            35..=37 => None,
            _ => Some(values(random, row)),
        };
        given.insert(ConditionKey::parse(row.name), value.clone());
        keys.insert(row.name.to_lowercase(), value);
    }
    add_principal_keys(&principal, &mut keys);
    keys.retain(|_, value| value.as_ref().is_none_or(|values| !values.is_empty()));
    let ask = Ask {
        who: who(&principal),
        action: action.name().to_owned(),
        resource: format!("arn:aws:s3:::{path}"),
        keys,
    };
    Request { principal, action, resource: Resource::S3(path), conditions: Given(given), ask }
}

fn values(random: &mut Random, row: &KeyRow) -> Vec<String> {
    let moments = MOMENTS.map(|(text, _)| text);
    let given = if row.given[0] == "moments" && random.percent(95) { &moments[..] } else { row.given };
    let given: Vec<_> = given.iter().copied().filter(|text| *text != "moments").collect();
    if row.name == "s3:RequestObjectTagKeys" {
        let count = random.below(4);
        return (0..count).map(|_| (*random.pick(&given)).to_owned()).collect();
    }
    // Values of a wrong form are rare.
    let value = *random.pick(&given);
    let value = if value == "x" && random.percent(70) { given[0] } else { value };
    vec![value.to_owned()]
}

fn who(principal: &Principal) -> Who {
    let Some(account) = principal.account() else { return Who::default() };
    let mut names = vec![account.number.clone(), account.id.to_string()];
    names.extend(account.aliases.clone());
    Who {
        account: names,
        canonical: account.id.to_string(),
        user: principal.user().map(|user| (user.arn(), user.id.clone())),
    }
}

fn add_principal_keys(principal: &Principal, keys: &mut BTreeMap<String, Option<Vec<String>>>) {
    let mut add = |name: &str, value: &str| keys.insert(name.to_owned(), Some(vec![value.to_owned()]));
    add("aws:currenttime", "1767312000");
    add("aws:viaawsservice", "false");
    if !principal.is_anonymous() {
        add("aws:principalisawsservice", "false");
    }
    let (kind, id, arn) = match (principal.account(), principal.user()) {
        (None, _) => ("Anonymous", "anonymous".to_owned(), None),
        (Some(account), None) => {
            ("Account", account.number.clone(), Some(format!("arn:aws:iam::{}:root", account.number)))
        }
        (Some(_), Some(user)) => {
            add("aws:username", &user.name);
            ("User", user.id.clone(), Some(user.arn()))
        }
    };
    let is_session = principal.session().is_some();
    add("aws:principaltype", if is_session { "AssumedRole" } else { kind });
    add("aws:userid", &id);
    if let Some(arn) = arn {
        add("aws:principalarn", &arn);
    }
}
