//! Renewing: keeps credentials, and gets others before they end, once for all who ask.

use super::{Credentials, CredentialsError, Provider};
use crate::ground::Ground;
use drystone_types::Timestamp;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::warn;

/// Credentials are renewed this long before they end: requests that are signed now may still wait.
const MARGIN: Duration = Duration::from_mins(5);
/// At most so much earlier, by chance, so that many clients do not renew at once.
const JITTER_MAX_MS: u64 = 60_000;
/// After a renewal that failed, while the old ones are still good.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// For credentials that had ended when they came, as an instance's do while its service has trouble.
const ENDED_RETRY_AFTER: Duration = Duration::from_mins(1);
/// Credentials that are younger are not thrown away: requests that were signed with older ones may be refused late.
const FORGET_MIN_AGE: Duration = Duration::from_secs(5);

/// Gets credentials.
#[async_trait::async_trait]
pub(super) trait Fetch: Send + Sync + Debug {
    /// Fresh ones.
    async fn fetch(&self) -> Result<Credentials, CredentialsError>;
}

/// Keeps what it fetched.
#[derive(Debug)]
pub(super) struct Renewing<F> {
    fetch: F,
    ground: Ground,
    state: Mutex<State>,
    /// Held by the one who fetches. Dropping its future lets the next one.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    /// How often something was fetched, and the error of the last time.
    fetches: u64,
    failure: Option<CredentialsError>,
}

#[derive(Clone, Debug)]
struct Held {
    credentials: Credentials,
    since: Timestamp,
    /// `None` for those that do not end.
    renew: Option<Timestamp>,
}

impl<F: Fetch> Renewing<F> {
    /// Holds nothing yet.
    pub(super) fn new(fetch: F, ground: Ground) -> Self {
        Self { fetch, ground, state: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, credentials: Credentials) {
        let now = self.ground.now();
        let renew = renewal(credentials.expires, now, self.ground.random() % JITTER_MAX_MS);
        let mut state = self.state();
        state.fetches += 1;
        state.failure = None;
        state.held = Some(Held { credentials, since: now, renew });
    }

    /// Nothing came: those that are there are used on while they are good.
    fn keep_on(&self, error: CredentialsError) {
        let now = self.ground.now();
        let mut state = self.state();
        state.fetches += 1;
        if let Some(held) = state.held.as_mut().filter(|held| held.is_good(now)) {
            warn!(%error, "credentials are not renewed yet");
            held.renew = Some(now.after(RETRY_AFTER));
        }
        state.failure = Some(error);
    }
}

/// When to renew what ends at `expires`.
fn renewal(expires: Option<Timestamp>, now: Timestamp, jitter_ms: u64) -> Option<Timestamp> {
    let expires = expires?;
    let left = expires.since(now);
    if left.is_zero() {
        return Some(now.after(ENDED_RETRY_AFTER));
    }
    let margin = (MARGIN + Duration::from_millis(jitter_ms)).min(left / 2);
    Some(now.after(left.saturating_sub(margin)))
}

impl Held {
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.renew.is_none_or(|renew| now < renew)
    }

    fn is_good(&self, now: Timestamp) -> bool {
        self.credentials.expires.is_none_or(|expires| now < expires)
    }
}

