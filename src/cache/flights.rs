//! One flight for equal misses: who misses what somebody is reading already waits for that.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::changes::{Changes, Reading};

/// The reads under way, each under its key.
#[derive(Debug)]
pub(super) struct Flights<K, V> {
    under_way: Mutex<HashMap<K, Open<V>>>,
}

#[derive(Debug)]
struct Open<V> {
    reading: Reading,
    landing: watch::Receiver<Option<V>>,
}

/// A place in a read.
#[derive(Debug)]
pub enum Boarding<'f, K: Eq + Hash, V> {
    /// It is for this one to read.
    Lead(Lead<'f, K, V>),
    /// Somebody reads already.
    Follow(Follow<V>),
}

/// The right to read for everybody who waits. Whoever drops it lets the next one try.
#[derive(Debug)]
pub struct Lead<'f, K: Eq + Hash, V> {
    flights: &'f Flights<K, V>,
    key: K,
    landing: watch::Sender<Option<V>>,
}

/// Somebody else's read.
#[derive(Debug)]
pub struct Follow<V>(watch::Receiver<Option<V>>);

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { under_way: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Flights<K, V> {
    /// A place in the read of `key` for one who begins at `reading`. A read that began before the last change of anything isn't
    /// joined: it may not see what this one must.
    pub(super) fn board(&self, key: &K, reading: Reading, changes: &Changes) -> Boarding<'_, K, V> {
        let mut under_way = self.lock();
        if let Entry::Occupied(open) = under_way.entry(key.clone()) {
            let open = open.get();
            if open.landing.has_changed().is_ok() && (open.reading == reading || changes.unmoved(open.reading)) {
                return Boarding::Follow(Follow(open.landing.clone()));
            }
        }
        let (sender, landing) = watch::channel(None);
        under_way.insert(key.clone(), Open { reading, landing });
        Boarding::Lead(Lead { flights: self, key: key.clone(), landing: sender })
    }
}

impl<K, V> Flights<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Open<V>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Lead<'_, K, V> {
    /// Tells those who wait what was read.
    pub fn land(self, value: V) {
        // Nobody may wait.
        let _ = self.landing.send(Some(value));
    }
}

impl<K: Eq + Hash, V> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        let mut under_way = self.flights.lock();
        let own = under_way.get(&self.key).is_some_and(|open| open.landing.same_channel(&self.landing.subscribe()));
        if own {
            under_way.remove(&self.key);
        }
    }
}

impl<V: Clone> Follow<V> {
    /// What was read; nothing if the reader gave up.
    pub async fn landed(mut self) -> Option<V> {
        match self.0.wait_for(Option::is_some).await {
            Ok(value) => value.clone(),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    type Reads = Flights<&'static str, u32>;

    #[tokio::test]
    async fn equal_misses_are_one_read() {
        let now = SystemClock.now();
        let (flights, changes) = (Reads::default(), Changes::new());
        let Boarding::Lead(lead) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        let Boarding::Follow(follow) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        assert!(matches!(flights.board(&"b", changes.begin(now), &changes), Boarding::Lead(_)));
        lead.land(1);
        assert_eq!(follow.landed().await, Some(1));
        assert!(matches!(flights.board(&"a", changes.begin(now), &changes), Boarding::Lead(_)));
    }

    #[tokio::test]
    async fn who_gives_up_lets_the_next_one_try() {
        let now = SystemClock.now();
        let (flights, changes) = (Reads::default(), Changes::new());
        let Boarding::Lead(lead) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        let Boarding::Follow(follow) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        drop(lead);
        assert_eq!(follow.landed().await, None);
        assert!(matches!(flights.board(&"a", changes.begin(now), &changes), Boarding::Lead(_)));
    }

    #[tokio::test]
    async fn a_read_that_began_before_a_change_isnt_joined_after_it() {
        let now = SystemClock.now();
        let (flights, changes) = (Reads::default(), Changes::new());
        let Boarding::Lead(first) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        changes.changed([changes.stripe("a")]);
        let Boarding::Lead(second) = flights.board(&"a", changes.begin(now), &changes) else { panic!() };
        drop(first);
        assert!(matches!(flights.board(&"a", changes.begin(now), &changes), Boarding::Follow(_)));
        drop(second);
    }
}
