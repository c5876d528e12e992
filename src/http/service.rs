//! From requests to answers: the router of all bridges within the one layer.

use std::cmp::Reverse;
use std::error::Error as StdError;
use std::future::{Future, ready};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::HttpBody;
use axum::response::Response;
use bytes::Bytes;
use futures_util::future::Either;
use http::Request;
use tokio::sync::Semaphore;

use super::access::AccessLog;
use super::backend::Backend;
use super::layer::{Desk, MountPoint, Mounts, RequestLayer};
use super::lobby::Lobby;
use super::meter::Meter;
use super::mount::MountedBridge;
use super::options::Capacity;
use super::peer::Peer;
use super::request_id::RequestIds;
use super::room::Room;
use super::router::router;
use super::shortcut::Shortcuts;
use super::writes::Writes;
use crate::clock::SharedClock;
use crate::config::Network;
use crate::telemetry::catalogue::REQUESTS_SHED;

/// Answers requests to any number of bridges: always, and always as SCIM has it. A panic on the way is logged and answered with
/// 500. Dropping an answer's future ends the work for it, unless it writes: a write runs to its end.
///
/// Clones are cheap and answer for the same.
#[derive(Debug, Clone)]
pub struct Service {
    /// What answers requests that begin now; those under way keep what they began with.
    current: Arc<RwLock<RequestLayer<Router>>>,
    desk: Arc<Desk>,
    writes: Writes,
    max_requests: usize,
}

impl Service {
    /// Serves `mounts`, whose paths differ, at most `max_requests` requests at a time. Requests are logged as events.
    ///
    /// # Panics
    /// Where a path has other characters than the settings allow, so that it means something to the router.
    pub fn new<U: Backend>(
        mounts: Vec<MountedBridge<U>>,
        request_ids: RequestIds,
        clock: SharedClock,
        max_requests: usize,
    ) -> Self {
        let capacity = Capacity { requests: max_requests, octets: usize::MAX };
        Self::logging(mounts, Vec::new(), request_ids, clock, capacity, AccessLog::events(1))
    }

    /// The same, with the proxies that are believed as to who clients are, and another log.
    ///
    /// # Panics
    /// As [`Service::new`].
    pub fn logging<U: Backend>(
        mounts: Vec<MountedBridge<U>>,
        trusted_proxies: Vec<Network>,
        request_ids: RequestIds,
        clock: SharedClock,
        capacity: Capacity,
        log: AccessLog,
    ) -> Self {
        let max_requests = capacity.requests;
        let writes = Writes::new(max_requests);
        let permits = Semaphore::new(max_requests.min(Semaphore::MAX_PERMITS));
        let (room, shed) = (Room::new(capacity.octets), REQUESTS_SHED.count(&["requests"]));
        let lobby = Lobby::new(max_requests);
        let desk = Arc::new(Desk { request_ids, clock, log, permits, room, lobby, shed });
        let current = Arc::new(RwLock::new(layer(mounts, trusted_proxies, &writes, &desk)));
        Self { current, desk, writes, max_requests }
    }

    /// Serves these instead, for requests that begin from now on.
    ///
    /// # Panics
    /// As [`Service::new`].
    pub fn replace<U: Backend>(&self, mounts: Vec<MountedBridge<U>>, trusted_proxies: Vec<Network>) {
        let layer = layer(mounts, trusted_proxies, &self.writes, &self.desk);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = layer;
    }

    /// The answer to `request`.
    pub fn answer<B>(&self, request: Request<B>) -> impl Future<Output = Response> + Send + use<B>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        self.answer_to(request, Arc::default())
    }

    /// The answer to the `request` of `peer`. One that is at hand is made at once, without a future that carries it.
    pub fn answer_to<B>(&self, request: Request<B>, peer: Arc<Peer>) -> impl Future<Output = Response> + Send + use<B>
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let layer = self.current.read().unwrap_or_else(PoisonError::into_inner);
        match layer.at_hand(&request, &peer) {
            Ok(response) => Either::Left(ready(response)),
            // Boxed: it is large, and would be moved about with those that are at hand.
            Err(arrival) => Either::Right(Box::pin(layer.clone().answer(request, peer, arrival))),
        }
    }

    /// How many requests are under way.
    pub fn in_flight(&self) -> usize {
        self.max_requests.saturating_sub(self.desk.permits.available_permits())
    }

    /// How many octets requests and their answers hold.
    pub fn held(&self) -> usize {
        self.desk.room.taken()
    }

    /// Waits until no write is under way whose client is gone.
    pub(super) async fn settled(&self) {
        self.writes.settled().await;
    }
}

fn layer<U: Backend>(
    mut mounts: Vec<MountedBridge<U>>,
    trusted_proxies: Vec<Network>,
    writes: &Writes,
    desk: &Arc<Desk>,
) -> RequestLayer<Router> {
    mounts.sort_by_key(|mount| Reverse(mount.path.len()));
    let point = |mount: &MountedBridge<U>| MountPoint {
        path: mount.path.clone(),
        timeout: mount.limits.request_timeout,
        meter: Arc::new(Meter::new(&mount.name)),
    };
    let points = mounts.iter().map(point).collect();
    let mounts: Vec<_> = mounts.into_iter().map(Arc::new).collect();
    let shortcuts = Shortcuts::to(&mounts);
    let known = Mounts { points, shortcuts, nowhere: Arc::new(Meter::new("")), trusted_proxies };
    RequestLayer::new(router(&mounts, writes), known, Arc::clone(desk))
}

#[cfg(test)]
mod tests;
