//! The S3 door over engines in memory, on a real port; people who sign, and plain HTTP.
#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, reason = "shared by test files only")]

use async_trait::async_trait;
use bytes::Bytes;
use drystone_blobstore::memory::MemoryBlobStore;
use drystone_identity::manage::{KeyHolder, NewAccount, NewKey};
use drystone_identity::{Chance, Documents, Identities, IdentityError, Root, SessionRequest};
use drystone_metastore::memory::MemoryMetaStore;
use drystone_metastore::{MetaError, MetaStore};
use drystone_s3::server::{ServerLimits, serve};
use drystone_s3::{S3Options, S3Service};
use drystone_seal::{Keyring, MasterKeys};
use drystone_store::{Clock as _, Entropy as _, ManualClock, Store, StoreOptions, SystemEntropy};
use drystone_types::{AccountId, Owner, Timestamp};
use drystone_wire::auth::{KeyName, Keys as _, Secret, SignedRequest};
use drystone_wire::sigv4::hex;
use drystone_wire::sigv4::sign::{Signer, sha256, signing_key};
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub const NOW: Timestamp = Timestamp(1_795_341_600_000);
pub const REGION: &str = "us-east-1";
pub const OWNER: &str = "ownerid";

/// A server, its store and its people.
pub struct World {
    pub address: SocketAddr,
    pub store: Arc<Store>,
    pub identities: Arc<Identities>,
    pub clock: Arc<ManualClock>,
}

/// A key, perhaps of a session.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// A request to be signed by somebody, or nobody.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    pub method: &'static str,
    pub path: String,
    pub query: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

#[derive(Debug)]
struct MetaDocuments(Arc<dyn MetaStore>);

#[async_trait]
impl Documents for MetaDocuments {
    async fn read(&self) -> Result<(u64, Vec<(String, Bytes)>), IdentityError> {
        Ok(self.0.read_identities().await.unwrap())
    }

    async fn write(
        &self,
        expected: u64,
        changes: Vec<(String, Option<Bytes>)>,
    ) -> Result<u64, IdentityError> {
        self.0.write_identities(expected, changes).await.map_err(|error| match error {
            MetaError::IdentitiesChanged => IdentityError::Conflict,
            other => panic!("{other}"),
        })
    }
}

#[derive(Debug)]
struct TestChance(Arc<ManualClock>);

impl Chance for TestChance {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn random_u128(&self) -> u128 {
        SystemEntropy.random_u128()
    }
}

