//! Values that are true as long as the groups are what they were.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::changes::Changes;
use super::moment::Moment;

/// Values under keys, made of all groups: when one of them changes, they are forgotten.
#[derive(Debug)]
pub struct Stamped<K, V> {
    changes: Arc<Changes>,
    values: Mutex<HashMap<K, (Moment, Arc<V>)>>,
}

impl<K: Eq + Hash, V> Stamped<K, V> {
    /// Nothing is known yet; changes are noted in `changes`.
    pub fn new(changes: Arc<Changes>) -> Self {
        Self { changes, values: Mutex::default() }
    }

    /// What is known under `key` at `moment`.
    pub fn get(&self, moment: Option<&Moment>, key: &K) -> Option<Arc<V>> {
        let moment = moment?;
        let values = self.lock();
        let (made, value) = values.get(key)?;
        made.has_same_groups(moment, &self.changes).then(|| Arc::clone(value))
    }

    /// Notes a value that was read at `moment` or later.
    pub fn insert(&self, moment: Option<&Moment>, key: K, value: Arc<V>) {
        if let Some(moment) = moment {
            self.lock().insert(key, (moment.clone(), value));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, (Moment, Arc<V>)>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
