//! From requests to answers: the router of all bridges within the one layer.

use std::cmp::Reverse;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::HttpBody;
use axum::response::Response;
use bytes::Bytes;
use http::Request;
use tower::Layer;

use super::backend::Backend;
use super::layer::{Answer, RequestLayer, RequestService, Timed};
use super::mount::MountedBridge;
use super::request_id::RequestIds;
use super::router::router;
use crate::clock::SharedClock;

/// Answers requests to any number of bridges: always, and always as SCIM has it. A panic on the way is logged and answered with
/// 500. Dropping an answer's future ends the work for it.
///
/// A tower service, of which clones are cheap.
#[derive(Debug, Clone)]
pub struct Service {
    inner: RequestService<Router>,
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
        let layer = RequestLayer::new(mounts.iter().map(timed).collect(), request_ids, clock, max_requests);
        let mounts: Vec<_> = mounts.into_iter().map(Arc::new).collect();
        Self { inner: layer.layer(router(&mounts)) }
    }
}

impl<B> tower::Service<Request<B>> for Service
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        tower::Service::<Request<B>>::poll_ready(&mut self.inner, cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests;
