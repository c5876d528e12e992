//! What was written, acknowledged and seen.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

/// A resource whose title is the number of its last write.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: String,
    begun: AtomicU64,
    acknowledged: AtomicU64,
}

impl Account {
    pub(super) fn new(id: String) -> Self {
        Self { id, begun: AtomicU64::new(0), acknowledged: AtomicU64::new(0) }
    }

    /// The number of the next write.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, SeqCst) + 1
    }

    pub(super) fn acknowledge(&self, number: u64) {
        self.acknowledged.store(number, SeqCst);
    }

    /// The last write that was acknowledged.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(SeqCst)
    }
}

/// How many requests were answered so, and how long the longest took.
type Statuses = BTreeMap<(&'static str, u16), (usize, Duration)>;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    statuses: Mutex<Statuses>,
    /// Ids, the number that was acknowledged, and the one that was seen after that.
    lost: Mutex<Vec<(String, u64, u64)>>,
    invented: Mutex<Vec<String>>,
}

impl Ledger {
    /// A request was answered so.
    pub(super) fn answered(&self, what: &'static str, status: u16, took: Duration) {
        let mut statuses = self.statuses.lock().unwrap();
        let (count, longest) = statuses.entry((what, status)).or_default();
        *count += 1;
        *longest = took.max(*longest);
    }

    /// The account was seen with this number, when `least` had been acknowledged before it was asked for.
    pub(super) fn seen(&self, account: &Account, least: u64, number: u64) {
        if number < least {
            self.lost.lock().unwrap().push((account.id.clone(), least, number));
        }
        if number > account.begun.load(SeqCst) {
            self.invented.lock().unwrap().push(format!("{} has {number}, which nobody wrote", account.id));
        }
    }

    /// All that was seen and can't be.
    pub(super) fn wrong(&self) -> Vec<String> {
        let lost = self.lost.lock().unwrap();
        let lost = lost.iter().map(|(id, least, number)| format!("{id} has {number} after {least} was acknowledged"));
        lost.chain(self.invented.lock().unwrap().iter().cloned()).collect()
    }

    /// Every request had an answer, and one that fits: done, or not available.
    pub(super) fn assert_all_answered(&self) {
        let statuses = self.statuses.lock().unwrap();
        let known = statuses.keys().all(|(_, status)| matches!(status, 200 | 201 | 204 | 503 | 504));
        let all = ["written", "read"].iter().all(|what| statuses.contains_key(&(*what, 200)));
        assert!(known && all, "{statuses:?}");
    }
}

impl std::fmt::Display for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for ((what, status), (count, longest)) in self.statuses.lock().unwrap().iter() {
            write!(f, "{what}: {count} answers with {status} (the longest took {longest:?}), ")?;
        }
        write!(f, "{} times less was seen than had been acknowledged", self.lost.lock().unwrap().len())
    }
}
