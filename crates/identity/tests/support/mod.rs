//! Identities over documents in memory, a clock that is set and dice that count.

use async_trait::async_trait;
use bytes::Bytes;
use drystone_access::{AccessRequest, Action, BucketFacts, NoConditions, Principal, Resource, authorise};
use drystone_identity::{Caller, Chance, Documents, Identities, IdentityError, Root};
use drystone_seal::MasterKeys;
use drystone_types::{AccountId, Acl, Timestamp};
use drystone_wire::auth::{KeyName, KeyRefusal, Keys as _, Secret};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) const ROOT_KEY: &str = "ROOTKEY";

#[derive(Debug, Default)]
pub(crate) struct MemoryDocuments(pub(crate) Mutex<(u64, BTreeMap<String, Bytes>)>);

#[async_trait]
impl Documents for MemoryDocuments {
    async fn read(&self) -> Result<(u64, Vec<(String, Bytes)>), IdentityError> {
        let held = self.0.lock().unwrap();
        Ok((held.0, held.1.iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect()))
    }

    async fn write(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, IdentityError> {
        let mut held = self.0.lock().unwrap();
        if held.0 != expected {
            return Err(IdentityError::Conflict);
        }
        for (name, bytes) in changes {
            match bytes {
                Some(bytes) => drop(held.1.insert(name, bytes)),
                None => drop(held.1.remove(&name)),
            }
        }
        held.0 += 1;
        Ok(held.0)
    }
}

#[derive(Debug)]
pub(crate) struct Counting {
    pub(crate) now: AtomicU64,
    next: AtomicU64,
}

impl Chance for Counting {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }

    fn random_u128(&self) -> u128 {
        let next = u128::from(self.next.fetch_add(1, Ordering::Relaxed));
        next.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
    }
}

pub(crate) struct World {
    pub(crate) identities: Identities,
    pub(crate) documents: Arc<MemoryDocuments>,
    pub(crate) clock: Arc<Counting>,
    pub(crate) master: Arc<MasterKeys>,
}

pub(crate) fn id(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

pub(crate) async fn world() -> World {
    let clock = Counting { now: AtomicU64::new(1_800_000_000_000), next: AtomicU64::new(1) };
    open(Arc::default(), Arc::new(clock), Arc::new(MasterKeys::generate())).await.unwrap()
}

pub(crate) async fn open(
    documents: Arc<MemoryDocuments>,
    clock: Arc<Counting>,
    master: Arc<MasterKeys>,
) -> Result<World, IdentityError> {
    let root = Root {
        account: id("own"),
        number: "000000000001".into(),
        display_name: "root".into(),
        access_key_id: ROOT_KEY.into(),
        secret: Secret::new("root-secret"),
    };
    let identities = Identities::open(documents.clone(), clock.clone(), master.clone(), root).await?;
    Ok(World { identities, documents, clock, master })
}

impl World {
    /// Who a key is, if it works, and its secret.
    pub(crate) fn ask(&self, key: &str, token: Option<&str>) -> Result<(Caller, String), KeyRefusal> {
        let keys = self.identities.keys();
        let name = KeyName { access_key_id: key, token, now: self.clock.now() };
        let secret = keys.secret(&name)?.expose().to_owned();
        Ok((keys.into_caller(), secret))
    }

    pub(crate) fn caller(&self, key: &str) -> Caller {
        self.ask(key, None).unwrap().0
    }
}

/// May `who` do this in a bucket of the store's own account that has no policy?
pub(crate) fn may(who: &Principal, action: Action, resource: &str) -> bool {
    let owner = id("own");
    let acl = Acl::private(&owner);
    let bucket = BucketFacts {
        owner: &owner,
        policy: None,
        acl: &acl,
        public_access_block: drystone_access::PublicAccessBlock::default(),
        ownership: drystone_access::ObjectOwnership::BucketOwnerEnforced,
    };
    let request = AccessRequest {
        principal: who,
        action,
        resource: &Resource::S3(resource.into()),
        conditions: &NoConditions,
        now: Timestamp(1_800_000_000_000),
        bucket: Some(bucket),
        object: None,
        is_initiator: false,
    };
    authorise(&request).allowed
}
