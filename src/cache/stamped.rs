//! Values that are true as long as the directory hasn't moved.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::directory::Stamp;

/// Values under keys, all of one stamp: when the directory moves, they are forgotten.
#[derive(Debug)]
pub struct Stamped<K, V> {
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    stamp: Option<Vec<Stamp>>,
    values: HashMap<K, Arc<V>>,
}

impl<K, V> Default for Stamped<K, V> {
    fn default() -> Self {
        Self { state: Mutex::new(State { stamp: None, values: HashMap::new() }) }
    }
}

impl<K: Eq + Hash, V> Stamped<K, V> {
    /// What is known under `key` at `stamp`.
    pub fn get(&self, stamp: Option<&[Stamp]>, key: &K) -> Option<Arc<V>> {
        let state = self.lock();
        (stamp.is_some() && state.stamp.as_deref() == stamp).then(|| state.values.get(key).cloned()).flatten()
    }

    /// Notes a value that was read when the directory was at `stamp` or later.
    pub fn insert(&self, stamp: Option<&[Stamp]>, key: K, value: Arc<V>) {
        let Some(stamp) = stamp else { return };
        let mut state = self.lock();
        if state.stamp.as_deref() != Some(stamp) {
            *state = State { stamp: Some(stamp.to_vec()), values: HashMap::new() };
        }
        state.values.insert(key, value);
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
