//! CallerKeys: finds the key that a request is signed with, and remembers who that is.

use drystone_access::Principal;
use drystone_seal::MasterKeys;
use drystone_wire::auth::{KeyName, KeyRefusal, KeyScope, Keys, Secret};
use drystone_wire::sigv4::sign::{SigningKey, signing_key};
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::session::{self, TokenRefusal};
use crate::{Identities, Snapshot};

/// Who signed a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The key: its own id, also for a session.
    pub access_key_id: String,
    /// The key behind it: a session's parent, else the key itself.
    pub parent_key_id: String,
    /// Unique for ever: the id of the user, or of the account.
    pub holder: String,
}

impl Caller {
    /// Nobody.
    pub fn anonymous() -> Self {
        let none = String::new;
        Self { principal: Principal::Anonymous, access_key_id: none(), parent_key_id: none(), holder: none() }
    }
}

/// The keys of one request: one snapshot, and who was found in it.
pub struct CallerKeys {
    snapshot: Arc<Snapshot>,
    master: Arc<MasterKeys>,
    found: OnceLock<(Caller, Secret)>,
}

impl fmt::Debug for CallerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallerKeys({:?})", self.snapshot)
    }
}

impl Identities {
    /// The keys for one request.
    pub fn keys(&self) -> CallerKeys {
        CallerKeys { snapshot: self.snapshot(), master: Arc::clone(&self.master), found: OnceLock::new() }
    }
}

impl CallerKeys {
    /// The snapshot that the request is judged by.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Who signed. Only to be asked after the signature was found right: before that it is who the request says.
    pub fn into_caller(self) -> Caller {
        self.found.into_inner().map_or_else(Caller::anonymous, |(caller, _)| caller)
    }

    /// Looks a key up, once: a request names one key.
    fn find(&self, name: &KeyName<'_>) -> Result<&(Caller, Secret), KeyRefusal> {
        if let Some(found) = self.found.get() {
            assert_eq!(found.0.access_key_id, name.access_key_id, "a request names one key");
            return Ok(found);
        }
        let found = match name.token.filter(|token| !token.is_empty()) {
            None => self.stored(name)?,
            Some(token) => self.session(name, token)?,
        };
        Ok(self.found.get_or_init(|| found))
    }

    fn stored(&self, name: &KeyName<'_>) -> Result<(Caller, Secret), KeyRefusal> {
        let key = self.snapshot.key(name.access_key_id, name.now).ok_or(KeyRefusal::Unknown)?;
        let caller = Caller {
            principal: key.principal.clone(),
            access_key_id: name.access_key_id.to_owned(),
            parent_key_id: name.access_key_id.to_owned(),
            holder: key.holder.clone(),
        };
        Ok((caller, key.secret.clone()))
    }

    fn session(&self, name: &KeyName<'_>, token: &str) -> Result<(Caller, Secret), KeyRefusal> {
        let opened = session::open(&self.snapshot, &self.master, name.access_key_id, token, name.now);
        let opened = opened.map_err(|refusal| match refusal {
            TokenRefusal::Invalid => KeyRefusal::InvalidToken,
            TokenRefusal::Expired => KeyRefusal::ExpiredToken,
            TokenRefusal::Ended => KeyRefusal::Unknown,
        })?;
        let holder = self.snapshot.key(&opened.parent, name.now).map(|key| key.holder.clone());
        let caller = Caller {
            principal: opened.principal,
            access_key_id: name.access_key_id.to_owned(),
            parent_key_id: opened.parent,
            holder: holder.unwrap_or_default(),
        };
        Ok((caller, opened.secret))
    }
}

impl Keys for CallerKeys {
    fn secret(&self, name: &KeyName<'_>) -> Result<Secret, KeyRefusal> {
        self.find(name).map(|(_, secret)| secret.clone())
    }

    fn signing_key(&self, name: &KeyName<'_>, scope: &KeyScope<'_>) -> Result<SigningKey, KeyRefusal> {
        let (caller, secret) = self.find(name)?;
        let is_stored = caller.principal.session().is_none() && scope.service == "s3";
        if is_stored && let Some(key) = self.snapshot.key(name.access_key_id, name.now) {
            return Ok(key.signing_key(scope.date, scope.region));
        }
        Ok(signing_key(secret, scope.date, scope.region, scope.service))
    }
}
