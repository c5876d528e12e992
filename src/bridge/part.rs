//! What a bridge knows of its parts, and a part of the whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::partition::Partition;
use crate::mapping::model::Mapping;

/// How many parts are kept; when there are more, all are made anew.
const MOST: usize = 256;

/// The bridges of the clients that are confined, by visibility class.
#[derive(Debug)]
pub(super) struct Parts<B>(Mutex<HashMap<u64, Made<B>>>);

/// One of them, and of which state of the directories' schemas; nothing where it can't be made.
#[derive(Debug)]
struct Made<B> {
    generations: Vec<u64>,
    bridge: Option<Arc<B>>,
}

/// What a part is of: needed for what must hold beyond what its clients see.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) mapping: Arc<Mapping>,
    pub(super) partitions: BTreeMap<String, Arc<Partition>>,
}

impl<B> Default for Parts<B> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<B> Parts<B> {
    /// What was made of the directories in this state; `None` where that has yet to be tried.
    pub(super) fn get(&self, visibility: u64, generations: &[u64]) -> Option<Option<Arc<B>>> {
        let parts = self.lock();
        parts.get(&visibility).filter(|made| made.generations == generations).map(|made| made.bridge.clone())
    }

    /// Keeps what was made, or that nothing can be.
    pub(super) fn keep(&self, visibility: u64, generations: Vec<u64>, bridge: Option<Arc<B>>) {
        let mut parts = self.lock();
        if parts.len() >= MOST {
            parts.clear();
        }
        parts.insert(visibility, Made { generations, bridge });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Made<B>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
