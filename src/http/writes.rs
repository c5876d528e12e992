//! Writes under way. A write runs to its end although its client goes away or is answered in the meantime that it took too long:
//! what was sent to the directory can't be taken back, and what belongs to it (compensation, caches) has to be done.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::failure::Failure;
use super::panics::catch;
use crate::telemetry::trace::carried;

/// The writes under way, in tasks of their own. Clones are cheap and mean the same.
#[derive(Debug, Clone)]
pub(super) struct Writes {
    tasks: TaskTracker,
    /// One permit for each: requests that are gone no longer count among requests.
    permits: Arc<Semaphore>,
}

impl Writes {
    /// None under way, and at most `max` at a time.
    pub(super) fn new(max: usize) -> Self {
        Self { tasks: TaskTracker::new(), permits: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))) }
    }

    /// Starts `work`, which runs to its end whether or not anybody waits for what is returned.
    ///
    /// # Errors
    /// 503 when there are too many; then: 500 when it panics, and its own.
    pub(super) fn start<T, W>(
        &self,
        work: W,
    ) -> Result<impl Future<Output = Result<T, Failure>> + Send + use<T, W>, Failure>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| Failure::Overloaded)?;
        let work = async move {
            let outcome = catch(work).await;
            drop(permit);
            outcome
        };
        let task = self.tasks.spawn(carried(work.in_current_span()));
        // Panics are caught within; a task that was cancelled belongs to a runtime that is no more.
        Ok(async move { task.await.unwrap_or(Err(Failure::Internal)) })
    }

    /// Starts `work` and waits for it.
    ///
    /// # Errors
    /// As [`Writes::start`].
    pub(super) async fn run<T, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, Failure>> + Send + 'static,
    {
        self.start(work)?.await
    }

    /// Waits until none is under way; none may be started after.
    pub(super) async fn settled(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_write_outlives_who_waits_for_it() {
        let writes = Writes::new(1);
        let (go, gone) = oneshot::channel::<()>();
        let (tell, told) = oneshot::channel();
        let work = writes.start(async move {
            let _ = gone.await;
            let _ = tell.send("done");
            Ok(())
        });
        drop(work.unwrap());
        assert_eq!(writes.run(async { Ok(()) }).await.unwrap_err().status().as_u16(), 503);
        go.send(()).unwrap();
        assert_eq!(told.await, Ok("done"));
        writes.settled().await;
        assert!(writes.run(async { Ok(()) }).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error() {
        let writes = Writes::new(1);
        let outcome = writes.run(async { if true { panic!("asked to") } else { Ok(()) } }).await;
        assert_eq!(outcome.unwrap_err().status().as_u16(), 500);
        assert!(writes.run(async { Ok(1) }).await.is_ok());
    }
}
