//! Open searches between two pages of one reader: whoever asks for the next page goes on where the last one ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Parked values of type `T` (open searches), each under a key, few and not for long.
#[derive(Debug)]
pub struct Feeds<T> {
    most: usize,
    lifetime: Duration,
    parked: Arc<Mutex<HashMap<String, Parked<T>>>>,
}

#[derive(Debug)]
struct Parked<T> {
    value: T,
    since: Instant,
}

impl<T: Send + 'static> Feeds<T> {
    /// Room for `most`, each for `lifetime`.
    pub fn new(most: usize, lifetime: Duration) -> Self {
        Self { most, lifetime, parked: Arc::default() }
    }

    /// Takes what is parked under `key`.
    pub fn take(&self, key: &str, now: Instant) -> Option<T> {
        let parked = self.lock().remove(key)?;
        (now.saturating_duration_since(parked.since) < self.lifetime).then_some(parked.value)
    }

    /// Parks `value` under `key`; the one parked longest makes room. It is dropped when its time is up, asked for or not.
    pub fn park(&self, key: String, value: T, now: Instant) {
        let dropped = {
            let mut parked = self.lock();
            let oldest = (parked.len() >= self.most && !parked.contains_key(&key))
                .then(|| parked.iter().min_by_key(|(_, entry)| entry.since).map(|(key, _)| key.clone()))
                .flatten();
            let evicted = oldest.and_then(|oldest| parked.remove(&oldest));
            (evicted, parked.insert(key.clone(), Parked { value, since: now }))
        };
        drop(dropped); // outside the lock: closing a search takes its time
        // Whoever lets go of this lets go of all that is parked at once.
        let (parked, lifetime) = (Arc::downgrade(&self.parked), self.lifetime);
        tokio::spawn(async move {
            tokio::time::sleep(lifetime).await;
            let Some(parked) = parked.upgrade() else { return };
            let mut parked = parked.lock().unwrap_or_else(PoisonError::into_inner);
            if parked.get(&key).is_some_and(|entry| entry.since == now) {
                parked.remove(&key);
            }
        });
    }

    /// How many are parked.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether none is parked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Parked<T>>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
