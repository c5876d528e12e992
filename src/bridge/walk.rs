//! Walks from an entry to those that refer to it, and on to those that refer to them.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use crate::ldap::DnKey;
use crate::translate::read::BackSearch;
use crate::translate::references::{Referred, Target};
use crate::translate::referrers::ReferrerIndex;

/// Referrers, each with whether it refers to the entry itself.
pub(super) type Shown = Vec<(Arc<Target>, bool)>;

/// How deep groups may be nested before the search for more of them ends.
const DEEPEST: usize = 64;

/// The referrers of `entry` in `index`, those of its referrers too where they count.
pub(super) fn walk(index: &ReferrerIndex, entry: &Referred, back: &BackSearch) -> Shown {
    let mut walk = Walk::new(entry);
    if let Ok(name) = DnKey::of(&entry.dn) {
        for referrer in index.naming(&name, &entry.keys) {
            walk.meet_known(&referrer.dn, referrer.target.clone(), true, 0);
        }
    }
    while back.nested
        && let Some((dn, depth)) = walk.next()
    {
        let Ok(name) = DnKey::of(&dn) else { continue };
        for referrer in index.naming(&name, &[]) {
            walk.meet_known(&referrer.dn, referrer.target.clone(), false, depth);
        }
    }
    walk.found
}

/// A walk from an entry to those that refer to it, and on to those that refer to them; circles end it.
pub(super) struct Walk {
    /// Those that the directory keeps on the entry: shown from there, and walked on from.
    pub(super) kept: HashSet<DnKey>,
    seen: HashSet<Box<str>>,
    queue: VecDeque<(String, usize)>,
    pub(super) found: Shown,
}

impl Walk {
    pub(super) fn new(entry: &Referred) -> Self {
        let kept: Vec<&str> = entry.kept.iter().filter_map(|dn| std::str::from_utf8(dn).ok()).collect();
        Self {
            queue: kept.iter().map(|dn| ((*dn).to_owned(), 1)).collect(),
            kept: kept.iter().filter_map(|dn| DnKey::of(dn).ok()).collect(),
            seen: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// The next one to walk on from, with how deep it is.
    pub(super) fn next(&mut self) -> Option<(String, usize)> {
        std::iter::from_fn(|| self.queue.pop_front()).find(|(_, depth)| *depth < DEEPEST)
    }

    pub(super) fn meet(&mut self, dn: &str, target: Arc<Target>, direct: bool, depth: usize) {
        if let Ok(name) = DnKey::of(dn) {
            self.meet_named(name, dn.to_owned(), target, direct, depth);
        }
    }

    pub(super) fn meet_known(&mut self, name: &DnKey, target: Arc<Target>, direct: bool, depth: usize) {
        let dn = String::from_utf8_lossy(name.as_bytes()).into_owned();
        self.meet_named(name.clone(), dn, target, direct, depth);
    }

    fn meet_named(&mut self, name: DnKey, dn: String, target: Arc<Target>, direct: bool, depth: usize) {
        if self.seen.insert(target.id.clone()) {
            self.queue.push_back((dn, depth + 1));
            if direct || !self.kept.contains(&name) {
                self.found.push((target, direct));
            }
        }
    }
}
