//! What makes room when there are as many connections as there may be: those on which nothing is under way go. Who has a request
//! to send connects again; who only holds a connection open doesn't keep others out.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use tokio::sync::Notify;

/// Others want to connect.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    wanted: AtomicUsize,
    news: Notify,
}

impl Pressure {
    /// Wants `places`.
    pub(super) fn press(&self, places: usize) {
        self.wanted.store(places, Relaxed);
        self.news.notify_waiters();
    }

    /// Waits until a place is wanted, and `gives` says that it can be had here.
    pub(super) async fn felt(&self, gives: impl Fn() -> bool) {
        loop {
            self.news.notified().await;
            if gives() && self.wanted.fetch_update(Relaxed, Relaxed, |wanted| wanted.checked_sub(1)).is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[tokio::test]
    async fn as_many_go_as_are_wanted_and_none_that_is_busy() {
        let pressure = Arc::new(Pressure::default());
        let busy = Arc::new(AtomicBool::new(true));
        let start = |free: bool| {
            let (pressure, busy) = (Arc::clone(&pressure), Arc::clone(&busy));
            tokio::spawn(async move { pressure.felt(|| free || !busy.load(Relaxed)).await })
        };
        let tasks = [start(false), start(true), start(true)];
        tokio::task::yield_now().await;
        let gone = async || {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            tasks.each_ref().map(tokio::task::JoinHandle::is_finished)
        };
        pressure.press(1);
        assert_eq!(gone().await, [false, true, false]);
        pressure.press(5);
        assert_eq!(gone().await, [false, true, true]);
        busy.store(false, Relaxed);
        pressure.press(1);
        assert_eq!(gone().await, [true; 3]);
    }
}
