//! An open search over a whole list, at some place in it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::scan::{Part, Scan};
use crate::cache::changes::Changes;
use crate::cache::moment::Moment;
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
}

/// How old what was read ahead may be where the directory doesn't say whether it has moved.
const READ_AHEAD: Duration = Duration::from_secs(1);

/// An entry with where it is from.
pub(super) type Item = (Arc<Part>, Entry);

impl Feed {
    /// A feed at the beginning of `scan`.
    pub(super) fn over(scan: Scan, moment: Option<&Moment>, now: Instant) -> Self {
        Self { scan, ready: VecDeque::new(), place: 0, moment: moment.cloned(), read: now }
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
        self.ready.drain(..count).collect()
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
