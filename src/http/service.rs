//! From requests to answers: the router of all bridges within the one layer.

use std::cmp::Reverse;
use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::HttpBody;
use axum::response::Response;
use bytes::Bytes;
use http::Request;

use super::backend::Backend;
use super::layer::{RequestLayer, Timed};
use super::mount::MountedBridge;
use super::request_id::RequestIds;
use super::router::router;
use super::shortcut::Shortcuts;
use super::writes::Writes;
use crate::clock::SharedClock;

/// Answers requests to any number of bridges: always, and always as SCIM has it. A panic on the way is logged and answered with
/// 500. Dropping an answer's future ends the work for it, unless it writes: a write runs to its end.
///
/// Clones are cheap and answer for the same.
#[derive(Debug, Clone)]
pub struct Service {
    layer: RequestLayer<Router>,
    writes: Writes,
}

impl Service {
    /// Serves `mounts`, whose paths differ, at most `max_requests` requests at a time.
    ///
    /// # Panics
    /// Where a path has other characters than the settings allow, so that it means something to the router.
    pub fn new<U: Backend>(
        mut mounts: Vec<MountedBridge<U>>,
        request_ids: RequestIds,
        clock: SharedClock,
        max_requests: usize,
    ) -> Self {
        mounts.sort_by_key(|mount| Reverse(mount.path.len()));
        let timed =
            |mount: &MountedBridge<U>| Timed { path: mount.path.clone(), timeout: mount.limits.request_timeout };
        let timed = mounts.iter().map(timed).collect();
        let mounts: Vec<_> = mounts.into_iter().map(Arc::new).collect();
        let writes = Writes::new(max_requests);
        let (router, shortcuts) = (router(&mounts, &writes), Shortcuts::to(&mounts));
        let layer = RequestLayer::new(router, timed, request_ids, clock, max_requests, shortcuts);
        Self { layer, writes }
    }

    /// The answer to `request`.
    pub fn answer<B>(&self, request: Request<B>) -> impl Future<Output = Response> + Send + use<B>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.layer.clone().answer(request)
    }

    /// Waits until no write is under way whose client is gone.
    pub(super) async fn settled(&self) {
        self.writes.settled().await;
    }
}

#[cfg(test)]
mod tests;
