//! How far replicas are: whether they show every write that was answered here, and nearly all that others made.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

/// How far the replica in use is.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// How many writes were answered, or may have been performed; and how often another server came into use.
    done: AtomicU64,
    /// How many of them the replica has.
    reached: AtomicU64,
    /// Whether the replica is known to keep up.
    keeps_up: AtomicBool,
    /// Told of every write.
    pub(super) news: Notify,
    /// Held while a write is under way; for itself by who leads the writes to another server.
    pub(super) writing: tokio::sync::RwLock<()>,
}

impl Progress {
    /// Notes that something was done, or is to be seen, that a replica may not have yet. From here on nobody reads there until it has.
    pub(super) fn note(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
        self.news.notify_one();
    }

    /// How much was done so far.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }

    /// Notes that the replica has the first `done` writes.
    pub(super) fn reach(&self, done: u64) {
        self.reached.fetch_max(done, Ordering::SeqCst);
        self.keeps_up.store(true, Ordering::SeqCst);
    }

    /// Notes that the replica doesn't keep up.
    pub(super) fn fall_behind(&self) {
        self.keeps_up.store(false, Ordering::SeqCst);
    }

    /// Whether the replica is known to keep up with what is written.
    pub(super) fn keeps_up(&self) -> bool {
        self.keeps_up.load(Ordering::SeqCst)
    }

    /// Whether the replica has every write.
    pub(super) fn is_level(&self) -> bool {
        self.keeps_up() && self.reached.load(Ordering::SeqCst) == self.done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_serves_when_it_has_every_write() {
        let progress = Progress::default();
        assert!(!progress.is_level());
        progress.reach(progress.done());
        assert!(progress.is_level());
        progress.note();
        let first = progress.done();
        progress.note();
        progress.reach(first);
        assert!(!progress.is_level());
        progress.reach(progress.done());
        assert!(progress.is_level());
        progress.fall_behind();
        assert!(!progress.is_level());
    }
}
