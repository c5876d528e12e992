//! How long changes took to show.

use std::time::Duration;

/// Durations, and what is said of them.
#[derive(Debug, Default)]
pub(super) struct Figures(Vec<Duration>);

impl Figures {
    pub(super) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Prints the median, the 99th percentile and the longest.
    pub(super) fn print(&mut self, what: &str) {
        self.0.sort_unstable();
        let at = |share: usize| self.0.get((self.0.len() * share / 100).min(self.0.len() - 1));
        let (p50, p99, max) = (at(50), at(99), self.0.last());
        println!("coherence, {what}: {} writes, p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}", self.0.len());
    }
}
