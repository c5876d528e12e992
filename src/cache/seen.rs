//! What entries were when they were last seen: a change is told as what an entry is now, and what it makes stale depends on what it
//! was.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::id::Id;

/// What an entry was, in hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Of its name; nothing where it isn't known.
    pub(super) name: Option<u64>,
    /// Of what others show of it and find it by; nothing where it isn't known.
    pub(super) shown: Option<u64>,
    /// Whether others belong to it.
    pub(super) group: bool,
}

/// What a bounded number of entries was.
#[derive(Debug)]
pub(super) struct Seen {
    most: usize,
    looks: Mutex<HashMap<Id, Look>>,
}

impl Seen {
    /// Room for `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { most, looks: Mutex::default() }
    }

    /// Notes what `id` is now; says what it was, if that is known.
    pub(super) fn replace(&self, id: Id, look: Look) -> Option<Look> {
        let mut looks = self.lock();
        self.make_room(&mut looks);
        looks.insert(id, look)
    }

    /// Notes what `id` was found to be, unless something is known of it: what a feed tells is newer than what was read.
    pub(super) fn learn(&self, id: Id, look: Look) {
        let mut looks = self.lock();
        self.make_room(&mut looks);
        looks.entry(id).or_insert(look);
    }

    /// Forgets `id`; says what it was, if that is known.
    pub(super) fn remove(&self, id: &Id) -> Option<Look> {
        self.lock().remove(id)
    }

    fn make_room(&self, looks: &mut HashMap<Id, Look>) {
        if looks.len() >= self.most {
            looks.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Look>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
