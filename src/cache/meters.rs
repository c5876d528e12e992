//! What caches are counted by, through the `metrics` facade: each counter is looked up once, as a hit costs little more than that.

use metrics::{Counter, Gauge, counter, gauge};

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
        let labels = || [("bridge", bridge.to_owned()), ("cache", cache.to_owned())];
        Self {
            hits: counter!("scimfront_cache_hits_total", &labels()),
            misses: counter!("scimfront_cache_misses_total", &labels()),
            evictions: counter!("scimfront_cache_evictions_total", &labels()),
            bytes: gauge!("scimfront_cache_bytes", &labels()),
            entries: gauge!("scimfront_cache_entries", &labels()),
        }
    }
}

impl std::fmt::Debug for Meters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meters")
    }
}
