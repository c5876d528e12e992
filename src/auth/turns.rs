//! Turns: so many lists of one client are worked on at a time, and the others wait, so that one client's flood doesn't hold up the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How many may wait for each that is worked on.
const WAITING: usize = 32;

/// The turns of one client.
#[derive(Debug)]
pub(super) struct Turns {
    most: usize,
    /// How many may wait.
    longest: usize,
    at_once: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// It is one's turn, as long as this is there.
#[derive(Debug, Default)]
pub struct Turn(#[allow(dead_code, reason = "it is given back when it is dropped")] Option<OwnedSemaphorePermit>);

/// It didn't become one's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTurn {
    /// Too many of the same client wait already.
    TooMany,
    /// It took too long.
    TooLate,
}

impl Turns {
    /// `most` at a time.
    pub(super) fn new(most: usize) -> Self {
        Self::with_queue(most, most.saturating_mul(WAITING))
    }

    /// `most` at a time, for which `longest` may wait.
    pub(super) fn with_queue(most: usize, longest: usize) -> Self {
        Self { most, longest, at_once: Arc::new(Semaphore::new(most)), waiting: AtomicUsize::new(0) }
    }

    /// Whether there are as many at a time.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.most == other.most
    }

    /// Waits until it is the caller's turn; who has waited longest comes first.
    ///
    /// # Errors
    /// When too many wait already, or it takes longer than `patience`.
    pub(super) async fn next(&self, patience: Duration) -> Result<Turn, NoTurn> {
        if let Ok(permit) = Arc::clone(&self.at_once).try_acquire_owned() {
            return Ok(Turn(Some(permit)));
        }
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Relaxed) >= self.longest {
            return Err(NoTurn::TooMany);
        }
        let permit = timeout(patience, Arc::clone(&self.at_once).acquire_owned()).await;
        drop(waiting);
        permit.ok().and_then(Result::ok).map(|permit| Turn(Some(permit))).ok_or(NoTurn::TooLate)
    }
}

/// One that waits; counted until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_are_worked_on_and_the_others_wait_for_their_turn() {
        let turns = Arc::new(Turns::new(2));
        let soon = Duration::from_millis(10);
        let [first, _second] = [turns.next(soon).await.unwrap(), turns.next(soon).await.unwrap()];
        assert_eq!(turns.next(soon).await.unwrap_err(), NoTurn::TooLate);
        let waiting = tokio::spawn({
            let turns = Arc::clone(&turns);
            async move { turns.next(Duration::from_secs(60)).await.is_ok() }
        });
        while turns.waiting.load(Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        drop(first);
        assert!(waiting.await.unwrap());
        assert_eq!(turns.waiting.load(Relaxed), 0);
    }

    #[tokio::test]
    async fn not_everybody_may_wait() {
        let turns = Arc::new(Turns::new(1));
        let _taken = turns.next(Duration::ZERO).await.unwrap();
        let wait = || {
            let turns = Arc::clone(&turns);
            tokio::spawn(async move { turns.next(Duration::from_secs(60)).await.err() })
        };
        let waiting: Vec<_> = (0..WAITING).map(|_| wait()).collect();
        while turns.waiting.load(Relaxed) < WAITING {
            tokio::task::yield_now().await;
        }
        // At once, not after a while.
        assert_eq!(wait().await.unwrap(), Some(NoTurn::TooMany));
        // Whoever goes away waits no longer.
        waiting.iter().for_each(|waiting| waiting.abort());
        for waiting in waiting {
            assert!(waiting.await.unwrap_err().is_cancelled());
        }
        assert_eq!(turns.waiting.load(Relaxed), 0);
    }
}
