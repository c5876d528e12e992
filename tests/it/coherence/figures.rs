//! How long changes took to show, and what the machine had to do meanwhile.

use std::time::Duration;

/// Durations, and what is said of them.
#[derive(Debug)]
pub(super) struct Figures {
    took: Vec<Duration>,
    before: Processors,
}

/// What readers found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many answers they had.
    pub(super) answers: usize,
    /// How many of them were compared with the directory.
    pub(super) compared: usize,
    /// Those that were wrong.
    pub(super) stale: Vec<String>,
}

impl Figures {
    pub(super) fn begin() -> Self {
        Self { took: Vec::new(), before: Processors::now() }
    }

    pub(super) fn add(&mut self, took: Duration) {
        self.took.push(took);
    }

    /// Prints the median, the 99th percentile and the longest.
    pub(super) fn print(&mut self, directory: &str, variant: &str, found: &Found) {
        self.took.sort_unstable();
        let at = |share: usize| {
            let place = (self.took.len() * share / 100).min(self.took.len().saturating_sub(1));
            self.took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
        };
        println!(
            "coherence {directory} {variant}: p50 {:.1} ms p99 {:.1} ms max {:.1} ms stale {} of {} CPU load {} % \
             writes {} answers {}",
            at(50),
            at(99),
            at(100),
            found.stale.len(),
            found.compared,
            self.before.load_since(),
            self.took.len(),
            found.answers,
        );
    }
}

/// What all processors have done so far.
#[derive(Debug)]
struct Processors {
    all: u64,
    idle: u64,
}

impl Processors {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        let times: Vec<u64> = line.split_whitespace().skip(1).take(8).filter_map(|part| part.parse().ok()).collect();
        Self { all: times.iter().sum(), idle: times.iter().skip(3).take(2).sum() }
    }

    /// How busy they were since then, in percent.
    fn load_since(&self) -> u64 {
        let now = Self::now();
        let (all, idle) = (now.all - self.all, now.idle - self.idle);
        (all - idle.min(all)) * 100 / all.max(1)
    }
}
