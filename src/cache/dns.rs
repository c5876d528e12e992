//! DN to resource: what references were resolved to, as long as it is known to be true.
//!
//! Where a change feed tells of every change, a name is forgotten when its entry changes. Otherwise the map belongs to a stamp of
//! the directory (its contextCSN): when that moves, or the directory has none, everything is forgotten, as a name may have become
//! another entry's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::changes::{Changes, Reading, Stripe};
use super::moment::Moment;
use crate::directory::Stamp;
use crate::ldap::dn::DnKey;
use crate::mapping::model::TypeIndex;
use crate::translate::references::Target;

/// What DNs of one partition name, by type.
#[derive(Debug)]
pub struct DnMap {
    capacity: usize,
    changes: Arc<Changes>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What the names are known by; nothing where they were told.
    stamps: Option<Vec<Stamp>>,
    known: HashMap<TypeIndex, HashMap<DnKey, Known>>,
    size: usize,
}

#[derive(Debug)]
struct Known {
    target: Option<Arc<Target>>,
    /// When it was read, and where the changes of the name and of the entry are noted.
    told: Option<(Reading, [Stripe; 2])>,
}

impl DnMap {
    /// A map of at most `capacity` names, whose changes are noted in `changes`.
    pub fn new(capacity: usize, changes: Arc<Changes>) -> Self {
        Self { capacity, changes, state: Mutex::default() }
    }

    /// What is known at `moment` of each of `names`, in order: outer `None` where nothing is.
    pub fn get<'n>(
        &self,
        moment: Option<&Moment>,
        names: impl Iterator<Item = (TypeIndex, &'n DnKey)>,
    ) -> Vec<Option<Option<Arc<Target>>>> {
        let state = self.lock();
        let trusted = match moment {
            None => false,
            Some(Moment::Stamped(stamps)) => state.stamps.as_ref() == Some(stamps),
            Some(Moment::Told(_)) => state.stamps.is_none(),
        };
        if !trusted {
            return names.map(|_| None).collect();
        }
        names
            .map(|(kind, key)| {
                let known = state.known.get(&kind)?.get(key)?;
                known.is_true(&self.changes).then(|| known.target.clone())
            })
            .collect()
    }

    /// Notes what `names` were found to be by a search that began at `moment`.
    pub fn insert(
        &self,
        moment: Option<&Moment>,
        names: impl Iterator<Item = (TypeIndex, DnKey, Option<Arc<Target>>)>,
    ) {
        let stamps = match moment {
            None => return,
            Some(Moment::Stamped(stamps)) => Some(stamps),
            Some(Moment::Told(reading)) if !self.changes.is_known(*reading) => return,
            Some(Moment::Told(_)) => None,
        };
        let mut state = self.lock();
        if state.stamps.as_ref() != stamps {
            *state = State { stamps: stamps.cloned(), ..State::default() };
        }
        for (kind, key, target) in names {
            if state.size >= self.capacity {
                state.known.clear();
                state.size = 0;
            }
            let told = match moment {
                Some(Moment::Told(reading)) => {
                    let name = self.changes.stripe(&key);
                    let entry = target.as_ref().map_or(name, |target| self.changes.stripe(&*target.id));
                    Some((*reading, [name, entry]))
                }
                _ => None,
            };
            if state.known.entry(kind).or_default().insert(key, Known { target, told }).is_none() {
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

impl Known {
    fn is_true(&self, changes: &Changes) -> bool {
        self.told.as_ref().is_none_or(|(reading, stripes)| {
            changes.is_known(*reading) && stripes.iter().all(|stripe| changes.is_unchanged(*stripe, *reading))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use rstest::rstest;

    #[rstest]
    #[case::the_name("uid=a,dc=example,dc=com", false)]
    #[case::another("uid=b,dc=example,dc=com", true)]
    fn a_name_is_forgotten_when_its_entry_changes(#[case] changed: &str, #[case] known: bool) {
        let now = SystemClock.now();
        let changes = Arc::new(Changes::new());
        let map = DnMap::new(10, Arc::clone(&changes));
        let key = DnKey::of("uid=a,dc=example,dc=com").unwrap();
        let target = Arc::new(Target { kind: 0, id: "id-a".into(), display: None });
        let moment = Moment::Told(changes.begin(now));
        map.insert(Some(&moment), std::iter::once((0, key.clone(), Some(target))));
        assert!(map.get(Some(&moment), std::iter::once((0, &key)))[0].is_some());
        changes.changed([changes.stripe(&DnKey::of(changed).unwrap())]);
        assert_eq!(map.get(Some(&moment), std::iter::once((0, &key)))[0].is_some(), known);
    }

    #[test]
    fn what_a_stamp_vouches_for_isnt_taken_for_told() {
        let now = SystemClock.now();
        let changes = Arc::new(Changes::new());
        let map = DnMap::new(10, Arc::clone(&changes));
        let key = DnKey::of("uid=a,dc=example,dc=com").unwrap();
        let (stamped, told) = (Moment::Stamped(Vec::new()), Moment::Told(changes.begin(now)));
        map.insert(Some(&stamped), std::iter::once((0, key.clone(), None)));
        assert_eq!(map.get(Some(&stamped), std::iter::once((0, &key))), [Some(None)]);
        assert_eq!(map.get(Some(&told), std::iter::once((0, &key))), [None]);
        assert_eq!(map.get(None, std::iter::once((0, &key))), [None]);
    }
}
