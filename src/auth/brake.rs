//! The brake: how much one client may delete and disable in a while.
//!
//! An identity provider that has lost its mind, or its connection to the source of its people, deletes them all; this stops it.
//! Each instance counts by itself and forgets when it ends.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::release::Releases;
use crate::clock::Clock;
use crate::config::Guard;
use crate::scim;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A resource is deleted, or retired.
    Delete,
    /// A user is made inactive.
    Disable,
}

/// Counts what the clients of one bridge delete and disable.
#[derive(Debug)]
pub struct Brake {
    bridge: String,
    delete: Option<usize>,
    disable: Option<usize>,
    per: Duration,
    release_file: PathBuf,
    counters: Mutex<HashMap<(String, Kind), Counter>>,
}

/// A client has done as much of something as it may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {limit} {kind} within {per:?}: refused until that while is over, or an administrator releases the client"
)]
pub struct Braked {
    /// What it has done so much of.
    pub kind: Kind,
    /// How much it may do.
    pub limit: usize,
    /// In which while.
    pub per: Duration,
}

/// When something was permitted, by both clocks: the one judges the while, the other whether it was before a release.
#[derive(Debug, Default)]
struct Counter {
    permitted: VecDeque<(Instant, SystemTime)>,
    braked: bool,
}

impl Brake {
    /// The brake of the bridge called `bridge`, as its settings have it.
    pub fn new(bridge: &str, guard: &Guard) -> Self {
        Self {
            bridge: bridge.to_owned(),
            delete: guard.delete,
            disable: guard.disable,
            per: guard.per,
            release_file: guard.release_file.clone(),
            counters: Mutex::default(),
        }
    }

    /// A brake that stops nobody.
    pub fn none() -> Self {
        Self {
            bridge: String::new(),
            delete: None,
            disable: None,
            per: Duration::ZERO,
            release_file: PathBuf::new(),
            counters: Mutex::default(),
        }
    }

    /// Counts one more `kind` of the client called `client`, at the present of `clock`.
    ///
    /// # Errors
    /// When the client has done as much as it may; that isn't counted.
    pub fn permit(&self, client: &str, kind: Kind, clock: &dyn Clock) -> Result<(), Braked> {
        let limit = match kind {
            Kind::Delete => self.delete,
            Kind::Disable => self.disable,
        };
        let Some(limit) = limit else { return Ok(()) };
        let now = clock.now();
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.entry((client.to_owned(), kind)).or_default();
        counter.forget(|permitted, _| now.saturating_duration_since(permitted) >= self.per);
        if counter.permitted.len() >= limit {
            self.release(client, counter);
        }
        if counter.permitted.len() >= limit {
            let braked = Braked { kind, limit, per: self.per };
            if !std::mem::replace(&mut counter.braked, true) {
                tracing::error!(bridge = self.bridge, client, %braked, "a client is stopped: `scimfront release` lets it go on");
            }
            return Err(braked);
        }
        counter.permitted.push_back((now, clock.wall()));
        counter.braked = false;
        Ok(())
    }

    /// Forgets what was permitted before the client's last release. The file is looked at only when somebody would be refused.
    fn release(&self, client: &str, counter: &mut Counter) {
        match Releases::read(&self.release_file) {
            Ok(releases) => {
                if let Some(time) = releases.of(&self.bridge, client) {
                    let before = counter.permitted.len();
                    counter.forget(|_, permitted| permitted <= time);
                    if counter.permitted.len() < before {
                        tracing::warn!(bridge = self.bridge, client, "a client was released");
                    }
                }
            }
            Err(error) => tracing::error!(path = %self.release_file.display(), %error, "releases can't be read"),
        }
    }
}

impl Counter {
    /// Drops the oldest as long as `is_over` says so.
    fn forget(&mut self, is_over: impl Fn(Instant, SystemTime) -> bool) {
        while self.permitted.front().is_some_and(|(now, wall)| is_over(*now, *wall)) {
            self.permitted.pop_front();
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delete => "deletions",
            Self::Disable => "users disabled",
        })
    }
}

impl From<Braked> for scim::Error {
    /// 403: clients try 429 and 503 again and again.
    fn from(braked: Braked) -> Self {
        Self::forbidden(braked.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Debug)]
    struct TestClock {
        start: Instant,
        seconds: AtomicU64,
    }

    impl TestClock {
        #[allow(clippy::disallowed_methods, reason = "an instant can't be made otherwise")]
        fn new() -> Self {
            Self { start: Instant::now(), seconds: AtomicU64::new(0) }
        }

        fn pass(&self, seconds: u64) {
            self.seconds.fetch_add(seconds, Ordering::Relaxed);
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.seconds.load(Ordering::Relaxed))
        }
    }

    impl Clock for TestClock {
        fn now(&self) -> Instant {
            self.start + self.elapsed()
        }

        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000) + self.elapsed()
        }
    }

    fn brake(limit: usize, release_file: PathBuf) -> Brake {
        Brake {
            delete: Some(limit),
            per: Duration::from_secs(100),
            release_file,
            bridge: "main".into(),
            ..Brake::none()
        }
    }

    #[test]
    fn the_while_slides() {
        let (clock, brake) = (TestClock::new(), brake(2, PathBuf::new()));
        let permit = || brake.permit("hr", Kind::Delete, &clock).is_ok();
        assert!(permit());
        clock.pass(60);
        assert!(permit() && !permit());
        clock.pass(39);
        assert!(!permit());
        clock.pass(1);
        assert!(permit() && !permit());
        clock.pass(60);
        assert!(permit() && !permit());
    }

    #[test]
    fn clients_and_kinds_are_counted_apart() {
        let (clock, brake) = (TestClock::new(), brake(1, PathBuf::new()));
        assert!(brake.permit("hr", Kind::Delete, &clock).is_ok());
        assert!(brake.permit("hr", Kind::Delete, &clock).is_err());
        assert!(brake.permit("crm", Kind::Delete, &clock).is_ok());
        (0..1000).for_each(|_| assert!(brake.permit("hr", Kind::Disable, &clock).is_ok()));
        (0..1000).for_each(|_| assert!(Brake::none().permit("hr", Kind::Delete, &clock).is_ok()));
    }

    #[test]
    fn a_release_forgets_what_was_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("release.json");
        let (clock, brake) = (TestClock::new(), brake(1, file.clone()));
        let permit = || brake.permit("hr", Kind::Delete, &clock).is_ok();
        let release = |bridge: &str, client: Option<&str>| {
            let mut releases = Releases::read(&file).unwrap();
            releases.release(bridge, client, clock.wall()).unwrap();
            releases.write(&file).unwrap();
        };
        assert!(permit() && !permit());
        release("main", Some("crm"));
        release("other", None);
        assert!(!permit());
        release("main", Some("hr"));
        clock.pass(1);
        assert!(permit(), "what was counted before is forgotten");
        assert!(!permit(), "a release doesn't hold for what comes after it");
        release("main", None);
        clock.pass(1);
        assert!(permit());
    }

    #[test]
    fn what_is_stopped_is_told() {
        let braked = Braked { kind: Kind::Delete, limit: 20, per: Duration::from_secs(3600) };
        let error = scim::Error::from(braked);
        assert_eq!(error.status, 403);
        assert!(error.detail.starts_with("more than 20 deletions within 3600s"), "{error}");
    }
}
