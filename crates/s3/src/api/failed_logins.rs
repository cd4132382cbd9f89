//! FailedLogins: an address that fails to log in too often is told to wait before it fails again (S13).

use drystone_types::{Timestamp, limits};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const WINDOW: Duration = Duration::from_secs(60);
/// Addresses that are remembered. When more fail within a minute, the oldest are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Counts failures by address, a minute at a time.
#[derive(Debug, Default)]
pub(super) struct FailedLogins(Mutex<HashMap<IpAddr, (Timestamp, u32)>>);

impl FailedLogins {
    /// Seconds that this address has to wait before its failures are looked at again.
    pub(super) fn must_wait(&self, address: IpAddr, now: Timestamp) -> Option<u64> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = counts.get(&prefix(address))?;
        let age = now.since(*since);
        let is_blocked = *count >= limits::ADMIN_FAILURES_PER_MINUTE_MAX && age < WINDOW;
        is_blocked.then(|| WINDOW.saturating_sub(age).as_secs() + 1)
    }

    /// One more failure.
    pub(super) fn count(&self, address: IpAddr, now: Timestamp) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ADDRESSES_MAX {
            counts.retain(|_, (since, _)| now.since(*since) < WINDOW);
        }
        if counts.len() >= ADDRESSES_MAX
            && let Some(oldest) =
                counts.iter().min_by_key(|(_, (since, _))| *since).map(|(address, _)| *address)
        {
            counts.remove(&oldest);
        }
        let entry = counts.entry(prefix(address)).or_insert((now, 0));
        if now.since(entry.0) >= WINDOW {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }
}

/// An IPv6 client has a whole /64 to itself.
fn prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::FailedLogins;
    use drystone_types::Timestamp;

    #[test]
    fn s13_ten_failures_a_minute_and_no_more() {
        let logins = FailedLogins::default();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for at in 0..10 {
            assert_eq!(logins.must_wait(one, Timestamp(at)), None);
            logins.count(one, Timestamp(at));
        }
        assert_eq!(logins.must_wait(one, Timestamp(10)), Some(60));
        assert_eq!(logins.must_wait("::ffff:192.0.2.1".parse().unwrap(), Timestamp(10)), Some(60));
        assert_eq!(logins.must_wait(other, Timestamp(10)), None);
        assert_eq!(logins.must_wait(one, Timestamp(60_000)), None);
        logins.count(one, Timestamp(60_000));
        assert_eq!(logins.must_wait(one, Timestamp(60_001)), None);
    }

    #[test]
    fn s13_memory_is_bounded() {
        let logins = FailedLogins::default();
        for n in 0..20_000_u32 {
            logins.count(std::net::Ipv4Addr::from(n).into(), Timestamp(n.into()));
        }
        assert!(logins.0.lock().unwrap().len() <= super::ADDRESSES_MAX);
        let v6 = |text: &str| text.parse().unwrap();
        for n in 1..=10 {
            logins.count(v6(&format!("2001:db8::{n}")), Timestamp(20_000));
        }
        assert!(logins.must_wait(v6("2001:db8::ffff"), Timestamp(20_000)).is_some(), "one /64 is one client");
    }
}
