//! What caches are counted by, each counter is looked up once, as a hit costs little more than that.

use crate::telemetry::catalogue::{CACHE_BYTES, CACHE_ENTRIES, CACHE_EVICTIONS, CACHE_HITS, CACHE_MISSES};
use crate::telemetry::{Counter, Gauge};

/// The counters of one cache of one bridge.
#[derive(Clone)]
pub struct Meters {
    /// Answers from memory.
    pub hits: Counter,
    /// Answers that had to be read.
    pub misses: Counter,
    /// What had to make room.
    pub evictions: Counter,
    /// How many bytes are held.
    pub bytes: Gauge,
    /// How many values are held.
    pub entries: Gauge,
}

impl Meters {
    /// The counters of `cache` of `bridge`.
    pub fn new(bridge: &str, cache: &'static str) -> Self {
        let labels = [bridge, cache];
        Self {
            hits: CACHE_HITS.count(&labels),
            misses: CACHE_MISSES.count(&labels),
            evictions: CACHE_EVICTIONS.count(&labels),
            bytes: CACHE_BYTES.level(&labels),
            entries: CACHE_ENTRIES.level(&labels),
        }
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}
