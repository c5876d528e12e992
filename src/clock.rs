//! Where time comes from. Everything that needs the time is handed a [`Clock`], so that a test decides what time it is.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A source of time: wall-clock time for what is shown, monotonic time for lifetimes and deadlines.
pub trait Clock: Send + Sync + Debug {
    /// Monotonic time.
    fn now(&self) -> Instant;
    /// Wall-clock time.
    fn wall(&self) -> SystemTime;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Instant {
        Instant::now()
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A shared [`Clock`].
pub type SharedClock = Arc<dyn Clock>;

/// The moment `duration` from now.
pub fn deadline(clock: &dyn Clock, duration: Duration) -> Instant {
    clock.now() + duration
}
