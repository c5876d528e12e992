//! Resources as they are sent, so that a hit is a lookup, a comparison of numbers, and a write to the socket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use moka::notification::RemovalCause;
use moka::sync::Cache;

use super::changes::{Changes, Leaning, Reading};
use super::flights::{Boarding, Flights};
use super::id::Id;
use super::meters::Meters;
use crate::mapping::model::TypeIndex;
use crate::translate::render::ViewPart;

/// How long an id that names nothing is remembered.
const MISSING: Duration = Duration::from_secs(1);

/// What a resource is kept under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its type.
    pub kind: TypeIndex,
    /// What the client may see.
    pub visibility: u64,
    /// Its id.
    pub id: Id,
}

/// A finished resource with all attributes that are shown by default.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    /// The JSON.
    pub body: Bytes,
    /// Its entity tag.
    pub etag: Option<Bytes>,
    /// Its `meta.location`.
    pub location: Bytes,
    /// What each reference attribute adds to the tag, in the plan's order.
    pub views: Box<[ViewPart]>,
}

/// What is known under a key.
#[derive(Debug, Clone)]
pub enum Held {
    /// The resource.
    Resource(Arc<Finished>),
    /// There is none: nor was there at this time.
    Missing(Instant),
}

#[derive(Debug)]
struct Kept {
    held: Held,
    reading: Reading,
    leaning: Leaning,
}

/// The resources at hand, bounded by bytes.
#[derive(Debug)]
pub struct Resources {
    cache: Cache<Key, Arc<Kept>>,
    flights: Flights<Key, Held>,
    changes: Arc<Changes>,
    meters: Meters,
}

impl Resources {
    /// Room for `bytes`; changes are noted in `changes`.
    pub fn new(bytes: u64, changes: Arc<Changes>, meters: Meters) -> Self {
        let evictions = meters.evictions.clone();
        let cache = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &Key, kept: &Arc<Kept>| u32::try_from(weight(key, kept)).unwrap_or(u32::MAX))
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    evictions.increment(1);
                }
            })
            .build();
        Self { cache, flights: Flights::default(), changes, meters }
    }

    /// What is known under `key`, if it is true at `now`.
    pub fn get(&self, key: &Key, now: Instant) -> Option<Held> {
        let held = self.peek(key, now);
        match held {
            Some(_) => self.meters.hits.increment(1),
            None => self.meters.misses.increment(1),
        }
        held
    }

    /// As [`Resources::get`], but that a miss isn't counted: who has it asks again.
    pub fn hit(&self, key: &Key, now: Instant) -> Option<Held> {
        let held = self.peek(key, now).filter(|held| matches!(held, Held::Resource(_)))?;
        self.meters.hits.increment(1);
        Some(held)
    }

    /// As [`Resources::get`], without being counted.
    pub fn peek(&self, key: &Key, now: Instant) -> Option<Held> {
        let kept = self.cache.get(key)?;
        let young = match kept.held {
            Held::Resource(_) => true,
            Held::Missing(since) => now.saturating_duration_since(since) < MISSING,
        };
        if young && self.changes.holds(kept.reading, &kept.leaning) {
            return Some(kept.held.clone());
        }
        // What was put there in the meantime may go with it: that costs a read, no more.
        self.cache.invalidate(key);
        None
    }

    /// Keeps `held`, which was read from `reading` on, unless something it leans on has changed since.
    pub fn keep(&self, key: Key, held: Held, reading: Reading, leaning: Leaning) {
        if self.changes.lasts(reading, &leaning) {
            self.cache.insert(key, Arc::new(Kept { held, reading, leaning }));
        }
    }

    /// The way to read what `key` names: as the one who does, or with the one who does already.
    pub fn board(&self, key: &Key, reading: Reading) -> Boarding<'_, Key, Held> {
        self.flights.board(key, reading, &self.changes)
    }

    /// Tells how much is held.
    pub fn measure(&self) {
        #[allow(clippy::cast_precision_loss, reason = "a gauge")]
        let number = |value: u64| value as f64;
        self.meters.bytes.set(number(self.cache.weighted_size()));
        self.meters.entries.set(number(self.cache.entry_count()));
    }
}

/// About how many bytes an entry takes, with what the cache adds.
fn weight(key: &Key, kept: &Kept) -> usize {
    const OWN: usize = 500;
    let held = match &kept.held {
        Held::Resource(finished) => {
            let tag = finished.etag.as_ref().map_or(0, Bytes::len);
            finished.body.len() + tag + finished.location.len() + finished.views.len() * 16
        }
        Held::Missing(_) => 0,
    };
    OWN + key.id.bytes() + held + kept.leaning.entries.len() * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    fn resources(bytes: u64) -> (Resources, Arc<Changes>, Instant) {
        let now = SystemClock.now();
        let changes = Arc::new(Changes::new());
        (Resources::new(bytes, Arc::clone(&changes), Meters::new("test", "resources")), changes, now)
    }

    fn key(id: &str) -> Key {
        Key { kind: 0, visibility: 0, id: Id::of(id) }
    }

    fn finished(body: &'static str) -> Held {
        let body = Bytes::from_static(body.as_bytes());
        Held::Resource(Arc::new(Finished { body, etag: None, location: Bytes::new(), views: Box::default() }))
    }

    fn leaning(changes: &Changes, id: &str) -> Leaning {
        Leaning { entries: [changes.stripe(id)].into(), ..Leaning::default() }
    }

    #[test]
    fn a_change_during_a_read_never_leaves_the_old_value_behind() {
        let (resources, changes, now) = resources(1 << 20);
        let reading = changes.begin(now);
        changes.changed([changes.stripe("a")]);
        resources.keep(key("a"), finished("old"), reading, leaning(&changes, "a"));
        assert!(resources.get(&key("a"), now).is_none());
        resources.keep(key("a"), finished("new"), changes.begin(now), leaning(&changes, "a"));
        assert!(matches!(resources.get(&key("a"), now), Some(Held::Resource(found)) if found.body == "new"));
        changes.changed([changes.stripe("a")]);
        assert!(resources.get(&key("a"), now).is_none());
    }

    #[test]
    fn what_is_missing_is_known_for_a_second() {
        let (resources, changes, now) = resources(1 << 20);
        resources.keep(key("a"), Held::Missing(now), changes.begin(now), leaning(&changes, "a"));
        assert!(resources.get(&key("a"), now + MISSING / 2).is_some());
        assert!(resources.get(&key("a"), now + MISSING).is_none());
    }

    #[test]
    fn classes_of_clients_and_types_are_kept_apart() {
        let (resources, changes, now) = resources(1 << 20);
        resources.keep(key("a"), finished("one"), changes.begin(now), leaning(&changes, "a"));
        assert!(resources.get(&Key { visibility: 1, ..key("a") }, now).is_none());
        assert!(resources.get(&Key { kind: 1, ..key("a") }, now).is_none());
    }

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        let (resources, changes, now) = resources(100_000);
        for number in 0..1000 {
            let id = number.to_string();
            resources.keep(key(&id), finished("{}"), changes.begin(now), leaning(&changes, &id));
        }
        resources.cache.run_pending_tasks();
        assert!(resources.cache.weighted_size() <= 100_000);
        assert!(resources.cache.entry_count() > 100);
    }
}
