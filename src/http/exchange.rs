//! What is known of one request and its answer, for the log: one line each, without what a query or a body holds.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Response, Uri};
use http_body_util::Full;
use hyper::body::Body;

use crate::auth::ClientInfo;
use crate::clock::SharedClock;

/// A request under way. Writes its line in the log when it is answered, or when it is dropped because its client went away.
#[derive(Debug)]
pub(super) struct Exchange {
    /// What it is called.
    pub(super) id: Arc<str>,
    /// Where time comes from.
    pub(super) clock: SharedClock,
    /// When its head had arrived.
    pub(super) started: Instant,
    /// Its method.
    pub(super) method: Method,
    /// What it is for.
    pub(super) uri: Uri,
    /// The route's template, once known.
    pub(super) route: &'static str,
    /// Who asked, once known.
    pub(super) client: Option<Arc<ClientInfo>>,
    answered: bool,
}

impl Exchange {
    /// A request that has just arrived.
    pub(super) fn new(id: Arc<str>, clock: SharedClock, method: Method, uri: Uri) -> Self {
        let started = clock.now();
        Self { id, clock, started, method, uri, route: "", client: None, answered: false }
    }

    /// The request was answered.
    pub(super) fn answered(mut self, response: &Response<Full<Bytes>>) {
        self.answered = true;
        self.log(response.status().as_u16(), response.body().size_hint().lower());
    }

    fn log(&self, status: u16, bytes: u64) {
        // The path is shown with escapes: whatever a client puts there, a terminal doesn't act on it.
        tracing::info!(
            target: "scimfront::access",
            request = &*self.id,
            method = self.method.as_str(),
            path = ?self.uri.path(),
            route = self.route,
            status,
            bytes,
            micros = u64::try_from((self.clock.now() - self.started).as_micros()).unwrap_or(u64::MAX),
            client = self.client.as_ref().map_or("-", |client| client.name.as_str()),
        );
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.answered {
            // nginx's number for "client closed request": no status was sent.
            self.log(499, 0);
        }
    }
}
