//! What a bridge counts of its work.

use crate::telemetry::Counter;
use crate::telemetry::catalogue::{AUDIT_FAILURES, CANDIDATES, CANDIDATES_KEPT, SCANS, SCANS_REFUSED};

/// The meters of one bridge.
#[derive(Debug)]
pub(super) struct Meter {
    exact_scans: Counter,
    residual_scans: Counter,
    candidates: Counter,
    kept: Counter,
    /// Scans that looked at too many candidates.
    pub(super) refused_scans: Counter,
    /// Writes that couldn't be written down.
    pub(super) audit_failures: Counter,
}

impl Meter {
    /// The meters of the bridge that the settings call so.
    pub(super) fn new(bridge: &str) -> Self {
        Self {
            exact_scans: SCANS.count(&[bridge, "exact"]),
            residual_scans: SCANS.count(&[bridge, "residual"]),
            candidates: CANDIDATES.count(&[bridge]),
            kept: CANDIDATES_KEPT.count(&[bridge]),
            refused_scans: SCANS_REFUSED.count(&[bridge]),
            audit_failures: AUDIT_FAILURES.count(&[bridge]),
        }
    }

    /// A base is searched, and each candidate is looked at or not.
    pub(super) fn scan(&self, residual: bool) {
        if residual { &self.residual_scans } else { &self.exact_scans }.increment(1);
    }

    /// So many candidates were looked at, and so many matched.
    pub(super) fn looked_at(&self, candidates: usize, kept: usize) {
        self.candidates.increment(candidates as u64);
        self.kept.increment(kept as u64);
    }
}
