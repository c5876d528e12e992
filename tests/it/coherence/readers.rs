//! Clients that read all the time, and compare what they are answered while nobody writes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use scimfront::clock::{Clock as _, SystemClock};

use super::answer::{Answer, Asked};
use super::figures::Found;
use crate::support::dice::Dice;

/// How many clients read.
const CLIENTS: u64 = 8;

/// How often each asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// 50 times a second.
    Steady,
    /// 10 times a second: other tests want the machine, too.
    Slow,
    /// As often as it can.
    Hurried,
}

impl Pace {
    fn pause(self) -> Duration {
        match self {
            Self::Steady => Duration::from_millis(20),
            Self::Slow => Duration::from_millis(100),
            Self::Hurried => Duration::ZERO,
        }
    }
}

/// Clients that read.
pub(super) struct Readers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<usize>>,
}

struct Shared {
    stop: AtomicBool,
    /// Even while what was written shows.
    epoch: AtomicU64,
    /// What was true when it was asked for, and in which epoch that was.
    truth: Mutex<HashMap<String, (u64, Answer)>>,
    found: Mutex<Found>,
    watched: Asked,
    plain: Asked,
    paths: Vec<String>,
}

impl Readers {
    /// Clients that read `paths` from `watched`.
    pub(super) fn start(watched: Asked, plain: Asked, paths: Vec<String>, pace: Pace) -> Self {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            epoch: AtomicU64::new(1),
            truth: Mutex::default(),
            found: Mutex::default(),
            watched,
            plain,
            paths,
        });
        let read = |seed: u64| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.read(seed, pace.pause()))
        };
        Self { threads: (1..=CLIENTS).map(read).collect(), shared }
    }

    /// A write is about to be made.
    pub(super) fn unsettle(&self) {
        self.shared.epoch.fetch_or(1, Ordering::SeqCst);
    }

    /// What was written shows: from now on what they are answered must be true.
    pub(super) fn settle(&self) {
        self.shared.epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends them; says what they found.
    pub(super) fn stop(self) -> Found {
        self.shared.stop.store(true, Ordering::Relaxed);
        let answers = self.threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        let found = std::mem::take(&mut *self.shared.found.lock().unwrap());
        Found { answers, ..found }
    }
}

impl Shared {
    fn read(&self, seed: u64, pause: Duration) -> usize {
        let mut dice = Dice::new(seed);
        let mut answers = 0;
        let mut due = SystemClock.now();
        while !self.stop.load(Ordering::Relaxed) {
            self.one(&dice.pick(&self.paths));
            answers += 1;
            due = (due + pause).max(SystemClock.now() - pause);
            thread::sleep(due.saturating_duration_since(SystemClock.now()));
        }
        answers
    }

    fn one(&self, path: &str) {
        let epoch = self.epoch.load(Ordering::SeqCst);
        let answer = self.watched.get(path);
        // What comes while somebody writes, and what doesn't come, is neither right nor wrong.
        if !self.is_settled(epoch) || !answer.is_one() {
            return;
        }
        let known = self.truth.lock().unwrap().get(path).filter(|(then, _)| *then == epoch).cloned();
        let truth = known.map_or_else(|| self.plain.get(path), |(_, truth)| truth);
        if !self.is_settled(epoch) || !truth.is_one() {
            return;
        }
        self.truth.lock().unwrap().insert(path.to_owned(), (epoch, truth.clone()));
        let wrong = answer != truth && self.plain.get(path) != answer && self.is_settled(epoch);
        let mut found = self.found.lock().unwrap();
        found.compared += 1;
        if wrong {
            found.stale.push(format!("{path}: {answer:?} is {truth:?}"));
        }
    }

    fn is_settled(&self, epoch: u64) -> bool {
        epoch.is_multiple_of(2) && self.epoch.load(Ordering::SeqCst) == epoch
    }
}
