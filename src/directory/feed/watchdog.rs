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

    /// When the server was asked that first said more than the feed has told.
    pub(super) fn pending(&self) -> Option<Instant> {
        self.pending.as_ref().map(|(asked, _)| *asked)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    const WATCH: Duration = Duration::from_millis(250);
    const BEHIND: Duration = Duration::from_millis(500);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_feed_that_is_behind_for_too_long_is_not_healthy() {
        let start = SystemClock.now();
        let mut watchdog = Watchdog::new(start, WATCH, BEHIND);
        watchdog.heard(start + ms(100), Mark::Number(2), &Mark::Number(1));
        watchdog.heard(start + ms(350), Mark::Number(3), &Mark::Number(1));
        assert_eq!(watchdog.pending(), Some(start + ms(100)));
        assert_eq!(watchdog.complaint(start + ms(599)), None);
        assert!(watchdog.complaint(start + ms(600)).is_some());
        watchdog.progressed(&Mark::Number(2));
        assert_eq!((watchdog.complaint(start + ms(600)), watchdog.level()), (None, start + ms(100)));
    }

    #[test]
    fn a_server_that_says_nothing_makes_its_feed_unhealthy() {
        let start = SystemClock.now();
        let mut watchdog = Watchdog::new(start, WATCH, BEHIND);
        watchdog.heard(start + ms(250), Mark::Number(1), &Mark::Number(1));
        assert_eq!((watchdog.complaint(start + ms(999)), watchdog.level()), (None, start + ms(250)));
        assert!(watchdog.complaint(start + ms(1_000)).is_some());
        watchdog.heard(start + ms(1_100), Mark::Number(1), &Mark::Number(1));
        assert_eq!(watchdog.complaint(start + ms(1_100)), None);
    }
}
