//! What is known of one request and its answer, for the log: one line each, without what a query or a body holds.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::response::Response;
use http::{Method, Uri};

use super::path::Fault;
use super::place::Place;
use crate::auth::ClientInfo;
use crate::clock::SharedClock;

/// A request under way. Writes its line in the log when it is answered, or when it is dropped because its client went away.
///
/// The layer makes one for each request and hands it to the extractors as an extension.
#[derive(Debug)]
pub(super) struct Exchange {
    /// What it is called.
    pub(super) id: Arc<str>,
    /// Where time comes from.
    pub(super) clock: SharedClock,
    /// What is wrong with its path.
    pub(super) fault: Option<Fault>,
    /// When its head had arrived.
    pub(super) started: Instant,
    method: Method,
    /// As the client sent it.
    uri: Uri,
    /// The route, once known.
    place: OnceLock<&'static Place>,
    /// Who asked, once known.
    client: OnceLock<Arc<ClientInfo>>,
    answered: AtomicBool,
}

impl Exchange {
    /// A request that has just arrived.
    pub(super) fn new(id: Arc<str>, clock: SharedClock, method: Method, uri: Uri, fault: Option<Fault>) -> Self {
        let started = clock.now();
        let (place, client) = (OnceLock::new(), OnceLock::new());
        Self { id, clock, fault, started, method, uri, place, client, answered: AtomicBool::new(false) }
    }

    /// The route was found.
    pub(super) fn found(&self, place: &'static Place) {
        // There is but one.
        let _ = self.place.set(place);
    }

    /// The client has shown who it is.
    pub(super) fn identified(&self, client: &Arc<ClientInfo>) {
        let _ = self.client.set(Arc::clone(client));
    }

    /// Whether the request has this method.
    pub(super) fn is(&self, method: &Method) -> bool {
        self.method == *method
    }

    /// The request was answered.
    pub(super) fn answered(&self, response: &Response) {
        self.answered.store(true, Relaxed);
        self.log(response.status().as_u16(), response.body().size_hint().lower());
    }

    fn route(&self) -> &'static str {
        self.place.get().map_or("", |place| place.pattern)
    }

    fn log(&self, status: u16, bytes: u64) {
        let line = Line {
            id: &self.id,
            method: &self.method,
            path: self.uri.path(),
            route: self.route(),
            client: self.client.get().map_or("-", |client| client.name.as_str()),
        };
        line.write(status, bytes, self.clock.now() - self.started);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !*self.answered.get_mut() {
            // nginx's number for "client closed request": no status was sent.
            self.log(499, 0);
        }
    }
}

/// A request's line in the log, but for its answer.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// What it is called.
    pub(super) id: &'a str,
    /// Its method.
    pub(super) method: &'a Method,
    /// Its path, as the client sent it.
    pub(super) path: &'a str,
    /// The route, once known.
    pub(super) route: &'static str,
    /// Who asked, once known.
    pub(super) client: &'a str,
}

impl Line<'_> {
    /// Writes the line of a request that was answered after so long.
    pub(super) fn log(&self, response: &Response, took: Duration) {
        self.write(response.status().as_u16(), response.body().size_hint().lower(), took);
    }

    fn write(&self, status: u16, bytes: u64, took: Duration) {
        // Both forms of the log escape texts: whatever a client puts into a path, a terminal doesn't act on it.
        tracing::info!(
            target: "scimfront::access",
            request = self.id,
            method = self.method.as_str(),
            path = self.path,
            route = self.route,
            status,
            bytes,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            client = self.client,
        );
    }
}
