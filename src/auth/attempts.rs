//! Counts attempts that fail: by entry, so that the directory needn't lock an account, or by where they come from.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// For how many at most is counted. When there are more, nobody is forgotten: whoever isn't counted yet has to wait.
const MOST: usize = 10_000;

/// Counts attempts that fail within a while.
#[derive(Debug)]
pub(super) struct Attempts<K>(Mutex<HashMap<K, Count>>);

/// How many attempts may fail, and in which while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    pub(super) most: u32,
    pub(super) per: Duration,
}

#[derive(Debug)]
struct Count {
    failed: u32,
    /// When the while is over.
    end: Instant,
}

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// Whether `who` may try once more. The attempt counts as one that fails until it is known to have succeeded; those that are refused
    /// don't: the while ends though they go on.
    pub(super) fn begin(&self, who: &K, allowed: Allowed, now: Instant) -> bool {
        let mut counts = self.lock();
        let Some(count) = count(&mut counts, who, allowed.per, now) else { return false };
        let may_try = count.failed < allowed.most;
        count.failed += u32::from(may_try);
        may_try
    }

    /// Counts one more failure of `who`; says how many there were in the while, this one included, and the most that there can be where
    /// too many others are counted.
    pub(super) fn failed(&self, who: &K, per: Duration, now: Instant) -> u32 {
        let mut counts = self.lock();
        let Some(count) = count(&mut counts, who, per, now) else { return u32::MAX };
        count.failed = count.failed.saturating_add(1);
        count.failed
    }

    /// The attempt succeeded: what failed before is forgiven.
    pub(super) fn succeeded(&self, who: &K) {
        self.lock().remove(who);
    }

    /// The attempt came to nothing.
    pub(super) fn taken_back(&self, who: &K) {
        let mut counts = self.lock();
        let Some(count) = counts.get_mut(who) else { return };
        count.failed = count.failed.saturating_sub(1);
        if count.failed == 0 {
            counts.remove(who);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The count of `who` in this while; none where there is no room for one more.
fn count<'a, K: Hash + Eq + Clone>(
    counts: &'a mut HashMap<K, Count>,
    who: &K,
    per: Duration,
    now: Instant,
) -> Option<&'a mut Count> {
    if counts.len() >= MOST && !counts.contains_key(who) {
        counts.retain(|_, count| now < count.end);
        if counts.len() >= MOST {
            return None;
        }
    }
    let count = counts.entry(who.clone()).or_insert(Count { failed: 0, end: now + per });
    if now >= count.end {
        *count = Count { failed: 0, end: now + per };
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    const MINUTE: Duration = Duration::from_secs(60);

    fn allowed(most: u32) -> Allowed {
        Allowed { most, per: MINUTE }
    }

    #[test]
    fn who_has_failed_too_often_waits_until_the_while_is_over() {
        let (attempts, now) = (Attempts::default(), SystemClock.now());
        assert!((0..3).all(|_| attempts.begin(&"a", allowed(3), now)));
        assert!(!attempts.begin(&"a", allowed(3), now) && attempts.begin(&"b", allowed(3), now));
        assert!(!attempts.begin(&"a", allowed(3), now + Duration::from_secs(59)));
        assert!(attempts.begin(&"a", allowed(3), now + MINUTE));
    }

    #[test]
    fn a_success_forgives_what_failed_before() {
        let (attempts, now) = (Attempts::default(), SystemClock.now());
        let begin = |who| attempts.begin(who, allowed(2), now);
        for _ in 0..10 {
            assert!(begin(&1));
            assert!(begin(&1));
            attempts.succeeded(&1);
        }
        begin(&1);
        attempts.taken_back(&1);
        assert!(attempts.lock().is_empty());
        assert!(begin(&1) && begin(&1) && !begin(&1));
    }

    #[test]
    fn those_who_are_allowed_more_count_together_with_those_who_are_not() {
        let (attempts, now) = (Attempts::default(), SystemClock.now());
        let tried = (0..10).filter(|number| attempts.begin(&"a", allowed(2 + number % 2), now)).count();
        assert_eq!(tried, 3);
    }

    #[test]
    fn a_flood_of_names_has_nobody_forgotten() {
        let (attempts, now) = (Attempts::default(), SystemClock.now());
        assert!((0..3).all(|_| attempts.begin(&0, allowed(3), now)));
        for name in 1..=20_000 {
            assert_eq!(attempts.begin(&name, allowed(3), now), name < MOST, "{name}");
        }
        assert!(!attempts.begin(&0, allowed(3), now));
        assert_eq!(attempts.failed(&20_001, MINUTE, now), u32::MAX);
        // Those who are counted go on, and the others once the while is over.
        assert!(attempts.begin(&1, allowed(3), now) && attempts.begin(&20_001, allowed(3), now + MINUTE));
        assert_eq!(attempts.lock().len(), 1);
    }
}
