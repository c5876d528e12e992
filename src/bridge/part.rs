//! What a bridge knows of its parts, and a part of the whole.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::partition::Partition;
use crate::mapping::model::Mapping;

/// How many parts are kept; when there are more, the one goes that wasn't asked for the longest.
const MOST: usize = 256;

/// For how long a part keeps connections of its own that nobody uses.
const IDLE: Duration = Duration::from_secs(300);

/// The bridges of the clients that are confined or somebody else in the directory, by visibility class.
#[derive(Debug)]
pub(super) struct Parts<B>(Mutex<Kept<B>>);

#[derive(Debug)]
struct Kept<B> {
    parts: HashMap<u64, Made<B>>,
    /// How often one was asked for.
    turn: u64,
}

/// One of them, and of which state of the directories' schemas; nothing where it can't be made.
#[derive(Debug)]
struct Made<B> {
    generations: Vec<u64>,
    bridge: Option<Arc<B>>,
    /// Whether it has connections of its own.
    connected: bool,
    /// When it was asked for.
    turn: u64,
    /// When it was seen not to have been asked for since `turn`.
    idle: Option<(u64, Instant)>,
}

/// What a part is of: needed for what must hold beyond what its clients see.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) mapping: Arc<Mapping>,
    pub(super) partitions: BTreeMap<String, Arc<Partition>>,
}

impl<B> Default for Parts<B> {
    fn default() -> Self {
        Self(Mutex::new(Kept { parts: HashMap::new(), turn: 0 }))
    }
}

impl<B> Parts<B> {
    /// What was made of the directories in this state; `None` where that has yet to be tried.
    pub(super) fn get(&self, visibility: u64, generations: &[u64]) -> Option<Option<Arc<B>>> {
        let mut kept = self.lock();
        kept.turn += 1;
        let turn = kept.turn;
        let made = kept.parts.get_mut(&visibility).filter(|made| made.generations == generations)?;
        made.turn = turn;
        Some(made.bridge.clone())
    }

    /// Keeps what was made, which may be `connected` by itself, or that nothing can be.
    pub(super) fn keep(&self, visibility: u64, generations: Vec<u64>, bridge: Option<Arc<B>>, connected: bool) {
        let mut kept = self.lock();
        kept.turn += 1;
        let turn = kept.turn;
        if kept.parts.len() >= MOST && !kept.parts.contains_key(&visibility) {
            let oldest = kept.parts.iter().min_by_key(|(_, made)| made.turn).map(|(visibility, _)| *visibility);
            oldest.and_then(|oldest| kept.parts.remove(&oldest));
        }
        kept.parts.insert(visibility, Made { generations, bridge, connected, turn, idle: None });
    }

    /// Forgets what was made.
    pub(super) fn forget(&self, visibility: u64) {
        self.lock().parts.remove(&visibility);
    }

    /// Lets those go that have connections of their own and weren't asked for in a while; to be called every few seconds. Requests
    /// that use them go on.
    pub(super) fn let_go(&self, now: Instant) {
        self.lock().parts.retain(|_, made| match made.idle {
            _ if !made.connected => true,
            Some((turn, since)) if turn == made.turn => now.saturating_duration_since(since) < IDLE,
            _ => {
                made.idle = Some((made.turn, now));
                true
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, Kept<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, SystemClock};

    #[test]
    fn what_nobody_has_asked_for_in_a_while_is_let_go_with_its_connections() {
        let (parts, now) = (Parts::default(), SystemClock.now());
        let [connected, busy, shared] = [1, 2, 3].map(Arc::new);
        parts.keep(1, vec![7], Some(Arc::clone(&connected)), true);
        parts.keep(2, vec![7], Some(Arc::clone(&busy)), true);
        parts.keep(3, vec![7], Some(Arc::clone(&shared)), false);
        let later = |seconds| now + Duration::from_secs(seconds);
        for seconds in (0..=300).step_by(60) {
            parts.let_go(later(seconds));
            assert!(parts.get(2, &[7]).flatten().is_some());
        }
        assert_eq!([&connected, &busy, &shared].map(Arc::strong_count), [1, 2, 2]);
        assert!(parts.get(1, &[7]).is_none() && parts.get(2, &[7]).is_some() && parts.get(3, &[7]).is_some());
        // From the moment on at which it isn't used any more.
        parts.let_go(later(301));
        parts.let_go(later(600));
        assert_eq!(Arc::strong_count(&busy), 2);
        parts.let_go(later(601));
        assert_eq!(Arc::strong_count(&busy), 1);
    }

    #[test]
    fn there_are_so_many_at_most_and_those_in_use_stay() {
        let parts = Parts::default();
        for number in 0..1000_u64 {
            parts.keep(number, Vec::new(), Some(Arc::new(number)), true);
            assert_eq!(parts.get(0, &[]).flatten().as_deref(), Some(&0), "{number}");
        }
        assert_eq!(parts.lock().parts.len(), MOST);
        assert!(parts.get(999, &[]).is_some() && parts.get(1, &[]).is_none());
    }
}
