//! DN to resource: what references were resolved to, as long as the directory has not moved.
//!
//! The map belongs to a stamp of the directory (its contextCSN). When the stamp moves, or the directory has none, everything
//! is forgotten: a name may have become another entry's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::directory::Stamp;
use crate::ldap::dn::DnKey;
use crate::mapping::model::TypeIndex;
use crate::translate::references::Target;

/// What DNs of one partition name, by type.
#[derive(Debug)]
pub struct DnMap {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    stamp: Option<Vec<Stamp>>,
    known: HashMap<TypeIndex, HashMap<DnKey, Option<Arc<Target>>>>,
    size: usize,
}

impl DnMap {
    /// A map of at most `capacity` names.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    /// What is known at `stamp` of each of `names`, in order: outer `None` where nothing is.
    pub fn get<'n>(
        &self,
        stamp: Option<&[Stamp]>,
        names: impl Iterator<Item = (TypeIndex, &'n DnKey)>,
    ) -> Vec<Option<Option<Arc<Target>>>> {
        let state = self.lock();
        if stamp.is_none() || state.stamp.as_deref() != stamp {
            return names.map(|_| None).collect();
        }
        names.map(|(kind, key)| state.known.get(&kind).and_then(|known| known.get(key)).cloned()).collect()
    }

    /// Notes what `names` were found to be by a search that began when the directory was at `stamp`.
    pub fn insert(
        &self,
        stamp: Option<&[Stamp]>,
        names: impl Iterator<Item = (TypeIndex, DnKey, Option<Arc<Target>>)>,
    ) {
        let Some(stamp) = stamp else { return };
        let mut state = self.lock();
        if state.stamp.as_deref() != Some(stamp) {
            *state = State { stamp: Some(stamp.to_vec()), ..State::default() };
        }
        for (kind, key, target) in names {
            if state.size >= self.capacity {
                state.known.clear();
                state.size = 0;
            }
            if state.known.entry(kind).or_default().insert(key, target).is_none() {
                state.size += 1;
            }
        }
    }

    /// How many names are known.
    pub fn len(&self) -> usize {
        self.lock().size
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
