//! Object lock: retention and legal hold of a version, and a bucket's default. The rules of what may change are here.

use std::time::Duration;

use crate::Timestamp;

/// How firmly a retention holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetentionMode {
    /// May be shortened or lifted by who may bypass governance.
    Governance,
    /// Nobody shortens or lifts it.
    Compliance,
}

impl RetentionMode {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    /// Reads a name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance].into_iter().find(|mode| mode.name() == name)
    }
}

/// A version may not be deleted before a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How firmly.
    pub mode: RetentionMode,
    /// Until when.
    pub until: Timestamp,
}

/// What holds a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectLock {
    /// Retention, possibly past.
    pub retention: Option<Retention>,
    /// Legal hold: `Some(true)` ON, `Some(false)` OFF, `None` never set.
    pub legal_hold: Option<bool>,
}

impl ObjectLock {
    /// May the version be deleted or overwritten now? `bypass`: the caller asked to bypass governance, and may.
    pub fn allows_delete(&self, now: Timestamp, bypass: bool) -> bool {
        let held = self.legal_hold == Some(true);
        let retained = self.retention.is_some_and(|retention| {
            retention.until > now && !(bypass && retention.mode == RetentionMode::Governance)
        });
        !held && !retained
    }

    /// May the retention be replaced by `next`? Lengthening in the same mode always may be. For the rest an unexpired
    /// governance retention needs `bypass`, also to become compliance, and an unexpired compliance retention refuses it.
    pub fn allows_retention(&self, next: Option<Retention>, now: Timestamp, bypass: bool) -> bool {
        let Some(old) = self.retention.filter(|old| old.until > now) else { return true };
        let lengthens = next.is_some_and(|next| next.mode == old.mode && next.until >= old.until);
        lengthens || (bypass && old.mode == RetentionMode::Governance)
    }
}

/// A bucket's object lock configuration; its presence means that lock is enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectLockConfiguration {
    /// Given to versions written without a retention of their own.
    pub default: Option<DefaultRetention>,
}

/// Default retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultRetention {
    /// How firmly.
    pub mode: RetentionMode,
    /// How long.
    pub period: RetentionPeriod,
}

/// Length of a default retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetentionPeriod {
    /// Days.
    Days(u32),
    /// Years of 365 days.
    Years(u32),
}

impl DefaultRetention {
    /// The retention of a version written now.
    pub fn at(&self, now: Timestamp) -> Retention {
        let days = match self.period {
            RetentionPeriod::Days(days) => u64::from(days),
            RetentionPeriod::Years(years) => u64::from(years) * 365,
        };
        let until = now.after(Duration::from_secs(days * 86_400));
        Retention { mode: self.mode, until }
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectLock, Retention, RetentionMode};
    use crate::Timestamp;
    use RetentionMode::{Compliance, Governance};

    fn lock(mode: RetentionMode, until: u64) -> ObjectLock {
        ObjectLock { retention: Some(Retention { mode, until: Timestamp(until) }), legal_hold: None }
    }

    #[test]
    fn b195_b196_what_may_be_deleted() {
        let now = Timestamp(100);
        let held = ObjectLock { retention: None, legal_hold: Some(true) };
        let cases = [
            (ObjectLock::default(), false, true),
            (ObjectLock { retention: None, legal_hold: Some(false) }, false, true),
            (held, false, false),
            (held, true, false),
            (lock(Governance, 101), false, false),
            (lock(Governance, 101), true, true),
            (lock(Governance, 100), false, true),
            (lock(Compliance, 101), true, false),
            (lock(Compliance, 99), false, true),
        ];
        for (lock, bypass, expected) in cases {
            assert_eq!(lock.allows_delete(now, bypass), expected, "{lock:?} {bypass}");
        }
    }

    #[test]
    fn what_may_become_of_a_retention() {
        let now = Timestamp(100);
        let to = |mode, until| Some(Retention { mode, until: Timestamp(until) });
        let cases = [
            (lock(Governance, 200), to(Governance, 300), false, true),
            (lock(Governance, 200), to(Governance, 150), false, false),
            (lock(Governance, 200), to(Governance, 150), true, true),
            (lock(Governance, 200), to(Compliance, 200), false, false),
            (lock(Governance, 200), to(Compliance, 300), false, false),
            (lock(Governance, 200), to(Compliance, 200), true, true),
            (lock(Governance, 200), None, false, false),
            (lock(Governance, 200), None, true, true),
            (lock(Compliance, 200), to(Compliance, 201), false, true),
            (lock(Compliance, 200), to(Compliance, 199), true, false),
            (lock(Compliance, 200), to(Governance, 300), true, false),
            (lock(Compliance, 200), None, true, false),
            (lock(Compliance, 100), None, false, true),
            (ObjectLock::default(), to(Compliance, 300), false, true),
        ];
        for (lock, next, bypass, expected) in cases {
            assert_eq!(lock.allows_retention(next, now, bypass), expected, "{lock:?} {next:?} {bypass}");
        }
    }
}
