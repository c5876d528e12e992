//! How long a server fails to answer after a fault has ended.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use scimfront::clock::{Clock as _, SystemClock};

/// Faults of a kind: how many, and how long requests failed after the worst of them.
#[derive(Debug, Default, Clone, Copy)]
struct Faults {
    count: usize,
    /// After the end of how many requests failed at all.
    felt: usize,
    longest: Duration,
}

/// Faults, and the requests that failed after their ends.
#[derive(Debug, Default)]
pub(super) struct Outages {
    faults: Mutex<BTreeMap<&'static str, Faults>>,
    /// When the last request failed.
    failed: Mutex<Option<Instant>>,
}

impl Outages {
    /// A request has just failed, because something was away.
    pub(super) fn failed(&self) {
        *self.failed.lock().unwrap() = Some(SystemClock.now());
    }

    /// A fault ended at `end`, and the next one is about to begin.
    pub(super) fn after(&self, fault: &'static str, end: Instant) {
        let last = *self.failed.lock().unwrap();
        let outage = last.map_or(Duration::ZERO, |last| last.saturating_duration_since(end));
        let mut faults = self.faults.lock().unwrap();
        let of = faults.entry(fault).or_default();
        of.count += 1;
        of.felt += usize::from(!outage.is_zero());
        of.longest = of.longest.max(outage);
    }

    /// The longest time after a fault's end in which requests failed.
    pub(super) fn longest(&self) -> Duration {
        self.faults.lock().unwrap().values().map(|faults| faults.longest).max().unwrap_or_default()
    }
}

impl std::fmt::Display for Outages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (fault, Faults { count, felt, longest }) in self.faults.lock().unwrap().iter() {
            writeln!(
                f,
                "  {fault}: {count} times, requests failed after the end of {felt}, for {} ms at most",
                longest.as_millis()
            )?;
        }
        Ok(())
    }
}
