//! The asynchronous runtime, and the signals that end it.

use std::time::Duration;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::outcome::{Failure, Result};

/// How long what still runs at the end is waited for.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// Does `work` on a thread for each processor.
///
/// What it leaves running holds nobody up for long: a name that is looked up and that no server of names answers for, above all.
///
/// # Errors
/// Those of `work`, and that threads can't be started.
pub(super) fn run<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_multi_thread().enable_all().thread_name("scimfront").build();
    let runtime = runtime.map_err(|error| Failure::failed(format!("can't start threads: {error}")))?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_timeout(SHUTDOWN);
    outcome
}

/// SIGTERM and SIGINT, caught from the moment that this is made: before anyone is told that the server is there.
#[derive(Debug)]
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Catches both signals. Must be called within a runtime.
    pub(super) fn catch() -> Result<Self> {
        let catch = |kind| signal(kind).map_err(|error| Failure::failed(format!("can't catch signals: {error}")));
        Ok(Self { terminate: catch(SignalKind::terminate())?, interrupt: catch(SignalKind::interrupt())? })
    }

    /// Waits for the next of them.
    pub(super) async fn signalled(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}

/// SIGHUP: the files are to be read again.
#[derive(Debug)]
pub(super) struct Hangup(Signal);

impl Hangup {
    /// Catches it. Must be called within a runtime.
    pub(super) fn catch() -> Result<Self> {
        let caught = signal(SignalKind::hangup());
        caught.map(Self).map_err(|error| Failure::failed(format!("can't catch signals: {error}")))
    }

    /// Waits for the next; those that come meanwhile are one.
    pub(super) async fn signalled(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}
