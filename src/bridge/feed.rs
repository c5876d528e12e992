//! An open search over a whole list, at some place in it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scan::{Part, Scan};
use crate::cache::changes::Changes;
use crate::cache::moment::Moment;
use crate::cache::snapshots::{Ids, Snapshot};
use crate::ldap::Entry;

/// An open search over a whole list, at some place in it.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) scan: Scan,
    /// What was read and not yet taken.
    pub(super) ready: VecDeque<Item>,
    /// How many entries were taken.
    pub(super) place: usize,
    /// Where the directory was before anything was read.
    pub(super) moment: Option<Moment>,
    /// When the last request read from it.
    read: Instant,
    /// When it was opened.
    made: Instant,
    /// Which resources were taken, where all were told of every change since: a snapshot at the end.
    taken: Option<(Ids, Vec<u8>)>,
}

/// How old what was read ahead may be where the directory doesn't say whether it has moved.
const READ_AHEAD: Duration = Duration::from_secs(1);

/// An entry with where it is from.
pub(super) type Item = (Arc<Part>, Entry);

impl Feed {
    /// A feed at the beginning of `scan`.
    pub(super) fn over(scan: Scan, moment: Option<&Moment>, now: Instant) -> Self {
        let taken = matches!(moment, Some(Moment::Told(_))).then(Default::default);
        Self { scan, ready: VecDeque::new(), place: 0, moment: moment.cloned(), read: now, made: now, taken }
    }

    /// Whether what was read ahead is still true, for a request at `now` that found the directory at `moment`.
    pub(super) fn is_current(&self, moment: Option<&Moment>, changes: &Changes, now: Instant) -> bool {
        match (&self.moment, moment) {
            (Some(then), Some(now)) => then.is_unmoved(now, changes),
            _ => now.saturating_duration_since(self.read) < READ_AHEAD,
        }
    }

    /// Notes that a request at `now` reads from it.
    pub(super) fn read_at(mut self, now: Instant) -> Self {
        self.read = now;
        self
    }

    /// Takes up to `count` of the entries that are ready.
    pub(super) fn take(&mut self, count: usize) -> Vec<Item> {
        let count = count.min(self.ready.len());
        self.place += count;
        let items: Vec<Item> = self.ready.drain(..count).collect();
        if let Some((ids, kinds)) = &mut self.taken {
            for (part, entry) in &items {
                if let Some(id) = id_of(part, entry) {
                    ids.push(&id);
                    kinds.push(u8::try_from(part.kind).unwrap_or(u8::MAX));
                }
            }
        }
        items
    }

    /// All resources that were taken, in order, of a feed that has come to its end.
    pub(super) fn snapshot(&mut self, several: bool, number: u64) -> Option<Snapshot> {
        let (ids, kinds) = self.taken.take()?;
        Some(Snapshot { ids, kinds: several.then_some(kinds), moment: self.moment.clone(), made: self.made, number })
    }

    /// Whether the entries next in line are `ids`.
    pub(super) fn is_next(&self, ids: &[String]) -> bool {
        self.ready.len() >= ids.len()
            && self.ready.iter().zip(ids).all(|((part, entry), id)| id_of(part, entry).as_deref() == Some(id.as_str()))
    }
}

/// The id of an entry that was read for a client.
pub(super) fn id_of(part: &Part, entry: &Entry) -> Option<String> {
    part.plan.as_ref().and_then(|plan| plan.id(entry))
}
