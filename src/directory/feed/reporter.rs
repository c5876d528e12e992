//! What a feed is known to be, and the one way out for its events: what is said is said once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::event::{ChangedEntry, FeedEvent, FeedSink};
use super::options::FeedSource;
use crate::clock::SharedClock;

/// How a feed is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedState {
    /// What happened longer ago than `lag` has been told.
    Whole {
        /// The time since the feed was last known to be level with the server.
        lag: Duration,
    },
    /// Changes may go untold.
    Broken {
        /// Why.
        reason: String,
        /// Since when.
        since: Instant,
    },
}

/// Keeps a feed's state and hands its events on.
pub(super) struct Reporter {
    name: String,
    clock: SharedClock,
    sink: FeedSink,
    known: Mutex<Known>,
}

struct Known {
    source: FeedSource,
    /// Why it is broken and since when; nothing while it is whole.
    broken: Option<(String, Instant)>,
    /// When it was last known to be level with the server.
    level: Instant,
}

impl Reporter {
    /// A feed that hasn't begun; `name` is for logs.
    pub(super) fn new(name: String, clock: SharedClock, sink: FeedSink) -> Self {
        let now = clock.now();
        let broken = Some(("it hasn't started yet".to_owned(), now));
        let known = Known { source: FeedSource::Auto, broken, level: now };
        Self { name, clock, sink, known: Mutex::new(known) }
    }

    /// Changes were learnt.
    pub(super) fn changed(&self, entries: Vec<ChangedEntry>) {
        if !entries.is_empty() {
            (self.sink)(FeedEvent::Changed(entries));
        }
    }

    /// Something changed that can't be told.
    pub(super) fn everything(&self, why: &str) {
        tracing::info!(feed = self.name, why, "everything known of the directory is taken for changed");
        (self.sink)(FeedEvent::Everything);
    }

    /// Everything up to now has been told.
    pub(super) fn whole(&self) {
        let before = self.known().broken.take();
        if let Some((reason, since)) = before {
            let after = self.clock.now().saturating_duration_since(since);
            tracing::info!(feed = self.name, source = self.source().name(), ?after, reason, "the change feed is whole");
            (self.sink)(FeedEvent::Whole);
        }
    }

    /// Changes may go untold from now on.
    pub(super) fn broken(&self, reason: &str) {
        let now = self.clock.now();
        let news = {
            let mut known = self.known();
            let since = known.broken.as_ref().map_or(now, |(_, since)| *since);
            known.broken.replace((reason.to_owned(), since)).is_none()
        };
        if news {
            tracing::warn!(feed = self.name, source = self.source().name(), reason, "the change feed is broken");
            (self.sink)(FeedEvent::Broken(reason.to_owned()));
        } else {
            tracing::debug!(feed = self.name, reason, "the change feed is still broken");
        }
    }

    /// It was level with the server at `moment`.
    pub(super) fn level(&self, moment: Instant) {
        let mut known = self.known();
        known.level = known.level.max(moment);
    }

    /// What logs call the feed.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where changes are learnt from now on.
    pub(super) fn follows(&self, source: FeedSource) {
        self.known().source = source;
    }

    /// Where changes are learnt from.
    pub(super) fn source(&self) -> FeedSource {
        self.known().source
    }

    /// How the feed is.
    pub(super) fn state(&self) -> FeedState {
        let known = self.known();
        match &known.broken {
            Some((reason, since)) => FeedState::Broken { reason: reason.clone(), since: *since },
            None => FeedState::Whole { lag: self.clock.now().saturating_duration_since(known.level) },
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
