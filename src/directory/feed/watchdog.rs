//! A silent feed isn't a healthy feed: what the server says of itself is compared with what the feed has told.

use std::time::{Duration, Instant};

use super::mark::Mark;

/// Compares, and says until when a feed may be trusted.
#[derive(Debug)]
pub(super) struct Watchdog {
    /// How long the feed may stay behind.
    behind: Duration,
    /// How long no word from the server may be heard.
    silence: Duration,
    /// The first that the server said which the feed hasn't reached, and when it was asked.
    pending: Option<(Instant, Mark)>,
    /// When the server was last asked with success.
    asked: Instant,
    /// When the feed was last known to be level.
    level: Instant,
}

impl Watchdog {
    /// A watchdog for a feed that begins at `now`, whose server is asked every `watch`.
    pub(super) fn new(now: Instant, watch: Duration, behind: Duration) -> Self {
        Self { behind, silence: watch + behind, pending: None, asked: now, level: now }
    }

    /// The server, asked at `asked`, is at `mark`, and the feed at `progress`.
    pub(super) fn heard(&mut self, asked: Instant, mark: Mark, progress: &Mark) {
        self.asked = self.asked.max(asked);
        if progress.has_reached(&mark) {
            self.level = self.level.max(asked);
            self.progressed(progress);
        } else if self.pending.is_none() {
            self.pending = Some((asked, mark));
        }
    }

    /// The feed has come to `progress`.
    pub(super) fn progressed(&mut self, progress: &Mark) {
        if let Some((asked, mark)) = &self.pending
            && progress.has_reached(mark)
        {
            self.level = self.level.max(*asked);
            self.pending = None;
        }
    }

    /// When the feed was last known to be level with the server.
    pub(super) fn level(&self) -> Instant {
        self.level
    }

    /// Until when the feed is healthy if nothing more is heard.
    pub(super) fn healthy_until(&self) -> Instant {
        let heard = self.asked + self.silence;
        self.pending.as_ref().map_or(heard, |(asked, _)| heard.min(*asked + self.behind))
    }

    /// Why the feed isn't healthy at `now`; nothing when it is.
    pub(super) fn complaint(&self, now: Instant) -> Option<&'static str> {
        if now < self.healthy_until() {
            None
        } else if self.pending.is_some() {
            Some("it hasn't told of changes that the server has made")
        } else {
            Some("the server doesn't say how far it has come")
        }
    }
}
