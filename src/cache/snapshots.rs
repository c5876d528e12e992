//! Snapshots of lists: the ids that a query had, in order, so that any page costs the page.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use moka::sync::Cache;
use tokio::sync::OwnedMutexGuard;

use super::id::{Id, canonical_uuid};
use super::moment::Moment;
use crate::mapping::model::TypeIndex;

/// Ids in order, 16 bytes each where they are UUIDs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// All are UUIDs in canonical form.
    Uuids(Vec<[u8; 16]>),
    /// Any text.
    Texts(Vec<Box<str>>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::Uuids(Vec::new())
    }
}

impl Ids {
    /// Appends `id`.
    pub fn push(&mut self, id: &str) {
        match self {
            Self::Uuids(list) => match canonical_uuid(id) {
                Some(uuid) => list.push(uuid),
                None => {
                    let mut texts: Vec<Box<str>> = list.iter().map(|uuid| print(uuid).into()).collect();
                    texts.push(id.into());
                    *self = Self::Texts(texts);
                }
            },
            Self::Texts(list) => list.push(id.into()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Uuids(list) => list.len(),
            Self::Texts(list) => list.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at `place`.
    pub fn get(&self, place: usize) -> Option<String> {
        match self {
            Self::Uuids(list) => list.get(place).map(print),
            Self::Texts(list) => list.get(place).map(|id| id.to_string()),
        }
    }

    /// The id at `place`, as things are kept under it.
    pub fn key(&self, place: usize) -> Option<Id> {
        match self {
            Self::Uuids(list) => list.get(place).copied().map(Id::Uuid),
            Self::Texts(list) => list.get(place).map(|id| Id::of(id)),
        }
    }

    /// Where `id` is; at `place`, most likely.
    pub fn position(&self, id: &str, place: usize) -> Option<usize> {
        if self.key(place).is_some_and(|there| there == Id::of(id)) {
            return Some(place);
        }
        match self {
            Self::Uuids(list) => canonical_uuid(id).and_then(|uuid| list.iter().position(|other| *other == uuid)),
            Self::Texts(list) => list.iter().position(|other| **other == *id),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Uuids(list) => list.len() * 16,
            Self::Texts(list) => list.iter().map(|id| id.len() + 16).sum(),
        }
    }
}

fn print(uuid: &[u8; 16]) -> String {
    uuid::Uuid::from_bytes(*uuid).hyphenated().to_string()
}

/// What a snapshot is of. Two requests with the same key page through the same list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SnapshotKey {
    /// The types asked for.
    pub kinds: Vec<TypeIndex>,
    /// The filter in canonical form.
    pub filter: String,
    /// The sort attribute and whether it ascends.
    pub sort: Option<(String, bool)>,
    /// What the client may see.
    pub visibility: u64,
}

/// The ids that a query had at one moment.
#[derive(Debug)]
pub struct Snapshot {
    /// The ids in order.
    pub ids: Ids,
    /// Each id's type where there are several, by place in the order.
    pub kinds: Option<Vec<u8>>,
    /// When the pass that made it began.
    pub moment: Option<Moment>,
    /// When it was made.
    pub made: Instant,
    /// What no other has, of any instance.
    pub number: u64,
}

impl Snapshot {
    /// The type of the id at `place`.
    pub fn kind(&self, place: usize, only: TypeIndex) -> TypeIndex {
        self.kinds.as_ref().and_then(|kinds| kinds.get(place)).map_or(only, |kind| usize::from(*kind))
    }
}

/// The snapshots at hand, bounded by bytes. Size and eviction are the cache's; age is judged by our clock.
#[derive(Debug, Clone)]
pub struct Snapshots {
    cache: Cache<SnapshotKey, Arc<Snapshot>>,
    lifetime: Duration,
    turns: Arc<Mutex<HashMap<SnapshotKey, Weak<Turn>>>>,
}

/// Whose turn it is to make a snapshot.
type Turn = tokio::sync::Mutex<()>;

impl Snapshots {
    /// Room for `bytes` of ids, each snapshot usable for `lifetime`.
    pub fn new(bytes: u64, lifetime: Duration) -> Self {
        let weigh = |key: &SnapshotKey, snapshot: &Arc<Snapshot>| {
            let kinds = snapshot.kinds.as_ref().map_or(0, Vec::len);
            u32::try_from(128 + key.filter.len() + snapshot.ids.bytes() + kinds).unwrap_or(u32::MAX)
        };
        Self { cache: Cache::builder().max_capacity(bytes).weigher(weigh).build(), lifetime, turns: Arc::default() }
    }

    /// The snapshot for `key`, however old.
    pub fn get(&self, key: &SnapshotKey) -> Option<Arc<Snapshot>> {
        self.cache.get(key)
    }

    /// Whether `snapshot` may be paged through at `now` though it is no longer true.
    pub fn is_young(&self, snapshot: &Snapshot, now: Instant) -> bool {
        now.saturating_duration_since(snapshot.made) < self.lifetime
    }

    /// Waits until nobody else makes a snapshot for `key`: who is next may find the one that was made meanwhile. The turn ends when
    /// what is returned is dropped.
    pub async fn turn(&self, key: &SnapshotKey) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            match turns.get(key).and_then(Weak::upgrade) {
                Some(turn) => turn,
                None => {
                    turns.retain(|_, turn| turn.strong_count() > 0);
                    let turn = Arc::new(Turn::default());
                    turns.insert(key.clone(), Arc::downgrade(&turn));
                    turn
                }
            }
        };
        turn.lock_owned().await
    }

    /// Keeps `snapshot`.
    pub fn insert(&self, key: SnapshotKey, snapshot: Arc<Snapshot>) {
        self.cache.insert(key, snapshot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_packed_and_anything_else_is_kept_as_it_is() {
        let mut ids = Ids::default();
        ids.push("550e8400-e29b-41d4-a716-446655440000");
        assert!(matches!(ids, Ids::Uuids(_)));
        ids.push("550E8400-E29B-41D4-A716-446655440000"); // not canonical: another id
        assert!(matches!(ids, Ids::Texts(_)));
        assert_eq!(ids.get(0).as_deref(), Some("550e8400-e29b-41d4-a716-446655440000"));
        assert_eq!(ids.position("550E8400-E29B-41D4-A716-446655440000", 0), Some(1));
        assert_eq!(ids.position("550E8400-E29B-41D4-A716-446655440000", 1), Some(1));
    }
}
