//! Counts attempts that fail: by user, so that the directory needn't lock an account, or by where they come from.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how many at most is counted; when there are more, the oldest counts go.
const MOST: usize = 10_000;

/// Counts attempts that fail within a while.
#[derive(Debug)]
pub(super) struct Attempts<K> {
    limit: u32,
    per: Duration,
    failed: Mutex<HashMap<K, (u32, Instant)>>,
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// At most `limit` failures in `per`.
    pub(super) fn new(limit: u32, per: Duration) -> Self {
        Self { limit, per, failed: Mutex::default() }
    }

    /// Whether as many are allowed in the same while.
    pub(super) fn counts_as(&self, other: &Self) -> bool {
        self.limit == other.limit && self.per == other.per
    }

    /// Whether `who` may try once more. The attempt counts as one that fails until it is known to have succeeded.
    pub(super) fn begin(&self, who: &K, now: Instant) -> bool {
        self.failed(who, now) <= self.limit
    }

    /// Counts one more failure of `who`; says how many there were in the while, this one included.
    pub(super) fn failed(&self, who: &K, now: Instant) -> u32 {
        let mut failed = self.lock();
        if failed.len() >= MOST && !failed.contains_key(who) {
            failed.retain(|_, (_, since)| now.saturating_duration_since(*since) < self.per);
            if failed.len() >= MOST {
                failed.clear();
            }
        }
        let (count, since) = failed.entry(who.clone()).or_insert((0, now));
        if now.saturating_duration_since(*since) >= self.per {
            (*count, *since) = (0, now);
        }
        // Those that are refused don't count: the while ends though they go on.
        *count = count.saturating_add(1).min(self.limit.saturating_add(1));
        *count
    }

    /// The attempt succeeded: what failed before is forgiven.
    pub(super) fn succeeded(&self, who: &K) {
        self.lock().remove(who);
    }

    /// The attempt came to nothing.
    pub(super) fn taken_back(&self, who: &K) {
        if let Some((count, _)) = self.lock().get_mut(who) {
            *count = count.saturating_sub(1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (u32, Instant)>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    #[test]
    fn who_has_failed_too_often_waits_until_the_while_is_over() {
        let (attempts, now) = (Attempts::new(3, Duration::from_secs(60)), SystemClock.now());
        assert!((0..3).all(|_| attempts.begin(&"a", now)));
        assert!(!attempts.begin(&"a", now) && attempts.begin(&"b", now));
        assert!(!attempts.begin(&"a", now + Duration::from_secs(59)));
        assert!(attempts.begin(&"a", now + Duration::from_secs(60)));
    }

    #[test]
    fn a_success_forgives_what_failed_before() {
        let (attempts, now) = (Attempts::new(2, Duration::from_secs(60)), SystemClock.now());
        for _ in 0..10 {
            assert!(attempts.begin(&1, now));
            assert!(attempts.begin(&1, now));
            attempts.succeeded(&1);
        }
        attempts.begin(&1, now);
        attempts.taken_back(&1);
        assert!(attempts.begin(&1, now) && attempts.begin(&1, now) && !attempts.begin(&1, now));
    }
}