#[async_trait::async_trait]
impl<F: Fetch> Provider for Renewing<F> {
    async fn credentials(&self) -> Result<Credentials, CredentialsError> {
        let now = self.ground.now();
        let (held, seen) = {
            let state = self.state();
            (state.held.clone(), state.fetches)
        };
        if let Some(held) = held.as_ref().filter(|held| held.is_fresh(now)) {
            return Ok(held.credentials.clone());
        }
        let _turn = match held.filter(|held| held.is_good(now)) {
            None => self.turn.lock().await,
            Some(held) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(held.credentials), // somebody is renewing them
            },
        };
        if self.state().fetches == seen {
            match self.fetch.fetch().await {
                Ok(credentials) => self.keep(credentials),
                Err(error) => self.keep_on(error),
            }
        }
        let state = self.state();
        match (&state.failure, &state.held) {
            (None, Some(held)) => Ok(held.credentials.clone()),
            (Some(_), Some(held)) if held.is_good(now) => Ok(held.credentials.clone()),
            (Some(error), _) => Err(error.clone()),
            (None, None) => {
                Err(CredentialsError::Missing("the store refused those that there were as ended".into()))
            }
        }
    }

    fn forget(&self) {
        let now = self.ground.now();
        let mut state = self.state();
        if state.held.as_ref().is_some_and(|held| now.since(held.since) >= FORGET_MIN_AGE) {
            state.held = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fetch, Renewing, renewal};
    use crate::credentials::{Credentials, CredentialsError, Provider as _};
    use crate::ground::Ground;
    use drystone_types::Timestamp;
    use drystone_wire::auth::Secret;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    /// Numbers its credentials, which last `seconds`.
    #[derive(Debug)]
    struct Numbered {
        count: Arc<AtomicU64>,
        fails: Arc<AtomicBool>,
        clock: Arc<AtomicU64>,
        seconds: Option<u64>,
        gate: Arc<tokio::sync::Semaphore>,
    }

    #[async_trait::async_trait]
    impl Fetch for Numbered {
        async fn fetch(&self) -> Result<Credentials, CredentialsError> {
            let _pass = self.gate.acquire().await.unwrap();
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            if self.fails.load(Ordering::SeqCst) {
                return Err(CredentialsError::Missing(format!("failure {number}")));
            }
            let now = self.clock.load(Ordering::SeqCst);
            Ok(Credentials {
                access_key_id: format!("K{number}"),
                secret: Secret::new("s"),
                session_token: None,
                expires: self.seconds.map(|seconds| Timestamp::from_seconds(now + seconds)),
            })
        }
    }

    struct Bench {
        renewing: Arc<Renewing<Numbered>>,
        count: Arc<AtomicU64>,
        fails: Arc<AtomicBool>,
        clock: Arc<AtomicU64>,
        gate: Arc<tokio::sync::Semaphore>,
    }

    fn bench(seconds: Option<u64>) -> Bench {
        let (count, fails, clock) = (Arc::default(), Arc::default(), Arc::new(AtomicU64::new(1_000_000)));
        let gate = Arc::new(tokio::sync::Semaphore::new(9));
        let fetch = Numbered {
            count: Arc::clone(&count),
            fails: Arc::clone(&fails),
            clock: Arc::clone(&clock),
            seconds,
            gate: Arc::clone(&gate),
        };
        let time = Arc::clone(&clock);
        let ground = Ground::new(move || Timestamp::from_seconds(time.load(Ordering::SeqCst)), || 0);
        Bench { renewing: Arc::new(Renewing::new(fetch, ground)), count, fails, clock, gate }
    }

    impl Bench {
        async fn id(&self) -> Result<String, String> {
            let outcome = self.renewing.credentials().await;
            outcome.map(|credentials| credentials.access_key_id).map_err(|error| error.to_string())
        }

        fn pass(&self, seconds: u64) {
            self.clock.fetch_add(seconds, Ordering::SeqCst);
        }
    }

    #[test]
    fn renewal_comes_five_minutes_before_the_end_and_never_too_early() {
        let at = Timestamp::from_seconds;
        let cases = [
            (None, 0, None),
            (Some(3600), 0, Some(3300)),
            (Some(3600), 30_000, Some(3270)),
            (Some(60), 59_999, Some(30)),
            (Some(0), 0, Some(60)),
        ];
        for (left, jitter, renew) in cases {
            let expires = left.map(|left| at(1000 + left));
            assert_eq!(renewal(expires, at(1000), jitter), renew.map(|renew| at(1000 + renew)), "{left:?}");
        }
    }

    #[tokio::test]
    async fn credentials_are_kept_and_renewed_before_they_end() {
        let bench = bench(Some(3600));
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.pass(3299);
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.pass(1);
        assert_eq!(bench.id().await.as_deref(), Ok("K2"));
    }

    #[tokio::test]
    async fn a_renewal_that_fails_leaves_the_old_ones_while_they_are_good() {
        let bench = bench(Some(3600));
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.fails.store(true, Ordering::SeqCst);
        bench.pass(3301);
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        assert_eq!(bench.count.load(Ordering::SeqCst), 2, "not tried again at once");
        bench.pass(300);
        assert_eq!(bench.id().await, Err("no credentials: failure 3".into()));
        bench.fails.store(false, Ordering::SeqCst);
        assert_eq!(bench.id().await.as_deref(), Ok("K4"));
    }

    #[tokio::test]
    async fn one_fetches_for_all() {
        for fails in [false, true] {
            let bench = bench(None);
            bench.fails.store(fails, Ordering::SeqCst);
            let closed = bench.gate.acquire_many(9).await.unwrap();
            let opened = async { drop(closed) }; // when all have asked
            let all = futures_util::future::join_all((0..20).map(|_| bench.id()));
            let (all, ()) = tokio::join!(all, opened);
            assert!(all.iter().all(|one| one == &all[0]), "{all:?}");
            assert_eq!(bench.count.load(Ordering::SeqCst), 1, "{fails}");
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_renewal_while_the_old_ones_are_good() {
        let bench = bench(Some(3600));
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.pass(3301);
        let closed = bench.gate.acquire_many(9).await.unwrap();
        let renewing = Arc::clone(&bench.renewing);
        let slow = tokio::spawn(async move { renewing.credentials().await.unwrap().access_key_id });
        tokio::task::yield_now().await;
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        drop(closed);
        assert_eq!(slow.await.unwrap(), "K2");
        assert_eq!(bench.id().await.as_deref(), Ok("K2"));
    }

    #[tokio::test]
    async fn forgotten_credentials_are_replaced_but_not_those_that_just_came() {
        let bench = bench(None);
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.renewing.forget();
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
        bench.pass(5);
        bench.renewing.forget();
        bench.renewing.forget();
        assert_eq!(bench.id().await.as_deref(), Ok("K2"));
    }

    #[tokio::test]
    async fn a_dropped_renewal_lets_the_next_one() {
        let bench = bench(None);
        let closed = bench.gate.acquire_many(9).await.unwrap();
        let renewing = Arc::clone(&bench.renewing);
        let slow = tokio::spawn(async move { renewing.credentials().await.map(drop) });
        tokio::task::yield_now().await;
        slow.abort();
        assert!(slow.await.is_err());
        drop(closed);
        assert_eq!(bench.id().await.as_deref(), Ok("K1"));
    }
}
