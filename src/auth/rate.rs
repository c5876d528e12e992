//! How much one client may ask: so many requests a second, and so many at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much one client may ask.
#[derive(Debug)]
pub struct ClientLimits {
    /// How long a request uses up, and how much may be used up ahead of time.
    rate: Option<(Duration, Duration)>,
    /// When all that was used up will be there again.
    used: Mutex<Option<Instant>>,
    /// How many may be under way.
    most: Option<usize>,
    at_once: Option<Arc<Semaphore>>,
}

/// A client asks too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMuch {
    /// When it may ask again.
    pub retry_after: Duration,
}

/// A request may pass; while this is there, it counts as one under way.
#[derive(Debug, Default)]
pub struct Pass(#[allow(dead_code, reason = "it is given back when it is dropped")] Option<OwnedSemaphorePermit>);

impl ClientLimits {
    /// So many requests a second, with bursts of so many, and so many at once; nothing where there are no limits.
    pub fn new(rate: Option<u32>, burst: Option<u32>, at_once: Option<usize>) -> Option<Self> {
        if rate.is_none() && at_once.is_none() {
            return None;
        }
        let rate = rate.map(|rate| {
            let each = Duration::from_secs(1) / rate.max(1);
            (each, each * burst.unwrap_or(rate).max(1))
        });
        let most = at_once;
        let at_once = most.map(|most| Arc::new(Semaphore::new(most)));
        Some(Self { rate, used: Mutex::default(), most, at_once })
    }

    /// Whether as much is allowed.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.rate == other.rate && self.most == other.most
    }

    /// Lets a request pass.
    ///
    /// # Errors
    /// When there were too many of late, or too many are under way.
    pub fn pass(&self, now: Instant) -> Result<Pass, TooMuch> {
        let permit = match &self.at_once {
            None => None,
            Some(most) => {
                let permit = Arc::clone(most).try_acquire_owned();
                Some(permit.map_err(|_| TooMuch { retry_after: Duration::from_secs(1) })?)
            }
        };
        let Some((each, most)) = self.rate else { return Ok(Pass(permit)) };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let after = used.map_or(now, |used| used.max(now)) + each;
        let ahead = after.saturating_duration_since(now);
        if ahead > most {
            return Err(TooMuch { retry_after: ahead - most });
        }
        *used = Some(after);
        Ok(Pass(permit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let limits = ClientLimits::new(Some(10), Some(3), None).unwrap();
        let now = SystemClock.now();
        assert!((0..3).all(|_| limits.pass(now).is_ok()));
        assert_eq!(limits.pass(now).unwrap_err().retry_after, Duration::from_millis(100));
        assert!(limits.pass(now + Duration::from_millis(99)).is_err());
        assert!(limits.pass(now + Duration::from_millis(100)).is_ok());
        assert!(limits.pass(now + Duration::from_millis(150)).is_err());
        let later = now + Duration::from_secs(60);
        assert!((0..3).all(|_| limits.pass(later).is_ok()) && limits.pass(later).is_err());
    }

    #[test]
    fn so_many_are_under_way_at_once() {
        let limits = ClientLimits::new(None, None, Some(2)).unwrap();
        let now = SystemClock.now();
        let first = limits.pass(now).unwrap();
        let _second = limits.pass(now).unwrap();
        assert!(limits.pass(now).is_err());
        drop(first);
        assert!(limits.pass(now).is_ok());
        assert!(ClientLimits::new(None, Some(5), None).is_none());
    }
}