impl World {
    pub async fn start() -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let meta: Arc<dyn MetaStore> = Arc::new(MemoryMetaStore::new());
        let master = MasterKeys::generate();
        let owner =
            Owner { id: OWNER.into(), account_id: "000000000001".into(), display_name: "owner".into() };
        let options = StoreOptions::new(owner.clone(), Keyring::new(master.clone()));
        let blobs = Arc::new(MemoryBlobStore::new());
        let clock_of_store = Arc::<ManualClock>::clone(&clock);
        let store =
            Store::open(Arc::clone(&meta), blobs, clock_of_store, Arc::new(SystemEntropy), options).await;
        let store = store.unwrap();
        let root = Root {
            account: AccountId::parse(OWNER).unwrap(),
            number: owner.account_id,
            display_name: owner.display_name,
            access_key_id: "OWNERKEY".into(),
            secret: Secret::new("owner-secret"),
        };
        let chance = Arc::new(TestChance(Arc::clone(&clock)));
        let identities =
            Identities::open(Arc::new(MetaDocuments(meta)), chance, Arc::new(master), root).await.unwrap();
        let identities = Arc::new(identities);
        let service = S3Service::new(
            Arc::clone(&store),
            Arc::clone(&identities),
            S3Options::default(),
            Arc::new(SystemEntropy),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, None, service, ServerLimits::default(), std::future::pending()));
        Self { address, store, identities, clock }
    }

    pub fn owner() -> Credentials {
        Credentials { access_key_id: "OWNERKEY".into(), secret: "owner-secret".into(), token: None }
    }

    /// A user of the owner's account with these policies.
    pub async fn user(&self, name: &str, policies: &[&str]) -> Credentials {
        let account = AccountId::parse(OWNER).unwrap();
        let policies: Vec<String> = policies.iter().map(|policy| (*policy).to_owned()).collect();
        self.identities.create_user(&account, name, &policies).await.unwrap();
        self.key(KeyHolder { account, user: Some(name.to_owned()) }).await
    }

    /// The root of another account.
    pub async fn tenant(&self, id: &str) -> Credentials {
        let new = NewAccount { id: Some(id.into()), display_name: id.into(), ..NewAccount::default() };
        let account = self.identities.create_account(new).await.unwrap().id;
        self.key(KeyHolder { account, user: None }).await
    }

    async fn key(&self, holder: KeyHolder) -> Credentials {
        let (view, secret) = self.identities.create_key(&holder, NewKey::default()).await.unwrap();
        Credentials { access_key_id: view.access_key_id, secret: secret.expose().into(), token: None }
    }

    /// A session of `parent`.
    pub fn session(&self, parent: &Credentials, policy: Option<&str>) -> Credentials {
        let keys = self.identities.keys();
        let name = KeyName { access_key_id: &parent.access_key_id, token: None, now: self.clock.now() };
        keys.secret(&name).unwrap();
        let request = SessionRequest {
            duration: Duration::from_secs(900),
            name: "test".into(),
            policy: policy.map(str::to_owned),
            policy_arns: Vec::new(),
        };
        let made = self.identities.new_session(&keys.into_caller(), &request).unwrap();
        Credentials {
            access_key_id: made.access_key_id,
            secret: made.secret.expose().into(),
            token: Some(made.token),
        }
    }

    /// Sends `plain`, signed by `who`.
    pub async fn send(&self, plain: &Plain, who: Option<&Credentials>) -> Answer {
        let host = self.address.to_string();
        let mut headers = HeaderMap::new();
        for (name, value) in &plain.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        if let Some(who) = who {
            if let Some(token) = &who.token {
                headers.insert("x-amz-security-token", HeaderValue::from_str(token).unwrap());
            }
            let signer = Signer {
                access_key_id: who.access_key_id.clone(),
                secret: Secret::new(who.secret.as_str()),
                region: REGION.into(),
            };
            let request = SignedRequest {
                method: plain.method,
                raw_path: &plain.path,
                raw_query: &plain.query,
                headers: &headers,
                host: &host,
                host_bucket: None,
            };
            let (added, _) = signer.sign(&request, &hex(&sha256(&plain.body)), self.clock.now()).unwrap();
            headers.extend(added);
        }
        self.exchange(plain, &headers).await
    }

    /// Sends `plain` to the security token service, signed by `who`.
    pub async fn send_sts(&self, plain: &Plain, who: Option<&Credentials>) -> Answer {
        let host = self.address.to_string();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        if let Some(who) = who {
            let date = self.clock.now().amz_date();
            let mut signed = vec![("host", host), ("x-amz-date", date.clone())];
            signed.extend(who.token.clone().map(|token| ("x-amz-security-token", token)));
            signed.sort();
            let names: Vec<&str> = signed.iter().map(|(name, _)| *name).collect();
            let lines: Vec<String> = signed.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
            let canonical = lines.concat();
            let names = names.join(";");
            let canonical = format!("POST\n/\n\n{canonical}\n{names}\n{}", hex(&sha256(&plain.body)));
            let scope = format!("{}/{REGION}/sts/aws4_request", &date[..8]);
            let string = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&sha256(canonical.as_bytes())));
            let key = signing_key(&Secret::new(who.secret.as_str()), &date[..8], REGION, "sts");
            let authorization = format!(
                "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
                who.access_key_id,
                hex(&key.sign(string.as_bytes()))
            );
            headers.insert("authorization", HeaderValue::from_str(&authorization).unwrap());
            for (name, value) in signed.into_iter().filter(|(name, _)| *name != "host") {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap());
            }
        }
        self.exchange(plain, &headers).await
    }

    async fn exchange(&self, plain: &Plain, headers: &HeaderMap) -> Answer {
        let target = if plain.query.is_empty() {
            plain.path.clone()
        } else {
            format!("{}?{}", plain.path, plain.query)
        };
        let mut lines = vec![
            format!("{} {target} HTTP/1.1", plain.method),
            format!("host: {}", self.address),
            "connection: close".to_owned(),
            format!("content-length: {}", plain.body.len()),
        ];
        lines.extend(headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())));
        let head = lines.join("\r\n") + "\r\n\r\n";
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let _ = stream.write_all(&[head.as_bytes(), &plain.body].concat()).await; // an early answer may close
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answer { status: status.unwrap_or_else(|| panic!("no answer: {answer}")), body: body.to_owned() }
    }
}
